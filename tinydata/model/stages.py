"""Stages: parts of a model whose widths grow from one stage to the next. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tinydata.model.names import group, words
from tinydata.model.roles import SMALL, in_mixed_list, lists_of
from tinydata.model.tree import Node, ints_in, is_int, is_ints

LEAST = 8
LEAST_DOUBLED = 2  # what doubles some times over may start lower


@dataclass(frozen=True)
class Stages:
    """One factor for all widths of a part in stages, down to a least width."""

    new_width: int
    old_width: int
    least: int

    def new(self, old: int) -> int:
        """What a width of the part becomes."""
        exact, rest = divmod(old * self.new_width, self.old_width)
        fits = rest == 0 and (exact % 4 == 0 or self.least < LEAST)
        return min(old, max(self.least, exact) if fits else round_to(exact))


def find_stages(node: Node, anchor: int, widest: int, *, plain: bool) -> Stages | None:
    """By how much a part in stages becomes narrower; None where it is none.

    Args:
        node: The part.
        anchor: Its width.
        widest: What its last stage is at most to be wide.
        plain: Whether its anchor is called a hidden size.
    """
    doubled = doublings(node, anchor)
    if doubled:
        return Stages(min(anchor, max(LEAST_DOUBLED, _power_of_two(widest / 2**doubled))), anchor, LEAST_DOUBLED)
    widths = [width for width in (*stage_widths(node), anchor) if width >= SMALL]
    stages = stage_key(node)
    if not widths or (stages is None and (plain or not _in_lists_alone(node))):
        return None
    first, last = min(widths), max(widths)
    if stages and node.values.get("embed_dim") == anchor < node.values.get("hidden_size", 0):
        last = max(last, anchor * 2 ** (len(node.values[stages]) - 1))  # some files say a hidden size that is none
    if last <= widest:
        return Stages(1, 1, 1)
    if first == last:
        return None
    bottom = _power_of_two(widest * first / last)
    return Stages(bottom, first, LEAST) if LEAST <= bottom < first else Stages(widest, last, LEAST)


def stage_key(node: Node) -> str | None:
    """The key that says how deep each stage is, in a model in stages."""
    return next((key for key in words("stages") if is_ints(node.values.get(key))), None)


def stage_widths(node: Node) -> Iterator[int]:
    """Every width that a list of stages names."""
    for key, value in lists_of(node).items():
        if group("stage_widths").holds(key):
            yield from ints_in(value)
        elif group("mixed_lists").holds(key):
            yield from filter(in_mixed_list, ints_in(value))
    if stage_key(node) and is_int(node.values.get("hidden_size")):
        yield node.values["hidden_size"]


def first_width(node: Node, anchor: int | None) -> int | None:
    """The width before the first stage, where another is called the hidden size."""
    first, stages = node.values.get("embed_dim"), stage_key(node)
    if stages and is_int(first) and anchor and 0 < 2 * first <= anchor <= first * 2 ** (len(node.values[stages]) - 1):
        return first
    if any(group("doublings").holds(key) for key in lists_of(node)):
        first = doubled_width(node)
        return first if first and anchor and anchor % first == 0 else None
    return None


def doubled_width(node: Node) -> int | None:
    """The width before the first doubling, where a key says one."""
    return next((node.values[key] for key in words("doubling_widths") if is_int(node.values.get(key))), None)


def doublings(node: Node, anchor: int) -> int:
    """How many times the anchor doubles on the way through the part."""
    lists = [value for key, value in lists_of(node).items() if group("doublings").holds(key)]
    starts = any(node.values.get(key) == anchor for key in words("doubling_widths"))
    return len(max(lists, key=len)) if lists and starts else 0


def round_to(value: float, unit: int = 8) -> int:
    """The nearest multiple of a unit, at least one.

    >>> round_to(83)
    80
    """
    return max(unit, round(value / unit) * unit)


def _in_lists_alone(node: Node) -> bool:
    """Whether two lists or more say how wide a part is, and no key does."""
    lists = [value for key, value in lists_of(node).items() if group("anchor_lists").holds(key)]
    return sum(max(ints_in(value), default=0) >= SMALL for value in lists) > 1


def _power_of_two(value: float) -> int:
    return int(2 ** int(math.log2(value))) if value >= 1 else 1
