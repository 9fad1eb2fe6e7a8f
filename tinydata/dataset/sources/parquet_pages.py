"""Rows of a Parquet file out of nothing but its footer, its page index and the pages that hold them.

Law: a row comes out right or not at all. Every count that the file states twice is compared: rows in the page
index and in the pages, values and rows of flat columns, lengths of the lists that one nested column keeps in many leaves.

The file is asked for spans alone, all of a step at once, so it may as well lie behind byte ranges of a web server.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from tinydata.dataset.loader import to_array
from tinydata.dataset.sources.bytes_of import Bytes
from tinydata.dataset.sources.nested import leaf_count, merge_leaves, plain_schema
from tinydata.dataset.sources.parquet_leaves import Leaf, Unusual, leaves_of
from tinydata.dataset.sources.parquet_places import (
    DATA_PAGE_V2,
    Page,
    PageHead,
    check_dictionary,
    check_pages,
    dictionary_span,
    indexed_pages,
    walked_pages,
)
from tinydata.dataset.sources.thrift import I32, I64, LIST, STRUCT, Reader, Struct, write_struct
from tinydata.fetch import Span

MAGIC = b"PAR1"
_MUCH_BYTES = 1 << 17  # so much, and most of a column, pyarrow reads faster in order
_CODECS = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
_NOT_THRIFT = (IndexError, KeyError, ValueError, TypeError, AttributeError, EOFError, RecursionError, OverflowError)


def parse_footer(footer: bytes) -> Struct:
    """Take the Thrift of a file's metadata apart.

    Raises:
        ValueError: Parts of it are missing; pyarrow would fall over its own feet, and take the process with it.
    """
    try:
        meta = Reader(footer).struct()
        leaves = [element for element in meta[2][1][1][1:] if not element.get(5, (I32, 0))[1]]
        for group in meta[4][1][1]:
            chunks = group[1][1][1]
            if len(chunks) != len(leaves) or group[3][1] < 0:
                raise ValueError("a row group that lacks columns")
            if any(chunk[3][1][field][1] < 0 or not chunk[3][1][3][1][1] for chunk in chunks for field in (5, 6, 7, 9)):
                raise ValueError("a column of negative size")
    except _NOT_THRIFT as error:
        raise ValueError(f"the footer is damaged: {error}") from error
    return meta


class _Part(NamedTuple):
    """What is read of one leaf in one row group: the dictionary, and runs of adjoining pages."""

    leaf: Leaf
    meta: Struct
    dictionary: Span
    runs: list[list[Page]]
    rows: Sequence[int]

    @property
    def spans(self) -> list[Span]:
        """The dictionary's, and that of each run."""
        return [
            self.dictionary,
            *((run[0].offset, run[-1].offset + run[-1].size - run[0].offset) for run in self.runs),
        ]


