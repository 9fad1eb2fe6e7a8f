"""Compressors: what is written is compressed as the original was, at a level that does not keep one waiting."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

# xz at its usual 6 would take eight times as long, and gives a tenth less.
_LEVELS = {"gzip": 6, "xz": 1, "bz2": 9}


@contextmanager
def compressor(sort: str, sink: BinaryIO) -> Iterator[BinaryIO]:
    """A stream that compresses what is written to it into another; the same bytes each time.

    Args:
        sort: See `tinydata.fetch.compression_of`.
        sink: Where it goes; it is left open.
    """
    if sort in _WRITERS:
        with _WRITERS[sort](sink) as stream:
            yield stream
        return
    import pyarrow as pa

    with (
        pa.CompressedOutputStream(pa.PythonFile(_KeptOpen(sink), "w"), sort) as packed,
        io.BufferedWriter(cast("io.RawIOBase", _KeptOpen(packed)), 1 << 16) as stream,
    ):
        yield cast("BinaryIO", stream)


_WRITERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": lambda sink: cast(
        "BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVELS["gzip"], fileobj=sink, mtime=0)
    ),
    "xz": lambda sink: cast("BinaryIO", lzma.LZMAFile(sink, "wb", preset=_LEVELS["xz"])),  # noqa: SIM115 - by who asks
    "bz2": lambda sink: cast("BinaryIO", bz2.BZ2File(sink, "wb", compresslevel=_LEVELS["bz2"])),
}


class _KeptOpen(io.RawIOBase):
    """A stream that outlives who writes to it."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink, self._count = sink, 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._sink.write(bytes(data))
        self._count += len(data)
        return len(data)
