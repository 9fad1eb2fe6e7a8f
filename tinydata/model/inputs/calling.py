"""Calling: run a model on inputs, and leave both the inputs and torch's random state as they were."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch

SEED = 0


def call(model: Any, inputs: dict[str, Any]) -> Any:
    """The outputs of a model on what `run_forward` found: inputs unchanged, torch's random state unchanged."""
    own = copied(inputs)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)  # some draw noise in forward
        if parts := parts_of(model):
            return {name: entry(part)(**own[name]) for name, part in parts.items()}
        return entry(model)(**own)


def copied(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs that a model may change in place."""
    return copy.deepcopy(inputs)


def entry(model: Any) -> Callable[..., Any]:
    """Its forward; of a codec that has none, what it encodes with."""
    function: Callable[..., Any] = model.forward if _has_forward(model) else getattr(model, "encode", model.forward)
    return function


def parts_of(model: Any) -> dict[str, Any]:
    """Of a model that has no forward: the models in it, each of which is run by itself."""
    if _has_forward(model) or callable(getattr(model, "encode", None)):
        return {}
    return {name: part for name, part in model.named_children() if hasattr(part, "config") and _has_forward(part)}


def _has_forward(model: Any) -> bool:
    return type(model).forward is not torch.nn.Module.forward
