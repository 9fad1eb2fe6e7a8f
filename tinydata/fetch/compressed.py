"""Compressed files, read as what is inside: gzip, xz, bzip2, zstd and lz4, told by their first bytes.

Law: what is not whole is damage, never a shorter file; and a small file that would fill the machine is refused.
"""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tempfile
import weakref
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from tinydata.errors import DamagedSource
from tinydata.fetch.file import File

BOMB_BYTES, BOMB_RATIO = 1 << 30, 1000
"""A file that has given so many bytes, and so many for each of its own, is refused: no data are that much alike."""

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
_INNER = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
SUFFIXES = frozenset({".gz", ".gzip", ".xz", ".bz2", ".zst", ".zstd", ".lz4", *_INNER})
_CHUNK_BYTES = 1 << 18


def compression_of(head: bytes) -> str | None:
    """What a file is compressed with, by its first bytes; None where it is not.

    >>> compression_of(b"BZh91AY"), compression_of(b"PAR1")
    ('bz2', None)
    """
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def inner_name(name: str) -> str:
    """A file's name without the suffix that says how it is compressed.

    >>> inner_name("a/b.jsonl.GZ"), inner_name("b.tgz"), inner_name("b.csv")
    ('a/b.jsonl', 'b.tar', 'b.csv')
    """
    suffix = suffix_of(name)
    return name[: -len(suffix)] + _INNER.get(suffix, "") if suffix in SUFFIXES else name


def suffix_of(name: str) -> str:
    """The suffix of a name, in small letters, with the dot; empty where it has none."""
    found = re.search(r"\.[^./\\]+$", name)
    return found[0].lower() if found else ""


def open_plain(file: File) -> BinaryIO:
    """A forward stream of what is inside a file, to be closed; of the file itself where it is not compressed.

    Members that follow one another are read as one.

    Raises:
        DamagedSource: On reading: the file breaks off, or what is inside it is damaged or a bomb.
    """
    stream = file.open()
    head = stream.read(len(max(_MAGIC, key=len)))
    sort = compression_of(head)
    if sort is None and stream.seekable():
        stream.seek(0)
        return stream
    raw = _Prepended(head, stream)
    return _inflated(file.name, sort, raw) if sort else io.BufferedReader(raw, _CHUNK_BYTES)


def plain(file: File) -> File:
    """The file of what is inside a file, under its name; the file itself where it is not compressed."""
    return plain_head(file, 1)[0]


def plain_head(file: File, length: int) -> tuple[File, bytes]:
    """`plain`, and so many bytes at its beginning."""
    head = file.read(0, max(length, len(max(_MAGIC, key=len))))
    if compression_of(head) is None:
        return file, head[:length]
    inside = PlainFile(file)
    with inside.open() as stream:
        return inside, stream.read(length)


def plain_bytes(content: bytes, name: str) -> bytes:
    """What is inside compressed bytes.

    Raises:
        DamagedSource: They are not compressed, or they are damaged, or a bomb; `name` is what it calls them.
    """
    sort = compression_of(content)
    if sort is None:
        raise DamagedSource(name, "its name says that it is compressed, and it is not")
    with _inflated(name, sort, _Prepended(b"", io.BytesIO(content))) as stream:
        return stream.read()


class SpooledFile(ABC):
    """A file that can only be read forward; to be read anywhere it is written out once, to a temporary file.

    Attributes:
        name: What errors call it.
        suffix: Of its name, in small letters.
        path: Where it lies on this machine, packed as it is.
    """

    def __init__(self, name: str, suffix: str, path: Path | None) -> None:
        self.name, self.suffix, self.path = name, suffix, path

    @abstractmethod
    def open(self) -> BinaryIO:
        """A forward stream of it."""

    def size(self) -> int:
        """Its length."""
        return self._spooled.seek(0, io.SEEK_END)

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes of it; fewer where it ends before."""
        self._spooled.seek(offset)
        return self._spooled.read(length)

    @cached_property
    def _spooled(self) -> IO[bytes]:
        spooled = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        weakref.finalize(self, spooled.close)
        with self.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                spooled.write(chunk)
        return spooled


class PlainFile(SpooledFile):
    """What is inside a compressed file, under its name."""

    def __init__(self, file: File) -> None:
        bare = file.name[: file.name.lower().rfind(file.suffix)] + file.suffix  # of an address, without its query
        super().__init__(file.name, suffix_of(inner_name(bare)), file.path)
        self._file = file

    def open(self) -> BinaryIO:
        """A forward stream of what is inside."""
        return open_plain(self._file)


class _Prepended(io.RawIOBase):
    """A stream with bytes put back in front of it, which counts what was read."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream, self.count = head, stream, 0
        self._read = getattr(stream, "read1", stream.read)  # what there is, before a failure in what follows

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


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


def _inflated(name: str, sort: str, packed: _Prepended) -> io.BufferedReader:
    new = _DECOMPRESSORS.get(sort)
    chunks = _members(packed, new) if new else _by_pyarrow(packed, sort)
    return io.BufferedReader(Chunks(name, sort, chunks, lambda: packed.count, packed.close), _CHUNK_BYTES)


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
    data = packed.read(_CHUNK_BYTES) or b""
    while data:
        member = new()
        while not member.eof:
            if member.needs_input and not data:
                data = packed.read(_CHUNK_BYTES) or b""
                at_end = not data
            else:
                at_end = False
            chunk = member.decompress(data, _CHUNK_BYTES)
            data = b""
            if chunk:
                yield chunk
            elif at_end and not member.eof:
                raise EOFError
        data = member.unused_data.lstrip(b"\0")
        while not data and (more := packed.read(_CHUNK_BYTES)):
            data = more.lstrip(b"\0")


def _by_pyarrow(packed: io.RawIOBase, sort: str) -> Iterator[bytes]:
    """Chunks of what the standard library has no decompressor for before Python 3.14."""
    import pyarrow as pa

    with pa.CompressedInputStream(pa.PythonFile(packed, mode="r"), sort) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
