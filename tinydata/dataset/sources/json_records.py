"""Records of JSON objects once they are read: features, media columns, and rows in storage types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features, to_storage
from tinydata.dataset.records import Records
from tinydata.dataset.sources.json_types import Inferred
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.media_names import find_media, relative_names
from tinydata.errors import DamagedSource, UnknownSource


def json_records(
    path: Path,
    first: Inferred,
    rows: Callable[[Sequence[int]], pa.Table],
    count: Callable[[], int],
    line_of: Callable[[int], int | None],
    split: str | None,
) -> Records:
    """Put records together.

    Args:
        path: The file.
        first: Its records, or the first of them.
        rows: Ids -> rows in the types of `first`.
        count: The number of records.
        line_of: Id -> its line, where there are lines.
        split: The split that was asked for.

    Raises:
        UnknownSource: The records have no columns.
    """
    if not first.table.num_columns:
        raise UnknownSource(str(path), "its records have no columns" if first.table.num_rows else "it holds no records")
    plain = first.features()
    features = Features(find_media(first.table, plain, path.parent), plain.refused)
    media = [name for name, feature in features.items() if feature != plain[name]]

    def take(ids: Sequence[int]) -> pa.Table:
        table = rows(ids)
        for name in media:
            column, missing = relative_names(table.column(name), path.parent)
            if missing is not None:
                row, file = missing
                raise DamagedSource(path, f"column {name!r} names {file}, which is no file here", line_of(ids[row]))
            table = table.set_column(table.column_names.index(name), name, column)
        return take_along(to_storage(table, features), features, path)

    return Records(features, take, count, lambda: (path,), split=split)
