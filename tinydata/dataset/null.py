"""Null: make slots of a seed empty, in place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydata.dataset.kinds import Files
from tinydata.dataset.loader import INFO, file_stems, in_order, is_leftover, read_info
from tinydata.dataset.seeds import bad_seeds, replace_slot, seeds_root
from tinydata.errors import NoSuchColumn, NoSuchSeed
from tinydata.recipe import add_step, spell


@dataclass(frozen=True)
class Nulled:
    """Slots that were made null."""

    path: Path
    seed: str
    columns: tuple[str, ...]


def null(seeds: str | os.PathLike[str], seed: str | int, columns: str | Sequence[str]) -> Nulled:
    """Make slots of one seed null, in place: `image.jpg` gives way to an empty `image.null`.

    Args:
        seeds: A folder of seeds.
        seed: The name of the seed, which is its id in the source.
        columns: The column, or the columns, whose slots to empty.

    Raises:
        BadSeed: It is no folder of seeds.
        NoSuchSeed: There is no seed of this name.
        NoSuchColumn: There is no such column; nothing is changed.
    """
    columns = [columns] if isinstance(columns, str) else columns
    root = seeds_root(seeds)
    with bad_seeds():
        features = read_info(str(root / INFO), (root / INFO).read_bytes())["features"]
        stems = file_stems(features)
    folder = root / str(seed)
    names = in_order(entry.name for entry in root.iterdir() if entry.is_dir() and not is_leftover(entry.name))
    if str(seed) not in names:
        raise NoSuchSeed(str(seeds), str(seed), names)
    for column in columns:
        if column not in features:
            raise NoSuchColumn(column, features)
    for column in columns:
        replace_slot(folder, stems[column], Files({f"{stems[column]}.null": b""}))
    add_step(root, spell("null", root.resolve().name, str(seed), *columns))
    return Nulled(root, str(seed), tuple(columns))
