"""Layer numbers: the numbers by which configs speak of layers, before and after most layers are gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinydata.model.names import group
from tinydata.model.roles import role_by_name
from tinydata.model.tree import is_ints


def renumber(places: Sequence[int], kept: Sequence[int], depth: int) -> list[int]:
    """Numbers of layers as they are among the kept ones; from 0, from 1 where they reach the depth, or from the end.

    >>> renumber([9, 18, 27], kept=[0, 9], depth=32)
    [1]
    >>> renumber([3, 12], kept=[2, 11], depth=12)
    [1, 2]
    """
    first = 1 if places and max(places) >= depth else 0
    found = []
    for place in places:
        layer = depth + place if place < 0 else place - first
        if layer in kept:
            found.append(kept.index(layer) - len(kept) if place < 0 else kept.index(layer) + first)
    again = [new + first for new, layer in enumerate(kept) if layer in kept[:new] and layer + first in places]
    return [*found, *again] if any(place < 0 for place in places) else sorted([*found, *again])


def numbered(single: Mapping[Any, Any]) -> dict[int, Any]:
    """Settings of single layers by the number of the layer, however it is written."""
    return {int(number): settings for number, settings in single.items() if str(number).isdecimal()}


def layer_of(place: int, depth: int, places: Sequence[int]) -> int:
    """The layer, from 0, that a number in a list of numbers means."""
    if place < 0:
        return max(0, depth + place)
    return max(0, place - (1 if max(places) >= depth else 0))


def layers_of(places: Sequence[int], depth: int) -> set[int]:
    """The layers, from 0, that a list of numbers means."""
    return {layer_of(place, depth, places) for place in places}


def may_number(key: str, value: Sequence[Any], depth: int) -> bool:
    """Whether a list may number layers of a stack that deep."""
    known = group("layer_indices").holds(key) or group("taps").holds(key)
    return (
        known
        and is_ints(value)
        and role_by_name(key, key) != "token"
        and all(-depth <= place <= depth for place in value)
    )


def surely_numbers(key: str, value: Sequence[Any]) -> bool:
    """Whether a list that is as long as the depth numbers layers all the same."""
    rising = is_ints(value) and list(value) == sorted(set(value))
    return rising and group("layer_indices").holds(key) and "types" not in key
