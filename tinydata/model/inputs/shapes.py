"""Shapes: repairs that change how wide, large or long an input is."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import nn

from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.facts import CONVOLUTIONS, LENGTH

LARGEST = 1024  # of a picture: twice that takes gigabytes in some
LONGEST = 65536  # of a sound


def fit_image(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """Every picture as much larger or smaller as the message says; a model may have put two of them together."""
    had, wanted = (int(match["got_h"]), int(match["got_w"])), (int(match["h"]), int(match["w"]))
    inputs = attempt.inputs
    for name, value in attempt.inputs.items():  # with masks over pictures among them
        if isinstance(value, torch.Tensor) and value.is_floating_point() and value.dim() > 3 and had != wanted:
            sides = [max(1, side * want // got) for side, got, want in zip(value.shape[-2:], had, wanted, strict=True)]
            inputs = {**inputs, name: attempt.draw.normal(*value.shape[:-2], *sides)}
    return inputs if inputs is not attempt.inputs else None


def fit_channels(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """As many channels as the convolution that failed has."""
    if match["want"] is not None:
        want, got = int(match["want"]), int(match["got"])
    elif (failed := attempt.layer(CONVOLUTIONS)) is not None:
        want, got = failed[0].in_channels, failed[1].shape[1]
    else:
        want = attempt.facts.number("num_channels", "in_channels", "in_chans") or 3
        got = next((it.shape[-3] for it in attempt.floats().values() if it.dim() > 3), 0)
    for name, value in attempt.floats().items():
        places = [axis for axis, side in enumerate(value.shape) if side == got and axis > 0]
        if places and want != got and value.dim() > 2:
            shape = list(value.shape)
            shape[places[0]] = want
            return attempt.resized(name, shape)
    return None


def fit_width(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """As wide as the layer that failed."""
    failed = attempt.layer((nn.Linear, nn.LayerNorm))
    if failed is None or not failed[1].dim():
        return None
    layer, given = failed
    want = layer.in_features if isinstance(layer, nn.Linear) else layer.normalized_shape[-1]
    got = given.shape[-1]
    inputs = {name: value for name, value in attempt.floats().items() if value.dim() > 1}
    # The very input that the layer met comes first; another as wide may be the one that led there.
    for name in sorted(inputs, key=lambda it: not _same(inputs[it], given)):
        value, parts = inputs[name], got // max(1, inputs[name].shape[-1])
        if want == got or attempt.tried.get((name, want)):
            continue
        if value.dim() > 3 and (value.shape[-1] == got or not _same(value, given)):
            attempt.count((name, want))
            return attempt.resized(name, (value.shape[0], LENGTH, want))  # not a picture: patches of it
        if value.shape[-1] == got or (value.dim() == 3 and got % value.shape[-1] == 0 and want % parts == 0):
            attempt.count((name, want))
            return attempt.resized(name, (*value.shape[:-1], want // parts))
    return None


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and bool(torch.equal(one.to(other.dtype), other))


def fit_multiple(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """Sides or lengths up to the next multiple."""
    step = int(match["step"])
    name = next(iter(attempt.floats()), None)
    if name is None or step < 2:
        return None
    shape = list(attempt.inputs[name].shape)
    for axis in _long_axes(name, shape):
        shape[axis] = step * max(1, -(-shape[axis] // step))
    return attempt.resized(name, shape) if shape != list(attempt.inputs[name].shape) else None


def fit_length(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """A sound as long as the message says."""
    name = next((it for it in ("input_features", "input_values") if it in attempt.floats()), None)
    if name is None:
        return None
    shape = list(attempt.inputs[name].shape)
    shape[-1] = int(match["a"] or match["b"])
    return attempt.resized(name, shape)


def enlarge(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """Twice as large, where something is too small for a kernel."""
    for name, value in attempt.floats().items():
        shape = list(value.shape)
        for axis in _long_axes(name, shape):
            shape[axis] *= 2
        if shape != list(value.shape) and max(shape) <= (LARGEST if value.dim() > 3 else LONGEST):
            return attempt.resized(name, shape)
    return None


def add_frames(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """More pictures in a row, where it is in time that something is too small for a kernel."""
    more = int(match["want"]) - int(match["got"])
    name = next((name for name, value in attempt.floats().items() if value.dim() == 5), None)
    if more < 1 or name is None:
        return None
    shape = list(attempt.inputs[name].shape)
    return attempt.resized(name, [shape[0], shape[1] + more, *shape[2:]])


def fit_ratio(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """So much longer or larger that both counts agree: one follows from the input, the other from a table."""
    got, want = int(match["a"]), int(match["b"])
    for given, wanted in ((got, want), (want, got)):
        for name, value in attempt.floats().items():
            for shape in _scaled(name, list(value.shape), given, wanted):
                if not attempt.count((name, *shape)):
                    return attempt.resized(name, shape)
    return None


def _scaled(name: str, shape: list[int], given: int, wanted: int) -> list[list[int]]:
    found = []
    for axis in _long_axes(name, shape):
        for less in (0, 1):
            size = shape[axis] * (wanted - less)
            if given > less and size % (given - less) == 0 and 0 < size // (given - less) <= LONGEST // 2:
                new = list(shape)
                new[axis] = size // (given - less)
                found.append(new)
    if len(shape) > 3 and len(_long_axes(name, shape)) == 2:
        for less in (0, 1):
            ratio = ((wanted - less) / (given - less)) ** 0.5 if given > less and wanted > less else 0
            sides = [round(side * ratio) for side in shape[-2:]]
            if ratio and all(0 < side <= LARGEST for side in sides):
                found.append([*shape[:-2], *sides])
    return found


def _long_axes(name: str, shape: list[int]) -> list[int]:
    """The sides of an image, the samples of a wave, the moments of a spectrum."""
    if len(shape) > 3:
        return [len(shape) - 2, len(shape) - 1]
    if len(shape) == 3 and "values" not in name:
        return [1 if shape[1] > shape[2] else 2]
    return [len(shape) - 1]
