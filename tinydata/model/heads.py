"""Heads: how many, how wide, and how many share keys; they divide the width. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from tinydata.model.anchors import plain_names
from tinydata.model.draft import Draft
from tinydata.model.names import group
from tinydata.model.roles import keys_with, lists_of, main_heads, role_by_name, role_of
from tinydata.model.rope import turned_enough
from tinydata.model.stages import stage_key
from tinydata.model.tree import Node, is_int, is_ints
from tinydata.model.width_map import Widths

NOPE_ROPE = ("qk_nope_head_dim", "qk_rope_head_dim")
EXPANDS = ("mamba_expand", "expand")


def shrink_heads(draft: Draft, widths: Widths) -> None:
    """Give every part its heads, and write their width out: class defaults differ."""
    for node in draft.tree.nodes:
        if draft.aim.divide:
            for key in keys_with(node, "head_dim"):
                old = node.values[key]
                new = max(widths.new(old, node), min(old, 4))
                draft.put(node, key, new - new % 2, "width", "width of a head")
            continue
        _count(draft, widths, node)
        _share(draft, node)
        _size(draft, widths, node)
        _solve(draft, widths, node)
        _in_lists(draft, node)
        for key, value in node.values.items():
            if is_int(value) and value > draft.aim.heads and group("norm_groups").holds(str(key)):
                draft.put(node, key, draft.aim.heads, "heads", "groups that divide the channels")


def _count(draft: Draft, widths: Widths, node: Node) -> None:
    hidden = _hidden(widths, node)
    for key in keys_with(node, "heads"):
        old = node.values[key]
        if old < 1:
            continue
        new = min(old, _asked(draft, node, key) or draft.aim.heads)
        if hidden and hidden % new:
            new = math.gcd(hidden, new) if new < old else math.gcd(hidden, old)
        draft.put(node, key, max(new, 1), "heads", "heads")


def _asked(draft: Draft, node: Node, key: str) -> int | None:
    """The number that the user has set for a key that was equal."""
    return next(
        (
            draft.number(node, other)
            for other in keys_with(node, "heads")
            if other != key and draft.set_by_user(node, other) and node.values[other] == node.values[key]
        ),
        None,
    )


def _share(draft: Draft, node: Node) -> None:
    """Keep the kind: keys for each head, for a group of heads, or for all at once."""
    heads = main_heads(node)
    for key in keys_with(node, "kv_heads"):
        old = node.values[key]
        if old < 1:
            continue
        old_heads = node.values[heads] if heads else old
        new_heads = (draft.number(node, heads) if heads else None) or min(draft.aim.heads, old)
        if old >= old_heads:
            new = new_heads
        elif old == 1:
            new = 1
        else:
            new = next((half for half in range(new_heads // 2, 0, -1) if new_heads % half == 0), 1)
            new = min(old, new) if new_heads % min(old, new) == 0 else 1
            if new_heads == old_heads or (old < new_heads and new_heads % old == 0 and new < old):
                new = old
        draft.put(node, key, new, "heads", "key and value heads, of the same kind")


def _size(draft: Draft, widths: Widths, node: Node) -> None:
    keys = keys_with(node, "head_dim")
    if not keys:
        return
    main, anchor = main_heads(node), widths.anchors.of(node)
    named = node.get("head_dim") or None
    whole = named if is_int(named) else (anchor // node.values[main] if main and node.values[main] else None)
    widest = max([node.values[key] for key in keys] + [1])
    aim = draft.aim.head_dim
    hidden, count = _hidden(widths, node), draft.number(node, main) if main else None
    grows = bool(hidden and hidden > anchor)
    if is_int(named) and main and named * node.values[main] == anchor and hidden and count:
        aim = max(1, hidden // count)
    if is_int(named):
        aim = turned_enough(draft, node, min(aim, named) if not grows else aim)
    by = max(1, min(whole or widest, widest) // aim)
    for key in keys:
        old = node.values[key]
        new = max(2, old // by) if old > 2 else old
        new = min(old, max(new, 4) if old >= 4 else old)
        if old % 2 == 0:
            new -= new % 2
        if node.name_of(key) == "head_dim" and whole:
            new = aim if grows else min(old, aim)
        draft.put(node, key, new, "heads", "width of a head")
    _sum(draft, node)
    _of_single_layers(draft, node)


def _of_single_layers(draft: Draft, node: Node) -> None:
    """Heads of single layers are as many times as wide as the others as they were."""
    old, new = node.values.get("head_dim"), draft.number(node, "head_dim")
    old_parts: list[Any] = [node.values.get(key) for key in NOPE_ROPE]
    sums = {sum(old_parts): sum(draft.number(node, key) or 0 for key in NOPE_ROPE)} if is_ints(old_parts) else {}
    for key in node.values:
        layers = draft.now(node, str(key)) if group("one_layer_each").holds(str(key)) else None
        if isinstance(layers, dict) and is_int(old) and old and new:
            fitted = {
                layer: {name: _of_single(draft, name, value, (old, new), sums) for name, value in settings.items()}
                for layer, settings in layers.items()
                if isinstance(settings, dict)
            }
            draft.put(node, str(key), fitted, "layers", "settings of single layers")


def _of_single(draft: Draft, name: str, value: Any, dims: tuple[int, int], sums: Mapping[int, int]) -> Any:
    role = role_by_name(name, name)
    if not is_int(value):
        return value
    if role == "head_dim":
        return sums.get(value) or (value // dims[0] * dims[1] if value % dims[0] == 0 else value)
    most = {"heads": draft.aim.heads, "kv_heads": draft.aim.heads}.get(role or "")
    return min(value, most) if most else value


def _sum(draft: Draft, node: Node) -> None:
    """Of a head that is a part with a position and one without, the width is the sum of the two."""
    parts: list[Any] = [node.values.get(key) for key in NOPE_ROPE]
    if is_ints(parts):
        total = sum(draft.number(node, key) or 0 for key in NOPE_ROPE)
        for key in keys_with(node, "head_dim"):
            if key not in NOPE_ROPE and node.values[key] == sum(parts) and key != "head_dim":
                draft.put(node, key, total, "heads", "nope + rope")


def _solve(draft: Draft, widths: Widths, node: Node) -> None:
    """Heads x head_dim = expand x hidden, in state space models: the heads follow."""
    anchor, hidden = widths.anchors.own(node), _hidden(widths, node)
    expand = next((node.values[key] for key in EXPANDS if is_int(node.values.get(key))), None)
    if not (anchor and hidden):
        return
    inner = {expand * anchor: expand * hidden} if expand else {}
    inner |= {node.values[key]: widths.new(node.values[key], node) for key in keys_with(node, "width") if "ssm" in key}
    for heads in keys_with(node, "heads", "kv_heads"):
        for dim in keys_with(node, "head_dim"):
            stem = re.sub(r"(num|n)_?|_?heads?.*", "", heads).strip("_")
            dim_stem = re.sub(r"_?(head)?_?dim.*|d_head|headdim|head_size", "", dim)
            if stem != dim_stem and stem not in dim and dim_stem not in stem:
                continue
            width = inner.get(node.values[heads] * node.values[dim])
            new_dim = draft.number(node, dim)
            if width and new_dim and ("mamba" in heads + dim or heads == "num_heads"):
                draft.put(node, heads, max(1, width // new_dim), "heads", "inner width / width of a head")


def _in_lists(draft: Draft, node: Node) -> None:
    """Heads of each stage: by their ratio, so that they divide widths that keep theirs."""
    for key, value in lists_of(node).items():
        if not is_ints(value) or role_of(node, key) not in ("heads", "kv_heads") or (*node.path, key) in draft.changes:
            continue
        common = math.gcd(*(int(heads) for heads in value))
        new = [int(heads) // max(common, 1) for heads in value]
        while max(new) > 8 and all(heads % 2 == 0 for heads in new):
            new = [heads // 2 for heads in new]
        if stage_key(node) is None:
            new = [min(int(heads), draft.aim.heads) for heads in value]
        draft.put(node, key, new, "heads", "heads of each stage")


def _hidden(widths: Widths, node: Node) -> int | None:
    names = plain_names()
    plain = any(name in names for key in node.values for name in (key, node.name_of(str(key))))
    return widths.hidden(node) if plain and widths.anchors.own(node) else None
