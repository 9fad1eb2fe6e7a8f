"""CSV files as tables, with the types that `datasets` gets from pandas."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from tinydata.dataset.sources.bytes_of import damage
from tinydata.errors import DamagedSource
from tinydata.fetch import LocalFile

_NULLS = ["None", "<NA>"]  # what pandas reads as null beside the list that pyarrow has


def read_csv(path: Path) -> pa.Table:
    """Read a CSV file with a header.

    Dates stay text, and a column of whole numbers with a hole in it is one of floats, both as in pandas. Other than pandas,
    text is `string`, and types are inferred from the whole file instead of its first ten thousand lines.

    Raises:
        DamagedSource: A line has another number of fields, or is not UTF-8; or the file is empty.
    """
    with damage(LocalFile(path)):
        table = _read(path, {})
        texts = {field.name: pa.string() for field in table.schema if _is_text(field.type)}
        if texts:
            table = _read(path, texts)
    columns = [
        column.cast(pa.float64()) if pa.types.is_integer(column.type) and column.null_count else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def line_of(path: Path, row: int) -> int:
    """The line that a row begins on, counted from 1; a quoted value may run over several."""
    import csv

    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        next(reader)
        line = reader.line_num
        for record in reader:
            if record:
                row -= 1
                if row < 0:
                    break
            line = reader.line_num
    return line + 1


def _read(path: Path, types: dict[str, pa.DataType]) -> pa.Table:
    from pyarrow import csv as arrow_csv

    convert = arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    convert.null_values = [*convert.null_values, *_NULLS]
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    table = arrow_csv.read_csv(
        path, read_options=arrow_csv.ReadOptions(use_threads=False), parse_options=parse, convert_options=convert
    )
    if len(set(table.column_names)) != table.num_columns:
        raise DamagedSource(path, "two columns of one name", 1)
    return table


def _is_text(sort: pa.DataType) -> bool:
    return bool(pa.types.is_temporal(sort) or pa.types.is_binary(sort) or pa.types.is_dictionary(sort))
