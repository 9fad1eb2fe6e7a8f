"""Where the data pages of a column chunk lie, and which rows each holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tinydata.dataset.sources.bytes_of import Fetch
from tinydata.dataset.sources.parquet_leaves import Leaf, Unusual
from tinydata.dataset.sources.thrift import I64, Reader, Struct
from tinydata.fetch import Span

DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = range(4)
_DICTIONARY_ENCODINGS = {2, 8}
_HEADER_BYTES = 256  # a page header is seldom longer, unless it holds statistics of long values


class Page(NamedTuple):
    """A data page, its header included, and the rows of the row group that it holds."""

    offset: int
    size: int
    first_row: int
    end_row: int


class PageHead(NamedTuple):
    """What a page header says; `rows` is None where it does not say."""

    sort: int
    size: int
    body: int
    values: int
    rows: int | None
    fields: Struct


def extent(meta: Struct) -> tuple[int, int]:
    """The first byte of a column chunk, its dictionary included, and the byte after its last."""
    start: int = meta[9][1]
    dictionary = meta.get(11, (I64, 0))[1]
    if 0 < dictionary < start:
        start = dictionary
    return start, start + meta[7][1]


def read_head(data: bytes, start: int = 0) -> PageHead:
    """Read the page header at `start`; `size` counts the header too, `body` is where the page's levels begin.

    Raises:
        IndexError: The header goes on past the end of `data`.
    """
    reader = Reader(data, start)
    fields = reader.struct()
    sort: int = fields[1][1]
    values, rows = 0, None
    if sort == DATA_PAGE:
        values = fields[5][1][1][1]
    elif sort == DATA_PAGE_V2:
        values, rows = fields[8][1][1][1], fields[8][1][3][1]
    return PageHead(sort, reader.position - start + fields[3][1], reader.position, values, rows, fields)


def indexed_pages(index: bytes, meta: Struct, count: int) -> list[Page]:
    """The pages as the file's own page index has them.

    Raises:
        Unusual: They are not in order, not from the first row on, or not inside the column chunk.
    """
    spots = [(spot[1][1], spot[2][1], spot[3][1]) for spot in Reader(index).struct()[1][1][1]]
    ends = [first for _, _, first in spots[1:]] + [count]
    pages = [Page(offset, size, first, end) for (offset, size, first), end in zip(spots, ends, strict=True)]
    begin, end = extent(meta)
    free = begin
    for page in pages:
        if page.offset < free or page.size <= 0 or page.first_row > page.end_row:
            raise Unusual("a page index out of order")
        free = page.offset + page.size
    if not pages or pages[0].first_row != 0 or free > end:
        raise Unusual("a page index that does not fit its column")
    return [page for page in pages if page.first_row < page.end_row]


def walked_pages(fetch: Fetch, leaf: Leaf, meta: Struct, last_row: int, count: int) -> list[Page]:
    """The pages up to the one that holds `last_row`, by the headers alone: for files without a page index.

    Raises:
        Unusual: The headers do not say how many rows a page holds, or they do not add up.
    """
    position, end = extent(meta)
    pages: list[Page] = []
    row = 0
    while row <= last_row:
        head = _fetched_head(fetch, position, end)
        if head.sort in (DATA_PAGE, DATA_PAGE_V2):
            rows = head.values if leaf.max_repetition == 0 else head.rows
            if rows is None or rows < 0:
                raise Unusual("pages that do not count their rows")
            if rows:  # pyarrow writes empty pages before a record that is longer than its batches
                pages.append(Page(position, head.size, row, row + rows))
            row += rows
        elif head.sort != DICTIONARY_PAGE or pages:
            raise Unusual("a page of another sort")
        position += head.size
        if position > end or row > count:
            raise Unusual("pages that do not fit their column")
    return pages


def dictionary_span(meta: Struct, first_page: int) -> Span:
    """Where the dictionary page of a column chunk lies, header included; nowhere if there is none.

    Raises:
        Unusual: There should be one, and is no room for it.
    """
    begin, _ = extent(meta)
    if begin == first_page and _DICTIONARY_ENCODINGS & set(meta[2][1][1]) and 11 in meta:
        raise Unusual("no room for the dictionary")
    return begin, first_page - begin


def check_dictionary(page: bytes) -> None:
    """See to it that what lies before the first data page is one dictionary, or nothing.

    Raises:
        Unusual: It is something else.
    """
    if page:
        head = read_head(page)
        if head.sort != DICTIONARY_PAGE or head.size != len(page):
            raise Unusual("something before the first page")


def check_pages(body: bytes, pages: Sequence[Page], leaf: Leaf) -> tuple[int, list[PageHead]]:
    """Hold the headers of adjoining pages against their places.

    Returns:
        The number of values in all of them, and the headers.

    Raises:
        Unusual: A header says something else than the place.
    """
    at, values, heads = 0, 0, []
    for page in pages:
        head = read_head(body, at)
        rows = head.values if leaf.max_repetition == 0 else head.rows
        if head.sort not in (DATA_PAGE, DATA_PAGE_V2) or head.size != page.size:
            raise Unusual("no data page where one should lie")
        if head.fields[2][1] < 0:
            raise Unusual("a page of negative size")
        if rows is not None and rows != page.end_row - page.first_row:
            raise Unusual("a page with another number of rows")
        values += head.values
        heads.append(head)
        at += head.size
    return values, heads


def _fetched_head(fetch: Fetch, position: int, end: int) -> PageHead:
    length = _HEADER_BYTES
    while True:
        data = fetch(position, min(length, end - position))
        try:
            return read_head(data)
        except IndexError:
            if length >= end - position:
                raise Unusual("a page that breaks off") from None
            length *= 16
