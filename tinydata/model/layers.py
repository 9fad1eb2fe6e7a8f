"""Layers: fewer of them, one of each kind left, and every list of layers made to say so. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.names import group, words
from tinydata.model.roles import keys_with, lists_of, role_by_name
from tinydata.model.tree import Node, is_int, is_ints, is_list
from tinydata.model.widths import Widths, is_widths, stage_key

MOST_KINDS = 8
MOST_TAPS = 8


@dataclass
class Stack:
    """The layers of a part: how many, what tells them apart, and who speaks of them by number."""

    depth: int
    key: str
    per_layer: dict[str, list[Any]] = field(default_factory=dict)
    kinds: list[tuple[Node, str, list[int]]] = field(default_factory=list)  # lists of numbers of layers of one kind
    taps: list[tuple[Node, str, list[int]]] = field(default_factory=list)  # lists of numbers of layers that are read
    kept: list[int] = field(default_factory=list)  # new layer -> the old one it is like


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
                _shrink_stages(draft, node, key, value)


def _shrink_stages(draft: Draft, node: Node, key: str, depths: Sequence[int]) -> None:
    """Take layers out of each stage: its first stays, and one of every kind that lists tell by numbers through all stages."""
    numbered_ones = {
        name: value
        for name, value in lists_of(node).items()
        if name != key and _may_number(name, value, sum(depths)) and not group("taps").holds(name)
    }
    kept: list[int] = []
    new_depths = []
    for stage in range(len(depths)):
        layers = range(sum(depths[:stage]), sum(depths[: stage + 1]))
        kinds = {layer: tuple(layer in value for value in numbered_ones.values()) for layer in layers}
        firsts = dict.fromkeys([*layers[:1], *(min(it for it in layers if kinds[it] == kind) for kind in set(kinds.values()))])
        others = [layer for layer in layers if layer not in firsts]
        chosen = [*firsts, *others[: max(0, draft.aim.layers - len(firsts))]]
        kept += sorted(chosen)
        new_depths.append(len(chosen))
    draft.put(node, key, new_depths, "layers", "depth of each stage")
    for name, value in numbered_ones.items():
        draft.put(node, name, renumber(value, kept, sum(depths)), "layers", "numbers of layers")


def find_stack(draft: Draft, node: Node) -> Stack | None:
    """The layers of a part; None where it has none, or has them in stages."""
    keys = keys_with(node, "layers")
    main = next((key for key in keys if node.name_of(key) == "num_hidden_layers" or key in words("main_depths")), None)
    named = (key for key, value in lists_of(node).items() if group("layers_by_name").holds(key) and len(value) > 1)
    main = main or next(iter(keys), None) or next(named, None)
    if main is None:
        return None
    depth, stages = _length(node.values[main]), stage_key(node)
    if depth < 1:
        return None
    if stages and depth == len(node.values[stages]):
        return None
    stack = Stack(depth, main)
    whole = node.name_of(main) == "num_hidden_layers" or main in words("main_depths")
    for key, value in lists_of(node).items():
        one_each = len(value) == depth and (depth > 2 or "layer_types" in key)
        if one_each and (whole or group("layer_lists").holds(key)) and not _numbers_layers(key, value, depth):
            stack.per_layer[key] = value
    for key, value in node.values.items():
        if isinstance(value, str) and depth > 2 and len(value) == depth and group("layer_strings").holds(str(key)):
            stack.per_layer[key] = list(value)
    for owner in (node, *_speaking_of(draft, node)):
        for key, value in owner.values.items():
            if is_int(value) and 0 <= value < depth and group("tap").holds(str(key)):
                stack.taps.append((owner, key, [value]))
        for key, value in lists_of(owner).items():
            if (owner is node and key in stack.per_layer) or not _may_number(key, value, depth):
                continue
            (stack.taps if group("taps").holds(key) else stack.kinds).append(
                (owner, key, [int(place) for place in value])
            )
    return stack


def choose_layers(draft: Draft, node: Node, stack: Stack) -> list[int]:
    """New layer -> the old one it is like: those that are read, one of each kind, and the first to make up the number."""
    wanted = _length(draft.now(node, stack.key)) if draft.set_by_user(node, stack.key) else None
    signatures = [_signature(node, stack, layer) for layer in range(stack.depth)]
    if wanted is not None and wanted >= stack.depth:
        return [_repeated(signatures, layer) for layer in range(wanted)]
    taps = {_plain(place, stack.depth, places) for _, _, places in stack.taps for place in places}
    kept = sorted(taps) if len(taps) <= MOST_TAPS else []
    if wanted is not None:
        kept = kept[:wanted]
    seen = {signatures[layer] for layer in kept}
    for layer, signature in enumerate(signatures):
        if signature not in seen and len(kept) < (wanted or MOST_KINDS):
            seen.add(signature)
            kept.append(layer)
    least = wanted if wanted is not None else max(draft.aim.layers, _pattern_length(node, stack.depth))
    least = max(least, len(_summands(node, stack)))
    while len(kept) < min(least, stack.depth):  # of each kind alike, the first first
        counts = Counter(signatures[layer] for layer in kept)
        others = ((counts[signatures[layer]], layer) for layer in range(stack.depth) if layer not in kept)
        kept.append(min(others)[1])
    return sorted(kept)


def _summands(node: Node, stack: Stack) -> list[str]:
    """Depths of parts of the stack that add up to its own."""
    keys = [key for key in keys_with(node, "layers") if key != stack.key and node.values[key] != stack.depth]
    return keys if len(keys) > 1 and sum(node.values[key] for key in keys) == stack.depth else []


def _write_stack(draft: Draft, widths: Widths, node: Node, stack: Stack) -> None:
    kept, depth = stack.kept, stack.depth
    why = f"{len(kept)} of {depth} layers" + (", one of each kind" if stack.per_layer or stack.kinds else "")
    summands = _summands(node, stack)
    for key in keys_with(node, "layers"):
        old = node.values[key]
        if key in summands:
            most = key == max(summands, key=node.values.__getitem__)
            draft.put(node, key, len(kept) - len(summands) + 1 if most else 1, "layers", "parts of the layers")
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
    for key, bound in _bounds(node):
        draft.put(node, key, sum(layer < bound for layer in kept), "layers", "where a stretch of layers starts or ends")
    _write_outputs(draft, node)


def renumber(places: Sequence[int], kept: Sequence[int], depth: int) -> list[int]:
    """Numbers of layers as they are among the kept ones; from 0, from 1 where they reach the depth, or from the end.

    >>> renumber([9, 18, 27], kept=[0, 9], depth=32)
    [1]
    >>> renumber([3, 12], kept=[2, 11], depth=12)
    [1, 2]
    """
    first = 1 if places and max(places) >= depth else 0
    found = []
    for place in places:
        layer = depth + place if place < 0 else place - first
        if layer in kept:
            found.append(kept.index(layer) - len(kept) if place < 0 else kept.index(layer) + first)
    again = [new + first for new, layer in enumerate(kept) if layer in kept[:new] and layer + first in places]
    return [*found, *again] if any(place < 0 for place in places) else sorted([*found, *again])


def numbered(single: Mapping[Any, Any]) -> dict[int, Any]:
    """Settings of single layers by the number of the layer, however it is written."""
    return {int(number): settings for number, settings in single.items() if str(number).isdecimal()}


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


def _length(depth: Any) -> int:
    return len(depth) if is_list(depth) else int(depth)


def _signature(node: Node, stack: Stack, layer: int) -> str:
    """What tells one layer from another."""
    listed = [value[layer] for value in stack.per_layer.values()]
    named = [layer in _plain_all(places, stack.depth) for _, _, places in stack.kinds]
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
    stretch = [layer < value for _, value in _bounds(node)]
    return json.dumps([listed, named, single, tail, stretch], default=str)


def _bounds(node: Node) -> list[tuple[str, int]]:
    return [
        (key, value) for key, value in node.values.items() if is_int(value) and group("layer_bounds").holds(str(key))
    ]


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


def _numbers_layers(key: str, value: Sequence[Any], depth: int) -> bool:
    """Whether a list that is as long as the depth numbers layers all the same."""
    rising = is_ints(value) and list(value) == sorted(set(value))
    return rising and group("layer_indices").holds(key) and "types" not in key and max(value) >= depth


def _may_number(key: str, value: Sequence[Any], depth: int) -> bool:
    known = group("layer_indices").holds(key) or group("taps").holds(key)
    return (
        known
        and is_ints(value)
        and role_by_name(key, key) != "token"
        and all(-depth <= place <= depth for place in value)
    )


def _speaking_of(draft: Draft, node: Node) -> list[Node]:
    """The parts around and beside one of vision that speak of its layers by number."""
    if not any(word in str(node.path[-1:]) for word in ("vision", "vit", "image", "patch")):
        return []
    above = list(draft.tree.above(node))
    beside = [other for other in draft.tree.nodes if other.path[:-1] == node.path[:-1] and other.path != node.path]
    return above + [
        other for other in beside if other.path and any(word in str(other.path[-1]) for word in ("adapter", "proj"))
    ]


def _plain(place: int, depth: int, places: Sequence[int]) -> int:
    if place < 0:
        return max(0, depth + place)
    return max(0, place - (1 if max(places) >= depth else 0))


def _plain_all(places: Sequence[int], depth: int) -> set[int]:
    return {_plain(place, depth, places) for place in places}


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
