"""Videos: frames first, channels first, and cut into packed patches."""

from __future__ import annotations

from collections.abc import Iterator

from tinydata.model.inputs.facts import ROWS, Facts
from tinydata.model.inputs.pictures import picture_of
from tinydata.model.inputs.recipes import Recipe, fixed, normal

NEAR = ("video", "vision", "visual", "image", "backbone", "patch")


def videos(facts: Facts) -> Iterator[Recipe]:
    """Every layout that a video is handed over in."""
    name = facts.takes("pixel_values_videos", "video_values", "videos")
    if name is None:
        return
    picture = picture_of(facts, NEAR)
    grid = facts.takes("video_grid_thw")
    if grid:
        side, frames = 2 * picture.merge, 2
        for width in picture.packed:
            yield {name: normal(frames * side * side, width), grid: fixed([[frames, side, side]])}
    side_of = picture.side or (64, 64)
    for frames in dict.fromkeys([picture.frames or 4, 4, 8]):
        yield {name: normal(ROWS, frames, picture.channels, *side_of)}
        yield {name: normal(ROWS, picture.channels, frames, *side_of)}
