"""Sessions: objects that a forward takes beside tensors, such as a video with the points that somebody clicked on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

from tinydata.model.inputs.facts import LENGTH, Facts
from tinydata.model.inputs.pictures import picture_of
from tinydata.model.inputs.recipes import Draw, Maker
from tinydata.model.inputs.videos import NEAR

FRAMES = 2


def session(facts: Facts, name: str) -> Maker | None:
    """The object that the annotation of this input names, with a short video in it and one object to find or to follow."""
    kind = facts.named[name].annotation if name in facts.named else None
    if not inspect.isclass(kind) or "video" not in getattr(kind.__init__, "__annotations__", {}):
        return None
    build: Callable[..., Any] = kind
    picture = picture_of(facts, NEAR)
    side = picture.side or picture.sides[0]

    def make(draw: Draw) -> Any:
        video = draw.normal(FRAMES, picture.channels, *side)
        made = build(video=video, video_height=side[0], video_width=side[1], dtype=facts.dtype)
        if hasattr(made, "add_prompt"):
            prompt = made.add_prompt("a")
            made.prompt_input_ids[prompt] = draw.ids(1, LENGTH)
            made.prompt_attention_masks[prompt] = torch.ones(1, LENGTH, dtype=torch.long)
        elif hasattr(made, "add_point_inputs"):
            point = torch.tensor([[[[side[0] / 2, side[1] / 2]]]], dtype=facts.dtype)
            points = {"point_coords": point, "point_labels": torch.ones(1, 1, 1, dtype=torch.int32)}
            made.add_point_inputs(made.obj_id_to_idx(1), 0, points)
            made.obj_with_new_inputs = [1]
        return made

    return make
