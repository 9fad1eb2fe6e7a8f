"""Pair: two vocabularies that lie in one folder; a size is for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary


@dataclass(frozen=True)
class Side:
    """What encodes the texts of one language: a vocabulary and what is left of it."""

    name: str
    cut: Cut


@dataclass(frozen=True)
class Pair:
    """A sort of folder with two vocabularies, or with two models over one.

    Args:
        name: What people call it.
        finds: The names of its files; none where it is another sort of folder.
        read: The vocabularies by the names of their files; ids of configs are those of the first.
        sides: What encodes, before and after, given what is left of the vocabularies.
        write: The same files with what is left.
        sizes: Given the cuts, the keys of config.json that hold a size of one vocabulary.
    """

    name: str
    finds: Callable[[Origin], tuple[str, ...]]
    read: Callable[[Origin], Mapping[str, Vocabulary]]
    sides: Callable[[Origin, Mapping[str, Cut]], Sequence[Side]]
    write: Callable[[Origin, Mapping[str, Cut]], dict[str, bytes]]
    sizes: Callable[[Mapping[str, Cut]], dict[str, int]] = lambda _: {}
