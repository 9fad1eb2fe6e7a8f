"""Tars read forward: the members one after the other, and the content of none but those asked for.

tarfile takes a tar that breaks off between two members for a whole one, and reads on to the end of a member that nobody wants.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from tinydata.errors import DamagedSource
from tinydata.fetch.compressed import open_plain
from tinydata.fetch.file import File

_BLOCK = 512
_CHUNK_BYTES = 1 << 20
_TEXT_LIMIT = 1 << 20  # no name is that long: these bytes are something else
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _SPARSE = b"L", b"K", b"x", b"g", b"S"
_FILES = (b"0", b"\0", b"7")


class Member:
    """A member of a tar; it can be read until the next one is asked for.

    Attributes:
        name: As it stands in the tar.
        size: Of its content, in bytes.
        is_file: Whether it is a file, and no folder, link or device.
    """

    def __init__(self, tar: _Tar, name: str, size: int, is_file: bool) -> None:
        self._tar = tar
        self.name, self.size, self.is_file = name, size, is_file

    def read(self) -> bytes:
        """Its content.

        Raises:
            DamagedSource: The tar breaks off.
        """
        return self._tar.read(self.size)

    def open(self) -> BinaryIO:
        """A forward stream of its content."""
        return io.BufferedReader(_Content(self._tar, self.size))


def is_tar(head: bytes) -> bool:
    """Whether a file is a tar, by its first 512 bytes."""
    return len(head) >= _BLOCK and _is_header(head[:_BLOCK])


def tar_members(file: File) -> Iterator[Member]:
    """The members of a tar, compressed or not, from the first on.

    Raises:
        DamagedSource: It breaks off, or its bytes are no tar.
    """
    with open_plain(file) as stream:
        tar = _Tar(file, stream)
        name, size = None, None
        while (header := tar.header()) is not None:
            sort, said = header[156:157], _number(header[124:136])
            if sort in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
                text = tar.read(min(said, _TEXT_LIMIT))
                if sort == _LONG_NAME:
                    name = _text(text)
                elif sort == _PAX:
                    told = _pax(text)
                    if any(key.startswith("GNU.sparse") for key in told):
                        sort = _SPARSE
                    name = told.get("path", name)
                    size = int(told["size"]) if told.get("size", "").isdigit() else size
            if sort == _SPARSE:
                raise DamagedSource(file.name, f"{name or _name(header)}: a sparse member, which is not read here")
            if sort in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
                tar.skip(said)
                continue
            is_file = sort in _FILES
            full = name or _name(header)
            size = (said if size is None else size) if is_file else said
            yield Member(tar, full, size, is_file and not full.endswith("/"))
            tar.skip(size)
            name, size = None, None


class _Content(io.RawIOBase):
    """The content of a member, read piece by piece."""

    def __init__(self, tar: _Tar, size: int) -> None:
        self._tar, self._left = tar, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._tar.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


class _Tar:
    """A stream, and how much of the member's content that lies before it was read."""

    def __init__(self, file: File, stream: BinaryIO) -> None:
        self._file, self._stream = file, stream
        self._end = file.size() if stream.seekable() else None
        self._at = self._read = 0

    def header(self) -> bytes | None:
        """The next header; None at the end."""
        block = self._stream.read(_BLOCK)
        self._at += len(block)
        if len(block) < _BLOCK:
            raise self._broken()
        if block == bytes(_BLOCK):
            return None
        if not _is_header(block):
            raise DamagedSource(self._file.name, f"no tar: no header of a member at byte {self._at - _BLOCK:,}")
        self._read = 0
        return block

    def read(self, size: int) -> bytes:
        """So many bytes of the content."""
        parts, left = [], size
        while left:
            part = self._stream.read(min(left, _CHUNK_BYTES))
            if not part:
                raise self._broken()
            parts.append(part)
            left -= len(part)
        self._at += size
        self._read += size
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Go to the end of the content, and of what fills up its last block."""
        left = size + -size % _BLOCK - self._read
        self._at += left
        if self._end is not None:
            if self._at > self._end:
                raise self._broken()
            self._stream.seek(self._at)
            return
        while left:
            part = self._stream.read(min(left, _CHUNK_BYTES))
            if not part:
                raise self._broken()
            left -= len(part)

    def _broken(self) -> DamagedSource:
        return DamagedSource(self._file.name, "the tar breaks off")


def _is_header(block: bytes) -> bool:
    try:
        stated = _number(block[148:156])
    except ValueError:
        return False
    plain = sum(block) - sum(block[148:156]) + 8 * 32
    if stated == plain:
        return True
    # Some old writers took bytes for signed: each of the upper half counts 256 less.
    return stated == plain - 256 * sum(byte > 127 for byte in block[:148] + block[156:])


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # in GNU's manner, where octal digits do not suffice
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip()
    return int(digits, 8) if digits else 0


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[345] and header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def _pax(data: bytes) -> dict[str, str]:
    """The records `LENGTH KEY=VALUE` of an extended header."""
    told = {}
    while data:
        length, _, _ = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(data):
            break
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        told[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        data = data[int(length) :]
    return told
