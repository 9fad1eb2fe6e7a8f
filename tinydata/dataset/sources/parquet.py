"""Parquet files: the pages that hold the rows, or, where a file is unusual, the row groups read in order."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from functools import cached_property

import pyarrow as pa

from tinydata.dataset.columns import Features, features_of, to_storage
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, Stretch, check_ids, within
from tinydata.dataset.sources.bytes_of import Bytes, bytes_of, damage
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.nested import empty_table, plain_schema, plain_table, takeable
from tinydata.dataset.sources.parquet_leaves import Unusual
from tinydata.dataset.sources.parquet_pages import MAGIC, PageReader, parse_footer
from tinydata.dataset.sources.source import NO_OPTIONS, Claim, FileSource, Options, check_names, paths_of
from tinydata.dataset.sources.thrift import Reader, Struct
from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import File, LocalFile, RemoteFile, seekable

SUFFIXES = (".parquet", ".pq")

_TAIL = 64 << 10  # holds the footer of most files, and in one read
_SHORT_TAIL = 16 << 10  # where many files are only counted
_BIG_FOOTER = 4 << 20  # in Python such a footer takes a second to read; row groups are then many, so each is small
_BATCH_BYTES = 4 << 20
_SCAN_BUFFER = 1 << 20  # each column has one
_GROUPS_AT_ONCE = 16  # of a file that lies elsewhere: so many round trips are one
_NUM_ROWS = 3  # the field of a footer


class ParquetRows:
    """The rows of one Parquet file, by number.

    Raises:
        DamagedSource: The file breaks off or is no Parquet.
    """

    def __init__(self, file: File) -> None:
        from pyarrow import parquet

        self._file = file
        with bytes_of(_with_tail(file, _TAIL)) as data:
            self._footer = _read_footer(file, data, _TAIL)
            with parquet.ParquetFile(io.BytesIO(_whole(self._footer))) as heads:
                self._metadata, self.stated_schema = heads.metadata, heads.schema_arrow  # which knows extensions, too
            self.schema = plain_schema(self.stated_schema)
        check_names(file, self.schema.names)
        self.count = self._metadata.num_rows
        self._groups = [self._metadata.row_group(at).num_rows for at in range(self._metadata.num_row_groups)]
        if sum(self._groups) != self.count:
            raise DamagedSource(file.name, "the row groups do not add up to the rows of the file")

    @cached_property
    def _meta(self) -> Struct | None:
        """The footer, parsed here; who reads row groups in order does without."""
        return _parsed(self._file, self._footer) if len(self._footer) <= _BIG_FOOTER else None

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids, in plain types."""
        check_ids(ids, self.count)
        with bytes_of(self._file) as data:
            pages, groups = self._page_reader(data), list(_by_group(self._groups, ids))
            some = _GROUPS_AT_ONCE if data.is_far else 1
            tables = []
            for start in range(0, len(groups), some):
                wanted = groups[start : start + some]
                # Of most pages pyarrow makes rows faster, where each of its reads is no request.
                few = [one for one in wanted if data.is_far or len(one[1]) * 2 < self._groups[one[0]]]
                found = dict(zip([group for group, _ in few], pages.take(few), strict=True)) if few and pages else {}
                tables += [self._rows(found.get(group, {}), group, rows) for group, rows in wanted]
            table = pa.concat_tables(tables) if tables else empty_table(self.schema)
            table.validate(full=True)  # pages do not promise that a text is UTF-8
        return table

    def scan(self, ids: Sequence[int], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The same, up to the last row there is, some megabytes at a time; only some columns, if they are named."""
        names, start = list(columns or self.schema.names), 0
        for group, count in enumerate(self._groups):
            rows = within(ids, start, start + count)
            start += count
            if not rows:
                continue
            few = not isinstance(rows, range) and self._group_bytes(group, names) > len(rows) * _BATCH_BYTES
            with damage(self._file):
                if few and columns is None:
                    yield self.take([start - count + row for row in rows])
                    continue
                for table in self._batches(group, rows, names, buffer_size=_SCAN_BUFFER):
                    table.validate(full=True)
                    yield table

    def stretches(self) -> Iterator[Stretch]:
        """The row groups, and the bounds of the numbers and texts in them."""
        start = 0
        for group, count in enumerate(self._groups):
            bounds = {}
            about = self._metadata.row_group(group)
            for column in (about.column(at) for at in range(about.num_columns)):
                known = column.statistics if column.is_stats_set else None
                both = (known.min, known.max) if known is not None and known.has_min_max else (None, None)
                if column.path_in_schema in self.schema.names and all(type(value) in (int, str) for value in both):
                    bounds[column.path_in_schema] = both
            yield Stretch(range(start, start + count), bounds)
            start += count

    def _page_reader(self, data: Bytes) -> PageReader | None:
        if self._meta is None:
            return None
        try:
            return PageReader(data, self._meta, self.schema)
        except Unusual:
            return None

    def _rows(self, columns: dict[str, pa.Array], group: int, rows: Sequence[int]) -> pa.Table:
        """Rows of a row group; the columns that its pages did not give are read in order."""
        left = [name for name in self.schema.names if name not in columns]
        if left:
            try:
                table = self._in_order(group, rows, left, buffer_size=_TAIL)
            except pa.ArrowInvalid:  # pyarrow 18 trips over its own buffer where pages are small
                table = self._in_order(group, rows, left, buffer_size=0)
            columns = columns | {name: table.column(name) for name in left}
        return pa.table([columns[name] for name in self.schema.names], schema=self.schema)

    def _in_order(self, group: int, rows: Sequence[int], names: Sequence[str], *, buffer_size: int) -> pa.Table:
        """Read these columns of a row group from its start up to the last of these rows."""
        return pa.concat_tables(self._batches(group, rows, names, buffer_size=buffer_size))

    def _batches(
        self, group: int, rows: Sequence[int], names: Sequence[str], *, buffer_size: int
    ) -> Iterator[pa.Table]:
        from pyarrow import parquet

        schema = pa.schema([self.schema.field(name) for name in names])
        last, start = rows[-1], 0
        source = self._file.path if isinstance(self._file, LocalFile) else seekable(self._file)
        with parquet.ParquetFile(
            source,
            metadata=self._metadata,
            pre_buffer=False,
            buffer_size=buffer_size,
            page_checksum_verification=True,
        ) as file:
            # pyarrow takes "a.b" for the field b of a, too; then all are read, and the right ones picked.
            selected = None if any("." in name for name in self.schema.names) else list(names)
            for batch in file.iter_batches(self._batch_rows(group, names, rows), [group], selected, use_threads=False):
                here = within(rows, start, start + batch.num_rows)
                if here:
                    found = pa.Table.from_batches([takeable(batch)]).select(list(names))
                    if isinstance(here, range):
                        found = found.slice(here.start, len(here))
                    elif len(here) < len(found):
                        found = found.take(to_array(here, pa.int64()))
                    yield plain_table(found, schema)
                start += batch.num_rows
                if start > last:
                    return
        raise DamagedSource(self._file.name, f"row group {group} ends before its row {last}")

    def _batch_rows(self, group: int, names: Sequence[str], rows: Sequence[int]) -> int:
        """So many rows that a batch is a few megabytes, and never more than are needed."""
        row_bytes: int = max(1, self._group_bytes(group, names) // max(1, self._groups[group]))
        return max(1, min(_BATCH_BYTES // row_bytes, rows[-1] + 1, 1 << 16))

    def _group_bytes(self, group: int, names: Sequence[str]) -> int:
        if list(names) == self.schema.names or self._meta is None:
            return int(self._metadata.row_group(group).total_byte_size)
        # Not by pyarrow's own account of a column: where that is damaged, it ends the process.
        heads = {name.encode() for name in names}
        chunks = [chunk[3][1] for chunk in self._meta[4][1][1][group][1][1][1]]
        return sum(int(chunk[6][1]) for chunk in chunks if chunk[3][1][1][0] in heads)


def open_parquet(file: File, options: Options = NO_OPTIONS) -> Records:
    """Open one Parquet file.

    Args:
        file: The file.
        options: `columns` are the only ones that are there.
    """
    rows = ParquetRows(file)
    features = features_of(rows.stated_schema)
    columns = options.get("columns")
    if columns is not None:
        for name in columns:
            if name not in features:
                raise features.refused.get(name) or UnknownSource(
                    file.name, f"no column {name!r}, which its card names"
                )
        features = Features({name: features[name] for name in columns})

    def take(ids: Sequence[int]) -> pa.Table:
        return take_along(to_storage(rows.take(ids), features), features, file)

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        wanted = {name: features[name] for name in columns or features}
        for table in rows.scan(ids, columns):
            yield take_along(to_storage(table, wanted), wanted, file)

    return Records(features, take, lambda: rows.count, lambda: paths_of(file), scan=scan, stretches=rows.stretches)


def count_rows(file: File) -> int | None:
    """How many rows a Parquet file says it has, by the beginning of its footer; None where that is not as it should be.

    Of a file that lies elsewhere it is one request, or two where the footer is long.
    """
    _with_tail(file, _SHORT_TAIL)
    size = file.size()
    tail = file.read(max(0, size - _SHORT_TAIL), _SHORT_TAIL)
    length = struct.unpack("<I", tail[-8:-4])[0] if tail[-4:] == MAGIC and len(tail) > 8 else size
    if length + 8 > size:
        return None
    short = length + 8 <= len(tail)
    footer = tail[-8 - length : -8] if short else file.read(size - 8 - length, min(length, _SHORT_TAIL))
    try:
        return max(0, int(Reader(footer).struct(until=_NUM_ROWS)[_NUM_ROWS][1]))
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _whole(footer: bytes) -> bytes:
    """A footer as a file of its own: pyarrow reads one from the end of whatever it is given."""
    return MAGIC + footer + struct.pack("<I", len(footer)) + MAGIC


def _claims(file: File, head: bytes) -> Claim:
    if head.startswith((MAGIC, b"PARE")):
        return Claim.CONTENT
    return Claim.SUFFIX if file.suffix in SUFFIXES else Claim.NO


def _parsed(file: File, footer: bytes) -> Struct:
    try:
        return parse_footer(footer)
    except ValueError as error:
        raise DamagedSource(file.name, str(error)) from error


def _with_tail(file: File, length: int) -> File:
    """A file whose end is at hand, and its length with it: of one that lies elsewhere that is one request."""
    if isinstance(file, RemoteFile):
        file.tail(length)
    return file


def _read_footer(file: File, data: Bytes, tail_bytes: int) -> bytes:
    size = data.size
    tail = data.upto(max(0, size - tail_bytes), tail_bytes)
    # Where the head would be a request of its own, the end says the same.
    head = tail[:4] if size <= tail_bytes else tail[-4:] if data.is_far else data.upto(0, 4)
    if b"PARE" in (head, tail[-4:]):
        raise UnknownSource(file.name, "an encrypted Parquet file")
    if size < 12 or head != MAGIC:
        raise DamagedSource(file.name, f"no Parquet file: it does not {'end' if data.is_far else 'begin'} with PAR1")
    if tail[-4:] != MAGIC:
        raise DamagedSource(file.name, "the Parquet file breaks off: it does not end with PAR1")
    length: int = struct.unpack("<I", tail[-8:-4])[0]
    if length > size - 12:
        raise DamagedSource(file.name, "the Parquet file's footer is damaged")
    if length + 8 > len(tail):
        return data.exact(size - 8 - length, length)
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


PARQUET = FileSource(name="Parquet", claims=_claims, open=open_parquet, options=frozenset({"columns"}))
