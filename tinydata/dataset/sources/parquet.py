"""Parquet files: the pages that hold the rows, or, where a file is unusual, the row groups read in order."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import features_of, to_storage
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.sources.bytes_of import damage, read_exact, read_upto
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.nested import plain_schema, plain_table
from tinydata.dataset.sources.parquet_leaves import Unusual
from tinydata.dataset.sources.parquet_pages import MAGIC, PageReader, parse_footer
from tinydata.dataset.sources.source import Claim, Source, check_names, no_config, pick_split
from tinydata.dataset.sources.thrift import Struct
from tinydata.errors import DamagedSource, UnknownSource

_TAIL = 64 << 10  # holds the footer of most files, and in one read
_BIG_FOOTER = 4 << 20  # in Python such a footer takes a second to read; row groups are then many, so each is small
_BATCH_BYTES = 4 << 20


class ParquetRows:
    """The rows of one Parquet file, by number.

    Raises:
        DamagedSource: The file breaks off or is no Parquet.
    """

    def __init__(self, path: Path) -> None:
        from pyarrow import parquet

        self._path = path
        with damage(path):
            with path.open("rb", buffering=0) as file:
                self._footer = _read_footer(path, file)
            self._meta = _parsed(path, self._footer) if len(self._footer) <= _BIG_FOOTER else None
            # pyarrow reads a footer from the end of whatever it is given: no second visit to the file.
            whole = MAGIC + self._footer + struct.pack("<I", len(self._footer)) + MAGIC
            self._metadata = parquet.read_metadata(io.BytesIO(whole))
            self.stated_schema = self._metadata.schema.to_arrow_schema()
            self.schema = plain_schema(self.stated_schema)
        check_names(path, self.schema.names)
        self.count = self._metadata.num_rows
        self._groups = [self._metadata.row_group(at).num_rows for at in range(self._metadata.num_row_groups)]
        if sum(self._groups) != self.count:
            raise DamagedSource(path, "the row groups do not add up to the rows of the file")

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids, in plain types."""
        check_ids(ids, self.count)
        with damage(self._path), self._path.open("rb", buffering=0) as file:
            pages = self._page_reader(file)
            tables = [self._take_group(pages, group, rows) for group, rows in _by_group(self._groups, ids)]
            table = pa.concat_tables(tables) if tables else self.schema.empty_table()
            table.validate(full=True)  # pages do not promise that a text is UTF-8
        return table

    def _page_reader(self, file: io.FileIO) -> PageReader | None:
        if self._meta is None:
            return None

        try:
            return PageReader(partial(read_exact, file), self._meta, self.schema)
        except Unusual:
            return None

    def _take_group(self, pages: PageReader | None, group: int, rows: Sequence[int]) -> pa.Table:
        few = len(rows) * 2 < self._groups[group]  # of most pages pyarrow makes rows faster
        columns = pages.take(group, rows) if few and pages is not None else {}
        left = [name for name in self.schema.names if name not in columns]
        if left:
            try:
                table = self._in_order(group, rows, left, buffer_size=_TAIL)
            except pa.ArrowInvalid:  # pyarrow 18 trips over its own buffer where pages are small
                table = self._in_order(group, rows, left, buffer_size=0)
            columns |= {name: table.column(name) for name in left}
        return pa.table([columns[name] for name in self.schema.names], schema=self.schema)

    def _in_order(self, group: int, rows: Sequence[int], names: Sequence[str], *, buffer_size: int) -> pa.Table:
        """Read these columns of a row group from its start up to the last of these rows."""
        from pyarrow import parquet

        schema = pa.schema([self.schema.field(name) for name in names])
        tables, wanted, start = [], list(rows), 0
        with parquet.ParquetFile(
            self._path, pre_buffer=False, buffer_size=buffer_size, page_checksum_verification=True
        ) as file:
            # pyarrow takes "a.b" for the field b of a, too; then all are read, and the right ones picked.
            selected = None if any("." in name for name in self.schema.names) else list(names)
            for batch in file.iter_batches(self._batch_rows(group, names, rows), [group], selected, use_threads=False):
                end = start + batch.num_rows
                here = [row - start for row in wanted if row < end]
                if here:
                    found = pa.Table.from_batches([batch]).select(list(names))
                    if len(here) < len(found):
                        found = found.take(to_array(here, pa.int64()))
                    tables.append(plain_table(found, schema))
                    wanted = wanted[len(here) :]
                start = end
                if not wanted:
                    break
        if wanted:
            raise DamagedSource(self._path, f"row group {group} ends before its row {wanted[0]}")
        return pa.concat_tables(tables)

    def _batch_rows(self, group: int, names: Sequence[str], rows: Sequence[int]) -> int:
        """So many rows that a batch is a few megabytes, and never more than are needed."""
        if self._meta is None:
            size = int(self._metadata.row_group(group).total_byte_size)
        else:  # not by pyarrow's own account of a column: where that is damaged, it ends the process
            heads = {name.encode() for name in names}
            chunks = [chunk[3][1] for chunk in self._meta[4][1][1][group][1][1][1]]
            size = sum(int(chunk[6][1]) for chunk in chunks if chunk[3][1][1][0] in heads)
        row_bytes: int = max(1, size // max(1, self._groups[group]))
        return max(1, min(_BATCH_BYTES // row_bytes, rows[-1] + 1, 1 << 16))


def open_parquet(path: Path, config: str | None, split: str | None) -> Records:
    """Open one Parquet file."""
    no_config(path, config)
    pick_split(path, split, ())
    rows = ParquetRows(path)
    features = features_of(rows.stated_schema)

    def take(ids: Sequence[int]) -> pa.Table:
        return take_along(to_storage(rows.take(ids), features), features, path)

    return Records(features, take, lambda: rows.count, lambda: (path,), split=split)


def _claims(path: Path, head: bytes) -> Claim:
    if head.startswith((MAGIC, b"PARE")):
        return Claim.CONTENT
    return Claim.SUFFIX if path.suffix.lower() in (".parquet", ".pq") and path.is_file() else Claim.NO


def _parsed(path: Path, footer: bytes) -> Struct:
    try:
        return parse_footer(footer)
    except ValueError as error:
        raise DamagedSource(path, str(error)) from error


def _read_footer(path: Path, file: io.FileIO) -> bytes:
    size = file.seek(0, io.SEEK_END)
    tail = read_upto(file, max(0, size - _TAIL), _TAIL)
    head = read_upto(file, 0, 4)
    if b"PARE" in (head, tail[-4:]):
        raise UnknownSource(str(path), "an encrypted Parquet file")
    if size < 12 or head != MAGIC:
        raise DamagedSource(path, "no Parquet file: it does not begin with PAR1")
    if tail[-4:] != MAGIC:
        raise DamagedSource(path, "the Parquet file breaks off: it does not end with PAR1")
    length: int = struct.unpack("<I", tail[-8:-4])[0]
    if length > size - 12:
        raise DamagedSource(path, "the Parquet file's footer is damaged")
    if length + 8 > len(tail):
        return read_exact(file, size - 8 - length, length)
    return tail[-8 - length : -8]


def _by_group(groups: Sequence[int], ids: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    start, place = 0, 0
    for group, count in enumerate(groups):
        rows = []
        while place < len(ids) and ids[place] < start + count:
            rows.append(ids[place] - start)
            place += 1
        if rows:
            yield group, rows
        start += count


PARQUET = Source(name="Parquet", claims=_claims, open=open_parquet, lone=True)
