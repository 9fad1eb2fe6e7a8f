"""Stage depths: fewer layers in each stage, and one left of every kind that lists tell by numbers through all stages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinydata.model.draft import Draft
from tinydata.model.layer_numbers import renumber, surely_numbers
from tinydata.model.names import group
from tinydata.model.roles import lists_of
from tinydata.model.tree import Node


def shrink_stages(draft: Draft, node: Node, key: str, depths: Sequence[int]) -> None:
    """Take layers out of each stage, and number those of one kind anew."""
    whole = sum(depths)
    kinds = {
        name: value
        for name, value in lists_of(node).items()
        if surely_numbers(name, value)
        and len(depths) <= max(value) < whole
        and not group("taps").holds(name)
        and not group("stage_depths").holds(name)
    }
    kept: list[int] = []
    new_depths = []
    for stage, depth in enumerate(depths):
        start = sum(depths[:stage])
        chosen = _choose(range(start, start + depth), kinds, draft.aim.layers)
        kept += chosen
        new_depths.append(len(chosen))
    draft.put(node, key, new_depths, "layers", "depth of each stage")
    for name, value in kinds.items():
        draft.put(node, name, renumber(value, kept, whole), "layers", "numbers of layers")


def _choose(layers: Sequence[int], kinds: Mapping[str, Sequence[int]], least: int) -> list[int]:
    """The first layer of a stage, which code makes unlike the others, the first of each kind, and more up to the least number."""
    firsts: dict[tuple[bool, ...], int] = {}
    for layer in layers:
        firsts.setdefault(tuple(layer in numbers for numbers in kinds.values()), layer)
    others = [layer for layer in layers if layer not in firsts.values()]
    return sorted([*firsts.values(), *others[: max(0, least - len(firsts))]])
