"""What a kind is: how one type of value is written and shrunk. `loader` reads them all back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydata.dataset.loader import Feature, item_feature
from tinydata.errors import BadMedium, BadSize
from tinydata.recipe import LIBRARIES


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
        max_items: How many items of a list are kept, the first ones; a list whose length is a part of its type stays.
        max_seconds: How much of a sound is kept, its beginning.
        failures: Where pictures and sounds are put that cannot be read; they stay as they are.
    """

    max_side: int | None = None
    max_chars: int | None = None
    max_items: int | None = None
    max_seconds: int | None = None
    failures: list[BadMedium] = field(default_factory=list)

    @property
    def words(self) -> dict[str, int | None]:
        """The limits as a command spells them."""
        return {name: getattr(self, name) for name in ("max_side", "max_chars", "max_items", "max_seconds")}

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries whose versions decide what comes out."""
        return LIBRARIES if self.max_seconds is None else (*LIBRARIES, "soundfile")

    def cut(self, items: list[Any], feature: Feature) -> list[Any]:
        """The items of a list that are kept."""
        fixed = isinstance(feature, Mapping) and feature.get("length", -1) != -1
        return items if self.max_items is None or fixed or item_feature(feature) is None else items[: self.max_items]


def limits_of(
    *,
    max_side: int | None = None,
    max_chars: int | None = None,
    max_items: int | None = None,
    max_seconds: int | None = None,
) -> Limits:
    """Limits as they are given.

    Raises:
        BadSize: One of them is below 1.
    """
    limits = Limits(max_side, max_chars, max_items, max_seconds)
    for name, given in limits.words.items():
        if given is not None and given < 1:
            raise BadSize(name, given)
    return limits


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
