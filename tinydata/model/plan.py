"""Plan: what of a config becomes smaller, to what and why. Pure: neither torch nor transformers is needed.

A plan is made by name and by value alone, without a word on any architecture: what the names mean lies in names.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tinydata.model.aims import AIMS, PRESETS, Aim
from tinydata.model.changes import Change, Plan
from tinydata.model.draft import Draft
from tinydata.model.experts import shrink_experts
from tinydata.model.factors import (
    shrink_factors,
    shrink_position_grids,
    shrink_positions,
    shrink_queries,
    swap_backbones,
)
from tinydata.model.geometry import shrink_images
from tinydata.model.heads import shrink_heads
from tinydata.model.layers import shrink_layers
from tinydata.model.mend import mend
from tinydata.model.names import group
from tinydata.model.roles import in_mixed_list, is_widths, role_of, skipped
from tinydata.model.rope import shrink_rope
from tinydata.model.tree import ConfigTree, Path, grow_tree, is_int, is_list, value_at
from tinydata.model.vocab import shrink_vocab
from tinydata.model.width_map import Widths
from tinydata.model.widths import shrink_widths

ROUNDS = 4

__all__ = ["AIMS", "PRESETS", "Aim", "Change", "Plan", "make_plan", "shrinkable"]


def make_plan(tree: ConfigTree, aim: Aim = AIMS[0], settings: Mapping[Path, Any] | None = None) -> Plan:
    """Plan a smaller config.

    Args:
        tree: The config; it stays as it is.
        aim: How small the model is meant to be. What is that small already stays.
        settings: Path -> value that the user has set. These stand, and all that follows from them follows.
    """
    plan = mend(tree, aim.missing, empty=aim.mend).without(lambda change: change.path in (settings or {}))
    for _ in range(
        ROUNDS
    ):  # what one round made smaller may lead to more; a planned config shall have nothing left to plan
        planned = _once(_planned(tree, plan), aim, settings or {})
        if not planned.changes or planned.changes == plan.changes:
            break
        plan = _after(plan, planned, tree)
    return plan


def _once(tree: ConfigTree, aim: Aim, settings: Mapping[Path, Any]) -> Plan:
    draft = Draft(tree, aim, dict(settings))
    shrink_factors(draft)
    widths = Widths(draft)
    shrink_layers(draft, widths)
    shrink_experts(draft)
    shrink_vocab(draft)
    shrink_heads(draft, widths)
    shrink_positions(draft)
    shrink_position_grids(draft)
    shrink_images(draft)
    shrink_queries(draft)
    shrink_widths(draft, widths)
    shrink_rope(draft)
    swap_backbones(draft)
    return draft.plan()


def _planned(tree: ConfigTree, plan: Plan) -> ConfigTree:
    if not plan.changes:
        return tree
    maps = {node.path: {name: key for key, name in node.canonical.items()} for node in tree.nodes}
    return grow_tree(plan.apply(tree.values), maps)


def _after(first: Plan, second: Plan, tree: ConfigTree) -> Plan:
    """One plan of two: the old values of the first, the new ones of the second, the reason that came first."""
    known = {change.path: change for change in first.changes}
    later = []
    for change in second.changes:
        before = known.get(change.path, change)
        why = re.sub(r"^\d+ of", f"{change.new} of", before.why) if is_int(change.new) else before.why
        later.append(replace(before, old=value_at(tree.values, change.path), new=change.new, why=why))
    return first.having(later)


def shrinkable(tree: ConfigTree) -> list[tuple[Path, int]]:
    """The whole numbers of a config that may be made smaller one by one: no ids, and nothing that is not to be touched."""
    return [found for node in tree.nodes for key, value in node.values.items() for found in _leaves(node, key, value)]


def _leaves(node: Any, key: Any, value: Any) -> Iterator[tuple[Path, int]]:
    if skipped(key):
        return
    role = role_of(node, key)
    if is_int(value) and role not in ("token", "fixed", "patch", None):
        yield (*node.path, key), value
    elif is_list(value) and role != "token" and (is_widths(key, value) or group("stage_depths").holds(key)):
        yield from _items((*node.path, key), value)
    elif is_list(value) and group("mixed_lists").holds(key):
        yield from (leaf for leaf in _items((*node.path, key), value) if in_mixed_list(leaf[1]))


def _items(path: Path, value: Any) -> Iterator[tuple[Path, int]]:
    for place, item in enumerate(value):
        if is_int(item):
            yield (*path, place), item
        elif is_list(item):
            yield from _items((*path, place), item)
