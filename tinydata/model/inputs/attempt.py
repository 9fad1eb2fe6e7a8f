"""An attempt: inputs that a model did not run on, what it said, and where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import nn

from tinydata.model.inputs.facts import LENGTH, Facts
from tinydata.model.inputs.named import named
from tinydata.model.inputs.recipes import Draw

WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Attempt:
    """What a repair sees.

    Attributes:
        frames: Of the failure, innermost first.
        lines: The line that each of them stood at.
    """

    facts: Facts
    draw: Draw
    label: str
    inputs: dict[str, Any]
    error: Exception
    frames: tuple[FrameType, ...] = ()
    lines: tuple[int, ...] = ()
    tried: dict[object, int] = field(default_factory=dict)  # lasts from one attempt on a candidate to the next

    @property
    def message(self) -> str:
        """What it said."""
        return str(self.error)

    def count(self, what: object) -> int:
        """How often this was asked before."""
        self.tried[what] = self.tried.get(what, 0) + 1
        return self.tried[what] - 1

    def with_(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, some of them changed."""
        return {**self.inputs, **changes}

    def layer(self, kinds: type[nn.Module] | tuple[type[nn.Module], ...]) -> tuple[Any, torch.Tensor] | None:
        """The innermost layer of these kinds that failed, with what it was given."""
        for frame in self.frames:
            module, given = frame.f_locals.get("self"), frame.f_locals.get("input")
            if isinstance(module, kinds) and isinstance(given, torch.Tensor):
                return module, given
        return None

    def floats(self) -> dict[str, torch.Tensor]:
        """The inputs that are no ids and no masks."""
        return {
            name: value
            for name, value in self.inputs.items()
            if isinstance(value, torch.Tensor) and value.is_floating_point() and "mask" not in name
        }

    def resized(self, name: str, shape: tuple[int, ...] | list[int]) -> dict[str, Any]:
        """The inputs with one of them in another shape, and the masks as long as it was along with it."""
        old = self.inputs[name]
        changes: dict[str, Any] = {name: _fresh(self.draw, old, tuple(shape))}
        moved = {before: after for before, after in zip(old.shape, shape, strict=False) if before != after}
        for other, value in self.inputs.items():
            if other != name and "mask" in other and isinstance(value, torch.Tensor):
                new = [value.shape[0], *(moved.get(side, side) for side in value.shape[1:])]
                if list(value.shape) != new:
                    changes[other] = torch.ones(new, dtype=value.dtype)
        return self.with_(changes)

    def made(self, names: list[str]) -> dict[str, Any] | None:
        """The inputs with more of them, made by their names; None where nothing is known of any."""
        makers = {name: named(self.facts, name) for name in names if name not in self.inputs}
        added = {name: self._fitting(make(self.draw)) for name, make in makers.items() if make is not None}
        return self.with_(added) if added else None

    def _fitting(self, value: Any) -> Any:
        """As long as the text, where it is as long as texts are by default."""
        text = self.inputs.get("input_ids")
        if not isinstance(text, torch.Tensor) or not isinstance(value, torch.Tensor) or text.dim() != 2:
            return value
        fits = value.shape[:2] == (text.shape[0], LENGTH) and text.shape[1] != LENGTH
        return value[:, :1].repeat(1, text.shape[1], *[1] * (value.dim() - 2)) if fits else value


def _fresh(draw: Draw, old: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    if old.is_floating_point():
        return draw.normal(*shape)
    return torch.ones(shape, dtype=old.dtype) if old.dtype == torch.bool else draw.ids(*shape)
