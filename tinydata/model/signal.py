"""Signal: weights around batch norms scaled so that what is told through dozens of them fades in none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from tinydata.model.inputs import call

FAR = 2  # times that a signal is halved or doubled and yet left as it is
PRODUCERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def keep_signal(model: Any, inputs: Mapping[str, Any]) -> bool:
    """Scale, in place, what comes to a batch norm to about 1, and what leaves it.

    An untrained batch norm hands on whatever small weights make of a picture: after dozens of them it is 1e-28 and less, all pictures
    look alike, and NaN comes of dividing by its norm. Weights are scaled by powers of two alone, which no machine rounds otherwise.

    Args:
        model: In evaluation mode; one without batch norms stays as it is.
        inputs: What it runs on.

    Returns:
        Whether a weight was scaled.

    Source:
        Mishkin and Matas, All you need is a good init (2016): the layers in their order, each to a variance of one.
    """
    layers = list(_norms(model))
    if not layers:
        return False
    made: dict[int, tuple[nn.Module, torch.Tensor]] = {}  # by the output's id, the output kept so that no other has it
    settled: set[nn.Module] = set()
    scaled = False

    def note(layer: nn.Module, _: tuple[Any, ...], output: Any) -> None:
        made.clear()
        made[id(output)] = (layer, output)

    def settle(layer: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        nonlocal scaled
        if layer in settled or not given or not isinstance(given[0], torch.Tensor):
            return None
        settled.add(layer)
        scaled |= _scale(layer.weight, halvings(layer.weight)) if isinstance(layer.weight, torch.Tensor) else False
        times = halvings(given[0])
        producer = made.get(id(given[0]))
        if not times:
            return None
        scaled = True
        if producer is None:
            layer.get_buffer("running_var").mul_(4.0**-times)
            return None
        for tensor in producer[0].parameters():
            _scale(tensor, times)
        return (given[0] * 2.0**times, *given[1:])

    hooks = [it.register_forward_hook(note) for it in model.modules() if isinstance(it, PRODUCERS)]
    hooks += [layer.register_forward_pre_hook(settle) for layer in layers]
    try:
        call(model, dict(inputs))
    finally:
        for hook in hooks:
            hook.remove()
    return scaled


def halvings(tensor: torch.Tensor) -> int:
    """How often a tensor is to be doubled (negative: halved) for its mean square to be about 1; 0 where it is not far from that.

    >>> halvings(torch.full((3,), 0.01)), halvings(torch.full((3,), 0.5)), halvings(torch.zeros(3))
    (7, 0, 0)
    """
    power = float(tensor.detach().double().square().mean()) if tensor.numel() else 0.0
    if not 0 < power < math.inf:
        return 0
    times = round(-math.log2(power) / 2)
    return times if abs(times) >= FAR else 0


def _scale(tensor: torch.Tensor, times: int) -> bool:
    with torch.no_grad():
        tensor.mul_(2.0**times)
    return times != 0


def _norms(model: nn.Module) -> Iterator[nn.Module]:
    for layer in model.modules():
        variance = dict(layer.named_buffers(recurse=False)).get("running_var")
        if variance is not None and variance.is_floating_point():
            yield layer
