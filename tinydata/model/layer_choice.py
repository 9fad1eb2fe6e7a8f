"""Choice of layers: which of a stack are kept, so that there is one of each kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tinydata.model.draft import Draft
from tinydata.model.layer_numbers import layer_of
from tinydata.model.names import group
from tinydata.model.roles import keys_with, lists_of
from tinydata.model.stack import Stack, depth_of, signature
from tinydata.model.tree import Node

MOST_KINDS = 8
MOST_TAPS = 8


def choose_layers(draft: Draft, node: Node, stack: Stack) -> list[int]:
    """New layer -> the old one it is like: those that are read, one of each kind, and the first to make up the number."""
    wanted = depth_of(draft.now(node, stack.key)) if draft.set_by_user(node, stack.key) else None
    signatures = [signature(node, stack, layer) for layer in range(stack.depth)]
    if wanted is not None and wanted >= stack.depth:
        return [_repeated(signatures, layer) for layer in range(wanted)]
    taps = {layer_of(place, stack.depth, places) for _, _, places in stack.taps for place in places}
    kept = sorted(taps) if len(taps) <= MOST_TAPS else []
    if wanted is not None:
        kept = kept[:wanted]
    seen = {signatures[layer] for layer in kept}
    for layer, kind in enumerate(signatures):
        if kind not in seen and len(kept) < (wanted or MOST_KINDS):
            seen.add(kind)
            kept.append(layer)
    least = wanted if wanted is not None else max(draft.aim.layers, _pattern_length(node, stack.depth))
    least = max(least, len(summands(node, stack)))
    while len(kept) < min(least, stack.depth):  # of each kind alike, the first first
        counts = Counter(signatures[layer] for layer in kept)
        others = ((counts[signatures[layer]], layer) for layer in range(stack.depth) if layer not in kept)
        kept.append(min(others)[1])
    return sorted(kept)


def summands(node: Node, stack: Stack) -> list[str]:
    """Depths of parts of the stack that add up to its own."""
    keys = [key for key in keys_with(node, "layers") if key != stack.key and node.values[key] != stack.depth]
    return keys if len(keys) > 1 and sum(node.values[key] for key in keys) == stack.depth else []


def _repeated(signatures: Sequence[str], layer: int) -> int:
    """The old layer that a layer is like when there are more of them: the pattern goes on.

    >>> [_repeated(["dense", "moe", "moe"], layer) for layer in range(6)]
    [0, 1, 2, 1, 1, 1]
    """
    depth = len(signatures)
    if layer < depth:
        return layer
    start, length = _period(signatures)
    return start + (layer - start) % length


def _period(signatures: Sequence[str]) -> tuple[int, int]:
    """Where the pattern starts, and how long it is: one that is seen twice, else the whole."""
    depth = len(signatures)
    for reach in range(1, depth + 1):
        for length in range(1, reach + 1):
            start = reach - length
            if start + 2 * length <= depth and all(
                signatures[place] == signatures[place + length] for place in range(start, depth - length)
            ):
                return start, length
    return 0, depth


def _pattern_length(node: Node, depth: int) -> int:
    """How many layers a pattern needs that is shorter than the depth."""
    lengths = [
        len(value)
        for key, value in lists_of(node).items()
        if 2 <= len(value) < depth
        and all(isinstance(item, str) for item in value)
        and len(set(value)) > 1
        and group("pattern").holds(key)
    ]
    return max((min(length, 6) for length in lengths), default=0)
