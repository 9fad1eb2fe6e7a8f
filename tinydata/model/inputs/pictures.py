"""Pictures: the size, the channels and the patches of what a model looks at."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from tinydata.model.inputs.facts import Facts
from tinydata.model.inputs.recipes import pair

NEAR = ("vision", "visual", "image", "pixel", "backbone", "patch")
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
    flat: bool  # no convolution: a patch is a vector
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
    flat = facts.layer((nn.Linear,), ("patch", *near)) if entry is None else None
    widths = [flat.in_features] if flat is not None else []
    side = pair(facts.setting("image_size", "img_size", "max_image_size", "max_img_size", "crop_size", near=near))
    return Picture(
        channels=channels,
        patch=patch,
        side=side,
        frames=facts.number("num_frames", "frames_per_clip", near=near),
        depth=depth,
        merge=facts.number("spatial_merge_size", "merge_size", "merge_kernel_size", near=near) or 2,
        flat=flat is not None,
        packed=tuple(dict.fromkeys([*widths, vector])),
    )
