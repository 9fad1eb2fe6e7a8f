"""Shrink: pictures of seeds to a box, texts to a length, in place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinydata.dataset import loader
from tinydata.dataset.kinds import Limits, kind_of
from tinydata.dataset.loader import Feature, file_stems
from tinydata.dataset.seeds import bad_seeds, lay_out_slot, replace_slot, seeds_root, slot_files
from tinydata.dataset.values import to_values
from tinydata.errors import BadImage, BadSize
from tinydata.recipe import add_step, spell


@dataclass(frozen=True)
class Shrunk:
    """Seeds that were made smaller.

    Args:
        path: The folder.
        changed: How many slots were made smaller.
        bytes_before: What all files of the seeds weighed.
        bytes_after: What they weigh now.
        failures: Pictures that could not be read; they lie there as they were.
    """

    path: Path
    changed: int
    bytes_before: int
    bytes_after: int
    failures: tuple[BadImage, ...]


def shrink(
    seeds: str | os.PathLike[str],
    *,
    max_side: int | None = 32,
    max_chars: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Shrunk:
    """Make pictures fit a box and texts a length, in place, file by file; what fits already is not touched.

    Args:
        seeds: A folder of seeds.
        max_side: The box, in pixels; ratio kept, never enlarged. None leaves pictures as they are.
        max_chars: The length, in characters; a text is cut where no accent or emoji is torn. None leaves texts alone.
        progress: Called with the number of seeds done and of all.

    Raises:
        BadSeed: A file breaks a rule of the layout; nothing is changed.
        BadSize: A limit below 1.

    Source:
        The ``mogrify -resize`` recipe of Stas Bekman's make-tiny notes.
    """
    for name, given in (("max_side", max_side), ("max_chars", max_chars)):
        if given is not None and given < 1:
            raise BadSize(name, given)
    root, limits = seeds_root(seeds), Limits(max_side, max_chars)
    with bad_seeds():
        _mend(root, limits)
        read = loader.read_seeds(root)
    stems = file_stems(read.features)
    before, changed = _size(root), 0
    for place, name in enumerate(read.names):
        for column, feature in read.features.items():
            (value,) = to_values(read.table.column(column).slice(place, 1))
            if value is None:
                continue
            smaller = kind_of(feature).shrink(value, feature, limits, str(root / name / stems[column]))
            if smaller != value:
                replace_slot(root / name, stems[column], lay_out_slot(smaller, feature, stems[column]))
                changed += 1
        if progress:
            progress(place + 1, len(read.names))
    if changed:
        add_step(root, spell("shrink", root.resolve().name, max_side=max_side, max_chars=max_chars))
    return Shrunk(root, changed, before, _size(root), tuple(limits.failures))


def _mend(root: Path, limits: Limits) -> None:
    """Finish what a killed run left: of two files for one slot, the one that the other was shrunk from goes."""
    info = loader.read_info(str(root / loader.INFO), (root / loader.INFO).read_bytes())
    stems = file_stems(info["features"])
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        for column, feature in info["features"].items():
            item = loader.item_feature(feature)
            if loader.is_media(item if item is not None else feature):
                _mend_slot(folder, stems[column], item if item is not None else feature, limits)


def _mend_slot(folder: Path, stem: str, feature: Feature, limits: Limits) -> None:
    groups: dict[str, list[Path]] = {}
    for name in slot_files(folder, stem):
        groups.setdefault(re.split(r"\.", name, maxsplit=1)[0], []).append(folder / name)
    for twins in groups.values():
        if len(twins) != 2:
            continue
        for old, new in (twins, reversed(twins)):
            value = {"bytes": old.read_bytes(), "path": None}
            smaller = kind_of(feature).shrink(value, feature, Limits(limits.max_side), old.name)
            if smaller["bytes"] != value["bytes"] and smaller["bytes"] == new.read_bytes():
                old.unlink()
                break


def _size(root: Path) -> int:
    return sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
