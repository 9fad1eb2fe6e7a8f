"""From class: a tokenizer of a class of transformers, out of nothing but the class.

Called without arguments, a fast class shows its special tokens and its frame; with a vocabulary of these and an alphabet it is
built again. So what is written is what the class itself makes of it.
"""

from __future__ import annotations

import difflib
import inspect
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import UnknownClass
from tinydata.tokenizer.auto import load_auto, quiet_transformers
from tinydata.tokenizer.check import check_tokenizer
from tinydata.tokenizer.document import read_document
from tinydata.tokenizer.files import find_forms
from tinydata.tokenizer.made import TOKEN_MAP, Made, MadeTokenizer
from tinydata.tokenizer.origin import open_origin
from tinydata.tokenizer.single import make_single
from tinydata.tokenizer.tiny_files import build_from_files
from tinydata.tokenizer.vocabulary import BYTE_CHARS, BYTE_TOKENS, Vocabulary
from tinydata.tokenizer.wish import Wish

ASCII = tuple(map(chr, range(33, 127)))
SPACE = "▁"
BEGIN = ("LlamaTokenizer", "GemmaTokenizer", "CohereTokenizer")  # all real ones do, and the class alone does not


def make_from_class(name: str, wish: Wish) -> Made:
    """Make up a tokenizer of a class of transformers.

    Raises:
        UnknownClass: transformers has no tokenizer of this name, or it cannot be built out of nothing.
        BadSize: The size is below 1, or above what is made up.
        BelowFloor: It leaves no room for the special tokens and the alphabet.
        MissingExtra: transformers is not installed.
    """
    transformers = quiet_transformers()
    found = getattr(transformers, name, None)
    if not isinstance(found, type) or not issubclass(found, transformers.PreTrainedTokenizerBase):
        known = [known for known in dir(transformers) if known.endswith("Tokenizer") and known != "AutoTokenizer"]
        near = ", ".join(difflib.get_close_matches(name, known, n=3))
        raise UnknownClass(name, "transformers has no tokenizer of this name" + (f": there is {near}" if near else ""))
    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        folder = Path(scratch)
        if issubclass(found, transformers.PreTrainedTokenizerFast):
            _build(name, found, folder)
            return _make_fast(name, folder, wish)
        floor = build_from_files(found, folder, wish.vocab_size)
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        return Made(files, _tell(name, wish.vocab_size or floor, floor, files))


def _make_fast(name: str, folder: Path, wish: Wish) -> Made:
    origin = replace(open_origin(folder), shown=name)
    made = make_single(origin, find_forms(origin), replace(wish, may_grow=True))
    files = {file: content for file, content in made.files.items() if file != TOKEN_MAP}  # there are no old ids
    if not wish.dry_run:
        with tempfile.TemporaryDirectory(prefix="tinydata-") as tried:
            for file, content in files.items():
                (Path(tried) / file).write_bytes(content)
            problem = next((found.fact for found in check_tokenizer(Path(tried)) if found.problem), None)
        if problem:
            raise UnknownClass(name, f"cannot be built out of nothing: {problem}")
    told = made.told
    size, cost = told.vocab_size[1], (0, told.cost[1])
    told = replace(
        told, vocab_size=(0, size), size_bytes=(0, told.size_bytes[1]), cost=cost, files=tuple(sorted(files))
    )
    return Made(files, told)


def _tell(name: str, size: int, floor: int, files: dict[str, bytes]) -> MadeTokenizer:
    return MadeTokenizer(
        path=Path(),
        recipe=None,
        family=name,
        vocab_size=(0, size),
        size_bytes=(0, sum(map(len, files.values()))),
        floor=floor,
        specials=0,
        characters=(0, 0),
        cost=(0, 0),
        texts=(0, 0),
        corpus=None,
        dropped=(),
        notes=("of Python alone: it has files of its own, and no tokenizer.json",),
        files=tuple(sorted(files)),
    )


def _build(name: str, found: Any, folder: Path) -> None:
    """Save the smallest tokenizer of a fast class."""
    shown = _show(name, found)
    pieces = _pieces(shown)
    given: dict[str, Any] = {"vocab": pieces if shown.family != "Unigram" else list(_scored(shown, pieces).items())}
    if shown.family == "BPE":
        given["merges"] = []
    if name in BEGIN:
        given["add_bos_token"] = True
    _try(name, found, **given).save_pretrained(folder)
    load_auto(folder).save_pretrained(folder)  # some classes put their template together only when they are loaded


def _show(name: str, found: Any) -> Vocabulary:
    """What the class makes of no arguments; one that trips over its own default gets its special tokens in a row."""
    try:
        bare = found()
    except ValueError:
        arguments = inspect.signature(found.__init__).parameters.items()
        tokens = [argument.default for key, argument in arguments if key.endswith("_token")]
        bare = _try(name, found, vocab=[(token, 0.0) for token in tokens if isinstance(token, str)])
    except Exception as error:  # the same as in _try
        raise _refused(name, error) from error
    document = json.loads(bare.backend_tokenizer.to_str())
    model = document["model"]
    if model.get("unk_token") is not None:  # some have it among the added tokens alone, which then does not load
        model["vocab"].setdefault(model["unk_token"], len(model["vocab"]))
    return read_document(document, Path(name))


def _try(name: str, build: Callable[..., Any], **given: Any) -> Any:
    try:
        return build(**given)
    except Exception as error:  # whatever a class raises is the answer: it cannot be built so
        raise _refused(name, error) from error


def _refused(name: str, error: Exception) -> UnknownClass:
    return UnknownClass(name, f"cannot be built out of nothing: {' '.join(str(error).split())[:200]}")


def _pieces(shown: Vocabulary) -> dict[str, int]:
    """The tokens of the class with an alphabet: special ones in front or last, as they stand there."""
    special = {token["content"] for token in shown.added}
    order = shown.order
    head = next((place for place, token in enumerate(order) if token not in special), len(order))
    tokens = [*order[:head], *_alphabet(shown), *order[head:]]
    return {token: place for place, token in enumerate(dict.fromkeys(tokens))}


def _scored(shown: Vocabulary, pieces: dict[str, int]) -> dict[str, float]:
    known = {token: shown.scores[place] for token, place in shown.pieces.items()}
    return {token: known.get(token, -10.0) for token in pieces}


def _alphabet(shown: Vocabulary) -> list[str]:
    """What lets every text through, or, where the family has no bytes, every text in ASCII."""
    if shown.byte_level:
        chars = list(BYTE_CHARS.values())
    else:
        pieces_of_bytes = BYTE_TOKENS if shown.model.get("byte_fallback") else ()
        spaces = (SPACE,) if SPACE in json.dumps(dict(shown.frame), ensure_ascii=False) else ()
        chars = [*pieces_of_bytes, *spaces, *ASCII]
    ending = [char + shown.suffix for char in chars if len(char) == 1 and shown.suffix]
    within = [shown.prefix + char for char in chars if len(char) == 1 and shown.prefix]
    return [*chars, *within, *ending]
