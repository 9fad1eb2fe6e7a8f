"""Anchors: the width that each part of a model is built around. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tinydata.model.draft import Draft
from tinydata.model.names import group, table, words
from tinydata.model.roles import SMALL, in_mixed_list, keys_with, lists_of
from tinydata.model.stages import first_width, stage_key
from tinydata.model.tree import Node, Path, ints_in, is_int


@dataclass(frozen=True)
class Anchors:
    """The anchor of each part that has one.

    Args:
        by_path: Where the part lies -> its width as it was.
        plain: The parts whose anchor is called a hidden size, or is the first of their stages.
        unnamed: Whether nothing is called a hidden size, and the widest width of all leads.
    """

    by_path: dict[Path, int]
    plain: frozenset[Path]
    unnamed: bool = False

    def own(self, node: Node) -> int | None:
        """The anchor of a part itself."""
        return self.by_path.get(node.path)

    def of(self, node: Node) -> int:
        """The anchor of a part; where it names none, that of the part around it."""
        found = (self.by_path[path] for path in way_up(node.path) if path in self.by_path)
        return next(found, max(self.by_path.values(), default=64))


def find_anchors(draft: Draft) -> Anchors:
    """Find the width of each part by the names that such a width has, else in lists of widths."""
    by_path: dict[Path, int] = {}
    plain: set[Path] = set()
    for node in draft.tree.nodes:
        anchor = _named(draft, node)
        found = first_width(node, anchor) or anchor or _least_listed(node)
        if found is not None:
            by_path[node.path] = found
            if stage_key(node) or _plainly_named(node):
                plain.add(node.path)
    if by_path:
        return Anchors(by_path, frozenset(plain))
    widest = max((node.values[key] for node in draft.tree.nodes for key in keys_with(node, "width")), default=0)
    return Anchors({(): widest} if widest >= SMALL else {}, frozenset(), unnamed=True)


def plain_names() -> tuple[str, ...]:
    """The names of an anchor that say nothing but how wide the model is."""
    return words("anchors")[: table()["anchors"]["plain"]]


def listed_widths(node: Node) -> Iterator[list[int]]:
    """The lists of a part that say how wide it is, without what is too narrow to be made narrower."""
    for key, value in lists_of(node).items():
        widths = [width for width in ints_in(value) if width >= SMALL] if group("anchor_lists").holds(key) else []
        if widths:
            yield widths


def way_up(path: Path) -> Iterator[Path]:
    """A path and those that it lies in, the nearest first."""
    for end in range(len(path), -1, -1):
        yield path[:end]


def _named(draft: Draft, node: Node) -> int | None:
    for name in words("anchors"):
        key = next((str(key) for key in node.values if name in (key, node.name_of(str(key)))), None)
        value = node.values.get(key) if key else None
        if is_int(value) and (value >= SMALL or draft.set_by_user(node, str(key))):
            return value
    return None


def _plainly_named(node: Node) -> bool:
    names = plain_names()
    return any(
        name in names for key in node.values for name in (key, node.name_of(str(key))) if is_int(node.values[key])
    )


def _least_listed(node: Node) -> int | None:
    least = min((min(widths) for widths in listed_widths(node)), default=None)
    mixed = (value for key, value in lists_of(node).items() if group("mixed_lists").holds(key))
    return least or min((width for value in mixed for width in ints_in(value) if in_mixed_list(width)), default=None)
