"""Subset: the first records of a source, or a sample of them, as a repo that every `datasets` from 2.14 on loads."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath

from tinydata.atomic import new_folder, refuse_loss
from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records
from tinydata.dataset.sources import Parts, lone_file, open_source, source_parts
from tinydata.dataset.sources.source import no_config, paths_of, pick_split
from tinydata.dataset.subset.archive import is_archive, shorten
from tinydata.dataset.subset.repo import Counts, parquet_names, write_repo
from tinydata.dataset.subset.rows import drawn_rows, first_rows, write_rows
from tinydata.dataset.subset.where import find_rows
from tinydata.errors import BadCount, BadTarget, UnknownSource
from tinydata.fetch import File, RemoteFile
from tinydata.recipe import LIBRARIES, Recipe, note, relative, spell

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Subset:
    """A subset that was made.

    Args:
        path: The folder.
        recipe: How it was made.
        counts: The rows of each config and split.
        short: Those splits, each with its config, that hold fewer records than were asked for: all of them were taken.
        default: The config that loads where none is named; None where one has to be.
        size_bytes: What all files weigh.
        archive: The tarball or compressed file that was cut short, where the source is one.
        read_bytes: How much of that source was read.
    """

    path: Path
    recipe: Recipe
    counts: Counts
    short: tuple[tuple[str, str], ...]
    default: str | None
    size_bytes: int
    archive: str | None = None
    read_bytes: int | None = None


@dataclass
class _Taken:
    """What was taken out of a source, all configs and splits together."""

    features: Features = field(default_factory=Features)
    counts: Counts = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    files: list[Path | RemoteFile] = field(default_factory=list)
    address: str | None = None
    license: str | None = None
    citation: str | None = None
    default: str | None = None
    archive: str | None = None
    constants: dict[str, str] | None = None
    read_bytes: int | None = None


def parse_count(count: int | str) -> int:
    """Take a number of records as people write it.

    >>> parse_count("10k"), parse_count("1.5M"), parse_count(7)
    (10000, 1500000, 7)

    Raises:
        BadCount: It is none, or 0.
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([kKmM]?)", str(count), re.ASCII)
    zeros = {"": 0, "k": 3, "m": 6}[match[3].lower()] - len(match[2] or "") if match else -1
    number = int(match[1] + (match[2] or "")) * 10**zeros if match and zeros >= 0 else 0
    if not number:
        raise BadCount(count)
    return number


def subset(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    records: int | str,
    *,
    config: str | None = None,
    split: str | None = None,
    shuffle: bool = False,
    rng_seed: int = 0,
    where: str | None = None,
    lines: bool = False,
    revision: str | None = None,
    offline: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    fetching: Progress | None = None,
) -> Subset:
    """Make a dataset repo of the first records of each split of a source, or of a sample of them.

    Columns, types, config and split names stay, so that code which loads the source loads this with nothing but the name
    changed. Memory does not grow with the number of records.

    A tarball, or a compressed file of lines, is cut as it streams by, and read no further than its last record that is taken. The repo holds
    the shorter one, the same inside, so that a loading script of the source goes on working; and the rows beside, as Parquet. It
    is one split, train. A sample of one is in its order.

    Args:
        source: Whatever `unpack` takes.
        output: The folder to make.
        records: How many of each split: a number, `"10k"` or `"1.5M"`; all, where it has no more.
        config: Only this config; all where None.
        split: Only this split; all where None.
        shuffle: Take a uniform sample, in random order; the first of a larger sample are those of a smaller one.
        rng_seed: Where the random order starts.
        where: Take of those records alone that fit this SQL over the columns, as in ``lang = 'en'``; a tarball is not cut then, but
            read as a source.
        lines: Of a tarball of texts: a record is a line of one, rather than a whole one.
        revision, offline, fetching: See `unpack`.
        overwrite: Replace what lies at `output`.
        home: What the recipe's paths are relative to; by default the folder that holds `output`.
        progress: Called with the number of records written, of all that are asked for, and of the bytes read of a tarball.

    Raises:
        BadCount: `records` is no number of them.
        BadWhere: `where` is no expression over the columns.
        MissingExtra: duckdb, which `where` needs, is not installed.
        TargetExists: Something lies at `output`.
        BadTarget: `output` has a name that `datasets` below 4 takes for the loading script's, or holds the source.
        BadSource, RemoteError: The source cannot be read; nothing is made. Their subclasses say why.
    """
    count, target = min(parse_count(records), sys.maxsize), Path(output)
    home = home or target.parent
    if target.resolve().name == "loader":
        raise BadTarget(target, "`datasets` takes loader/loader.py for an old loading script and refuses the repo")
    refuse_loss(source, target, overwrite)
    import pyarrow.parquet  # noqa: F401 - here, since Ctrl-C is lost on an import of it

    with new_folder(target, overwrite=overwrite) as folder:
        seed = rng_seed if shuffle else None
        told = (lambda *done: progress(done[0], done[1], done[2])) if progress else (lambda *_: None)
        lone = None if where else lone_file(source, revision=revision, offline=offline, fetching=fetching)
        if lone is not None and is_archive(lone[0], lines=lines):
            no_config(str(source), config)
            pick_split(str(source), split, ())
            taken = _cut(*lone, folder, count, seed, lines, told)
        else:
            parts = source_parts(source, config=config, revision=revision, offline=offline, fetching=fetching)
            there = {"source": source, "revision": revision} if parts.address is None else {"source": parts.address}
            opened = partial(open_source, **there, offline=offline, fetching=fetching)
            taken = _take(str(source), parts, split, opened, folder, count, seed, where, told)
        words = spell(
            "subset",
            taken.address or relative(source, home),
            records=records,
            config=config,
            split=split,
            shuffle=shuffle,
            seed=seed or None,
            where=where,
            lines=lines,
        )
        title = target.resolve().name
        short = tuple(
            (label, part) for label, splits in taken.counts.items() for part in splits if splits[part] < count
        )
        write_repo(
            folder,
            template="subset-parquet" if taken.constants is None else "subset-tar",
            title=title,
            source=taken.address or Path(source).resolve().name,
            what=_which(count, seed, where, fewer=bool(short)),
            command=shlex.join(["tinydata", *words, "-o", title]),
            files=taken.names,
            counts=taken.counts,
            features=taken.features,
            default=taken.default,
            archive=taken.archive,
            constants=taken.constants,
            license=taken.license,
            citation=taken.citation,
        )
        recipe = note(
            (*words, "--output", title), taken.files, folder, home, [*LIBRARIES, "duckdb"] if where else LIBRARIES
        )
    return Subset(
        path=target,
        recipe=recipe,
        counts=taken.counts,
        short=short,
        default=taken.default,
        archive=taken.archive,
        read_bytes=taken.read_bytes,
        size_bytes=sum(file.stat().st_size for file in target.rglob("*") if file.is_file()),
    )


