"""Generate: seeds become any number of rows, as Arrow batches or as files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tinydata.atomic import new_folder
from tinydata.card import features_card
from tinydata.dataset import loader
from tinydata.dataset.formats import FORMATS, Shard
from tinydata.dataset.formats.proof import prove
from tinydata.dataset.loader import Seeds, WordError
from tinydata.dataset.seeds import keep_apart, read_seeds
from tinydata.errors import BadSize, BadStamp, BadVariant, NothingToStamp, UnfitFormat, UnknownFormat
from tinydata.recipe import NAME, Recipe, note, own_files, relative, spell

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Generated:
    """Files that were made.

    Args:
        path: The folder.
        recipe: How they were made.
        files: Their paths, in the order of the rows.
        rows: Rows in all of them.
        stamp: The text that is numbered, as a dotted path; None for a repeat variant.
        size_bytes: What they weigh.
    """

    path: Path
    recipe: Recipe
    files: tuple[Path, ...]
    rows: int
    stamp: str | None
    size_bytes: int


def parse_variant(variant: str) -> tuple[int, bool]:
    """Take `10k.unique` apart: (10000, True).

    Raises:
        BadVariant: It is not SIZE.unique or SIZE.repeat.

    >>> parse_variant("1.5M.repeat")
    (1500000, False)
    """
    try:
        return loader.parse_variant(variant)
    except WordError:
        raise BadVariant(variant) from None


def find_stamp(seeds: Seeds, stamp: str | None, unique: bool) -> tuple[str, ...]:
    """The way to the text that is numbered; empty for a repeat variant.

    Raises:
        BadStamp: `stamp` leads to no text.
        NothingToStamp: There is none, and rows shall be unique.
    """
    try:
        return loader.find_stamp(seeds.features, stamp) if unique else ()
    except WordError as error:
        if stamp is None:
            raise NothingToStamp(seeds.features) from None
        raise BadStamp(stamp, str(error).split(": ", 1)[1]) from None


def generate(
    seeds: Seeds | str | os.PathLike[str], variant: str, *, stamp: str | None = None
) -> Iterator[pa.RecordBatch]:
    """Generate the rows of a variant; memory does not grow with their number.

    Args:
        seeds: Seeds, or the folder or pack to read them from.
        variant: `SIZE.unique` or `SIZE.repeat`, as in `100.unique`, `10k.repeat`, `1.5M.unique`. Row j is seed j % n; in a
            unique one its number, padded to one width, stands over the end of its text.
        stamp: Which text to number, as a dotted path; by default `text`, else the first.

    Returns:
        Record batches of at most 10,000 rows in the seeds' schema, in storage types, with the features in its metadata.

    Raises:
        BadVariant: It is not SIZE.unique or SIZE.repeat.
        BadSeed: A file of the seeds breaks a rule of the layout.
        BadStamp: `stamp` leads to no text.
        NothingToStamp: No column holds a text.
    """
    rows, unique = parse_variant(variant)
    seeds = seeds if isinstance(seeds, Seeds) else read_seeds(seeds)
    find_stamp(seeds, stamp, unique)
    return loader.batches(seeds, rows, unique, stamp=stamp)


def generate_files(
    seeds: str | os.PathLike[str],
    variant: str,
    output: str | os.PathLike[str],
    *,
    format: str = "parquet",
    shards: int = 1,
    stamp: str | None = None,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Progress | None = None,
) -> Generated:
    """Generate the rows of a variant as files in a new folder.

    Args:
        seeds: A folder of seeds or a pack.
        variant: See `generate`.
        output: The folder to make.
        format: `parquet`, `arrow`, `jsonl`, `csv`, `webdataset`, `imagefolder`, `audiofolder` or `videofolder`. Where files do
            not tell their types, a card beside them does.
        shards: How many files to spread the rows over; a folder is always one.
        stamp: See `generate`.
        overwrite: Replace what lies at `output`.
        home: What the recipe's paths are relative to; by default the folder that holds `output`.
        progress: Called with the number of rows written and of all.

    Raises:
        TargetExists: Something lies at `output`.
        BadSize: Fewer than one shard, or more than there are rows.
        UnknownFormat: There is no such format.
        UnfitFormat: It cannot hold a column, or its usual reader would not give back what went in, or shards in their order;
            nothing is made.
        BadVariant, BadSeed, BadStamp, NothingToStamp: See `generate`.
    """
    rows, unique = parse_variant(variant)
    if format not in FORMATS:
        raise UnknownFormat(format, FORMATS)
    kind, target = FORMATS[format], Path(output)
    if not 1 <= shards <= rows:
        raise BadSize("shards", shards, rows)
    if shards > 1 and not kind.suffix:
        raise UnfitFormat(
            format, None, f"{shards} shards would be as many folders, and `datasets` keeps these in no order"
        )
    home = home or target.parent
    keep_apart(seeds, target, overwrite)
    import pyarrow.parquet  # noqa: F401 - here, since Ctrl-C is lost on an import of it

    with new_folder(target, overwrite=overwrite) as folder:
        read = read_seeds(seeds)
        way = find_stamp(read, stamp, unique)

        few = loader.batches(read, min(rows, len(read.names)), unique, stamp=stamp, total=rows)
        prove(kind, read, list(few), way, rows)
        names = []
        for shard in range(shards):
            first, last = rows * shard // shards, rows * (shard + 1) // shards
            batches = loader.batches(
                read, last - first, unique, stamp=stamp, start=first, total=rows, encode=kind.encode
            )
            names.append(f"train-{shard:05}-of-{shards:05}{kind.suffix}" if kind.suffix else "train")
            kind.write(Shard(folder / names[-1], read, _counted(batches, first, rows, progress), way, first, rows))
        if kind.told:
            (folder / "README.md").write_bytes(features_card(kind.told(read), f"*{kind.suffix}").encode())
        named = format if format != "parquet" else None
        command = spell("generate", relative(seeds, home), variant, format=named, shards=shards, stamp=stamp)
        recipe = note(command, [Path(seeds)], folder, home)
    files = tuple(target / name for name in names)
    size_bytes = sum(file.stat().st_size for file in own_files(target) if file.name != NAME)
    return Generated(target, recipe, files, rows, ".".join(way) or None, size_bytes)


def _counted(
    batches: Iterable[pa.RecordBatch], done: int, rows: int, progress: Progress | None
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        done += len(batch)
        if progress:
            progress(done, rows)
