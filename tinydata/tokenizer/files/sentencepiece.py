"""SentencePiece's `.model`, Unigram and BPE, read and written without protobuf."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.byte_level import splits
from tinydata.tokenizer.classes import CLASSES, ask_class, is_own
from tinydata.tokenizer.document import BODY, HEAD, read_document, refuse_damage
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.files.sentencepiece_model import (
    BPE,
    CHAR,
    CONTROL,
    UNIGRAM,
    UNKNOWN,
    USER_DEFINED,
    Model,
    cut_model,
    read_model,
)
from tinydata.tokenizer.files.tiktoken import is_ranked
from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.origin import Origin, declared_tokens, named_specials, special_token
from tinydata.tokenizer.settings import guess_named
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.template import wrap
from tinydata.tokenizer.vocabulary import Vocabulary

SPACE = "▁"
SUFFIX = re.compile(r".+\.model(\.v\d+(m\d+)?)?")


def finds(origin: Origin) -> tuple[str, ...]:
    """By suffix, if it does not begin as a `.tiktoken` does."""
    return tuple(name for name in origin.files if SUFFIX.fullmatch(name) and not is_ranked(origin, name))


def read(origin: Origin) -> Vocabulary:
    """Read a model; the frame encodes as `SentencePieceProcessor.encode` does.

    Raises:
        DamagedSource: It is no model, or its pieces are words.
        UnknownSource: A class is named that does not read it.
        MissingExtra: A class is named that only transformers knows, and it is not installed.
    """
    name, *more = finds(origin)
    for other in more:
        if model_of(origin, other).texts != model_of(origin, name).texts:
            raise DamagedSource(origin.files[name], f"one of several vocabularies, beside {other}")
    if is_own(origin) and (document := ask_class(origin, (name, *more))):
        return _of_class(origin, name, document)
    whole = TOKENIZER_JSON not in origin.files
    found = vocabulary_of(model_of(origin, name), origin, origin.files[name], whole=whole)
    template = _template(origin, found)
    return replace(found, frame={**found.frame, "post_processor": template}) if template else found


def _of_class(origin: Origin, name: str, document: Any) -> Vocabulary:
    read = read_document(document, origin.files[name])
    missing = sum(text not in read.pieces for text in model_of(origin, name).normal())
    if missing > len(read.pieces):
        what = f"{origin.tokenizer_class} of transformers does not read {name}: it wants a file of another name"
        raise UnknownSource(origin.shown, what)
    return read


def read_one(origin: Origin, name: str) -> Vocabulary:
    """Read one file of several."""
    return vocabulary_of(model_of(origin, name), origin, origin.files[name], whole=False)


def _template(origin: Origin, read: Vocabulary) -> dict[str, Any] | None:
    config = origin.config("tokenizer_config.json")
    around = list(CLASSES.get(origin.tokenizer_class, CLASSES[""]))
    for place, name in enumerate(("bos", "eos")):
        if f"add_{name}_token" in config:
            around[place] = f"{name}_token" if config[f"add_{name}_token"] else None
    named = {**dict(guess_named(read)), **named_specials(origin)}
    before, after = (token if (token := named.get(role or "")) in read.ids else None for role in around)
    return wrap(read.ids, before, after, once=around[0] == "cls_token")


def vocabulary_of(model: Model, origin: Origin, path: Path, *, whole: bool = True) -> Vocabulary:
    """A model as a vocabulary, with the added tokens that the configs beside it declare.

    Args:
        whole: Whether the ids in the configs are those of the model; else another file numbers its pieces.
    """
    if model.model_type not in (UNIGRAM, BPE, CHAR):
        what = f"a sentencepiece model of type {model.model_type}: Unigram is 1, BPE is 2, characters are 4"
        raise DamagedSource(path, what)
    pieces = dict(zip(model.texts, count(), strict=False))
    unknown = next(iter(model.of_kinds(UNKNOWN)), None)
    marked = {text: special_token(text, pieces[text]) for text in model.of_kinds(CONTROL, UNKNOWN)}
    added = {**marked, **{token["content"]: token for token in declared_tokens(origin, pieces)}}
    if not whole:
        added = {text: {**token, "id": pieces[text]} for text, token in added.items() if text in pieces}
    own = model.of_kinds(USER_DEFINED)
    read = Vocabulary(
        family="BPE" if model.model_type == BPE else "Unigram",
        frame={**_frame(model, own), "model": _settings(model, unknown, own, pieces)},
        pieces=pieces,
        added=sorted(added.values(), key=lambda token: int(token["id"])),
        merges=_merges(model) if model.model_type == BPE else (),
        scores=dict(enumerate(model.scores)),
        pinned=frozenset(model.special) | _highest(model, own),
    )
    refuse_damage(read, path)
    return read


def scores_of(origin: Origin, pieces: Mapping[str, int]) -> dict[int, float]:
    """The scores of the pieces, by the ids that another file of the same tokenizer gives them."""
    model = model_of(origin, finds(origin)[0])
    known = zip(model.texts, model.scores, strict=True)
    return {pieces[text]: score for text, score in known if text in pieces}


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write each model with the pieces that are left, all else as it was."""
    return {name: cut_model(model_of(origin, name), cut.new.ids) for name in finds(origin)}


