"""Images: whole ones, in tiles, and cut into packed patches, in the sizes that the weights and the config speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from tinydata.model.inputs.facts import LENGTH, ROWS, Draw, Facts, Recipe, fixed, normal, ones, pair, unit

NEAR = ("vision", "visual", "image", "pixel", "backbone", "patch")
NAMES = ("pixel_values", "image_pixel_values", "flattened_patches")
GRIDS = ("image_grid_thw", "grid_thw", "image_grid_hw", "grid_hws", "image_grid_hws")
PLACES = ("image_position_ids", "pixel_position_ids")
COMMON = (64, 224, 32)


@dataclass(frozen=True)
class Picture:
    """The geometry of the images that a model takes."""

    channels: int
    patch: tuple[int, int]
    side: tuple[int, int] | None
    frames: int | None
    depth: int  # of a patch, in frames
    merge: int  # patches that become one along a side
    packed: tuple[int, ...]  # widths that a patch may have as a vector

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Whole images, likeliest first."""
        step = self.patch[0]
        guesses = [(it, it) for it in (*COMMON, 2 * step, 4 * step, 8 * step, 14 * step, 16 * step, 56)]
        own = [self.side] if self.side else []
        if self.side and self.side[0] > 512:
            return list(dict.fromkeys([*guesses[:3], *own, *guesses[3:]]))
        return list(dict.fromkeys([*own, *guesses]))


def picture_of(facts: Facts, near: tuple[str, ...] = NEAR) -> Picture:
    """The geometry, from the first layer that an image meets, then from the config."""
    entry = facts.layer((nn.Conv2d, nn.Conv3d), near) or facts.layer((nn.Conv2d, nn.Conv3d))
    channels = facts.number("num_channels", "in_channels", "in_chans", "input_channels", near=near) or 3
    patch = pair(facts.setting("patch_size", near=near))
    depth = facts.number("temporal_patch_size", "tubelet_size", "patch_temporal", near=near) or 1
    if entry is not None:
        if entry.groups == 1 and entry.in_channels <= 16:
            channels = entry.in_channels
        patch = patch or pair(entry.stride[-2:])
        depth = entry.stride[0] if isinstance(entry, nn.Conv3d) else depth
    patch = patch or (16, 16)
    vector = channels * depth * patch[0] * patch[1]
    flat = facts.layer((nn.Linear,), ("patch_embed", "patch_proj", "embeddings.patch", "input_proj", "patch"))
    widths = [flat.in_features] if flat is not None and entry is None else []
    side = pair(facts.setting("image_size", "img_size", "max_image_size", "max_img_size", "crop_size", near=near))
    return Picture(
        channels=channels,
        patch=patch,
        side=side,
        frames=facts.number("num_frames", "frames_per_clip", near=near),
        depth=depth,
        merge=facts.number("spatial_merge_size", "merge_size", "merge_kernel_size", near=near) or 2,
        packed=tuple(dict.fromkeys([*widths, vector])),
    )


def images(facts: Facts) -> Iterator[Recipe]:
    """From images in parts, which only some models take, to whole ones."""
    name = facts.takes("pixel_values", "image_pixel_values")
    picture = picture_of(facts)
    main = name or ("hidden_states" if facts.takes("grid_thw") else None)
    if main:
        for recipe in _packed(facts, picture, main):
            yield recipe | _high_resolution(facts, name)
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
    yield {name: normal(ROWS, 2, channels, *side)}
    yield {name: normal(ROWS, LENGTH, picture.packed[-1])}
    yield {name: normal(ROWS, picture.frames or 4, channels, *side)}
    yield {name: normal(ROWS, channels, picture.frames or 4, *side)}
    yield {name: normal(ROWS, *side, channels)}
    for larger in picture.sides[5:]:
        yield {name: normal(ROWS, channels, *larger)}


def _high_resolution(facts: Facts, name: str | None) -> Recipe:
    high = facts.takes("high_res_pixel_values")
    return {high: normal(ROWS, 3, 64, 64)} if high and name else {}
