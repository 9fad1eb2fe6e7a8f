"""Records of JSON objects once they are read: features, media columns, and rows in storage types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from tinydata.dataset.columns import Features, to_storage
from tinydata.dataset.records import Records
from tinydata.dataset.sources.json_types import Inferred
from tinydata.dataset.sources.local_media import folder_of, take_along
from tinydata.dataset.sources.media_names import find_media, relative_names
from tinydata.dataset.sources.source import paths_of
from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import File


def json_records(
    file: File,
    first: Inferred,
    rows: Callable[[Sequence[int]], pa.Table],
    count: Callable[[], int],
    line_of: Callable[[int], int | None],
    untyped: frozenset[str] = frozenset(),
    scan: Callable[[Sequence[int]], Iterator[pa.Table]] | None = None,
) -> Records:
    """Put records together.

    Args:
        file: The file.
        first: Its records, or the first of them.
        rows: Ids -> rows in the types of `first`.
        count: The number of records.
        line_of: Id -> its line, where there are lines.
        untyped: See `Records`.
        scan: See `Records`; rows in the types of `first`.

    Raises:
        UnknownSource: The records have no columns.
    """
    if not first.table.num_columns:
        raise UnknownSource(file.name, "its records have no columns" if first.table.num_rows else "it holds no records")
    plain = first.features()
    folder = folder_of(file)
    features = Features(find_media(first.table, plain, folder) if folder else plain, plain.refused)
    media = [name for name, feature in features.items() if feature != plain[name]]

    def take(ids: Sequence[int]) -> pa.Table:
        return dressed(rows(ids), ids)

    def dressed(table: pa.Table, ids: Sequence[int]) -> pa.Table:
        for name in media:
            assert folder is not None
            column, missing = relative_names(table.column(name), folder)
            if missing is not None:
                row, other = missing
                problem = f"column {name!r} names {other}, which is no file here"
                raise DamagedSource(file.name, problem, line_of(ids[row]))
            table = table.set_column(table.column_names.index(name), name, column)
        return take_along(to_storage(table, features), features, file)

    def streamed(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        assert scan is not None
        done = 0
        for table in scan(ids):
            rows = dressed(table, ids[done : done + table.num_rows])
            done += table.num_rows
            yield rows if columns is None else rows.select(list(columns))

    return Records(
        features, take, count, lambda: paths_of(file), untyped=untyped, scan=streamed if scan is not None else None
    )
