"""Factors: numbers that code multiplies all widths or depths of a part by, and swapped backbones. Pure."""

from __future__ import annotations

import math

from tinydata.model.draft import Draft
from tinydata.model.names import group, table
from tinydata.model.roles import keys_with, lists_of
from tinydata.model.stages import round_to
from tinydata.model.tree import Node, ints_in, is_int, is_ints

LEAST = {
    "width_coefficient": 0.25,
    "depth_multiplier": 0.25,
    "scale": 0.25,
    "width_multiplier": 0.25,
    "width_mult": 0.25,
}


def shrink_factors(draft: Draft) -> None:
    """Multiply by less. Where one number leads all widths of a part, or lists mix widths with kernels, its other widths stay."""
    for node in draft.tree.nodes:
        mixed = any(group("mixed_lists").holds(key) for key in lists_of(node))
        if any(group("frozen_lists").holds(key) for key in lists_of(node)) or (mixed and not draft.aim.cross_modal):
            draft.frozen.add(node.path)
        for key, value in lists_of(node).items():
            most = table()["channel_factors"]["most"]
            if group("channel_factors").holds(key) and is_ints(value) and max(ints_in(value)) > most:
                draft.put(
                    node,
                    key,
                    [min(factor, most) for factor in ints_in(value)],
                    "factor",
                    "multiplies the width of a stage",
                )
        for key, old in node.values.items():
            whole = is_int(old) and old == 1 and mixed  # a factor that was written without its point
            if not (isinstance(old, float) or whole) or not group("multipliers").holds(str(key)):
                continue
            least = LEAST.get(key, 1.0)
            if old > least:
                draft.put(
                    node, key, _smaller(key, old), "factor", "multiplies every width" if key in LEAST else "multiplies"
                )
            if key == "width_coefficient":
                draft.frozen.add(node.path)
                if is_int(node.values.get("hidden_dim")) and old > least:
                    draft.put(
                        node,
                        "hidden_dim",
                        round_to(node.values["hidden_dim"] * _smaller(key, old) / old),
                        "factor",
                        "widest",
                    )


def _smaller(key: str, old: float) -> float:
    return min(old, LEAST.get(key, 1.0))


def swap_backbones(draft: Draft) -> None:
    """Take the smallest model that timm has for its tests in the place of another."""
    new = draft.aim.backbone
    if new is None:
        return
    for node in draft.tree.nodes:
        for key in table()["backbones"]["names"]:
            old = node.values.get(key)
            if isinstance(old, str) and old and not old.startswith("test_") and _is_timm(node, key):
                tiny = "test_efficientnet" if new == "test_resnet" and not old.startswith("resnet") else new
                draft.put(node, key, tiny, "backbone", "the smallest that timm has")
                if node.values.get("timm_kwargs"):
                    draft.put(node, "timm_kwargs", {}, "backbone", "were for the other backbone")
                args = node.values.get("model_args")
                if isinstance(args, dict):
                    kept = {
                        name: value
                        for name, value in args.items()
                        if name in ("features_only", "out_indices", "in_chans")
                    }
                    draft.put(node, "model_args", kept or None, "backbone", "were for the other backbone")


def _is_timm(node: Node, key: str) -> bool:
    return "timm" in node.model_type or key == "architecture" or bool(node.values.get("use_timm_backbone"))


def shrink_positions(draft: Draft) -> None:
    """Fewer rows in tables of learned positions. Where positions are turned (rope) there is no table, and nothing changes."""
    most = draft.aim.positions
    if most is None:
        return
    for node in draft.tree.nodes:
        if any(word in str(key) for key in node.values for word in ("rope", "axial", "rotary", "pos_emb_")):
            continue
        for key in keys_with(node, "positions"):
            old = node.values[key]
            sound = "source" in key
            rows = SOUND if sound and _hears(node) else most + (old % 64 if old % 64 <= 8 else 0)
            if old > rows:
                draft.put(node, key, rows, "positions", "rows of the table of positions")


def shrink_position_grids(draft: Draft) -> None:
    """A smaller table of positions where it is a product: halved along the longer edge until there are few enough."""
    most = draft.aim.positions
    for node in draft.tree.nodes:
        for key, edges in lists_of(node).items():
            if most is None or not group("position_grids").holds(key) or not is_ints(edges):
                continue
            new = list(edges)
            while math.prod(new) > most and max(new) % 2 == 0:
                new[new.index(max(new))] //= 2
            draft.put(node, key, new, "positions", "rows and columns of positions")
            for counted in keys_with(node, "positions"):
                if node.values[counted] == math.prod(edges):
                    draft.put(node, counted, math.prod(new), "positions", "rows x columns")


def shrink_queries(draft: Draft) -> None:
    """Fewer things to look for in a picture: a small one has not as many places as a large one."""
    for node in draft.tree.nodes:
        for key in keys_with(node, "queries"):
            draft.put(node, key, min(node.values[key], QUERIES), "queries", "no more than a small picture has places")


QUERIES = 32
SOUND = 50  # encoder positions: divides a second of sound as models sample it


def _hears(node: Node) -> bool:
    return any(group("mels").holds(str(key)) for key in node.values)
