"""Streams: read forward only, whatever they come from, and looked at before they are read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

CHUNK_BYTES = 1 << 16


def buffered(stream: BinaryIO) -> io.BufferedReader:
    """A stream whose `peek` gives the first 64 KiB, or all there is."""
    return io.BufferedReader(_Filling(stream), CHUNK_BYTES)


@dataclass(frozen=True)
class Inside:
    """A file inside another: a stream that can be read once."""

    name: str
    stream: BinaryIO
    path: Path | None = None

    @property
    def suffix(self) -> str:
        """Of its name, in small letters."""
        return PurePosixPath(self.name).suffix.lower()

    def size(self) -> int:
        """Nobody knows before it ends."""
        raise io.UnsupportedOperation("size")

    def read(self, offset: int, length: int) -> bytes:
        """It cannot be read anywhere."""
        raise io.UnsupportedOperation(f"read {length} at {offset}")

    def open(self) -> BinaryIO:
        """The stream."""
        return self.stream


class Nowhere(io.RawIOBase):
    """A sink that keeps nothing."""

    def __init__(self) -> None:
        self._count = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How much was thrown away."""
        return self._count

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Throw away."""
        self._count += len(data)
        return len(data)


class _Filling(io.RawIOBase):
    """A stream that gives as much as it is asked for, as long as there is so much."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        done = 0
        while done < len(buffer) and (data := self._stream.read(len(buffer) - done)):
            buffer[done : done + len(data)] = data
            done += len(data)
        return done


def as_binary(stream: object) -> BinaryIO:
    """The same stream, of the type that says how it is used."""
    return cast("BinaryIO", stream)
