"""Values: repairs that change how far ids go, how long the text is, what a mask is made of, and how many rows there are."""

from __future__ import annotations

import re
from typing import Any

import torch

from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.facts import ROWS

FEW = 16


def bound_index(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """Ids no larger than the table that they index."""
    for frame in attempt.frames:
        table, index = frame.f_locals.get("weight"), frame.f_locals.get("input")
        if not isinstance(table, torch.Tensor) or not isinstance(index, torch.Tensor) or index.is_floating_point():
            continue
        for name, value in _whole_numbers(attempt).items():
            bounded = value.clamp(min=0) % table.shape[0]
            if (value.shape == index.shape or value.max() == index.max()) and not torch.equal(value, bounded):
                return attempt.with_({name: bounded})
        break
    # What is looked up is not what was given, but follows from it: an offset may have been added.
    nth = attempt.count("fewer ids")
    if nth > 1:
        return None
    size = (FEW, 1)[nth]
    fewer = {name: value % size for name, value in _whole_numbers(attempt).items() if name.endswith("ids")}
    return attempt.with_(fewer) if fewer else None


def lengthen_text(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """The text and what is as long as it, as long as a mask over it."""
    return _lengthened(attempt, int(match["got"]), int(match["want"]))


def fill_axes(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """A text as long as rows times columns of positions."""
    return _lengthened(attempt, int(match["got"]), int(match["rows"]) * int(match["columns"]))


def _lengthened(attempt: Attempt, got: int, want: int) -> dict[str, Any] | None:
    longer = {
        name: value.repeat(1, -(-want // got))[:, :want]
        for name, value in attempt.inputs.items()
        if isinstance(value, torch.Tensor) and value.dim() == 2 and value.shape[1] == got
    }
    return attempt.with_(longer) if longer else None


def retype_ids(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """Ids where numbers were given for them."""
    for frame in attempt.frames:
        table, index = frame.f_locals.get("weight"), frame.f_locals.get("input")
        if isinstance(table, torch.Tensor) and isinstance(index, torch.Tensor) and index.is_floating_point():
            for name, value in attempt.floats().items():
                if value.shape == index.shape:
                    return attempt.with_({name: attempt.draw.below(table.shape[0], *value.shape)})
    return None


def retype_masks(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """Masks of true and false."""
    masks = {
        name: value.bool()
        for name, value in attempt.inputs.items()
        if "mask" in name and isinstance(value, torch.Tensor) and value.dtype != torch.bool
    }
    return attempt.with_(masks) if masks and not attempt.count("bool") else None


def one_row(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """The first row of everything, for a model that takes one at a time."""
    rows = {
        name: value[:1]
        for name, value in attempt.inputs.items()
        if isinstance(value, torch.Tensor) and value.dim() and value.shape[0] == ROWS
    }
    return attempt.with_(rows) if rows else None


def _whole_numbers(attempt: Attempt) -> dict[str, torch.Tensor]:
    found = {name: value for name, value in attempt.inputs.items() if isinstance(value, torch.Tensor) and value.numel()}
    return {name: it for name, it in found.items() if not it.is_floating_point() and it.dtype != torch.bool}
