"""Spans of a file, read in few requests: neighbours together, the rest at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from tinydata.fetch.threads import in_threads

Span = tuple[int, int]
"""Offset and length."""

GAP_BYTES = 128 << 10
"""So much between two spans is read along: it costs less than a request."""


def merged(spans: Sequence[Span], gap: int = GAP_BYTES) -> list[Span]:
    """The fewest spans, in order, that hold all of these, if no more than `gap` bytes between two are read along.

    >>> merged([(300, 10), (0, 10), (12, 5)], gap=5)
    [(0, 17), (300, 10)]
    """
    together: list[Span] = []
    for offset, length in sorted(span for span in spans if span[1] > 0):
        if together and offset <= sum(together[-1]) + gap:
            start, size = together[-1]
            together[-1] = (start, max(size, offset + length - start))
        else:
            together.append((offset, length))
    return together


def read_spans(
    read: Callable[[int, int], bytes], spans: Sequence[Span], *, gap: int = GAP_BYTES, threads: int = 8
) -> list[bytes]:
    """The bytes of each span.

    Args:
        read: Offset and length -> exactly these bytes.
        spans: Which; in any order, empty ones too.
        gap: See `merged`.
        threads: How many reads are under way at once.
    """
    whole = merged(spans, gap)
    blocks = in_threads(lambda span: read(*span), whole, threads)
    starts = [offset for offset, _ in whole]

    def cut(offset: int, length: int) -> bytes:
        if length <= 0:
            return b""
        at = bisect_right(starts, offset) - 1
        begin = offset - starts[at]
        return blocks[at] if (begin, length) == (0, len(blocks[at])) else blocks[at][begin : begin + length]

    return [cut(*span) for span in spans]
