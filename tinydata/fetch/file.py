"""Files: what lies somewhere, here or far away, read without being fetched whole."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


class File(Protocol):
    """One file, wherever it lies. Nothing is read before one of its methods is called."""

    @property
    def name(self) -> str:
        """What errors and recipes call it: a path of this machine, or an address."""
        ...

    @property
    def suffix(self) -> str:
        """Of its name, in small letters, with the dot; empty where it has none."""
        ...

    @property
    def path(self) -> Path | None:
        """Where it lies on this machine; None where it does not."""
        ...

    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there; fewer where the file ends before."""
        ...

    def open(self) -> BinaryIO:
        """A stream of its bytes from the first on, to be closed; only forward where it lies far away."""
        ...


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    path: Path

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    @property
    def suffix(self) -> str:
        """Of its name, in small letters."""
        return self.path.suffix.lower()

    def size(self) -> int:
        """Its length in bytes."""
        return self.path.stat().st_size

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there; fewer where the file ends before."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(offset)
            parts = []
            while length and (part := file.read(length)):  # an unbuffered read may come back early
                parts.append(part)
                length -= len(part)
        return b"".join(parts)

    def open(self) -> BinaryIO:
        """A buffered stream that can be sought."""
        return self.path.open("rb")


def seekable(file: File) -> io.RawIOBase:
    """A file for readers that want to seek in one."""
    return _Seekable(file)


class _Seekable(io.RawIOBase):
    def __init__(self, file: File) -> None:
        self._file, self._at, self._size = file, 0, file.size()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
