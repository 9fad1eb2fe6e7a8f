"""The metadata file of a folder of media: its columns, its rows, and which columns name files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features, features_of
from tinydata.dataset.loader import Feature, is_text, item_feature
from tinydata.dataset.sources.csv import CsvRows
from tinydata.dataset.sources.jsonl import JsonLines
from tinydata.dataset.sources.parquet import ParquetRows
from tinydata.errors import DamagedSource
from tinydata.fetch import LocalFile

METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True)
class Metadata:
    """A metadata file: its columns as they stand there, and its rows."""

    path: Path
    features: Features
    count: Callable[[], int]
    take: Callable[[Sequence[int]], pa.Table]
    line_of: Callable[[int], int | None]


def read_metadata(path: Path) -> Metadata:
    """Open a metadata file; its suffix says what it is.

    Raises:
        DamagedSource: It is not what it says.
    """
    if path.suffix == ".parquet":
        rows = ParquetRows(LocalFile(path))
        return Metadata(path, features_of(rows.stated_schema), lambda: rows.count, rows.take, lambda _: None)
    if path.suffix == ".jsonl":
        lines = JsonLines(LocalFile(path), mixed=False)
        return Metadata(path, lines.first.features(), lines.count, lines.take, lines.line_of)
    table = CsvRows(LocalFile(path))
    return Metadata(path, features_of(table.first.schema), table.count, table.take, table.line_of)


def media_columns(metadata: Metadata, kind: str) -> dict[str, tuple[str, Feature]]:
    """Columns of file names -> the name and the feature of the media column that each becomes.

    Raises:
        DamagedSource: There is none.
    """
    found: dict[str, tuple[str, Feature]] = {}
    media = {"_type": kind}
    for column, feature in metadata.features.items():
        one, many = _stem(column, "file_name"), _stem(column, "file_names")
        item = item_feature(feature)
        if one is not None and is_text(feature):
            found[column] = (one or kind.lower(), media)
        elif many is not None and item is not None and is_text(item):
            listed = {**feature, "feature": media} if isinstance(feature, Mapping) else [media]
            found[column] = (many or f"{kind.lower()}s", listed)
    if not found:
        problem = "no column file_name, *_file_name, file_names or *_file_names holds texts"
        raise DamagedSource(metadata.path, problem)
    return found


def _stem(column: str, ending: str) -> str | None:
    if column == ending:
        return ""
    return column.removesuffix(f"_{ending}") if column.endswith(f"_{ending}") else None
