"""Folders of media files, as the folder builders of `datasets` read them: pictures with labels, or with a metadata file.

Labels are the names of the folders; a `metadata.csv`, `.jsonl` or `.parquet` gives columns, and names the files in
`file_name`, `*_file_name`, `file_names` or `*_file_names`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import features_of, to_storage
from tinydata.dataset.loader import Feature, arrow_type, is_text, item_feature
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.sources.csv_table import line_of, read_csv
from tinydata.dataset.sources.folder_splits import split_files, walk_files
from tinydata.dataset.sources.jsonl import JsonLines
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.media_names import relative_names
from tinydata.dataset.sources.parquet import ParquetRows
from tinydata.dataset.sources.source import Claim, Source, no_config, pick_split
from tinydata.errors import DamagedSource, UnknownSource

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
BESIDE = frozenset({"config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"})
"""Files that tell of a dataset and hold no records."""
_DATA_SUFFIXES = (".parquet", ".pq", ".arrow", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class _Metadata:
    """A metadata file: its columns as they stand there, and its rows."""

    path: Path
    features: dict[str, Feature]
    count: Callable[[], int]
    take: Callable[[Sequence[int]], pa.Table]
    line_of: Callable[[int], int | None]


def media_folder(name: str, kind: str, suffixes: frozenset[str]) -> Source:
    """A source of folders that hold one kind of media.

    Args:
        name: As `datasets` calls the builder.
        kind: The feature type, which in lower case names the column.
        suffixes: Of the files that are taken.
    """

    def is_medium(file: str) -> bool:
        return PurePosixPath(file).suffix.lower() in suffixes

    def claims(path: Path, head: bytes) -> Claim:
        if not path.is_dir() or any(_is_data(file) for file in path.iterdir()):
            return Claim.NO
        return Claim.GUESS if any(is_medium(file) for file in walk_files(path)) else Claim.NO

    def open_folder(path: Path, config: str | None, split: str | None) -> Records:
        no_config(path, config)
        files = [file for file in walk_files(path) if is_medium(file) or PurePosixPath(file).name in METADATA]
        splits = split_files(files)
        picked = str(pick_split(path, split, tuple(splits)))
        metadata = {part: [file for file in files if not is_medium(file)] for part, files in splits.items()}
        if any(metadata.values()):
            return _described(path, kind, metadata, picked)
        return _labelled(path, kind, splits, picked)

    return Source(name, claims, open_folder)


def _is_data(file: Path) -> bool:
    return file.suffix.lower() in _DATA_SUFFIXES and file.name not in (*METADATA, *BESIDE) and not file.name.startswith(".")


def _labelled(folder: Path, kind: str, splits: Mapping[str, list[str]], picked: str) -> Records:
    files, names = splits[picked], sorted({_label(folder, file) for part in splits.values() for file in part})
    features: dict[str, Feature] = {kind.lower(): {"_type": kind}}
    has_labels = _has_labels(folder, splits)
    if any(has_labels.values()):
        features["label"] = {"names": names, "_type": "ClassLabel"}

    def take(ids: Sequence[int]) -> pa.Table:
        check_ids(ids, len(files))
        chosen = [files[row] for row in ids]
        media = [{"bytes": (folder / file).read_bytes(), "path": file} for file in chosen]
        columns = {kind.lower(): pa.array(media, arrow_type({"_type": kind}))}
        if "label" in features:
            labels = [names.index(_label(folder, file)) if has_labels[picked] else None for file in chosen]
            columns["label"] = pa.array(labels, pa.int64())
        return to_storage(pa.table(columns), features)

    return Records(features, take, lambda: len(files), (), split=picked, splits=tuple(splits))


def _has_labels(folder: Path, splits: Mapping[str, list[str]]) -> dict[str, bool]:
    """Whether each split has labels: at its turn there are several folders, and all files lie equally deep.

    That the first of two splits without classes goes without, while the second is labelled by its own folder, is how
    `datasets` has it, and code that was written for what it loads shall run on ours.
    """
    labels: set[str] = set()
    depths: set[int] = set()
    found = {}
    for split, files in splits.items():
        labels |= {_label(folder, file) for file in files}
        depths |= {file.count("/") for file in files}
        found[split] = len(labels) > 1 and len(depths) == 1
    return found


def _label(folder: Path, file: str) -> str:
    return PurePosixPath(file).parent.name or folder.resolve().name


def _described(folder: Path, kind: str, metadata: Mapping[str, list[str]], picked: str) -> Records:
    suffixes = sorted({PurePosixPath(file).suffix for files in metadata.values() for file in files})
    if len(suffixes) > 1:
        raise UnknownSource(str(folder), f"its metadata files are of several sorts: {', '.join(suffixes)}")
    splits = tuple(split for split, files in metadata.items() if files)
    if picked not in splits:
        picked = str(pick_split(folder, None, splits))
    parts = [_read_metadata(folder / file) for file in sorted(metadata[picked])]
    first = parts[0]
    for part in parts[1:]:
        if part.features != first.features:
            raise DamagedSource(part.path, f"its columns differ from those of {first.path}")
    renamed = _media_columns(first, kind)
    names = {column: renamed.get(column, (column, None))[0] for column in first.features}
    if len(set(names.values())) != len(names):
        raise DamagedSource(first.path, "a column has the name that the one of its file names gets")
    features = {names[column]: renamed.get(column, (column, feature))[1] for column, feature in first.features.items()}

    def rows_of(part: _Metadata, ids: Sequence[int]) -> pa.Table:
        table = part.take(ids)
        for column in renamed:
            checked, missing = relative_names(table.column(column), part.path.parent)
            if missing is not None:
                row, file = missing
                raise DamagedSource(part.path, f"no file {file}", part.line_of(ids[row]))
            table = table.set_column(table.column_names.index(column), column, checked)
        return take_along(to_storage(table.rename_columns(list(names.values())), features), features, part.path)

    def take(ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for part in parts:
            count = part.count()
            here = [row - start for row in wanted if row < start + count]
            tables.append(rows_of(part, here))
            wanted, start = wanted[len(here) :], start + count
        check_ids(wanted, start)
        return pa.concat_tables(tables)

    count = lambda: sum(part.count() for part in parts)  # noqa: E731
    return Records(features, take, count, tuple(part.path for part in parts), split=picked, splits=splits)


def _media_columns(metadata: _Metadata, kind: str) -> dict[str, tuple[str, Any]]:
    """Columns of file names -> the media column that each becomes."""
    found: dict[str, tuple[str, Any]] = {}
    for column, feature in metadata.features.items():
        item = item_feature(feature)
        if column.endswith("file_name") and column.removesuffix("file_name")[-1:] in ("", "_") and is_text(feature):
            found[column] = (column.removesuffix("file_name").removesuffix("_") or kind.lower(), {"_type": kind})
        elif column.endswith("file_names") and column.removesuffix("file_names")[-1:] in ("", "_") and item is not None:
            if is_text(item):
                media = {**feature, "feature": {"_type": kind}} if isinstance(feature, Mapping) else [{"_type": kind}]
                found[column] = (column.removesuffix("file_names").removesuffix("_") or f"{kind.lower()}s", media)
    if not found:
        raise DamagedSource(metadata.path, "it has no column file_name, *_file_name, file_names or *_file_names of texts")
    return found


def _read_metadata(path: Path) -> _Metadata:
    if path.suffix == ".parquet":
        rows = ParquetRows(path)
        return _Metadata(path, features_of(rows.stated_schema), lambda: rows.count, rows.take, lambda row: None)
    if path.suffix == ".jsonl":
        lines = JsonLines(path, mixed=False)
        return _Metadata(path, lines.first.features(), lines.count, lines.take, lines.line_of)
    table = read_csv(path)
    return _Metadata(
        path,
        features_of(table.schema),
        lambda: table.num_rows,
        lambda ids: table.take(pa.array(ids, pa.int64())),
        lambda row: line_of(path, row),
    )
