"""Rope: how a head is split between the axes of a position, made to fit narrower heads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.roles import main_heads
from tinydata.model.tree import Node, is_int, is_ints, is_list

KEYS = ("rope_parameters", "rope_scaling")
LEAST_ROTATED = 4
NO_TEXT = ("vision", "audio")


def shrink_rope(draft: Draft) -> None:
    """Make sections add up to half the rotated part of a head, and factors as many as that."""
    for node in draft.tree.nodes:
        key = next((key for key in KEYS if isinstance(node.values.get(key), dict)), None)
        if key:
            rope = node.values[key]
            unsaid = _unsaid(draft, node, rope)
            draft.put(node, key, _fitted(draft, node, rope, unsaid), "heads", "rope fits the head")
        sections = node.values.get("mrope_section")
        if is_ints(sections):
            draft.put(node, "mrope_section", split(sections, head_dim(draft, node) // 2), "heads", "rope fits the head")


def split(sections: Sequence[int], total: int) -> list[int]:
    """Sections in the same ratio that add up to a total, each at least 1.

    >>> split([16, 24, 24], 8)
    [2, 3, 3]
    """
    if sum(sections) == total:
        return list(sections)
    total, whole = max(total, len(sections)), sum(sections)
    new = [max(1, section * total // whole) for section in sections]
    place = 0
    while sum(new) < total:
        new[place % len(new)] += 1
        place += 1
    while sum(new) > total and max(new) > 1:
        new[new.index(max(new))] -= 1
    return new


def head_dim(draft: Draft, node: Node) -> int:
    """The new width of a head, as far as it is rotated."""
    for key in ("head_dim", "qk_rope_head_dim"):
        known = draft.number(node, key)
        if known:
            return known
    hidden, heads = draft.number(node, "hidden_size"), main_heads(node)
    count = draft.number(node, heads) if heads else None
    return max(2, hidden // count) if hidden and count else draft.aim.head_dim


def turned_enough(draft: Draft, node: Node, new: int) -> int:
    """Double the width of a head until enough of it is turned, and each axis of a position has a part."""
    old = node.get("head_dim")
    rope = next((node.values[key] for key in KEYS if isinstance(node.values.get(key), dict)), None)
    if not is_int(old) or rope is None:
        return new
    parts = [part for inner in _ropes(rope) if isinstance(part := inner.get("partial_rotary_factor"), float)]
    if isinstance(node.values.get("partial_rotary_factor"), float):
        parts.append(node.values["partial_rotary_factor"])
    while parts and min(parts) < 1 and int(new * min(parts)) < LEAST_ROTATED and new < old:
        new *= 2
    sections = [
        (len(value), _rotated(node, inner))
        for inner in _ropes(rope)
        for key, value in inner.items()
        if is_ints(value) and "section" in str(key)
    ]
    unsaid = _unsaid(draft, node, rope)
    if unsaid:
        sections.append((len(unsaid), _rotated(node, rope)))
    if sections:
        count, rotated = max(sections)
        while int(new * rotated) // 2 < count and new < old:
            new *= 2
    return new


def _fitted(draft: Draft, node: Node, rope: Mapping[str, Any], unsaid: Sequence[int]) -> dict[str, Any]:
    half = int(head_dim(draft, node) * _rotated(node, rope)) // 2
    fitted: dict[str, Any] = dict(rope)
    for key, value in rope.items():
        if isinstance(value, dict):
            fitted[key] = _fitted(draft, node, value, unsaid)
        elif is_ints(value) and "section" in str(key):
            fitted[key] = split(value, half)
        elif is_list(value) and key in ("long_factor", "short_factor"):
            fitted[key] = list(value)[: max(1, half)]
    if unsaid and "rope_theta" in rope:
        fitted["mrope_section"] = split(unsaid, half)
    return fitted


def _ropes(rope: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield rope
    for value in rope.values():
        if isinstance(value, dict):
            yield from _ropes(value)


def _rotated(node: Node, rope: Mapping[str, Any]) -> float:
    return float(rope.get("partial_rotary_factor") or node.values.get("partial_rotary_factor") or 1)


def _unsaid(draft: Draft, node: Node, rope: Mapping[str, Any]) -> Sequence[int]:
    """The sections that only the model's code knows."""
    said = any("section" in str(key) for inner in _ropes(rope) for key in inner)
    theta = any("rope_theta" in inner for inner in _ropes(rope))
    here = ".".join(map(str, node.path))
    return () if said or not theta or any(word in here for word in NO_TEXT) else draft.aim.rope_sections