def _cut(
    file: File,
    address: str | None,
    folder: Path,
    count: int,
    rng_seed: int | None,
    lines: bool,
    told: Callable[[int, int, int], None],
) -> _Taken:
    """Write a shorter archive and its rows."""
    names = parquet_names({"default": ["train"]})
    archive, parquet = folder / PurePath(file.name).name, folder / names["default"]["train"]
    parquet.parent.mkdir()
    made = shorten(
        file,
        archive,
        parquet,
        count,
        rng_seed=rng_seed,
        lines=lines,
        told=lambda rows, read_bytes: told(rows, count, read_bytes),
    )
    return _Taken(
        made.features,
        {"default": {"train": made.rows}},
        names,
        [file] if isinstance(file, RemoteFile) else list(paths_of(file)),
        address=address,
        default="default",
        archive=archive.name,
        constants=made.constants,
        read_bytes=made.read_bytes,
    )


def _take(
    name: str,
    parts: Parts,
    split: str | None,
    open_part: Callable[..., Records],
    folder: Path,
    count: int,
    rng_seed: int | None,
    where: str | None,
    told: Callable[[int, int, int], None],
) -> _Taken:
    """Write the rows of all splits."""
    chosen = {config: [split] if split else list(splits) for config, splits in parts.configs.items()}
    taken = _Taken(names=parquet_names(chosen), default=parts.default)
    before, total = 0, count * sum(map(len, chosen.values()))
    for config, splits in chosen.items():
        for part in splits:
            records = open_part(config=config if parts.are_named else None, split=part)
            for refused in records.features.refused.values():
                raise refused
            ids = None if where is None else find_rows(records, where, count if rng_seed is None else None)
            if rng_seed is None:
                rows = first_rows(records, count, ids)
            else:
                rows = drawn_rows(records, count, rng_seed, folder, ids)
            path = folder / taken.names[config][part]
            path.parent.mkdir(exist_ok=True)
            done = 0
            for done in write_rows(path, records.features, rows):
                told(before + done, total, 0)
            if not done:  # `datasets` loads no empty split
                what = f"holds no record that fits {where!r}" if where else "holds no records"
                raise UnknownSource(name, f"split {part} of config {config} {what}" if total > count else what)
            before += done
            taken.counts.setdefault(config, {})[part] = done
            taken.features = taken.features or records.features
            taken.files += [file for file in records.files() if file not in taken.files]
            taken.address = taken.address or records.address
            taken.license, taken.citation = taken.license or records.license, taken.citation or records.citation
    return taken


def _which(count: int, rng_seed: int | None, where: str | None, *, fewer: bool) -> str:
    """Which records they are; whether a split has fewer."""
    those = (f" that fit `{where}`" if where else "") + (", or all where there are fewer" if fewer else "")
    if rng_seed is None:
        return f"the first {count:,} records of each split{those}"
    return f"{count:,} records of each split{those}, drawn at random (seed {rng_seed})"