def model_of(origin: Origin, name: str) -> Model:
    """The model as it lies in a file; it is read once."""
    if name not in origin.parsed:
        origin.parsed[name] = read_model(origin.read(name), origin.files[name])
    model: Model = origin.parsed[name]
    return model


def _settings(model: Model, unknown: str | None, own: list[str], pieces: dict[str, int]) -> dict[str, Any]:
    if model.model_type != BPE:
        place = None if unknown is None else pieces[unknown]
        return {"type": "Unigram", "unk_id": place, "byte_fallback": model.byte_fallback}
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": unknown,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": True,
        "byte_fallback": model.byte_fallback,
        "ignore_merges": bool(own),
    }


def _frame(model: Model, own: list[str]) -> dict[str, Any]:
    normalizers: list[dict[str, Any]] = []
    if model.charsmap:
        table = base64.b64encode(model.charsmap).decode()
        normalizers.append({"type": "Precompiled", "precompiled_charsmap": table})
    if model.no_extra_spaces:  # spaces only: a newline is none
        normalizers += [_replace({"Regex": r"\A +| +\z"}, ""), _replace({"Regex": " {2,}"}, " ")]
    if model.escape:
        normalizers.append(_replace({"String": " "}, SPACE))
    cutters: list[dict[str, Any]] = []
    decoders: list[dict[str, Any]] = [_replace({"String": SPACE}, " ")]
    if model.byte_fallback:
        decoders.append({"type": "ByteFallback"})
    if model.dummy_prefix:
        normalizers.append(_replace({"Regex": rf"\A{SPACE}"}, SPACE * 2))  # Metaspace adds none where one stands
        cutters.append({"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": False})
    if own:  # pieces of one's own are taken whole, and never merged
        pattern = "|".join(re.escape(piece) for piece in sorted(own, key=len, reverse=True))
        cutters.append({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False})
    decoders.append({"type": "Fuse"})
    if model.dummy_prefix:
        decoders.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return {
        **HEAD,
        **BODY,
        "normalizer": {"type": "Sequence", "normalizers": normalizers} if normalizers else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": cutters} if cutters else None,
        "decoder": {"type": "Sequence", "decoders": decoders},
    }


def _merges(model: Model) -> list[tuple[str, str]]:
    """All pairs of normal pieces that make one, the best score first: what sentencepiece does, as merges."""
    scores = model.normal()
    order = sorted(scores, key=lambda text: -scores[text])  # stable: among equals, the order of the file
    return [pair for text in order for pair in splits(text, scores)]


def _highest(model: Model, own: list[str]) -> frozenset[str]:
    """The best score of a piece: those of one's own are measured by it."""
    if not own or model.model_type == BPE:
        return frozenset()
    normal = model.normal()
    return frozenset((max(normal, key=normal.__getitem__),)) if normal else frozenset()


def _replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


SENTENCEPIECE = Form(name="SentencePiece .model", finds=finds, read=read, write=write)
