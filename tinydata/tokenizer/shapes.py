"""Shapes: of what type each thing in a tokenizer.json must be, before it is taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.vocabulary import NESTED

TEXTS = ("unk_token", "continuing_subword_prefix", "end_of_word_suffix")
NUMBERS = ("unk_id", "max_input_chars_per_word")
FLAGS = ("byte_fallback", "fuse_unk", "ignore_merges")
PARTS = ("normalizer", "pre_tokenizer", "post_processor", "decoder")
OF_ADDED = ("single_word", "lstrip", "rstrip", "normalized", "special")
SETTINGS = ("truncation", "padding")


def refuse_shapes(document: Mapping[str, Any], path: Path) -> None:
    """Raise `DamagedSource` for what is of another type than `tokenizers` writes, and name it."""
    for where, found, wanted in _odd(document):
        raise DamagedSource(path, f"no tokenizer: {where} is {short(found)}: {wanted} is wanted")


def short(found: Any) -> str:
    """What was found, as far as it fits into a line."""
    shown = repr(found)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _odd(document: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    model = document["model"]
    kinds: tuple[tuple[tuple[str, ...], type, str], ...] = (
        (TEXTS, str, "a text"),
        (NUMBERS, int, "a number"),
        (FLAGS, bool, "true or false"),
    )
    for names, kind, wanted in kinds:
        for name in names:
            if model.get(name) is not None and type(model[name]) is not kind:
                yield f"the model's {name}", model[name], wanted
    if not isinstance([] if model.get("merges") is None else model["merges"], list):
        yield "the model's merges", model["merges"], "a list"
    for name in PARTS:
        yield from _odd_part(name, document.get(name))
    for name in SETTINGS:
        if document.get(name) is not None and not isinstance(document[name], dict):
            yield name, document[name], "an object"
    pad = (document.get("padding") or {}).get("pad_token", "")
    if type(pad) is not str:
        yield "the padding's pad_token", pad, "a text"
    added = document.get("added_tokens") or []
    if not isinstance(added, list):
        yield "added_tokens", added, "a list"
        return
    for number, token in enumerate(added):
        whole = isinstance(token, dict) and type(token.get("content")) is str and type(token.get("id")) is int
        if not whole or any(type(token.get(flag, False)) is not bool for flag in OF_ADDED):
            yield f"added_tokens.{number}", token, "an object with a content, an id and flags"


def _odd_part(where: str, part: Any) -> Iterator[tuple[str, Any, str]]:
    if part is None:
        return
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        yield where, part, "an object with a type"
        return
    for name, fits, wanted in (
        ("special_tokens", _is_named, "an object of tokens and their ids"),
        ("cls", _is_pair, "a token and its id"),
        ("sep", _is_pair, "a token and its id"),
    ):
        if name in part and not fits(part[name]):
            yield f"{where}.{name}", part[name], wanted
    for name in NESTED:
        if name not in part:
            continue
        inner = part[name]
        if not isinstance(inner, list):
            yield f"{where}.{name}", inner, "a list"
            return
        for number, nested in enumerate(inner):
            yield from _odd_part(f"{where}.{name}.{number}", nested)


def _is_named(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(special, dict)
        and _is_row(special.get("tokens"), str)
        and _is_row(special.get("ids"), int)
        and len(special["tokens"]) == len(special["ids"])
        for special in found.values()
    )


def _is_row(found: Any, kind: type) -> bool:
    return isinstance(found, list) and all(type(item) is kind for item in found)


def _is_pair(found: Any) -> bool:
    return isinstance(found, list) and [type(item) for item in found] == [str, int]
