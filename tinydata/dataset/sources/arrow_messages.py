"""The messages of an Arrow IPC stream or file: where each lies and how many rows it holds, without reading its body."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import pyarrow as pa

from tinydata.dataset.sources.bytes_of import Bytes

FILE_MAGIC = b"ARROW1"
CONTINUATION = b"\xff\xff\xff\xff"
SCHEMA, DICTIONARY, BATCH = 1, 2, 3

_HEAD = 1024  # holds the metadata of a message of some thirty columns, and so saves a second read
_u16, _u32, _i32, _i64 = (struct.Struct(sort).unpack_from for sort in ("<H", "<I", "<i", "<q"))
_block = struct.Struct("<qixxxxq").unpack_from
_LIMIT = 1 << 28  # no message has that much metadata: these bytes are something else


class Message(NamedTuple):
    """One message: where it lies, with its body, and the rows of a record batch (0 for any other)."""

    sort: int
    offset: int
    size: int
    rows: int


def stream_messages(data: Bytes, offset: int = 0) -> Iterator[Message]:
    """The messages of a stream from `offset` on; the end of the file is an end too, as for pyarrow.

    Raises:
        EOFError: The stream breaks off inside a message.
        ArrowInvalid: These bytes are no message.
    """
    end = data.size
    while offset < end:
        message = _message_at(data, offset)
        if message is None:
            return
        if offset + message.size > end:
            raise EOFError(f"the file breaks off at byte {end}, inside a message that begins at {offset}")
        yield message
        offset += message.size


def file_messages(data: Bytes, skip: int = 0) -> Iterator[Message]:
    """The messages of an IPC file as its footer lists them: the schema, all dictionaries, then the record batches.

    Args:
        data: The file, from its magic bytes on.
        skip: So many messages are known already.

    Raises:
        EOFError: The file breaks off.
        ArrowInvalid: The footer is damaged.
    """
    end = data.size
    tail = data.upto(max(0, end - 10), 10)
    if tail[-6:] != FILE_MAGIC:
        raise EOFError("the Arrow file breaks off: it does not end with ARROW1")
    length = struct.unpack("<i", tail[:4])[0]
    if not 0 < length <= end - 10:
        raise pa.ArrowInvalid("the footer is damaged")
    footer = data.exact(end - 10 - length, length)
    if skip == 0:
        yield from islice(stream_messages(data, 8), 1)
    try:
        blocks = _blocks(footer, 2) + _blocks(footer, 3)
    except struct.error as error:
        raise pa.ArrowInvalid("the footer is damaged") from error
    for offset, metadata, body in blocks[max(0, skip - 1) :]:
        message = _message_at(data, offset) if 0 < offset < end else None
        if message is None or message.size != metadata + body or offset + message.size > end:
            raise pa.ArrowInvalid(f"no message at byte {offset}, where the footer has one")
        yield message


def _message_at(file: Bytes, offset: int) -> Message | None:
    """The message at `offset`; None for the mark that ends a stream."""
    data = file.upto(offset, _HEAD)
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
    metadata = data[prefix:end] if end <= len(data) else file.exact(offset + prefix, length)
    try:
        table = _u32(metadata)[0]
        sort_at, header_at, body_at = (_field(metadata, table, field) for field in (1, 2, 3))
        sort = metadata[sort_at] if sort_at else 0
        body = _i64(metadata, body_at)[0] if body_at else 0
        rows_at = _field(metadata, header_at + _u32(metadata, header_at)[0], 0) if sort == BATCH else 0
        rows = _i64(metadata, rows_at)[0] if rows_at else 0
    except (struct.error, IndexError) as error:
        raise pa.ArrowInvalid(f"no message at byte {offset}") from error
    if body < 0 or rows < 0:
        raise pa.ArrowInvalid(f"no message at byte {offset}")
    return Message(sort, offset, end + body, rows)


def _field(data: bytes, table: int, field: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 where it is left out, which stands for its default."""
    fields = table - _i32(data, table)[0]
    slot = 4 + 2 * field
    if slot >= _u16(data, fields)[0]:
        return 0
    offset: int = _u16(data, fields + slot)[0]
    return table + offset if offset else 0


def _blocks(footer: bytes, field: int) -> list[tuple[int, int, int]]:
    """A vector of blocks in the footer: offset, bytes of metadata, bytes of body."""
    place = _field(footer, _u32(footer)[0], field)
    if not place:
        return []
    start = place + _u32(footer, place)[0]
    return [_block(footer, start + 4 + at * 24) for at in range(_u32(footer, start)[0])]
