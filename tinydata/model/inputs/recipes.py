"""Recipes: inputs that are described but not made yet, so that many can be thought of and few are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from tinydata.model.inputs.facts import Facts

MOST_IDS = 4096  # of a vocabulary, as many are drawn from


class Draw:
    """Tensors from a generator of its own: the same seed gives the same tensors, and torch's own state stays."""

    def __init__(self, facts: Facts, seed: int) -> None:
        self.facts = facts
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> torch.Tensor:
        """Numbers around 0."""
        return torch.randn(*shape, generator=self.generator).to(self.facts.dtype)

    def unit(self, *shape: int) -> torch.Tensor:
        """Numbers from 0 to 1."""
        return torch.rand(*shape, generator=self.generator).to(self.facts.dtype)

    def ids(self, *shape: int, size: int | None = None) -> torch.Tensor:
        """Ids below `size`, outside every special id where that leaves any."""
        size = min(size or self.facts.vocabulary, MOST_IDS)
        plain = [it for it in range(size) if it not in self.facts.special] or list(range(size))
        return torch.tensor(plain)[torch.randint(0, len(plain), shape, generator=self.generator)]

    def below(self, size: int, *shape: int) -> torch.Tensor:
        """Whole numbers from 0 on, below `size`."""
        return torch.randint(0, max(1, size), shape, generator=self.generator)


Maker = Callable[[Draw], Any]
Recipe = dict[str, Maker]


def normal(*shape: int) -> Maker:
    """Numbers around 0, of this shape."""
    return lambda draw: draw.normal(*shape)


def unit(*shape: int) -> Maker:
    """Numbers from 0 to 1, of this shape."""
    return lambda draw: draw.unit(*shape)


def ids(*shape: int, size: int | None = None) -> Maker:
    """Plain ids, of this shape."""
    return lambda draw: draw.ids(*shape, size=size)


def given(value: Any) -> Maker:
    """This value, whatever is drawn."""
    return lambda _: value


def ones(*shape: int, dtype: torch.dtype = torch.long) -> Maker:
    """Ones, of this shape."""
    return lambda _: torch.ones(*shape, dtype=dtype)


def zeros(*shape: int, dtype: torch.dtype = torch.long) -> Maker:
    """Zeros, of this shape."""
    return lambda _: torch.zeros(*shape, dtype=dtype)


def fixed(values: Any) -> Maker:
    """A tensor of these values."""
    return lambda _: torch.tensor(values)


def pair(value: Any) -> tuple[int, int] | None:
    """A side or two of them, as (height, width)."""
    if isinstance(value, dict):
        value = list(value.values())[:2]
    if isinstance(value, list | tuple):
        sides = [it for it in value if isinstance(it, int)]
        return (sides[-2] if len(sides) > 1 else sides[0], sides[-1]) if sides else None
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else None
