"""Compressed files, read as what is inside: gzip, xz, bzip2, zstd and lz4, told by their first bytes."""

from __future__ import annotations

import io
import re
import tempfile
import weakref
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO

from tinydata.errors import DamagedSource
from tinydata.fetch.chunks import CHUNK_BYTES, Prepended, inflated
from tinydata.fetch.file import File

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
_INNER = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".tzst": ".tar"}
SUFFIXES = frozenset({".gz", ".gzip", ".xz", ".bz2", ".zst", ".zstd", ".lz4", *_INNER})


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
    raw = Prepended(head, stream)
    return inflated(file.name, sort, raw) if sort else io.BufferedReader(raw, CHUNK_BYTES)


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
    with inflated(name, sort, Prepended(b"", io.BytesIO(content))) as stream:
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
            while chunk := stream.read(CHUNK_BYTES):
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
