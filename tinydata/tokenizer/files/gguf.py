"""GGUF of llama.cpp: the vocabulary in the head of the file; it is written as a tokenizer.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.byte_level import layout_frame
from tinydata.tokenizer.document import BODY, FLAGS, HEAD, refuse_damage
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.files.gguf_head import read_head
from tinydata.tokenizer.files.gguf_words import PRE_TOKENIZERS
from tinydata.tokenizer.files.sentencepiece import vocabulary_of
from tinydata.tokenizer.files.sentencepiece_model import BPE, CONTROL, NORMAL, UNIGRAM, UNKNOWN, USER_DEFINED, Model
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.files.vocab_txt import PREFIX, bert_frame
from tinydata.tokenizer.origin import Origin, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.template import wrap
from tinydata.tokenizer.vocabulary import Vocabulary

KEY, TEMPLATE = "tokenizer.ggml.", "tokenizer.chat_template"
NAMED = {  # as the file calls a token -> as tokenizer_config.json does
    "bos_token_id": "bos_token",
    "eos_token_id": "eos_token",
    "unknown_token_id": "unk_token",
    "seperator_token_id": "sep_token",  # so it is spelled there
    "padding_token_id": "pad_token",
    "mask_token_id": "mask_token",
    "cls_token_id": "cls_token",
}
BEGINS = (  # unless the file says no
    *("llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2", "midm-2.0", "jina-v5-nano"),
    "tekken",
)
WORDS = {"llama": BPE, "t5": UNIGRAM}


def finds(origin: Origin) -> tuple[str, ...]:
    """By its suffix; of several the first, since all have one vocabulary. A tokenizer.json beside it tells more."""
    names = tuple(name for name in origin.files if name.endswith(".gguf"))
    return () if TOKENIZER_JSON in origin.files else names[:1]


def read(origin: Origin) -> Vocabulary:
    """Read the vocabulary, not the weights.

    Raises:
        DamagedSource: It is no GGUF file, or breaks off, or holds no vocabulary.
        UnknownSource: How its texts are cut cannot be named exactly.
    """
    (name,) = finds(origin)
    path = origin.path(name)
    facts = _facts(origin, name)
    tokens: list[str] = facts.get("tokens") or []
    if not tokens:
        raise DamagedSource(path, "no vocabulary in it: tokenizer.ggml.tokens is wanted")
    kinds = facts.get("token_type") or [NORMAL] * len(tokens)
    for key in NAMED:  # as llama.cpp does: what has a name is special, whatever is said of it
        if facts.get(key, -1) in range(len(kinds)) and kinds[facts[key]] == NORMAL:
            kinds[facts[key]] = CONTROL
    named = {
        as_config: tokens[facts[key]] for key, as_config in NAMED.items() if facts.get(key, -1) in range(len(tokens))
    }
    config: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", **named}
    if facts.get(TEMPLATE):
        config["chat_template"] = facts[TEMPLATE]
    origin.own["tokenizer_config.json"] = config
    model = facts.get("model")
    if model in WORDS:
        return _read_pieces(origin, facts, tokens, kinds, named)
    if model == "bert":
        read = _read_words(path, facts, tokens, kinds)
    elif model in ("gpt2", "gemma4"):
        read = _read_merges(path, facts, tokens, kinds, named)
    else:
        known = ", ".join(("gpt2", "gemma4", "bert", *WORDS))
        raise UnknownSource(str(path), f"a vocabulary of {model!r}, which no tokenizer.json holds: there is {known}")
    refuse_damage(read, path)
    return read


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:  # noqa: ARG001  (the signature of the table)
    """Nothing: a GGUF file is the whole model."""
    return {}


def _read_pieces(
    origin: Origin, facts: dict[str, Any], tokens: list[str], kinds: list[int], named: dict[str, str]
) -> Vocabulary:
    """Of sentencepiece: the head of the file has what its model had."""
    unigram = facts["model"] == "t5"
    model = Model(
        texts=tokens,
        scores=facts.get("scores") or [0.0] * len(tokens),
        kinds=kinds,
        raws=[],
        model_type=WORDS[facts["model"]],
        byte_fallback=not unigram,
        charsmap=bytes(byte & 255 for byte in facts.get("precompiled_charsmap") or ()),
        dummy_prefix=facts.get("add_space_prefix", True),
        no_extra_spaces=facts.get("remove_extra_whitespaces", False),
        escape=True,
        rest=(),
    )
    if UNKNOWN not in kinds and "unk_token" in named:
        model.kinds[tokens.index(named["unk_token"])] = UNKNOWN
    read = vocabulary_of(model, origin, origin.path(finds(origin)[0]))
    begins = facts.get("add_bos_token", not unigram)
    template = wrap(read.ids, *_around(named, begins=begins, ends=facts.get("add_eos_token", unigram)))
    return replace(read, frame={**read.frame, "post_processor": template})


def _read_words(path: Path, facts: dict[str, Any], tokens: list[str], kinds: list[int]) -> Vocabulary:
    """Of BERT: there a mark stands before what begins a word, here before what goes on."""
    pieces = {_unmarked(token): place for place, token in enumerate(tokens)}
    lower = facts.get("normalizer.lowercase", True)
    frame = bert_frame(pieces, path, lowercase=lower, strip_accents=facts.get("normalizer.strip_accents", lower))
    return Vocabulary("WordPiece", frame, pieces, _added(list(pieces), kinds))


def _unmarked(token: str) -> str:
    if token.startswith("[") and token.endswith("]"):
        return token
    return token[1:] if token.startswith("▁") else PREFIX + token


def _read_merges(
    path: Path, facts: dict[str, Any], tokens: list[str], kinds: list[int], named: dict[str, str]
) -> Vocabulary:
    """Of GPT-2 and its kin, and of Gemma, whose merges are of characters."""
    pre = facts.get("pre") or "default"
    raw = facts["model"] == "gemma4" or pre == "gemma4"
    if not raw and pre not in PRE_TOKENIZERS:
        known = ", ".join(PRE_TOKENIZERS)
        what = f"the pre-tokenizer {pre!r} cannot be written as a tokenizer.json exactly: there is {known}"
        raise UnknownSource(str(path), what)
    pieces = {token: place for place, token in enumerate(tokens)}
    merges = [tuple(merge.split(" ", 1)) for merge in facts.get("merges") or ()]
    if any(len(merge) != 2 for merge in merges):
        raise DamagedSource(path, "a merge has two parts")
    frame = _raw_frame(named.get("unk_token")) if raw else layout_frame(PRE_TOKENIZERS[pre])
    begins = raw or facts.get("add_bos_token", pre in BEGINS)
    template = wrap(pieces, *_around(named, begins=begins, ends=facts.get("add_eos_token", False)))
    if template:
        processors = [part for part in (frame["post_processor"], template) if part]
        frame["post_processor"] = {"type": "Sequence", "processors": processors}
    return Vocabulary("BPE", frame, pieces, _added(tokens, kinds), [(left, right) for left, right in merges])


def _raw_frame(unk: str | None) -> dict[str, Any]:
    space = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    lines = {"type": "Split", "pattern": {"Regex": r"[^\n]+|[\n]+"}, "behavior": "Isolated", "invert": False}
    back = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    return {
        **HEAD,
        **BODY,
        "normalizer": space,
        "pre_tokenizer": lines,
        "decoder": {"type": "Sequence", "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "unk_token": unk, "fuse_unk": True, "byte_fallback": True},
    }


def _around(named: dict[str, str], *, begins: bool, ends: bool) -> tuple[str | None, str | None]:
    return named.get("bos_token") if begins else None, named.get("eos_token") if ends else None


def _added(tokens: list[str], kinds: list[int]) -> list[dict[str, Any]]:
    own = {CONTROL: special_token, USER_DEFINED: _plain_token}
    return [
        own[kind](token, place) for place, (token, kind) in enumerate(zip(tokens, kinds, strict=True)) if kind in own
    ]


def _plain_token(token: str, place: int) -> dict[str, Any]:
    return {"id": place, "content": token, **FLAGS, "normalized": False}


def _facts(origin: Origin, name: str) -> dict[str, Any]:
    """What the head of the file tells of the tokenizer."""
    head = read_head(origin.path(name), lambda key: key.startswith((KEY, TEMPLATE)))
    return {key.removeprefix(KEY): value for key, value in head.items()}


GGUF = Form(name=".gguf", finds=finds, read=read, write=write)
