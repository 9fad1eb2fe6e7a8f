"""Proof that a format's usual reader gives back what went in: a column that does not come back is refused by name."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.loader import Seeds, arrow_type
from tinydata.dataset.support import types_of
from tinydata.dataset.values import to_values
from tinydata.errors import UnfitFormat


def prove(format: Format, seeds: Seeds, rows: Sequence[pa.RecordBatch], stamp: tuple[str, ...], total: int) -> None:
    """Write some rows and see whether the format's usual reader gives them back; JSON is left out, which every reader keeps.

    Args:
        format: One that has a `read`.
        seeds: What the rows were generated from.
        rows: The first of them.
        stamp: The way to the stamped text.
        total: How many rows there will be.

    Raises:
        UnfitFormat: They do not come back, or the format cannot hold them.
    """
    features = {column: feature for column, feature in seeds.features.items() if "Json" not in types_of(feature)}
    if not features or format.read is None or format.told is None:
        return
    told, columns = format.told(seeds), list(features)
    kept = seeds._replace(features=features, table=seeds.table.select(columns))
    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        path = Path(scratch, f"rows{format.suffix}")
        format.write(Shard(path, kept, [batch.select(columns) for batch in rows], stamp, 0, total))
        read = format.read(path)
    written = pa.Table.from_batches(rows)
    if len(read) != len(written):
        raise UnfitFormat(format.name, None, f"of {len(written)}, its readers see {len(read)}")
    for column, feature in features.items():
        if told[column] != feature:
            continue  # a medium, told as the name of its file
        try:
            came = to_values(read.column(column).cast(arrow_type(feature)))
        except KeyError:  # no row has it
            came = [None] * len(read)
        except pa.ArrowException as error:
            taken = read.column(column).type
            raise UnfitFormat(format.name, column, f"its readers take it for {taken}") from error
        for place, (before, after) in enumerate(zip(to_values(written.column(column)), came, strict=True)):
            if not _is_same(before, after):
                seed = seeds.names[place % len(seeds.names)]
                raise UnfitFormat(format.name, column, f"{_short(before)} of seed {seed} comes back as {_short(after)}")


def _is_same(before: Any, after: Any) -> bool:
    if isinstance(before, float) and isinstance(after, float):
        return abs(before - after) <= abs(before) * 1e-15  # a fast reader of numbers may round the last bit otherwise
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_is_same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return all(_is_same(value, after[name]) for name, value in before.items())
    return bool(before == after)


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
