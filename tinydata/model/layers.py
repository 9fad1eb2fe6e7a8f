"""Layers: fewer of them, one of each kind left, and every list of layers made to say so. Pure."""

from __future__ import annotations

import re
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.layer_choice import choose_layers, summands
from tinydata.model.layer_numbers import numbered, renumber
from tinydata.model.names import group
from tinydata.model.roles import is_widths, keys_with, lists_of, role_by_name
from tinydata.model.stack import Stack, bounds, find_stack
from tinydata.model.stage_depths import shrink_stages
from tinydata.model.stages import stage_key
from tinydata.model.tree import Node, is_int, is_ints, is_list
from tinydata.model.width_map import Widths


def shrink_layers(draft: Draft, widths: Widths) -> None:
    """Take layers away, and keep one of every kind that the config tells apart."""
    for node in draft.tree.nodes:
        stack = find_stack(draft, node)
        if stack:
            stack.kept = choose_layers(draft, node, stack)
            _write_stack(draft, widths, node, stack)
        for role, most, why in (
            ("period", 2, "every second layer"),
            ("offset", 1, "within the period"),
            ("first_dense", 1, "one dense layer, then experts"),
        ):
            for key in keys_with(node, role):
                if node.values[key] > most:
                    draft.put(node, key, most, "layers", why)
        for key, value in lists_of(node).items():
            if is_ints(value) and group("stage_depths").holds(key) and max(value) > draft.aim.layers:
                shrink_stages(draft, node, key, value)


def _write_stack(draft: Draft, widths: Widths, node: Node, stack: Stack) -> None:
    kept, depth = stack.kept, stack.depth
    why = f"{len(kept)} of {depth} layers" + (", one of each kind" if stack.per_layer or stack.kinds else "")
    parts = summands(node, stack)
    for key in keys_with(node, "layers"):
        old = node.values[key]
        if key in parts:
            most = key == max(parts, key=node.values.__getitem__)
            draft.put(node, key, len(kept) - len(parts) + 1 if most else 1, "layers", "parts of the layers")
            continue
        new = len(kept) if old == depth else min(old, draft.aim.layers)
        draft.put(node, key, new, "layers", why if old == depth else "fewer layers")
    for key, value in stack.per_layer.items():
        new_list = [_resized(draft, widths, node, key, value[layer]) for layer in kept]
        as_it_was = "".join(new_list) if isinstance(node.values[key], str) else new_list
        draft.put(node, key, as_it_was, "layers", "one entry a layer")
    for owner, key, places in (*stack.kinds, *stack.taps):
        new_places = renumber(places, kept, depth)
        if not new_places and places:
            new_places = [len(kept) - 1]
        single = is_int(owner.values[key])
        draft.put(owner, key, new_places[0] if single else new_places, "layers", "numbers of layers")
    for key, value in node.values.items():
        if group("one_layer_each").holds(str(key)) and isinstance(value, dict) and value:
            by_number, digits = numbered(value), min(map(len, map(str, value)))
            new = {str(place).zfill(digits): by_number[layer] for place, layer in enumerate(kept) if layer in by_number}
            draft.put(node, key, new, "layers", "settings of single layers")
        if group("shared_tail").holds(str(key)) and is_int(value) and value:
            draft.put(
                node, key, sum(layer >= depth - value for layer in kept), "layers", "the last layers, which share"
            )
    for key, bound in bounds(node):
        draft.put(node, key, sum(layer < bound for layer in kept), "layers", "where a stretch of layers starts or ends")
    _write_outputs(draft, node)


def _write_outputs(draft: Draft, node: Node) -> None:
    """Name the outputs of a backbone after the layers that are left."""
    names, places = node.values.get("out_features"), draft.now(node, "out_indices")
    if is_list(names) and names and is_ints(places) and stage_key(node) is None:
        prefix = re.sub(r"\d+$", "", str(names[0] if not str(names[0]).startswith("stem") else names[-1]))
        if prefix != str(names[-1]):
            new = ["stem" if place == 0 else f"{prefix}{place}" for place in places]
            draft.put(node, "out_features", new, "layers", "named after the layers")


def _resized(draft: Draft, widths: Widths, node: Node, key: str, value: Any) -> Any:
    if not is_int(value):
        return value
    role = role_by_name(key, node.name_of(key))
    if role == "heads":
        return min(value, draft.aim.heads)
    if role == "kv_heads":
        return min(value, max(1, draft.aim.heads // 2))
    return widths.new(value, node) if role == "width" and is_widths(key, [value]) else value
