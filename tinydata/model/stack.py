"""Stack: the layers of a part of a config, and what tells them apart. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.layer_numbers import layers_of, may_number, numbered, surely_numbers
from tinydata.model.names import group, words
from tinydata.model.roles import keys_with, lists_of
from tinydata.model.stages import stage_key
from tinydata.model.tree import Node, is_int, is_list


@dataclass
class Stack:
    """The layers of a part: how many, what tells them apart, and who speaks of them by number."""

    depth: int
    key: str
    per_layer: dict[str, list[Any]] = field(default_factory=dict)
    kinds: list[tuple[Node, str, list[int]]] = field(default_factory=list)  # lists of numbers of layers of one kind
    taps: list[tuple[Node, str, list[int]]] = field(default_factory=list)  # lists of numbers of layers that are read
    kept: list[int] = field(default_factory=list)  # new layer -> the old one it is like


def find_stack(draft: Draft, node: Node) -> Stack | None:
    """The layers of a part; None where it has none, or has them in stages."""
    keys = keys_with(node, "layers")
    main = next((key for key in keys if node.name_of(key) == "num_hidden_layers" or key in words("main_depths")), None)
    named = (key for key, value in lists_of(node).items() if group("layers_by_name").holds(key) and len(value) > 1)
    main = main or next(iter(keys), None) or next(named, None)
    if main is None:
        return None
    depth, stages = depth_of(node.values[main]), stage_key(node)
    if depth < 1:
        return None
    if stages and depth == len(node.values[stages]):
        return None
    stack = Stack(depth, main)
    whole = node.name_of(main) == "num_hidden_layers" or main in words("main_depths")
    for key, value in lists_of(node).items():
        one_each = len(value) == depth and (depth > 2 or "layer_types" in key)
        says_so = whole or group("layer_lists").holds(key)
        if key == main or (one_each and says_so and not surely_numbers(key, value)):
            stack.per_layer[key] = value
    for key, value in node.values.items():
        if isinstance(value, str) and depth > 2 and len(value) == depth and group("layer_strings").holds(str(key)):
            stack.per_layer[key] = list(value)
    for owner in (node, *_speaking_of(draft, node)):
        for key, value in owner.values.items():
            if is_int(value) and 0 <= value < depth and group("tap").holds(str(key)):
                stack.taps.append((owner, key, [value]))
        for key, value in lists_of(owner).items():
            if (owner is node and key in stack.per_layer) or not may_number(key, value, depth):
                continue
            (stack.taps if group("taps").holds(key) else stack.kinds).append(
                (owner, key, [int(place) for place in value])
            )
    return stack


def signature(node: Node, stack: Stack, layer: int) -> str:
    """What tells one layer from another."""
    listed = [value[layer] for value in stack.per_layer.values()]
    named = [layer in layers_of(places, stack.depth) for _, _, places in stack.kinds]
    single = [
        numbered(value).get(layer)
        for key, value in node.values.items()
        if group("one_layer_each").holds(str(key)) and isinstance(value, dict)
    ]
    tail = [
        layer >= stack.depth - value
        for key, value in node.values.items()
        if group("shared_tail").holds(str(key)) and is_int(value)
    ]
    stretch = [layer < value for _, value in bounds(node)]
    return json.dumps([listed, named, single, tail, stretch], default=str)


def bounds(node: Node) -> list[tuple[str, int]]:
    """Where stretches of layers start or end, by key."""
    return [
        (key, value) for key, value in node.values.items() if is_int(value) and group("layer_bounds").holds(str(key))
    ]


def depth_of(depth: Any) -> int:
    """How many layers a depth means, which may be a list of their names."""
    return len(depth) if is_list(depth) else int(depth)


def _speaking_of(draft: Draft, node: Node) -> list[Node]:
    """The parts around and beside one that sees which speak of its layers by number."""
    if not any(word in str(node.path[-1:]) for word in ("vision", "vit", "image", "patch")):
        return []
    above = list(draft.tree.above(node))
    beside = [other for other in draft.tree.nodes if other.path[:-1] == node.path[:-1] and other.path != node.path]
    return above + [
        other for other in beside if other.path and any(word in str(other.path[-1]) for word in ("adapter", "proj"))
    ]
