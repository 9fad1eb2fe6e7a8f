"""Folders of media files, as the folder builders of `datasets` read them: pictures with labels, or with a metadata file.

Labels are the names of the folders; a `metadata.csv`, `.jsonl` or `.parquet` gives columns, and names the files in
`file_name`, `*_file_name`, `file_names` or `*_file_names`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import basename, dirname, splitext

import pyarrow as pa

from tinydata.dataset.columns import Features, to_storage
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.sources.folder_metadata import METADATA, Metadata, media_columns, read_metadata
from tinydata.dataset.sources.layout import default_patterns, resolve
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.media_names import relative_names
from tinydata.dataset.sources.source import Claim, PlaceSource, no_config, pick_split
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import LocalFile, walk_files

BESIDE = frozenset({"config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"})
"""Files that tell of a dataset and hold no records."""
_DATA_SUFFIXES = (".parquet", ".pq", ".arrow", ".json", ".jsonl", ".ndjson")


def media_folder(name: str, kind: str, suffixes: frozenset[str]) -> PlaceSource:
    """A source of folders that hold one kind of media.

    Args:
        name: As `datasets` calls the builder.
        kind: The feature type, which in lower case names the column.
        suffixes: Of the files that are taken.
    """

    def is_medium(file: str) -> bool:
        return _end(file) in suffixes

    def claims(path: Path, names: Sequence[str]) -> Claim:
        ends = Counter(_end(file) for file in names if basename(file) not in (*METADATA, *BESIDE))
        media, data = (sum(ends[end] for end in known) for known in (suffixes, _DATA_SUFFIXES))
        if (
            media <= data or ".null" in ends
        ):  # a dataset repo has a picture, too; seeds may lose their dataset_info.json
            return Claim.NO
        lie_open = (file for file in names if "/" not in file and file not in (*METADATA, *BESIDE))
        return Claim.NO if any(_end(file) in _DATA_SUFFIXES for file in lie_open) else Claim.GUESS

    def open_folder(path: Path, config: str | None, split: str | None) -> Records:
        no_config(path, config)
        files = [file for file in walk_files(path) if is_medium(file) or basename(file) in METADATA]
        splits = {part: resolve(files, wanted) for part, wanted in default_patterns(files).items()}
        return open_media(path, kind, splits, split)

    return PlaceSource(name, claims, open_folder)


def open_media(
    path: Path,
    kind: str,
    splits: Mapping[str, Sequence[str]],
    split: str | None,
    get: Callable[[Sequence[str]], object] = tuple,
    *,
    drop_labels: bool | None = None,
    drop_metadata: bool = False,
) -> Records:
    """Open media files, and the metadata files beside them.

    Args:
        path: The folder.
        kind: The feature type of the media.
        splits: The files of each split, by their paths inside.
        split: The split to open; train, else the first, where None.
        get: Called with the files that are read next, so that they may be fetched.
        drop_labels: Whether the names of folders are no labels; None where the folders tell.
        drop_metadata: Whether the metadata files are left out.
    """
    metadata = {part: [file for file in files if basename(file) in METADATA] for part, files in splits.items()}
    metadata = {part: files for part, files in metadata.items() if files}
    drop_labels = True if metadata else drop_labels
    metadata = {} if drop_metadata else metadata
    picked = str(pick_split(path, split, tuple(metadata or splits)))
    if metadata:
        return _described(path, kind, metadata, picked, get)
    media = {part: [file for file in files if basename(file) not in METADATA] for part, files in splits.items()}
    return _labelled(path, kind, media, picked, get, drop_labels)


def _end(file: str) -> str:
    """What its name has from the last dot on, in small letters."""
    return file[file.rfind(".") :].lower()


def _labelled(
    folder: Path,
    kind: str,
    splits: Mapping[str, Sequence[str]],
    picked: str,
    get: Callable[[Sequence[str]], object],
    drop_labels: bool | None,
) -> Records:
    files, names = splits[picked], sorted(set().union(*(_labels(folder, part) for part in splits.values())))
    features = Features({kind.lower(): {"_type": kind}})
    has_labels = _has_labels(folder, splits) if drop_labels is None else dict.fromkeys(splits, not drop_labels)
    if list(has_labels.values())[-1:] == [True]:  # `datasets` asks last of all
        features["label"] = {"names": names, "_type": "ClassLabel"}

    def take(ids: Sequence[int]) -> pa.Table:
        check_ids(ids, len(files))
        chosen = [files[row] for row in ids]
        get(chosen)
        media = [
            to_array([(folder / file).read_bytes() for file in chosen], pa.binary()),
            to_array(chosen, pa.string()),
        ]
        columns = {kind.lower(): pa.StructArray.from_arrays(media, ["bytes", "path"])}
        if "label" in features:
            labels = [names.index(_label(folder, file)) if has_labels[picked] else None for file in chosen]
            columns["label"] = to_array(labels, pa.int64())
        return to_storage(pa.table(columns), features)

    return Records(features, take, lambda: len(files), tuple, split=picked, splits=tuple(splits))


def _has_labels(folder: Path, splits: Mapping[str, Sequence[str]]) -> dict[str, bool]:
    """Whether each split has labels: at its turn there are several folders, and all files lie equally deep.

    That the first of two splits without classes goes without, while the second is labelled by its own folder, is how
    `datasets` has it, and code that was written for what it loads shall run on ours.
    """
    labels: set[str] = set()
    depths: set[int] = set()
    found = {}
    for split, files in splits.items():
        labels |= _labels(folder, files)
        depths |= {file.count("/") for file in files}
        found[split] = len(labels) > 1 and len(depths) == 1
    return found


def _labels(folder: Path, files: Iterable[str]) -> set[str]:
    return {_label(folder, file) for file in {dirname(file): file for file in files}.values()}


def _label(folder: Path, file: str) -> str:
    return basename(dirname(file)) or folder.resolve().name


def _described(
    folder: Path, kind: str, metadata: Mapping[str, list[str]], picked: str, get: Callable[[Sequence[str]], object]
) -> Records:
    suffixes = sorted({splitext(file)[1] for files in metadata.values() for file in files})
    if len(suffixes) > 1:
        raise UnknownSource(str(folder), f"its metadata files are of several sorts: {', '.join(suffixes)}")
    get(metadata[picked])
    parts = [read_metadata(folder / file) for file in sorted(metadata[picked])]
    first = parts[0]
    for part in parts[1:]:
        if part.features != first.features:
            raise DamagedSource(part.path, f"its columns differ from those of {first.path}")
    renamed = media_columns(first, kind)
    names = {column: renamed.get(column, (column, None))[0] for column in first.features}
    if len(set(names.values())) != len(names):
        raise DamagedSource(first.path, "a column has the name that the one of its file names gets")
    features = Features(
        {names[column]: renamed.get(column, (column, feature))[1] for column, feature in first.features.items()},
        first.features.refused,
    )

    def rows_of(part: Metadata, ids: Sequence[int]) -> pa.Table:
        table = part.take(ids)
        beside = part.path.parent.relative_to(folder)
        get([(beside / name).as_posix() for column in renamed for name in _names(table.column(column))])
        for column in renamed:
            checked, missing = relative_names(table.column(column), part.path.parent)
            if missing is not None:
                row, file = missing
                raise DamagedSource(part.path, f"no file {file}", part.line_of(ids[row]))
            table = table.set_column(table.column_names.index(column), column, checked)
        return take_along(
            to_storage(table.select(list(names)).rename_columns(list(names.values())), features),
            features,
            LocalFile(part.path),
        )

    def take(ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for part in parts[:-1]:
            end = start + part.count()
            here = [row - start for row in wanted if row < end]
            tables.append(rows_of(part, here))
            wanted, start = wanted[len(here) :], end
        try:
            tables.append(rows_of(parts[-1], [row - start for row in wanted]))
        except NoSuchRecord as past:
            raise NoSuchRecord(int(past.record_id) + start, past.count + start) from None
        return pa.concat_tables(tables)

    def count() -> int:
        return sum(part.count() for part in parts)

    return Records(
        features, take, count, lambda: tuple(part.path for part in parts), split=picked, splits=tuple(metadata)
    )


def _names(column: pa.ChunkedArray) -> Iterator[str]:
    for value in column.to_pylist():
        yield from (name for name in (value if isinstance(value, list) else [value]) if name is not None)
