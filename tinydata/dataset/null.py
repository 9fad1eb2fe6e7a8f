"""Null: make slots of a seed empty, in place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydata.dataset.loader import (
    INFO,
    Feature,
    file_stems,
    in_order,
    is_leftover,
    item_feature,
    read_info,
    struct_fields,
)
from tinydata.dataset.seeds import bad_seeds, lay_out_slot, read_seeds, replace_slot, seeds_root
from tinydata.dataset.values import to_values
from tinydata.errors import NoSuchColumn, NoSuchItem, NoSuchSeed
from tinydata.recipe import add_step, spell


@dataclass(frozen=True)
class Nulled:
    """Slots that were made null, or what lies inside them."""

    path: Path
    seed: str
    columns: tuple[str, ...]


def null(seeds: str | os.PathLike[str], seed: str | int, columns: str | Sequence[str]) -> Nulled:
    """Make slots of one seed null, in place: `image.jpg` gives way to an empty `image.null`.

    Args:
        seeds: A folder of seeds.
        seed: The name of the seed, which is its id in the source.
        columns: The column, or the columns, whose slots to empty; or what lies inside one, as a dotted path: `images.2` is
            an item of a list, counted from 0, `messages.0.content` a field of one.

    Raises:
        BadSeed: It is no folder of seeds, or, of what lies inside a slot, a file breaks a rule of the layout.
        NoSuchSeed: There is no seed of this name.
        NoSuchColumn: There is no such column, or no such field; nothing is changed.
        NoSuchItem: A list ends before the item; nothing is changed.
    """
    words = [columns] if isinstance(columns, str) else columns
    root = seeds_root(seeds)
    with bad_seeds():
        features = read_info(str(root / INFO), (root / INFO).read_bytes())["features"]
        stems = file_stems(features)
    names = in_order(entry.name for entry in root.iterdir() if entry.is_dir() and not is_leftover(entry.name))
    if str(seed) not in names:
        raise NoSuchSeed(str(seeds), str(seed), names)
    slots: dict[str, Any] = {}
    for word in words:
        column, way = _way(word, features)
        if way and column not in slots:
            read = read_seeds(root)
            (slots[column],) = to_values(read.table.column(column).slice(read.names.index(str(seed)), 1))
        slots[column] = _emptied(slots.get(column), features[column], way, str(seed), word)
    for column, value in slots.items():
        replace_slot(root / str(seed), stems[column], lay_out_slot(value, features[column], stems[column]))
    add_step(root, spell("null", root.resolve().name, str(seed), *words))
    return Nulled(root, str(seed), tuple(words))


def _way(word: str, features: Mapping[str, Feature]) -> tuple[str, list[str]]:
    """The column that a word names, and the steps below it."""
    if word in features:
        return word, []
    for column in sorted(features, key=len, reverse=True):
        if word.startswith(f"{column}."):
            return column, word.removeprefix(f"{column}.").split(".")
    raise NoSuchColumn(word, features)


def _emptied(value: Any, feature: Feature, way: Sequence[str], seed: str, word: str) -> Any:
    """The same value with a null at the end of the way."""
    if not way:
        return None
    fields, item = struct_fields(feature), item_feature(feature)
    step, rest = way[0], way[1:]
    if fields is not None and step not in fields:
        raise NoSuchColumn(word, [f"{word.removesuffix('.'.join(way))}{name}" for name in fields])
    if fields is None and item is None:
        raise NoSuchItem(seed, word, "what is there is no list")
    if value is None:
        raise NoSuchItem(seed, word, "what it lies in is null already")
    if fields is not None:
        return value | {step: _emptied(value[step], fields[step], rest, seed, word)}
    if not re.fullmatch(r"[0-9]+", step) or int(step) >= len(value):
        raise NoSuchItem(seed, word, f"the list has {len(value)} item{'' if len(value) == 1 else 's'}, counted from 0")
    place = int(step)
    return [*value[:place], _emptied(value[place], item, rest, seed, word), *value[place + 1 :]]
