"""Made: what is told of a model that was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydata.model.changes import Change
from tinydata.recipe import Recipe


@dataclass(frozen=True)
class MadeModel:
    """A tiny model.

    Args:
        path: Where it lies.
        recipe: How it was made; None where it was not.
        model_type: Of its config.
        model_class: The class of transformers that it is of; "" where it was only planned.
        parameters: How many numbers it learns: of the source, None where that cannot be built, and of the tiny one, None where it was
            not made.
        size_bytes: What its weights take: of the source in the dtype that its config names, and of the tiny one.
        dtype: Of its weights.
        changes: What of the config became what, and why.
        dropped: Changes that were planned, and left out since with them it did not run.
        why: What was said with them.
        unexpected: What of its config differs otherwise; nothing should.
        inputs: What its forward ran on, name -> dtype and shape.
        lead: Where a margin was asked for, the least that the best logit leads by, else None.
        notes: What is worth knowing, a line each.
        files: The files written.
    """

    path: Path
    recipe: Recipe | None
    model_type: str
    model_class: str
    parameters: tuple[int | None, int | None]
    size_bytes: tuple[int | None, int | None]
    dtype: str
    changes: tuple[Change, ...]
    dropped: tuple[Change, ...] = ()
    why: str = ""
    unexpected: tuple[Change, ...] = ()
    inputs: Mapping[str, Any] | None = None
    lead: float | None = None
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
