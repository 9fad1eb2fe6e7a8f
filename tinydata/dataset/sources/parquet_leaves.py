"""The leaves of a Parquet schema, each with the schema pruned to it, so that it can stand as a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinydata.dataset.sources.thrift import I32, Struct

_REPEATED = 2
_MAP, _MAP_KEY_VALUE, _LIST = 1, 2, 3  # converted types; the logical types MAP and LIST have the numbers 2 and 3
_LOGICAL_MAP, _LOGICAL_LIST = 2, 3


class Unusual(Exception):
    """The pages of a column cannot be told apart beyond doubt: read the row group in order instead."""


@dataclass(frozen=True)
class Leaf:
    """One leaf: its path, the schema elements from the root down to it, and how deep it repeats."""

    path: tuple[bytes, ...]
    elements: tuple[Struct, ...]
    max_repetition: int


def leaves_of(elements: Sequence[Struct]) -> list[Leaf]:
    """The leaves of a schema, in the order of a row group's columns.

    Args:
        elements: The schema of a footer: a tree, written depth first.

    Raises:
        Unusual: A part of it would be read as another type once it is pruned.
    """
    leaves: list[Leaf] = []

    def walk(at: int, above: tuple[Struct, ...], depth: int) -> int:
        element = elements[at]
        children: int = element.get(5, (I32, 0))[1]
        if above and element.get(3, (I32, 0))[1] == _REPEATED:
            depth += 1
        if not children:
            path = tuple(step[4][1] for step in (*above[1:], element))
            leaves.append(Leaf(path, (*above, element), depth))
            return at + 1
        _check_prunable(element, elements[at + 1])
        pruned = {**element, 5: (I32, 1)}
        following = at + 1
        for _ in range(children):
            following = walk(following, (*above, pruned), depth)
        return following

    if not elements[0].get(5, (I32, 0))[1] or walk(0, (), 0) != len(elements):
        raise Unusual("no tree of columns")
    return leaves


def _check_prunable(group: Struct, child: Struct) -> None:
    converted = group.get(6, (I32, None))[1]
    logical = group.get(10, (I32, {}))[1]
    if converted in (_MAP, _MAP_KEY_VALUE) or _LOGICAL_MAP in logical:
        raise Unusual("a map")
    # The old two-level list: a repeated struct is the item itself, but once pruned to one field it reads as its wrapper.
    if (converted == _LIST or _LOGICAL_LIST in logical) and child.get(5, (I32, 0))[1] != 1:
        raise Unusual("a list of two levels")
