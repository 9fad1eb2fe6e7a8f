"""Compressors: what is written is compressed as the original was, at a level that does not keep one waiting."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import BinaryIO, cast

# xz at its usual 6 would take eight times as long, and gives a tenth less.
_MOST_WAITING = 4_096  # pieces, of 16 KiB or less
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


@contextmanager
def apart(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A stream whose writing is done by a thread of its own; leaving waits for its end, or gives up what an error made useless."""
    worker = _Apart(stream)
    try:
        yield cast("BinaryIO", worker)
        worker.finish()
    finally:
        worker.close()


_WRITERS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": lambda sink: cast(
        "BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVELS["gzip"], fileobj=sink, mtime=0)
    ),
    "xz": lambda sink: cast("BinaryIO", lzma.LZMAFile(sink, "wb", preset=_LEVELS["xz"])),  # noqa: SIM115 - by who asks
    "bz2": lambda sink: cast("BinaryIO", bz2.BZ2File(sink, "wb", compresslevel=_LEVELS["bz2"])),
}


class _Apart(io.RawIOBase):
    """A stream that takes what is written, and hands it on in a thread: compressors leave Python to others meanwhile."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._count = stream, 0
        self._waiting: Queue[bytes | None] = Queue(_MOST_WAITING)
        self._error: BaseException | None = None
        self._is_given_up = False
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self._error is not None:
            raise self._error
        self._waiting.put(bytes(data))
        self._count += len(data)
        return len(data)

    def finish(self) -> None:
        """Wait until all is written."""
        self._waiting.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self._is_given_up = True
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
        super().close()

    def _work(self) -> None:
        while (data := self._waiting.get()) is not None:
            if self._error is None and not self._is_given_up:
                try:
                    self._stream.write(data)
                except Exception as error:  # told to whoever writes
                    self._error = error


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
