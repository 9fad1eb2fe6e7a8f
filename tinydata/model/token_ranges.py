"""Token ranges: stretches of a vocabulary that stand for the codes of pictures or sounds, one after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tinydata.model.draft import Draft
from tinydata.model.names import group
from tinydata.model.roles import keys_with
from tinydata.model.tree import Node, is_int


@dataclass(frozen=True)
class TokenRange:
    """A stretch of a vocabulary, as long as there are codes of one sort.

    Args:
        node: The part that says where it starts.
        key: How.
        start: Its first token.
        codes: How many there are.
    """

    node: Node
    key: str
    start: int
    codes: int


def find_ranges(draft: Draft) -> list[TokenRange]:
    """The ranges of a config, in order; none where one of them is as long as no vocabulary of codes."""
    nodes = draft.tree.nodes
    sizes = {node.values[key] for node in nodes for key in keys_with(node, "vocab")}
    starts = [
        (value, node, str(key))
        for node in nodes
        for key, value in node.values.items()
        if is_int(value) and group("token_ranges").holds(str(key))
    ]
    starts.sort(key=lambda it: it[0])
    found = []
    for place, (start, node, key) in enumerate(starts):
        rest = (starts[place + 1][0] if place + 1 < len(starts) else max(sizes, default=0)) - start
        last = place + 1 == len(starts)
        codes = max((size for size in sizes if size == rest or (last and size < rest)), default=None)
        if codes is None:
            return []
        found.append(TokenRange(node, key, start, codes))
    return found


def shrink_ranges(draft: Draft, ranges: list[TokenRange], sizes: dict[int, int]) -> int | None:
    """Lay the ranges at the end of the smaller vocabulary, and leave half of it to the text.

    Args:
        draft: The starts are changed in it.
        ranges: The ranges as they were.
        sizes: Old vocabulary -> new; those of the codes are changed, except where the user has set them.

    Returns:
        The first token of the first range; None where there are no ranges.
    """
    if not ranges:
        return None
    whole: int = max(node.values[key] for node in draft.tree.nodes for key in keys_with(node, "vocab"))
    rows = sizes.get(whole, whole)
    set_by_user = {
        node.values[key]
        for node in draft.tree.nodes
        for key in keys_with(node, "vocab")
        if draft.set_by_user(node, key)
    }
    for each in ranges:
        if each.codes not in set_by_user:
            sizes[each.codes] = min(each.codes, max(1, rows // (2 * len(ranges))))
    first = start = rows - sum(sizes.get(each.codes, each.codes) for each in ranges)
    for each in ranges:
        draft.put(each.node, each.key, start, "vocab", "where a range of codes starts")
        start += sizes.get(each.codes, each.codes)
    return first
