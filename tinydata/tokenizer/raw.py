"""Raw: a vocabulary as an object of `tokenizers`, without a file between, and its panics as errors of ours."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.extras import need
from tinydata.tokenizer.families import FAMILIES
from tinydata.tokenizer.vocabulary import Vocabulary

NO_MODEL = {"type": "WordLevel", "vocab": {}, "unk_token": ""}


def to_tokenizer(vocabulary: Vocabulary, path: Path) -> Any:
    """Make a `tokenizers.Tokenizer`, without truncation and padding.

    Raises:
        DamagedSource: `tokenizers` refuses it, or panics.
    """
    tokenizers = need("tokenizers", extra="tokenizer")
    bare = {**vocabulary.frame, "model": NO_MODEL, "added_tokens": [], "truncation": None, "padding": None}
    with no_panic(path):
        made = tokenizers.Tokenizer.from_str(json.dumps(bare))
        made.model = FAMILIES[vocabulary.family].build(vocabulary)
        flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
        added = sorted(vocabulary.added, key=lambda token: int(token["id"]))
        made.add_tokens(
            [tokenizers.AddedToken(token["content"], **{flag: token[flag] for flag in flags}) for token in added]
        )
    return made


def from_bytes(content: bytes, path: Path) -> Any:
    """Load a tokenizer.json, without truncation, padding and dropout.

    Raises:
        DamagedSource: `tokenizers` refuses it, or panics.
    """
    with no_panic(path):
        made = need("tokenizers", extra="tokenizer").Tokenizer.from_buffer(content)
        steady(made)
    return made


def steady(tokenizer: Any) -> None:
    """Let a `tokenizers.Tokenizer` encode each text whole, and the same each time."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if getattr(tokenizer.model, "dropout", None) is not None:
        tokenizer.model.dropout = None


@contextmanager
def no_panic(path: Path, also: tuple[type[Exception], ...] = (TypeError, ValueError)) -> Iterator[None]:
    """Turn what `tokenizers` raises into `DamagedSource`; a panic of Rust is no Exception, and `except` lets it through.

    Args:
        path: The source, for the error.
        also: What else `tokenizers` may raise there, besides the bare Exception that it raises mostly.

    A panic also writes to the standard error of the process, past Python: what is written meanwhile is kept back, and told if there
    was none.
    """
    try:
        with _kept_back():
            yield
    except BaseException as error:
        ours = type(error) is Exception or type(error).__name__ == "PanicException"
        if not ours and not isinstance(error, also):
            raise
        raise DamagedSource(path, f"`tokenizers` refuses it: {' '.join(str(error).split())[:300]}") from error


@contextmanager
def _kept_back() -> Iterator[None]:
    try:
        before = os.dup(2)
    except OSError:  # closed: then nothing is written
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        panic = True
        try:
            yield
            panic = False
        finally:
            os.dup2(before, 2)
            os.close(before)
            said.seek(0)
            if not panic and (words := said.read()):
                os.write(2, words)
