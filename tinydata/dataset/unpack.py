"""Unpack: records of a source become seed folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.atomic import new_folder, refuse_loss
from tinydata.dataset.kinds import Limits, kind_of
from tinydata.dataset.loader import Feature, to_array
from tinydata.dataset.pick import Choice, Traits, choose
from tinydata.dataset.records import Records
from tinydata.dataset.seeds import write_seeds
from tinydata.dataset.sources import open_source
from tinydata.dataset.traits import Teller
from tinydata.dataset.values import to_values
from tinydata.dataset.wanted import AMONG, Wanted
from tinydata.errors import BadMedium, NoSuchColumn, NoSuchRecord, UnknownSource
from tinydata.fetch import RemoteFile
from tinydata.recipe import Recipe, note, relative, spell

FIRST = 10  # records that are taken where nobody says which


@dataclass(frozen=True)
class Unpacked:
    """Seeds that were made.

    Args:
        path: The folder.
        recipe: How they were made.
        ids: The records taken, each the name of its folder.
        columns: Column names in order.
        config: The source's config, None where it has none.
        split: The source's split that they come from, None where it has none.
        splits: All splits of the source.
        chosen: Whether the ids were asked for, or picked, rather than the first ten taken.
        picked: Why each was taken, where they were picked.
        files: The source's files that they were read from, here or elsewhere.
        shrunk: How many slots were made smaller, by column.
        unshrunk: Pictures and sounds that could not be read, so that they lie there as they were.
        address: The source's address where it lies elsewhere, with the commit of a repo of the Hub; None else.
    """

    path: Path
    recipe: Recipe
    ids: tuple[int, ...]
    columns: tuple[str, ...]
    config: str | None
    split: str | None
    splits: tuple[str, ...]
    chosen: bool
    files: tuple[Path | RemoteFile, ...] = ()
    shrunk: Mapping[str, int] = field(default_factory=dict)
    unshrunk: tuple[BadMedium, ...] = ()
    picked: tuple[Choice, ...] = ()
    address: str | None = None


@dataclass(frozen=True)
class Taken:
    """Records taken from a source, before anything is written."""

    records: Records
    ids: tuple[int, ...]
    table: pa.Table
    features: dict[str, Feature]
    limits: Limits
    shrunk: Mapping[str, int]
    picked: tuple[Choice, ...] = ()

    @property
    def info(self) -> dict[str, Any]:
        """What `dataset_info.json` says besides the features."""
        known = {
            "config_name": self.records.config,
            "license": self.records.license,
            "citation": self.records.citation,
            "splits": {split: {"name": split} for split in self.records.splits} or None,
        }
        return {name: value for name, value in known.items() if value}


def unpack(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] = "seeds",
    *,
    ids: str | Iterable[int] | None = None,
    pick: int | None = None,
    among: int = AMONG,
    config: str | None = None,
    split: str | None = None,
    columns: Sequence[str] | None = None,
    max_side: int | None = None,
    max_chars: int | None = None,
    max_items: int | None = None,
    max_seconds: int | None = None,
    revision: str | None = None,
    offline: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    fetching: Callable[[int, int], None] | None = None,
    picking: Callable[[int, int], None] | None = None,
) -> Unpacked:
    """Explode records of a source into one folder each, which people edit by hand.

    Args:
        source: A Parquet, Arrow, JSON, JSONL, CSV, TSV, text or webdataset file, compressed or not, a folder, a zip or a pattern
            of them, a `save_to_disk` folder or a folder of media; or a repo of the Hub, as `org/name` or `hf://datasets/org/name`, or
            a file or folder in one; or a file at `https://`, a file or folder at `s3://` or at another address that fsspec knows.
        output: The folder to make.
        ids: Record numbers, counted from 0, as `"1,4-10"` or numbers; the first ten where None.
        pick: Instead of `ids`: so many records, those that differ most.
        among: They are picked among so many, the first ones of the source.
        config: Which config, where the source has several.
        split: Which split; `train` or else the first where None.
        columns: Which columns, in this order; all where None.
        max_side, max_chars, max_items, max_seconds: Shrink pictures, texts, lists and sounds, see `shrink`.
        revision: Which branch, tag or commit of a repo of the Hub; the recipe names the commit.
        offline: Ask no server, take what the cache of the Hub holds.
        overwrite: Replace what lies at `output`.
        home: What the recipe's paths are relative to; by default the folder that holds `output`.
        progress: Called with the number of seeds written and of all.
        fetching: Called with the bytes that came from elsewhere and of all, 0 where that is not known.
        picking: Called with the number of records looked at and of all that may be.

    Raises:
        BadMix: Both `ids` and `pick`.
        RemoteError: A server does not give what was asked for; nothing is made. Its subclasses say why.
        BadAddress, BadRevision: A word that names no repo, or no revision of one.
        BadSource: The source cannot be read; nothing is made. Its subclasses say why.
        NoSuchRecord: The source ends before an id.
        NoSuchColumn: It has no such column.
        TargetExists: Something lies at `output`.

    Source:
        The ``unpack`` scripts of Stas Bekman's make-tiny notes.
    """
    wanted = Wanted(ids, pick, among, config, split, columns, max_side, max_chars, max_items, max_seconds, revision)
    return lay_out(
        source,
        Path(output),
        wanted,
        offline=offline,
        overwrite=overwrite,
        home=home,
        progress=progress,
        fetching=fetching,
        picking=picking,
    )


def lay_out(
    source: str | os.PathLike[str],
    target: Path,
    wanted: Wanted,
    *,
    offline: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    fetching: Callable[[int, int], None] | None = None,
    picking: Callable[[int, int], None] | None = None,
) -> Unpacked:
    """Unpack what is wanted; the other arguments, and the errors, are those of `unpack`."""
    home = home or target.parent
    refuse_loss(source, target, overwrite)
    with new_folder(target, overwrite=overwrite) as folder:
        taken = take(source, wanted, offline=offline, fetching=fetching, picking=picking)
        names = [str(record_id) for record_id in taken.ids]
        for done, _ in enumerate(write_seeds(folder, names, taken.table, taken.features, taken.info), start=1):
            if progress:
                progress(done, len(names))
        where = taken.records.address or relative(source, home)
        command = spell("unpack", where, **wanted.words)
        recipe = note(command, taken.records.files(), folder, home, taken.limits.libraries)
    records = taken.records
    return Unpacked(
        path=target,
        recipe=recipe,
        ids=taken.ids,
        columns=tuple(taken.features),
        config=records.config,
        split=records.split,
        splits=records.splits,
        chosen=wanted.ids is not None or wanted.pick is not None,
        files=records.files(),
        shrunk=taken.shrunk,
        unshrunk=tuple(taken.limits.failures),
        picked=taken.picked,
        address=records.address,
    )


def take(
    source: str | os.PathLike[str],
    wanted: Wanted,
    *,
    offline: bool = False,
    fetching: Callable[[int, int], None] | None = None,
    picking: Callable[[int, int], None] | None = None,
) -> Taken:
    """Read the records that `unpack` lays out; the other arguments, and the errors, are the same."""
    limits, named, picked = wanted.limits, wanted.records, tuple[Choice, ...]()
    records = open_source(
        source,
        config=wanted.config,
        split=wanted.split,
        revision=wanted.revision,
        offline=offline,
        fetching=fetching,
    )
    refused = records.features.refused
    for column in wanted.columns or refused:
        if column in refused:
            raise refused[column]
        if column not in records.features:
            raise NoSuchColumn(column, records.features)
    features: dict[str, Feature] = dict(records.features)
    if not features:
        raise UnknownSource(str(source), "its records have no columns")
    if wanted.columns:
        features = {column: features[column] for column in wanted.columns}
    if wanted.pick is not None:
        picked = choose(_look(records, features, wanted.among, picking), wanted.pick)
        numbers: Sequence[int] = [choice.id for choice in picked]
        table = records.take(numbers)
    elif named is None:
        numbers, table = _take_first(records, FIRST)
    else:
        numbers = named.resolve(records.count() if named.last is None else None)
        table = records.take(numbers)
    if not numbers:
        raise UnknownSource(str(source), "holds no records")
    table = table.select(list(features))
    table, shrunk = shrink_table(table, features, limits, [str(number) for number in numbers])
    return Taken(records, tuple(numbers), table, features, limits, shrunk, picked)


def _take_first(records: Records, most: int) -> tuple[Sequence[int], pa.Table]:
    numbers = range(most)
    try:  # to count first could mean to read all
        return numbers, records.take(numbers)
    except NoSuchRecord as error:
        return numbers[: error.count], records.take(numbers[: error.count])


def _look(
    records: Records, features: Mapping[str, Feature], among: int, picking: Callable[[int, int], None] | None
) -> Traits:
    """What tells the first records apart; they are read in order, some megabytes at a time."""
    teller, done = Teller(features), 0
    for table in records.tables(range(among), list(features)):
        teller.add(table)
        done += table.num_rows
        if picking:
            picking(done, among)
    if picking and done < among:
        picking(done, done)
    return teller.traits(range(done))


def shrink_table(
    table: pa.Table, features: Mapping[str, Feature], limits: Limits, names: Sequence[str]
) -> tuple[pa.Table, dict[str, int]]:
    """The same records within limits, and how many slots were made smaller, by column."""
    if not any(limits.words.values()):
        return table, {}
    arrays, shrunk = [], Counter[str]()
    for field_ in table.schema:
        feature = features[field_.name]
        kind = kind_of(feature)
        slots = to_values(table.column(field_.name))
        smaller = [
            None if value is None else kind.shrink(value, feature, limits, f"{name}/{field_.name}")
            for name, value in zip(names, slots, strict=True)
        ]
        shrunk[field_.name] += sum(before != after for before, after in zip(slots, smaller, strict=True))
        arrays.append(to_array(smaller, field_.type))
    return pa.table(arrays, schema=table.schema), {name: count for name, count in shrunk.items() if count}
