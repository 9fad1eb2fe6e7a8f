"""Tiny files: a tokenizer class that is of Python alone, built from files that are made up by the names of its arguments.

Such a class tells nothing of the marks it puts on tokens, nor of the columns of its merges: the kinds there are get tried, and the one
that leaves the fewest characters unknown is kept.
"""

from __future__ import annotations

import inspect
import json
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from tinydata.errors import BadSize, BelowFloor, UnknownClass
from tinydata.tokenizer.files.sentencepiece_model import BYTE, CONTROL, NORMAL, UNKNOWN, new_model
from tinydata.tokenizer.probes import SCRIPTS
from tinydata.tokenizer.vocabulary import BYTE_CHARS, BYTE_TOKENS

ASCII = tuple(map(chr, range(33, 127)))
MARKS = ("", "##{}", "{}</w>", "{}@@", "bytes")
COLUMNS = (2, 3)  # of a line of merges: without and with a count
MERGES = (("t", "h"), ("th", "e"), ("i", "n"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST = len(LETTERS) ** 2 - 2  # words of two letters, without those that stand there anyway
TABLES = {"emoji.json": ("emoji", "emoji_inv"), "byte_maps.json": ("decompose_map", "merge_map")}  # empty ones do
LINE = "the tiny thing"


def build_from_files(found: type[Any], folder: Path, size: int | None = None) -> int:
    """Save the smallest tokenizer of a class into a folder; it is loaded again and must encode the same.

    Args:
        found: The class.
        size: How many tokens; None: as few as it takes.

    Returns:
        How many tokens the class could do with.

    Raises:
        UnknownClass: No files that are known here suit it.
        BadSize: `size` is below 1, or above what is made up.
        BelowFloor: `size` is below the fewest tokens.
    """
    tried: list[tuple[tuple[int, int, int], str, int]] = []
    problem = "it takes no files"
    for mark, columns in product(MARKS, COLUMNS):
        with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
            try:
                tokenizer = _build(found, Path(scratch), mark, columns, 0)
                ids = tokenizer(LINE).input_ids
            except Exception as error:  # whatever a class raises is the answer: not with these files
                problem = " ".join(str(error).split())[:200] or type(error).__name__
                continue
            tried.append(((ids.count(tokenizer.unk_token_id), len(ids), len(tokenizer)), mark, columns))
    for (_, _, floor), mark, columns in sorted(tried):
        words = _room(found, size, floor)
        with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
            tokenizer = _build(found, Path(scratch), mark, columns, words)
            tokenizer.save_pretrained(folder)
            problem = _differs(tokenizer, found.from_pretrained(folder, local_files_only=True), floor + words)
        if not problem:
            return floor
        for file in folder.iterdir():
            file.unlink()
    raise UnknownClass(found.__name__, f"cannot be built out of nothing: {problem}")


def _room(found: type[Any], size: int | None, floor: int) -> int:
    """How many words are to be made up."""
    if size is None or size == floor:
        return 0
    if not found.vocab_files_names:
        raise UnknownClass(found.__name__, f"always has {floor} tokens")
    if size < 1 or size - floor > MOST:
        raise BadSize("vocab_size", size, floor + MOST)
    if size < floor:
        raise BelowFloor(size, floor, "special tokens and alphabet")
    return size - floor


def _differs(tokenizer: Any, again: Any, size: int) -> str:
    """What is wrong with a tokenizer that was saved and loaded; some classes write other files than they read."""
    wrong = next((text for text in (LINE, *SCRIPTS) if again(text).input_ids != tokenizer(text).input_ids), None)
    if wrong is not None:
        return f"saved and loaded, it encodes {wrong!r} otherwise"
    return "" if len(again) == size else f"saved and loaded, it has {len(again)} tokens, not {size}"


def _build(found: type[Any], folder: Path, mark: str, columns: int, words: int) -> Any:
    arguments = inspect.signature(found.__init__).parameters
    names = {name: file for name, file in found.vocab_files_names.items() if name in arguments}
    needed = {name: file for name, file in names.items() if arguments[name].default is inspect.Parameter.empty}
    needed = needed or {name: file for name, file in names.items() if not name.startswith("tokenizer_")}
    specials = list(dict.fromkeys(_specials(arguments)))
    models = any(file.endswith((".model", ".spm")) for file in needed.values())
    tokens = list(dict.fromkeys((*specials, *_alphabet(mark, models), *_words(words, mark, models))))
    given: dict[str, Any] = {"langs": ["en", "de"]} if "langs" in arguments else {}
    for name, file in needed.items():
        (folder / file).write_bytes(_content(file, tokens, specials, columns, "bpe.codes" in needed.values()))
        given[name] = str(folder / file)
    return found(**given)


def _specials(arguments: Any) -> Iterator[str]:
    yield from ("<s>", "<pad>", "</s>", "<unk>")
    for name, argument in arguments.items():
        if name.endswith("_token") and isinstance(argument.default, str) and argument.default.strip():
            yield argument.default


def _alphabet(mark: str, models: bool) -> Iterator[str]:
    if models:
        yield from ("▁", *BYTE_TOKENS)
    chars = BYTE_CHARS.values() if mark == "bytes" else ASCII
    yield from chars
    if "{}" in mark:
        yield from map(mark.format, chars)
    for word in map("".join, MERGES):
        yield word
        if "{}" in mark:
            yield mark.format(word)


def _words(count: int, mark: str, models: bool) -> list[str]:
    pairs = ["".join(pair) for pair in product(LETTERS, repeat=2) if "".join(pair) not in ("th", "in")]
    return [f"▁{pair}" if models else mark.format(pair) if "{}" in mark else pair for pair in pairs][:count]


def _content(file: str, tokens: list[str], specials: list[str], columns: int, counted: bool) -> bytes:
    if file.endswith((".model", ".spm")):
        return new_model((token, *_scored(token, specials)) for token in _model_order(tokens, specials))
    if file in TABLES:
        return json.dumps({key: {} for key in TABLES[file]}).encode()
    if file.endswith(".json"):
        return json.dumps({token: place for place, token in enumerate(tokens)}, ensure_ascii=False).encode()
    if file in ("merges.txt", "bpe.codes"):
        lines = ["#version: 0.2", *(" ".join((*pair, "1")[:columns]) for pair in MERGES)]
    elif counted or file == "dict.txt":
        lines = [f"{token} 1" for token in tokens if token not in specials[:4]]
    else:
        lines = tokens
    return "".join(f"{line}\n" for line in lines).encode()


def _model_order(tokens: list[str], specials: list[str]) -> list[str]:
    return ["<unk>", "<s>", "</s>", *(token for token in tokens if token not in specials)]


def _scored(token: str, specials: list[str]) -> tuple[float, int]:
    if token in specials:
        return 0.0, UNKNOWN if token == "<unk>" else CONTROL
    return (0.0, BYTE) if token in BYTE_TOKENS else (-10.0 if len(token) == 1 else -5.0, NORMAL)
