"""Arrow arrays out of Python values, by their buffers.

`pa.array` of a list looks whether the list is a pandas series, and so imports pandas: a second that no reader here can pay.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate

import pyarrow as pa


def integers(values: Sequence[int | None]) -> pa.Array:
    """An int64 array."""
    numbers = array("q", [0 if value is None else value for value in values])
    return pa.Array.from_buffers(pa.int64(), len(values), [_validity(values), pa.py_buffer(numbers)])


def offsets(lengths: Sequence[int]) -> pa.Array:
    """The int32 offsets of lists of these lengths."""
    ends = array("i", accumulate(lengths, initial=0))
    return pa.Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])


def blobs(values: Sequence[bytes | None], sort: pa.DataType) -> pa.Array:
    """An array of `binary`, or of `string` from UTF-8."""
    lengths = [0 if value is None else len(value) for value in values]
    data = pa.py_buffer(b"".join(value for value in values if value is not None))
    return pa.Array.from_buffers(sort, len(values), [_validity(values), offsets(lengths).buffers()[1], data])


def texts(values: Sequence[str | None]) -> pa.Array:
    """A `string` array."""
    return blobs([None if value is None else value.encode() for value in values], pa.string())


def _validity(values: Sequence[object]) -> pa.Buffer | None:
    if all(value is not None for value in values):
        return None
    bits = bytearray((len(values) + 7) // 8)
    for place, value in enumerate(values):
        if value is not None:
            bits[place // 8] |= 1 << place % 8
    return pa.py_buffer(bytes(bits))
