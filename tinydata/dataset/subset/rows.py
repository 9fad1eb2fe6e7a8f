"""Rows of a subset: streamed out of a source, in the order wanted, into a Parquet file."""

from __future__ import annotations

import base64
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa

from tinydata.dataset.loader import BATCH_BYTES, ROW_GROUP, Feature, parquet_leaves, schema_of, to_array, told_schema
from tinydata.dataset.records import Records
from tinydata.dataset.subset.sample import draw


def first_rows(records: Records, count: int, ids: Sequence[int] | None = None) -> Iterator[pa.Table]:
    """The first of the records, or of those with these ascending ids; fewer where there are no more."""
    return records.tables(range(count) if ids is None else ids[:count])


def drawn_rows(
    records: Records, count: int, rng_seed: int, scratch: Path, ids: Sequence[int] | None = None
) -> Iterator[pa.Table]:
    """Records drawn at random, in the order in which they were drawn; all, shuffled, where there are no more.

    They are read in the order of the source, put down in a file, and taken from there in their own: memory does not grow.

    Args:
        records: The source.
        count: How many.
        rng_seed: See `draw`.
        scratch: A folder for the file.
        ids: Ascending ids of those among which to draw; all where None.
    """
    drawn = draw(count, records.count() if ids is None else len(ids), rng_seed)
    order = np.argsort(drawn, kind="stable")
    wanted = [int(number) if ids is None else ids[number] for number in drawn[order]]
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    schema = schema_of(records.features)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        file = Path(folder) / "rows.arrow"
        with pa.ipc.new_file(file, schema) as written:
            for table in records.tables(wanted):
                written.write_table(table.cast(schema))
        with pa.memory_map(str(file)) as mapped, pa.ipc.open_file(mapped) as batches:
            yield from _in_order(batches, places)


def write_rows(path: Path, features: Mapping[str, Feature], tables: Iterable[pa.Table]) -> Iterator[int]:
    """Write rows as Parquet, as all versions of `datasets` read it; gives the number of those written so far.

    Args:
        path: The file.
        features: Of the rows.
        tables: The rows, in storage types.
    """
    import pyarrow.parquet as pq

    schema, told = schema_of(features), told_schema(features)
    leaves = [leaf for field in schema for leaf in parquet_leaves(field.name, field.type, (field.name,))]
    plain = [name for name, leaf, _ in leaves if "binary" not in str(leaf)]  # neither a minimum nor a word for pictures
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        store_schema=False,
        write_page_index=True,
        use_dictionary=plain,
        write_statistics=plain,
    )
    done = 0
    try:
        for group in _grouped(schema, tables):
            writer.write_table(group, ROW_GROUP)
            done += group.num_rows
            yield done
        stored = base64.b64encode(told.serialize().to_pybytes())
        writer.add_key_value_metadata({**(told.metadata or {}), b"ARROW:schema": stored})
    finally:
        writer.close()


def _in_order(batches: pa.ipc.RecordBatchFileReader, places: np.ndarray) -> Iterator[pa.Table]:
    """The rows at these places of a file, in this order, in tables of some megabytes."""
    read = [batches.get_batch(number) for number in range(batches.num_record_batches)]
    ends = list(accumulate(batch.num_rows for batch in read))
    row_bytes = max(1, sum(batch.nbytes for batch in read) // max(1, len(places)))
    size = max(1, min(ROW_GROUP, BATCH_BYTES // row_bytes))
    for start in range(0, len(places), size):
        here = places[start : start + size]
        inner = np.argsort(here, kind="stable")
        by_batch: dict[int, list[int]] = {}
        for place in here[inner].tolist():
            number = bisect_right(ends, place)
            by_batch.setdefault(number, []).append(place - (ends[number] - read[number].num_rows))
        # Each batch by itself: a take from all of them at once would first put all of them together.
        parts = [read[number].take(to_array(rows, pa.int64())) for number, rows in by_batch.items()]
        back = np.empty(len(here), np.int64)
        back[inner] = np.arange(len(here))
        yield pa.Table.from_batches(parts).combine_chunks().take(to_array(back.tolist(), pa.int64()))


def _grouped(schema: pa.Schema, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows in tables of 10,000, fewer where they are large."""
    waiting: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        start = 0
        while start < table.num_rows:
            part = table.slice(start, ROW_GROUP - rows)
            waiting.append(part)
            start, rows, size = start + part.num_rows, rows + part.num_rows, size + part.nbytes
            if rows == ROW_GROUP or size >= BATCH_BYTES:
                yield pa.concat_tables(waiting).cast(schema)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting).cast(schema)
