"""What a kind is: how one type of value is written and shrunk. `loader` reads them all back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tinydata.dataset.loader import Feature
from tinydata.errors import BadImage


@dataclass
class Files:
    """The files of one slot while they are laid out: contents by name, and the names that media had in the source."""

    contents: dict[str, bytes] = field(default_factory=dict)
    paths: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How small a value shall be; None leaves it as it is.

    Args:
        max_side: The box that pictures have to fit, in pixels.
        max_chars: The length that texts have to fit, in characters.
        failures: Where pictures are put that cannot be read; they stay as they are.
    """

    max_side: int | None = None
    max_chars: int | None = None
    failures: list[BadImage] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """How one type of value lies on disk.

    Args:
        name: One word.
        owns: Whether a feature is of this kind.
        write: Lay a value, never None, out as files; the third argument is what their names begin with.
        shrink: The same value, never None, within limits; the last argument is what to call it in an error.
    """

    name: str
    owns: Callable[[Feature], bool]
    write: Callable[[Any, Feature, str, Files], None]
    shrink: Callable[[Any, Feature, Limits, str], Any]
