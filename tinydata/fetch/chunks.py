"""Chunks: what is inside packed data, made as it is read; what is not whole is damage, and what never ends is a bomb."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from tinydata.errors import DamagedSource

BOMB_BYTES, BOMB_RATIO = 1 << 30, 1000
"""A file that has given so many bytes, and so many for each of its own, is refused: no data are that much alike."""

CHUNK_BYTES = 1 << 18


class Chunks(io.RawIOBase):
    """What is inside packed data, chunk by chunk.

    Args:
        name: What errors call it.
        sort: What it is packed with.
        chunks: The chunks.
        packed_bytes: How much packed data they were made of so far; None where they do not grow.
        close: Called at the end.
    """

    def __init__(
        self,
        name: str,
        sort: str,
        chunks: Iterator[bytes],
        packed_bytes: Callable[[], int] | None,
        close: Callable[[], object],
    ) -> None:
        self._name, self._sort, self._chunks = name, sort, chunks
        self._packed_bytes, self._close = packed_bytes, close
        self._left, self._count = memoryview(b""), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what is left of a chunk."""
        while not self._left:
            chunk = self._next()
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        """Close the packed data, too."""
        self._close()
        super().close()

    def _next(self) -> bytes | None:
        try:
            chunk = next(self._chunks, None)
        except EOFError as error:
            raise DamagedSource(self._name, f"the {self._sort} data break off") from error
        except (zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise DamagedSource(self._name, f"damaged {self._sort} data: {error}") from error
        except (
            OSError
        ) as error:  # of bz2 and pyarrow; what the system or a server says has a number or a class of its own
            if type(error) is not OSError or error.errno is not None:
                raise
            broken = "the {} data break off" if "Truncated" in str(error) else f"damaged {{}} data: {error}"
            raise DamagedSource(self._name, broken.format(self._sort)) from error
        self._count += len(chunk or b"")
        packed = self._packed_bytes() if self._packed_bytes else self._count
        if self._count > BOMB_BYTES and self._count > BOMB_RATIO * packed:
            raise DamagedSource(
                self._name, f"a bomb: of {packed:,} bytes {self._sort} has made {self._count:,}, and goes on"
            )
        return chunk


def inflated(name: str, sort: str, packed: Prepended) -> io.BufferedReader:
    """A forward stream of what is inside; `sort` is gzip, xz, bz2, zstd or lz4."""
    new = _DECOMPRESSORS.get(sort)
    chunks = _members(packed, new) if new else _by_pyarrow(packed, sort)
    return io.BufferedReader(Chunks(name, sort, chunks, lambda: packed.count, packed.close), CHUNK_BYTES)


class Prepended(io.RawIOBase):
    """A stream with bytes put back in front of it, which counts what was read."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream, self.count = head, stream, 0
        self._read = getattr(stream, "read1", stream.read)  # what there is, before a failure in what follows

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what was put back, then on."""
        data = self._head[: len(buffer)] or self._read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        super().close()


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's decompressor in the manner of those of bz2 and lzma."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "gzip": _Gzip,
    "xz": lzma.LZMADecompressor,
    "bz2": bz2.BZ2Decompressor,
}


def _members(packed: io.RawIOBase, new: Callable[[], _Decompressor]) -> Iterator[bytes]:
    """Chunks of all members; zeros behind one are padding."""
    data = packed.read(CHUNK_BYTES) or b""
    while data:
        member = new()
        while not member.eof:
            if member.needs_input and not data:
                data = packed.read(CHUNK_BYTES) or b""
                at_end = not data
            else:
                at_end = False
            chunk = member.decompress(data, CHUNK_BYTES)
            data = b""
            if chunk:
                yield chunk
            elif at_end and not member.eof:
                raise EOFError
        data = member.unused_data.lstrip(b"\0")
        while not data and (more := packed.read(CHUNK_BYTES)):
            data = more.lstrip(b"\0")


def _by_pyarrow(packed: io.RawIOBase, sort: str) -> Iterator[bytes]:
    """Chunks of what the standard library has no decompressor for before Python 3.14."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), sort) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