class PageReader:
    """Rows by pages.

    Args:
        data: The file.
        meta: The footer.
        schema: The Arrow schema that pyarrow reads out of it.

    Raises:
        Unusual: The schema is not one that can be cut into leaves.
    """

    def __init__(self, data: Bytes, meta: Struct, schema: pa.Schema) -> None:
        self._data, self._meta = data, meta
        self._schema = plain_schema(schema)
        self._groups: list[Struct] = meta[4][1][1]
        try:
            self._leaves = leaves_of(meta[2][1][1])
        except _NOT_THRIFT as error:
            raise Unusual("a schema that is no tree") from error
        if len(self._leaves) != sum(leaf_count(field.type) for field in self._schema):
            raise Unusual("a schema of another shape")

    def take(self, wanted: Sequence[tuple[int, Sequence[int]]]) -> list[dict[str, pa.Array]]:
        """Read rows of some row groups: first all page indexes that are needed, then all pages.

        Args:
            wanted: Numbers of row groups, each with rows that ascend, are not empty and count from the row group's first.

        Returns:
            For each row group, columns in plain types: no dictionaries and no extensions. A column is left out where something
            about it does not add up, or its pages cannot be found.
        """
        try:
            plans = self._plan(wanted)
            parts = [part for plan in plans for part in plan if part is not None]
            blocks = iter(self._data.each([span for part in parts for span in part.spans]))
        except (*_NOT_THRIFT, Unusual):
            return [{} for _ in wanted]
        read = [[part and (part, [next(blocks) for _ in part.spans]) for part in plan] for plan in plans]
        return [self._columns(leaves) for leaves in read]

    def _plan(self, wanted: Sequence[tuple[int, Sequence[int]]]) -> list[list[_Part | None]]:
        groups = [(self._groups[group][1][1][1], self._groups[group][3][1], rows) for group, rows in wanted]
        if any(len(chunks) != len(self._leaves) for chunks, _, _ in groups):
            raise Unusual("columns that the schema does not have")
        indexes = iter(self._data.each([self._index_span(chunk) for chunks, _, _ in groups for chunk in chunks]))
        plans: list[list[_Part | None]] = []
        for chunks, count, rows in groups:
            plan = [
                self._part(leaf, chunk, next(indexes), count, rows)
                for leaf, chunk in zip(self._leaves, chunks, strict=True)
            ]
            sizes = [(chunk[3][1][7][1], part is None) for chunk, part in zip(chunks, plan, strict=True)]
            in_order = sum(size for size, is_left in sizes if is_left)
            # What adds little to what is read in order anyway goes with it.
            is_worth_it = self._data.is_far or in_order * 2 < sum(size for size, _ in sizes)
            plans.append(plan if is_worth_it else [None] * len(plan))
        return plans

    def _index_span(self, chunk: Struct) -> Span:
        """Where the page index of a column lies; nowhere if it has none, or one outside the file."""
        offset, size = (chunk[4][1], chunk[5][1]) if {4, 5} <= chunk.keys() else (0, 0)
        return (offset, size) if 0 < offset < offset + size <= self._data.size else (0, 0)

    def _part(self, leaf: Leaf, chunk: Struct, index: bytes, count: int, rows: Sequence[int]) -> _Part | None:
        """What to read of a leaf; None where its pages cannot be found, are no pages of this file, or are most of it."""
        try:
            meta: Struct = chunk[3][1]
            if chunk.keys() & {1, 8, 9} or tuple(meta[3][1][1]) != leaf.path:
                return None  # in another file, encrypted, or in another order than the schema
            if index:
                pages = indexed_pages(index, meta, count)
            elif not self._data.is_far:  # each header would be a request
                pages = walked_pages(self._data.exact, leaf, meta, rows[-1], count)
            else:
                return None
            part = _Part(leaf, meta, dictionary_span(meta, pages[0].offset), list(_runs(pages, rows)), rows)
            size = sum(length for _, length in part.spans)
            return part if self._data.is_far or size < _MUCH_BYTES or size * 2 < meta[7][1] else None
        except (*_NOT_THRIFT, Unusual):
            return None

    def _columns(self, leaves: Sequence[tuple[_Part, list[bytes]] | None]) -> dict[str, pa.Array]:
        columns, place = {}, 0
        for field in self._schema:
            own = leaves[place : place + leaf_count(field.type)]
            place += len(own)
            try:
                arrays = [self._leaf_rows(*leaf) for leaf in own if leaf is not None]
                if len(arrays) == len(own):
                    columns[field.name] = merge_leaves(field.type, arrays)
            except (Unusual, *_NOT_THRIFT, pa.ArrowException, OSError):
                continue
        return columns

    def _leaf_rows(self, part: _Part, blocks: Sequence[bytes]) -> pa.Array:
        dictionary, *bodies = blocks
        check_dictionary(dictionary)
        arrays, places, done = [], [], 0
        for run, body in zip(part.runs, bodies, strict=True):
            first, end = run[0].first_row, run[-1].end_row
            arrays.append(self._decode(part.leaf, part.meta, dictionary, body, run))
            places += [done + row - first for row in part.rows if first <= row < end]
            done += end - first
        if len(places) != len(part.rows):
            raise Unusual("rows in no page")
        return pa.chunked_array(arrays).take(to_array(places, pa.int64())).combine_chunks()

    def _decode(self, leaf: Leaf, meta: Struct, dictionary: bytes, body: bytes, run: Sequence[Page]) -> pa.Array:
        """Decode adjoining pages, by pyarrow, as the one column of a small Parquet file."""
        from pyarrow import parquet

        values, heads = check_pages(body, run, leaf)
        if leaf.max_repetition and not _starts_a_row(leaf, heads[0], body, meta[4][1]):
            raise Unusual("a page that begins inside a row")
        file = self._small_file(leaf, meta, dictionary, body, values)
        with parquet.ParquetFile(pa.BufferReader(file), page_checksum_verification=True) as small:
            column = small.read_row_group(0, use_threads=False).column(0)
        if len(column) != run[-1].end_row - run[0].first_row:
            raise Unusual("pages with another number of rows")
        return column.combine_chunks()

    def _small_file(self, leaf: Leaf, meta: Struct, dictionary: bytes, body: bytes, values: int) -> bytes:
        start, size = len(MAGIC), len(dictionary) + len(body)
        column: Struct = {field: meta[field] for field in (1, 2, 3, 4)}
        column |= {5: (I64, values), 6: (I64, size), 7: (I64, size), 9: (I64, start + len(dictionary))}
        if dictionary:
            column[11] = (I64, start)
        # A repeated column may have fewer rows than values. Stated too high on purpose: pyarrow then reads what is there,
        # and what is there is counted.
        chunk: Struct = {2: (I64, start), 3: (STRUCT, column)}
        group: Struct = {1: (LIST, (STRUCT, [chunk])), 2: (I64, size), 3: (I64, values)}
        footer: Struct = {
            1: self._meta[1],
            2: (LIST, (STRUCT, list(leaf.elements))),
            3: (I64, values),
            4: (LIST, (STRUCT, [group])),
        }
        if 6 in self._meta:  # who wrote it: pyarrow knows the faults of old writers by name
            footer[6] = self._meta[6]
        tail = write_struct(footer)
        return b"".join((MAGIC, dictionary, body, tail, struct.pack("<I", len(tail)), MAGIC))


def _runs(pages: Sequence[Page], rows: Sequence[int]) -> Iterator[list[Page]]:
    """The pages that hold these rows, adjoining ones together."""
    firsts = [page.first_row for page in pages]
    run: list[int] = []
    for at in sorted({bisect_right(firsts, row) - 1 for row in rows}):
        if run and (at != run[-1] + 1 or pages[at].offset != pages[run[-1]].offset + pages[run[-1]].size):
            yield [pages[one] for one in run]
            run = []
        run.append(at)
    yield [pages[one] for one in run]


def _starts_a_row(leaf: Leaf, head: PageHead, body: bytes, codec: int) -> bool:
    """Whether the first repetition level of a page is 0, as in each page of a file that has a page index."""
    if head.sort == DATA_PAGE_V2:  # its levels are never compressed
        levels = body[head.body : head.body + head.fields[8][1][6][1]]
    else:
        page = body[head.body : head.size]
        if codec:
            page = pa.decompress(page, head.fields[2][1], codec=_CODECS[codec], asbytes=True)
        levels = page[4 : 4 + struct.unpack_from("<I", page)[0]]
    header = Reader(levels)
    packed = header.varint() & 1
    first = levels[header.position]
    return (first & ((1 << leaf.max_repetition.bit_length()) - 1) if packed else first) == 0
