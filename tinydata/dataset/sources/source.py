"""What a source is to the table of sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tinydata.dataset.records import Records
from tinydata.errors import UnknownConfig, UnknownSource, UnknownSplit


class Claim(IntEnum):
    """How sure a source is that a path is its own; the surest one opens it."""

    NO = 0
    GUESS = 1
    SUFFIX = 2
    CONTENT = 3


@dataclass(frozen=True)
class Source:
    """One sort of source.

    Attributes:
        name: What it is, for messages.
        claims: Path and the first bytes of the file (none of a folder) -> how sure it is.
        open: Path, config and split, each None where not given -> its records. Raises the errors of `BadSource`.
        lone: Whether a folder that holds one such file, and no other source, stands for it.
    """

    name: str
    claims: Callable[[Path, bytes], Claim]
    open: Callable[[Path, str | None, str | None], Records]
    lone: bool = False


def check_names(path: Path, names: Sequence[str]) -> None:
    """Refuse columns of one name: rows could not be told as `datasets` tells them."""
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UnknownSource(str(path), f"two columns are called {min(twice)!r}")


def no_config(path: Path, config: str | None, known: str | None = None) -> None:
    """Refuse a config that a source does not have; `known` is the only one it has."""
    if config is not None and config != known:
        raise UnknownConfig(str(path), config, [known] if known else [])


def pick_split(path: Path, split: str | None, splits: tuple[str, ...]) -> str | None:
    """The split to open: the one given, else train, else the first; a source without any answers to train."""
    if split is None:
        return "train" if "train" in splits or not splits else splits[0]
    if split in (splits or ("train",)):
        return split
    raise UnknownSplit(str(path), split, splits or ("train",))
