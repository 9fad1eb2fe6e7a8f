"""The messages of an Arrow IPC stream or file: where each lies and how many rows it holds, without reading its body."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import pyarrow as pa

from tinydata.dataset.sources.bytes_of import read_exact, read_upto

FILE_MAGIC = b"ARROW1"
CONTINUATION = b"\xff\xff\xff\xff"
SCHEMA, DICTIONARY, BATCH = 1, 2, 3

_HEAD = 1024  # holds the metadata of a message of some thirty columns, and so saves a second read
_LIMIT = 1 << 28  # no message has that much metadata: these bytes are something else


class Message(NamedTuple):
    """One message: where it lies, with its body, and the rows of a record batch (0 for any other)."""

    sort: int
    offset: int
    size: int
    rows: int


def stream_messages(file: io.FileIO, offset: int = 0) -> Iterator[Message]:
    """The messages of a stream from `offset` on; the end of the file is an end too, as for pyarrow.

    Raises:
        EOFError: The stream breaks off inside a message.
        ArrowInvalid: These bytes are no message.
    """
    end = file.seek(0, io.SEEK_END)
    while offset < end:
        message = _message_at(file, offset)
        if message is None:
            return
        if offset + message.size > end:
            raise EOFError(f"the file breaks off at byte {end}, inside a message that begins at {offset}")
        yield message
        offset += message.size


def file_messages(file: io.FileIO, skip: int = 0) -> Iterator[Message]:
    """The messages of an IPC file as its footer lists them: the schema, all dictionaries, then the record batches.

    Args:
        file: The file, from its magic bytes on.
        skip: So many messages are known already.

    Raises:
        EOFError: The file breaks off.
        ArrowInvalid: The footer is damaged.
    """
    end = file.seek(0, io.SEEK_END)
    tail = read_upto(file, max(0, end - 10), 10)
    if tail[-6:] != FILE_MAGIC:
        raise EOFError("the Arrow file breaks off: it does not end with ARROW1")
    length = struct.unpack("<i", tail[:4])[0]
    if not 0 < length <= end - 10:
        raise pa.ArrowInvalid("the footer is damaged")
    footer = _Table.root(read_exact(file, end - 10 - length, length))
    if skip == 0:
        yield from islice(stream_messages(file, 8), 1)
    blocks = footer.structs(2, "<qixxxxq") + footer.structs(3, "<qixxxxq")
    for offset, metadata, body in blocks[max(0, skip - 1) :]:
        message = _message_at(file, offset)
        if message is None or message.size != metadata + body or offset + message.size > end:
            raise pa.ArrowInvalid(f"no message at byte {offset}, where the footer has one")
        yield message


def _message_at(file: io.FileIO, offset: int) -> Message | None:
    """The message at `offset`; None for the mark that ends a stream."""
    data = read_upto(file, offset, _HEAD)
    # Before Arrow 0.15 the length came first, without the continuation mark.
    prefix = 8 if data[:4] == CONTINUATION else 4
    if len(data) < prefix:
        raise EOFError(f"the file breaks off at byte {offset + len(data)}")
    length = struct.unpack_from("<i", data, prefix - 4)[0]
    if length == 0:
        return None
    if not 0 < length < _LIMIT:
        raise pa.ArrowInvalid(f"no message at byte {offset}")
    end = prefix + length
    message = _Table.root(data[prefix:end] if end <= len(data) else read_exact(file, offset + prefix, length))
    sort, body = message.number(1, "<B"), message.number(3, "<q")
    rows = message.table(2).number(0, "<q") if sort == BATCH else 0
    if body < 0 or rows < 0:
        raise pa.ArrowInvalid(f"no message at byte {offset}")
    return Message(sort, offset, end + body, rows)


class _Table:
    """One table of a flatbuffer, by the numbers of its fields."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self._position = data, position
        self._fields = position - self._at("<i", position)
        self._size = self._at("<H", self._fields)

    @classmethod
    def root(cls, data: bytes) -> _Table:
        try:
            return cls(data, struct.unpack_from("<I", data)[0])
        except struct.error as error:
            raise pa.ArrowInvalid("no flatbuffer") from error

    def number(self, field: int, sort: str) -> int:
        """A number; 0 where it is left out."""
        place = self._place(field)
        return self._at(sort, place) if place else 0

    def table(self, field: int) -> _Table:
        """A table inside this one."""
        place = self._place(field)
        if not place:
            raise pa.ArrowInvalid("no flatbuffer of a message")
        return _Table(self._data, place + self._at("<I", place))

    def structs(self, field: int, sort: str) -> list[tuple[int, ...]]:
        """A vector of structs."""
        place = self._place(field)
        if not place:
            return []
        start = place + self._at("<I", place)
        size = struct.calcsize(sort)
        try:
            return [struct.unpack_from(sort, self._data, start + 4 + at * size) for at in range(self._at("<I", start))]
        except struct.error as error:
            raise pa.ArrowInvalid("no flatbuffer") from error

    def _place(self, field: int) -> int:
        slot = 4 + 2 * field
        offset = self._at("<H", self._fields + slot) if slot < self._size else 0
        return self._position + offset if offset else 0

    def _at(self, sort: str, position: int) -> int:
        if position < 0:  # Python would count it from the end
            raise pa.ArrowInvalid("no flatbuffer")
        try:
            return int(struct.unpack_from(sort, self._data, position)[0])
        except struct.error as error:
            raise pa.ArrowInvalid("no flatbuffer") from error
