"""Images: whole ones, in tiles, and cut into packed patches, in the sizes that the weights and the config speak of."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tinydata.model.inputs.facts import LENGTH, ROWS, Facts
from tinydata.model.inputs.pictures import NEAR, Picture, picture_of
from tinydata.model.inputs.recipes import Draw, Recipe, fixed, normal, ones, unit

GRIDS = ("image_grid_thw", "grid_thw", "image_grid_hw", "grid_hws", "image_grid_hws")
FREE = (32, 32)  # of each of two pictures, where any size will do: they may be compared pixel by pixel
PLACES = ("image_position_ids", "pixel_position_ids")


def images(facts: Facts) -> Iterator[Recipe]:
    """From images in parts, which only some models take, to whole ones."""
    name = facts.takes("pixel_values", "image_pixel_values")
    picture = picture_of(facts)
    main = name or ("hidden_states" if facts.takes("grid_thw") else None)
    if main:
        for recipe in _packed(facts, picture, main):
            yield recipe | _high_resolution(facts, name)
        if picture.flat:
            yield {main: normal(ROWS, LENGTH, picture.packed[0])}
    if facts.takes("flattened_patches"):
        yield from _flattened(facts, picture)
    if name:
        for recipe in _tiles(facts, picture, name):
            yield recipe | _high_resolution(facts, name)
        for recipe in _whole(facts, picture, name):
            yield recipe | _high_resolution(facts, name)


def _packed(facts: Facts, picture: Picture, name: str) -> Iterator[Recipe]:
    for grid in dict.fromkeys(it for it in GRIDS if facts.takes(it)):
        for factor in (2, 4, 1):
            side = picture.merge * factor
            count, shape = side * side, [1, side, side] if grid.endswith("thw") else [side, side]
            where: Recipe = {grid: fixed([shape] * ROWS)}
            for width in picture.packed:
                yield {name: normal(ROWS * count, width)} | where
            if factor == 2:
                yield {name: normal(ROWS * count, picture.channels, *picture.patch)} | where
                # Counted in merged patches, the channels last.
                merged = [edge * picture.merge for edge in picture.patch]
                yield {name: normal(ROWS * count, *merged, picture.channels)} | where
                yield {name: normal(ROWS, count, picture.packed[0])} | where
    for places in PLACES:
        if facts.takes(places):
            side = 4 * (facts.number("pooling_kernel_size") or 1)
            grid_of = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="xy"), -1)
            where = {places: fixed(grid_of.reshape(1, -1, 2).repeat(ROWS, 1, 1).tolist())}
            yield {name: unit(ROWS, side * side, picture.packed[0])} | where
    mask = facts.takes("pixel_attention_mask", "attention_mask")
    if facts.takes("spatial_shapes") and mask:
        where = {mask: ones(ROWS, 16), "spatial_shapes": fixed([[4, 4]] * ROWS)}
        yield {name: normal(ROWS, 16, picture.packed[-1])} | where


def _flattened(facts: Facts, picture: Picture) -> Iterator[Recipe]:
    def patches(draw: Draw) -> torch.Tensor:
        places = torch.arange(1, LENGTH + 1).view(1, -1, 1).repeat(ROWS, 1, 2)  # row and column stand in front
        return torch.cat([places.to(facts.dtype), draw.normal(ROWS, LENGTH, picture.packed[-1])], -1)

    yield {"flattened_patches": patches, "attention_mask": ones(ROWS, LENGTH)}
    yield {"flattened_patches": patches}


def _tiles(facts: Facts, picture: Picture, name: str) -> Iterator[Recipe]:
    side = picture.sides[0]
    if facts.takes("aspect_ratio_ids"):
        tiles = facts.number("max_num_tiles", near=NEAR) or 4
        yield {
            name: normal(ROWS, 1, tiles, picture.channels, *side),
            "aspect_ratio_ids": ones(ROWS, 1),
            "aspect_ratio_mask": ones(ROWS, 1, tiles),
            "cross_attention_mask": ones(ROWS, LENGTH, 1, tiles),
        }
    if facts.takes("target_sizes"):
        patch = picture.patch[0]
        yield {
            name: normal(1, picture.channels, patch, patch * 16 * ROWS),
            "target_sizes": fixed([[4, 4]] * ROWS),
        }
    if facts.takes("image_sizes"):
        sizes = {"image_sizes": fixed([list(side)] * ROWS)}
        for tiles in (1, 5, 3, 2):
            yield {name: normal(ROWS, tiles, picture.channels, *side)} | sizes
        yield {name: normal(ROWS, picture.channels, *side)} | sizes
    if facts.takes("image_attention_mask"):
        yield {name: normal(ROWS, 1, picture.channels, *side), "image_attention_mask": ones(ROWS, LENGTH, 1)}


def _whole(facts: Facts, picture: Picture, name: str) -> Iterator[Recipe]:
    channels = picture.channels
    for side in picture.sides[:5]:
        yield {name: normal(ROWS, channels, *side)}
        if facts.takes("pixel_attention_mask"):
            yield {name: normal(ROWS, 1, channels, *side), "pixel_attention_mask": ones(ROWS, 1, *side)}
            yield {name: normal(ROWS, 1, channels, *side), "pixel_attention_mask": ones(ROWS, 1, dtype=torch.bool)}
        yield {name: normal(ROWS, 1, channels, *side)}
        if picture.frames or facts.takes("video_grid_thw"):
            yield {name: normal(ROWS, picture.frames or 2, channels, *side)}
    side = picture.sides[0]
    yield {name: normal(ROWS, 2, channels, *(picture.side or FREE))}
    yield {name: normal(ROWS, LENGTH, picture.packed[-1])}
    yield {name: normal(ROWS, picture.frames or 4, channels, *side)}
    yield {name: normal(ROWS, channels, picture.frames or 4, *side)}
    yield {name: normal(ROWS, *side, channels)}
    for larger in picture.sides[5:]:
        yield {name: normal(ROWS, channels, *larger)}


def _high_resolution(facts: Facts, name: str | None) -> Recipe:
    high = facts.takes("high_res_pixel_values")
    return {high: normal(ROWS, 3, 64, 64)} if high and name else {}
