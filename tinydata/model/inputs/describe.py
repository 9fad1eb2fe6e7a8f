"""Describe: inputs and outputs in words that JSON can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def describe(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Shape and type of each input, as ``{"input_ids": "2x16 int64"}``; what is no tensor as it is written."""
    return {name: _word(value) for name, value in inputs.items()}


def tensors_of(outputs: Any) -> list[torch.Tensor]:
    """Every tensor in what a model gave back, in order."""
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    if isinstance(outputs, list | tuple):
        return [tensor for output in outputs for tensor in tensors_of(output)]
    return []


def _word(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return f"{'x'.join(map(str, value.shape)) or 'one'} {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, Mapping):
        return describe(value)
    if isinstance(value, list | tuple):
        return [_word(it) for it in value]
    return value if isinstance(value, bool | int | float | str | None) else type(value).__name__
