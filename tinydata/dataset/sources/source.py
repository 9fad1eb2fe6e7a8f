"""What a source is to the tables of sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tinydata.dataset.records import Records
from tinydata.errors import UnknownConfig, UnknownSource, UnknownSplit
from tinydata.fetch import File

Options = Mapping[str, Any]
"""What a card says to a reader, by the names that `datasets` has for it."""


NO_OPTIONS: Options = MappingProxyType({})


class Claim(IntEnum):
    """How sure a source is that a file or a folder is its own; the surest one opens it."""

    NO = 0
    GUESS = 1
    SUFFIX = 2
    CONTENT = 3


@dataclass(frozen=True)
class FileSource:
    """One sort of file.

    Attributes:
        name: What it is, for messages.
        claims: A file and its first bytes -> how sure it is.
        open: A file, and what a card says of how to read it -> its records. Raises the errors of `BadSource`.
        options: What a card may say, as `datasets` calls it.
    """

    name: str
    claims: Callable[[File, bytes], Claim]
    open: Callable[[File, Options], Records]
    options: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlaceSource:
    """One sort of place on this machine, most of which are folders.

    Attributes:
        name: What it is, for messages.
        claims: A path, and the names of the files below it -> how sure it is.
        open: Path, config and split, each None where not given -> its records. Raises the errors of `BadSource`.
    """

    name: str
    claims: Callable[[Path, Sequence[str]], Claim]
    open: Callable[[Path, str | None, str | None], Records]


def check_names(file: File, names: Sequence[str]) -> None:
    """Refuse columns of one name: rows could not be told as `datasets` tells them."""
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UnknownSource(file.name, f"two columns are called {min(twice)!r}")


def no_config(source: object, config: str | None, known: str | None = None) -> None:
    """Refuse a config that a source does not have; `known` is the only one it has."""
    if config is not None and config != known:
        raise UnknownConfig(str(source), config, [known] if known else [])


def pick_split(source: object, split: str | None, splits: tuple[str, ...]) -> str | None:
    """The split to open: the one given, else train, else the first; a source without any answers to train."""
    if split is None:
        return "train" if "train" in splits or not splits else splits[0]
    if split in (splits or ("train",)):
        return split
    raise UnknownSplit(str(source), split, splits or ("train",))


def paths_of(file: File) -> tuple[Path, ...]:
    """Where a file lies on this machine, if it does."""
    return () if file.path is None else (file.path,)
