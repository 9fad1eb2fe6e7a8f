"""Widths: every key and every list of widths given its new value. Pure."""

from __future__ import annotations

from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.names import group, table
from tinydata.model.roles import in_mixed_list, is_widths, keys_with, lists_of
from tinydata.model.tree import Node, is_int, is_list
from tinydata.model.width_map import Widths


def shrink_widths(draft: Draft, widths: Widths) -> None:
    """Give every width its new value, those in lists too."""
    for node in draft.tree.nodes:
        if node.path in draft.frozen:
            continue
        for key in keys_with(node, "width"):
            old = node.values[key]
            if not _counts_pixels(node, key, old):
                draft.put(node, key, _tied(draft, widths, node, key, old), "width", _why(widths, node, old))
        for key, value in lists_of(node).items():
            if group("mixed_lists").holds(key) and draft.aim.cross_modal and widths.stages:
                draft.put(node, key, _mixed(widths, value, node), "width", "widths among kernels")
    for node in sorted(draft.tree.nodes, key=lambda node: -len(node.path)):
        if node.path not in draft.frozen:
            for key, value in lists_of(node).items():
                if (*node.path, key) not in draft.changes and is_widths(key, value):
                    draft.put(node, key, widths.of_list(value, node), "width", "widths")


def _mixed(widths: Widths, value: Any, node: Node) -> Any:
    if is_list(value):
        return [_mixed(widths, item, node) for item in value]
    return widths.new(value, node) if is_int(value) and in_mixed_list(value) else value


def _tied(draft: Draft, widths: Widths, node: Node, key: str, old: int) -> int:
    """The new value of a width: the text model's, where the key speaks of that."""
    ties = group("text_width")
    here = ".".join(map(str, node.path))
    joined = _joined(draft, widths, node, old)
    if joined:
        return min(old, joined * widths.new(widths.anchors.of(node), node))
    if draft.aim.cross_modal and node.path and old >= 64:
        inside = any(group("doublings").holds(name) for name in lists_of(node))
        beside = (
            key in table()["text_width"]["beside_hidden_size"] and is_int(node.values.get("hidden_size")) and not inside
        )
        apart = not any(word in here for word in table()["text_width"]["not_in"])
        if beside or (ties.holds(key) and apart):
            return min(old, widths.text())
    axis = node.values.get(f"{key.removesuffix('_2d')}_1d")
    if key.endswith("_2d") and is_int(axis) and axis > 0 and old % axis == 0:  # what each axis of a place is written in
        return min(old, widths.new(axis, node) * (old // axis))
    new = widths.new(old, node)
    if group("group_norms").holds(key) and old >= table()["group_norms"]["least"]:
        return max(new, int(table()["group_norms"]["least"]))
    return new


def _joined(draft: Draft, widths: Widths, node: Node, old: int) -> int | None:
    """How many layers' outputs lie side by side in a width: of those that a list numbers, and of the last."""
    for name, value in lists_of(node).items():
        if group("layer_indices").holds(name) and old == (len(value) + 1) * widths.anchors.of(node):
            return len(draft.now(node, name)) + 1
    return None


def _why(widths: Widths, node: Node, old: int) -> str:
    anchor = widths.anchors.of(node)
    if old == anchor:
        return "width"
    if old % anchor == 0 and old // anchor <= 16:
        return f"{old // anchor} x the width"
    return "keeps its ratio to the width"


def _counts_pixels(node: Node, key: str, old: int) -> bool:
    """Whether a width is that of a flattened patch."""
    side = node.values.get("patch_size")
    return (
        "patch" in key
        and "hidden_size" not in key
        and is_int(side)
        and side > 0
        and old % side**2 == 0
        and old // side**2 in (1, 2, 3, 4, 6)
    )
