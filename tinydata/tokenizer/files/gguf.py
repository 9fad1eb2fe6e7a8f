"""GGUF of llama.cpp: the vocabulary in the head of the file, read through the package `gguf`; it is written as a tokenizer.json."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.extras import need
from tinydata.tokenizer.byte_level import PRE_TOKENIZERS, layout_frame
from tinydata.tokenizer.document import FLAGS, refuse_damage
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.files.sentencepiece import vocabulary_of
from tinydata.tokenizer.files.sentencepiece_model import BPE, CONTROL, NORMAL, UNIGRAM, UNKNOWN, USER_DEFINED, Model
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.origin import Origin, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.template import wrap
from tinydata.tokenizer.vocabulary import Vocabulary

KEY = "tokenizer.ggml."
NAMED = {  # as the file calls a token -> as tokenizer_config.json does
    "bos_token_id": "bos_token",
    "eos_token_id": "eos_token",
    "unknown_token_id": "unk_token",
    "seperator_token_id": "sep_token",  # so it is spelled there
    "padding_token_id": "pad_token",
    "mask_token_id": "mask_token",
}
BEGINS = (
    "llama3",
    "llama-v3",
    "llama-bpe",
    "falcon3",
    "falcon-h1",
    "pixtral",
    "lfm2",
    "tekken",
)  # unless the file says no
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
        MissingExtra: `gguf` is not installed.
    """
    (name,) = finds(origin)
    path = origin.path(name)
    facts = _facts(origin, name)
    tokens: list[str] = facts.get("tokens") or []
    if not tokens:
        raise DamagedSource(path, "no vocabulary in it: tokenizer.ggml.tokens is wanted")
    kinds = facts.get("token_type") or [NORMAL] * len(tokens)
    named = {
        as_config: tokens[facts[key]] for key, as_config in NAMED.items() if facts.get(key, -1) in range(len(tokens))
    }
    config: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", **named}
    if facts.get("chat_template"):
        config["chat_template"] = facts["chat_template"]
    origin.own["tokenizer_config.json"] = config
    model = facts.get("model")
    if model in WORDS:
        return _read_pieces(origin, facts, tokens, kinds, named)
    pre = facts.get("pre")
    if model != "gpt2" or pre not in PRE_TOKENIZERS:
        what = f"the pre-tokenizer {pre!r}" if model == "gpt2" else f"a vocabulary of {model!r}"
        known = f"{', '.join(WORDS)} and of gpt2 {', '.join(PRE_TOKENIZERS)}"
        raise UnknownSource(str(path), f"{what} cannot be written as a tokenizer.json exactly: there is {known}")
    pieces = {token: place for place, token in enumerate(tokens)}
    merges = [tuple(merge.split(" ", 1)) for merge in facts.get("merges") or ()]
    if any(len(merge) != 2 for merge in merges):
        raise DamagedSource(path, "a merge has two parts")
    frame = layout_frame(PRE_TOKENIZERS[pre])
    begins = facts.get("add_bos_token", pre in BEGINS)
    template = wrap(pieces, *_around(named, begins=begins, ends=facts.get("add_eos_token", False)))
    if template:
        frame["post_processor"] = {"type": "Sequence", "processors": [frame["post_processor"], template]}
    added = [
        _added(token, place, kinds[place]) for token, place in pieces.items() if kinds[place] in (CONTROL, USER_DEFINED)
    ]
    read = Vocabulary("BPE", frame, pieces, added, [(left, right) for left, right in merges])
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


def _around(named: dict[str, str], *, begins: bool, ends: bool) -> tuple[str | None, str | None]:
    return named.get("bos_token") if begins else None, named.get("eos_token") if ends else None


def _added(token: str, place: int, kind: int) -> dict[str, Any]:
    if kind == CONTROL:
        return special_token(token, place)
    return {"id": place, "content": token, **FLAGS, "normalized": False}


def _facts(origin: Origin, name: str) -> dict[str, Any]:
    """What the head of the file tells of the tokenizer."""
    gguf = need("gguf", extra="gguf")
    path = origin.path(name)
    try:
        read = gguf.GGUFReader(path)
        facts = {key.removeprefix(KEY): field.contents() for key, field in read.fields.items() if key.startswith(KEY)}
        template = read.fields.get("tokenizer.chat_template")
    except (ValueError, IndexError, KeyError, OverflowError, UnicodeDecodeError) as error:
        raise DamagedSource(path, f"no GGUF file: {' '.join(str(error).split())[:200]}") from error
    return {**facts, "chat_template": template.contents() if template else None}


GGUF = Form(name=".gguf", finds=finds, read=read, write=write)
