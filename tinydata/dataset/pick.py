"""Pick: out of many records the few that differ most; a pure choice among what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Measure:
    """A number that records have: how long a text is, how large a picture.

    Args:
        name: What is measured, as a column or a way below it.
        values: One for each record, NaN where it has none.
        least: What the smallest one is called, as in `shortest`.
        most: What the largest one is called.
        unit: What it counts, as in `characters`; a ratio has none.
    """

    name: str
    values: Numbers
    least: str
    most: str
    unit: str = ""


@dataclass(frozen=True)
class Traits:
    """What is told of records, each array with a value for each of them.

    Args:
        ids: Their numbers, ascending.
        full: By column, whether the slot is full.
        classes: By column, the class or the one of few values that a record has there: which records have it.
        marks: What else a record can have: an empty text, an emoji, a palette.
        measures: Of columns, and of what is below them.
    """

    ids: tuple[int, ...]
    full: Mapping[str, Mask] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, Mask]] = field(default_factory=dict)
    marks: Mapping[str, Mask] = field(default_factory=dict)
    measures: Sequence[Measure] = ()


@dataclass(frozen=True)
class Choice:
    """A record that was picked, and why."""

    id: int
    reasons: tuple[str, ...]


def choose(traits: Traits, count: int) -> tuple[Choice, ...]:
    """Choose the records that differ most.

    Each in turn is the one that brings most of what none before has: a combination of full and null slots goes before all
    else, the commonest first; then classes; then ends of measures and marks. When nothing is new, it is the one farthest
    from those that are there. What is still equal is settled by the smaller number, so that the choice is the same each time.

    Args:
        traits: Of n records.
        count: How many to choose; all where there are no more.

    Returns:
        min(n, count) choices, by their numbers.

    Source:
        Greedy set cover (Chvatal, 1979), then farthest-first traversal (Gonzalez, 1985).
    """
    size = len(traits.ids)
    combinations, classes, others = _combinations(traits), _classes(traits), _others(traits)
    tiers = [_Tier(combinations, size), _Tier(classes, size), _Tier(others, size)]
    common = sum((mask * int(mask.sum()) for mask in combinations.values()), np.zeros(size, np.int64))
    chosen: dict[int, tuple[str, ...]] = {}
    distance = None
    while len(chosen) < min(size, count):
        if any(tier.gains.any() for tier in tiers):
            combination, kind, other = (tier.gains for tier in tiers)
            row = _first_best(combination, common * (combination > 0), kind, other)
            chosen[row] = tuple(name for tier in tiers for name in tier.take(row))
            continue
        if distance is None:
            points = _points(traits, tiers)
            distance = np.min([np.full(size, np.inf), *(_squares(points, row) for row in chosen)], axis=0)
        distance[list(chosen)] = -1
        row = int(distance.argmax())
        chosen[row] = ("unlike the others",) if distance[row] > 0 else ("no more that differ",)
        distance = np.minimum(distance, _squares(points, row))
    return tuple(Choice(traits.ids[row], chosen[row]) for row in sorted(chosen))


def _first_best(*keys: np.ndarray[Any, Any]) -> int:
    """The first row that is greatest by the first key, among these by the second, and so on."""
    rows = np.arange(len(keys[0]))
    for key in keys:
        rows = rows[key[rows] == key[rows].max()]
    return int(rows[0])


def _squares(points: Numbers, row: int) -> Numbers:
    return np.asarray(np.square(points - points[row]).sum(axis=1), np.float64)


class _Tier:
    """Names of one rank, and which of them no chosen record has yet."""

    def __init__(self, masks: Mapping[str, Mask], size: int) -> None:
        self.names = list(masks)
        self.rows = np.array(list(masks.values()), bool).reshape(len(masks), size).T
        self.new = np.ones(len(masks), bool)
        self.gains = self.rows.sum(axis=1)  # how many new ones each record would bring

    def take(self, row: int) -> list[str]:
        """Those that a record brings; they are new no more."""
        brought = self.rows[row] & self.new
        self.new &= ~brought
        self.gains -= self.rows[:, brought].sum(axis=1)
        return [name for name, is_brought in zip(self.names, brought, strict=True) if is_brought]


def _combinations(traits: Traits) -> dict[str, Mask]:
    """Which records have which combination of full and null slots; a column that never changes says nothing."""
    mixed = {column: full for column, full in traits.full.items() if 0 < full.sum() < len(full)}
    if not mixed:
        return {}
    kinds, kind_of = np.unique(np.array(list(mixed.values())).T, axis=0, return_inverse=True)
    named = {}
    for place, kind in enumerate(kinds):
        null = [column for column, is_full in zip(mixed, kind, strict=True) if not is_full]
        named[f"{', '.join(null)} null" if null else "no null"] = kind_of.reshape(-1) == place
    return named


def _classes(traits: Traits) -> dict[str, Mask]:
    several = [(column, masks) for column, masks in traits.classes.items() if len(masks) > 1]
    named = {f"{column} {name}": mask for column, masks in several for name, mask in masks.items()}
    return {name: mask for name, mask in named.items() if not mask.all()}


def _others(traits: Traits) -> dict[str, Mask]:
    ends = {}
    for measure in traits.measures:
        known = measure.values[~np.isnan(measure.values)]
        above = known[known > 0]  # nothing at all is a mark of its own
        if len(above) and above.min() < above.max():
            for word, end in ((measure.least, above.min()), (measure.most, above.max())):
                unit = measure.unit.removesuffix("s") if end == 1 else measure.unit
                said = f" ({end:,.0f} {unit})" if unit else ""
                ends[f"{measure.name} {word}{said}"] = measure.values == end
    return ends | {name: mask for name, mask in traits.marks.items() if not mask.all()}


def _points(traits: Traits, tiers: list[_Tier]) -> Numbers:
    """A point for each record: names as 0 and 1, measures by their logarithm from 0 to 1, none at all below them."""
    columns = [tier.rows.astype(np.float64) for tier in tiers]
    for measure in traits.measures:
        known = ~np.isnan(measure.values)
        if not known.any():
            continue
        size = np.log1p(np.where(known, measure.values, 0))
        low, high = size[known].min(), size[known].max()
        scaled = (size - low) / (high - low) if high > low else np.zeros(len(size))
        columns.append(np.where(known, scaled, -1.0)[:, None])
    return np.concatenate(columns, axis=1)
