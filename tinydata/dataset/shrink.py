"""Shrink: pictures of seeds to a box, texts to a length, in place."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinydata.dataset import loader
from tinydata.dataset.kinds import Limits, kind_of, limits_of
from tinydata.dataset.kinds.media import MEDIA
from tinydata.dataset.loader import file_stems
from tinydata.dataset.seeds import (
    bad_seeds,
    lay_out_slot,
    read_paths,
    real_file,
    replace_slot,
    seeds_root,
    slot_files,
    write_paths,
)
from tinydata.dataset.values import to_values
from tinydata.errors import BadMedium
from tinydata.recipe import add_step, is_noted, spell


@dataclass(frozen=True)
class Shrunk:
    """Seeds that were made smaller.

    Args:
        path: The folder.
        columns: How many slots were made smaller, by column.
        bytes_before: What the files in all seeds weighed.
        bytes_after: What they weigh now.
        failures: Pictures and sounds that could not be read; they lie there as they were.
    """

    path: Path
    columns: dict[str, int]
    bytes_before: int
    bytes_after: int
    failures: tuple[BadMedium, ...]

    @property
    def changed(self) -> int:
        """How many slots were made smaller."""
        return sum(self.columns.values())


def shrink(
    seeds: str | os.PathLike[str],
    *,
    max_side: int | None = 32,
    max_chars: int | None = None,
    max_items: int | None = None,
    max_seconds: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Shrunk:
    """Make pictures fit a box, and texts, lists and sounds a length, in place, file by file; what fits is not touched.

    Args:
        seeds: A folder of seeds.
        max_side: The box, in pixels; ratio kept, never enlarged. None leaves pictures as they are.
        max_chars: The length, in characters; a text is cut where no accent or emoji is torn. None leaves texts alone.
        max_items: How many items of each list to keep, at any depth; not of one whose length is a part of its type.
        max_seconds: How much of each sound to keep.
        progress: Called with the number of seeds done and of all.

    Raises:
        BadSeed: A file breaks a rule of the layout; nothing is changed.
        BadSize: A limit below 1.
        MissingExtra: A sound wants `soundfile`, which is not installed.

    Source:
        The ``mogrify -resize`` recipe of Stas Bekman's make-tiny notes.
    """
    limits = limits_of(max_side=max_side, max_chars=max_chars, max_items=max_items, max_seconds=max_seconds)
    root = seeds_root(seeds)
    with bad_seeds():
        _mend(root, limits)
        read = loader.read_seeds(root)
    stems = file_stems(read.features)
    before, changed = _size(root), Counter[str]()
    for place, name in enumerate(read.names):
        for column, feature in read.features.items():
            (value,) = to_values(read.table.column(column).slice(place, 1))
            if value is None:
                continue
            smaller = kind_of(feature).shrink(value, feature, limits, str(root / name / stems[column]))
            if smaller != value:
                replace_slot(root / name, stems[column], lay_out_slot(smaller, feature, stems[column]))
                changed[column] += 1
        if progress:
            progress(place + 1, len(read.names))
    if changed or not is_noted(root):  # a run that was killed at its end has changed all and noted nothing
        add_step(root, spell("shrink", root.resolve().name, **limits.words), limits.libraries)
    failures = tuple(type(error)(real_file(error.path), error.problem) for error in limits.failures)
    return Shrunk(root, dict(changed), before, _size(root), failures)


def _mend(root: Path, limits: Limits) -> None:
    """Finish what a killed run left: of a picture and what was shrunk from it, the one that is in the way goes."""
    info = loader.read_info(str(root / loader.INFO), (root / loader.INFO).read_bytes())
    stems = file_stems(info["features"]).values()
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir() and not loader.is_leftover(entry.name)):
        for stem in stems:
            _mend_slot(folder, stem, limits)
        write_paths(folder, {name: path for name, path in read_paths(folder).items() if (folder / name).is_file()})


def _mend_slot(folder: Path, stem: str, limits: Limits) -> None:
    names = slot_files(folder, stem)
    told = (folder / f"{stem}.json").read_bytes() if f"{stem}.json" in names else None
    for name in names:
        place = re.match(re.escape(stem) + r"\.(\d+)\.", name)
        if place and limits.max_items is not None and int(place[1]) >= limits.max_items and not _is_told(name, told):
            (folder / name).unlink()  # it went with an item that was cut
    names = slot_files(folder, stem)
    groups: dict[str, list[str]] = {}
    for name in names:
        if not name.endswith((".txt", ".json", ".null")):
            groups.setdefault(name.rsplit(".", 1)[0], []).append(name)
    for twins in groups.values():
        if len(twins) != 2:
            continue
        for old, new in (twins, twins[::-1]):
            value = {"bytes": (folder / old).read_bytes(), "path": None}
            smaller = MEDIA.shrink(value, {"_type": "Image"}, Limits(limits.max_side), old)
            if smaller["bytes"] != value["bytes"] and smaller["bytes"] == (folder / new).read_bytes():
                # A .json that still names the old one: the new one goes, to be made again.
                (folder / (old if told is None or _is_told(new, told) else new)).unlink()
                break


def _is_told(name: str, told: bytes | None) -> bool:
    return told is not None and json.dumps(name, ensure_ascii=False).encode() in told


def _size(root: Path) -> int:
    return sum(file.stat().st_size for file in root.glob("*/*") if file.is_file() and not loader.is_leftover(file.name))
