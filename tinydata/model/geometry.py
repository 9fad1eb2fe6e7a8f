"""Geometry: smaller pictures, and all that counts their patches. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.names import group, table
from tinydata.model.roles import keys_with, lists_of
from tinydata.model.stages import stage_key
from tinydata.model.tree import Node, ints_in, is_int, is_ints, is_list

GRID = 4  # patches along an edge
STAGED_GRID = 8
SMALL = 64  # pixels of an edge where nothing says how large a patch is
STAGED = re.compile(r"^depths$|hidden_sizes|blocks_per_stage")


def shrink_images(draft: Draft) -> None:
    """Make pictures smaller, as few patches of the same size or as many smaller ones."""
    if draft.aim.images == "keep":
        return
    for node in draft.tree.nodes:
        side = node.values.get("patch_size")
        patch = side if is_int(side) and side > 0 else None
        for key in keys_with(node, "image"):
            old = node.values[key]
            if patch and old // patch > GRID:
                _fewer_patches(draft, node, key, patch)
            elif not patch and old > SMALL and draft.aim.images == "few":
                draft.put(node, key, SMALL, "image", "pixels")
                _follow(draft, None, (old, SMALL))
        if not keys_with(node, "image") and draft.aim.images == "few":
            for key, value in node.values.items():
                rows = table()["free_grids"]["rows"]
                if (
                    is_int(value)
                    and group("free_grids").holds(str(key))
                    and value > rows
                    and math.isqrt(value) ** 2 == value
                ):
                    draft.put(node, key, rows, "image", "rows of the grid of positions")
        for key, value in lists_of(node).items():
            if group("images").holds(key) and is_ints(value) and draft.aim.images == "few":
                old = [int(edge) for edge in ints_in(value)]
                edge = patch or (max(ints_in(side)) if is_ints(side) else 16)
                new = max(SMALL, edge * GRID)
                if min(old) > new:
                    draft.put(node, key, [new] * len(old), "image", "pixels")
                    _follow(draft, (old[0] // edge, new // edge), (old[0], new))


def _fewer_patches(draft: Draft, node: Node, key: str, patch: int) -> None:
    old = node.values[key]
    staged = any(STAGED.search(name) for name in lists_of(node))
    if draft.aim.images == "scale":
        by = max([by for by in range(1, patch + 1) if patch % by == 0 and old % by == 0 and patch // by >= 2] or [1])
        draft.put(node, "patch_size", patch // by, "image", "smaller patches")
        draft.put(node, key, old // by, "image", "pixels")
        return
    grid = STAGED_GRID if staged else GRID
    window, stages = node.values.get("window_size"), stage_key(node)
    if staged and stages and is_int(window) and window > 2:
        draft.put(node, "window_size", 2, "image", "windows that fit the smaller grid")
        grid = 2 * 2 ** (len(node.values[stages]) - 1)
    elif staged and stages and window == 2:
        grid = 2 * 2 ** (len(node.values[stages]) - 1)
    new = max(32, patch * grid) if staged else patch * grid
    if new < old:
        draft.put(node, key, new, "image", f"{new // patch} x {new // patch} patches")
        now = draft.number(node, key) or new
        _follow(draft, (old // patch, now // patch), (old, now))


def _follow(draft: Draft, grids: tuple[int, int] | None, sides: tuple[int, int]) -> None:
    """Let what counts patches, or is an edge of their grid, follow the picture."""
    for node in draft.tree.nodes:
        for key, value in node.values.items():
            if (*node.path, key) in draft.changes:
                continue
            if is_int(value):
                if grids and value > 4 and group("counts_of_patches").holds(key):
                    _follow_count(draft, node, key, grids)
                if key == "patch_size" and value == sides[0]:
                    draft.put(node, key, sides[1], "image", "a patch here is the whole picture of a part")
                if group("grids").holds(key) and _is_grid(node, value, sides):
                    draft.put(node, key, value * sides[1] // sides[0], "image", "edge of the grid")
            elif is_list(value) and group("grid_lists").holds(key):
                edges = list(ints_in(value))
                if edges and all(edge * sides[1] % sides[0] == 0 for edge in edges):
                    draft.put(node, key, _scaled(value, sides), "image", "edges of the grid")
                    _follow_product(draft, node, math.prod(edges), math.prod(ints_in(_scaled(value, sides))))
            elif is_list(value) and group("tilings").holds(key):
                edges = list(ints_in(value))
                if edges and all(edge % sides[0] == 0 for edge in edges):
                    draft.put(node, key, _scaled(value, sides), "image", "pictures of as many tiles")


def _follow_count(draft: Draft, node: Node, key: str, grids: tuple[int, int]) -> None:
    value, old, new = node.values[key], grids[0] ** 2, grids[1] ** 2
    for merged in (1, 4, 9, 16):
        if value * merged == old:
            draft.put(node, key, max(1, new // merged), "image", "counts the patches")
            return
    if value == grids[0]:
        draft.put(node, key, grids[1], "image", "counts the patches along an edge")
    elif value == old + 1:
        draft.put(node, key, new + 1, "image", "counts the patches and one more")
    elif value > new and group("counts_of_tokens").holds(key):
        draft.put(node, key, max(1, new // 4), "image", "tokens of a picture")


def _follow_product(draft: Draft, node: Node, old: int, new: int) -> None:
    for key, value in node.values.items():
        if value == old and group("counts_on_grids").holds(str(key)):
            draft.put(node, key, new, "image", "as many as the grid has places")


def _is_grid(node: Node, value: int, sides: tuple[int, int]) -> bool:
    old, new = sides
    if node.path[:1] == ("text_config",) or "audio" in ".".join(map(str, node.path)):
        return False
    return old // new <= value <= old and value * new % old == 0


def _scaled(value: Any, sides: tuple[int, int]) -> Any:
    if is_list(value):
        return [_scaled(item, sides) for item in value]
    return value * sides[1] // sides[0] if is_int(value) else value
