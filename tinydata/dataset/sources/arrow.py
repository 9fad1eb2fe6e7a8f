"""Arrow IPC streams and files: the record batches that hold the rows are read, of all others only the headers."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence

import pyarrow as pa

from tinydata.dataset.columns import features_of, to_storage
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.sources.arrow_messages import (
    CONTINUATION,
    DICTIONARY,
    FILE_MAGIC,
    SCHEMA,
    Message,
    file_messages,
    stream_messages,
)
from tinydata.dataset.sources.bytes_of import Bytes, bytes_of
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.nested import empty_table, plain_schema, plain_table, takeable
from tinydata.dataset.sources.source import Claim, FileSource, check_names, paths_of
from tinydata.errors import DamagedSource
from tinydata.fetch import File


class ArrowRows:
    """The rows of one Arrow file, by number; its headers are walked once, and no further than the rows asked for.

    Raises:
        DamagedSource: The file is no Arrow, or breaks off before its schema ends.
    """

    def __init__(self, file: File) -> None:
        self._file = file
        with bytes_of(file) as data:
            head = data.upto(0, 8)
            self._is_file = head.startswith(FILE_MAGIC)
            if not self._is_file and not _begins_a_stream(head):
                raise DamagedSource(file.name, "no Arrow file: it begins with neither ARROW1 nor a message")
            first = next(file_messages(data) if self._is_file else stream_messages(data), None)
            if first is None or first.sort != SCHEMA:
                raise DamagedSource(file.name, "no Arrow file: it does not begin with a schema")
            with pa.ipc.open_stream(pa.py_buffer(data.exact(first.offset, first.size))) as stream:
                self.stated_schema = stream.schema
            self.schema = plain_schema(self.stated_schema)
            check_names(file, self.schema.names)
        self._messages = [first]
        self._ends = [0]  # the rows up to and with each message
        self._walked = False

    def count(self) -> int:
        """The number of rows; walks all headers."""
        with bytes_of(self._file) as data:
            self._walk(data, None)
        return self._ends[-1]

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids, in plain types."""
        if not ids:
            return empty_table(self.schema)
        with bytes_of(self._file) as data:
            self._walk(data, ids[-1])
            check_ids(ids, self._ends[-1])
            hits = {bisect_right(self._ends, row) for row in ids}
            # A dictionary may be replaced or grow from batch to batch: all that come before a batch are read, in order.
            read = [at for at in range(max(hits) + 1) if at in hits or self._messages[at].sort in (SCHEMA, DICTIONARY)]
            spliced = _Spliced(data, [self._messages[at] for at in read])
            tables, place = [], 0
            with pa.ipc.open_stream(pa.PythonFile(spliced, mode="r")) as stream:
                for at in sorted(hits):
                    start, end, rows = self._ends[at - 1], self._ends[at], []
                    while place < len(ids) and ids[place] < end:
                        rows.append(ids[place] - start)
                        place += 1
                    batch = stream.read_next_batch()
                    batch.validate(full=True)  # pyarrow follows a damaged offset out of its memory
                    if batch.num_rows != end - start:
                        raise DamagedSource(
                            self._file.name, f"a record batch that holds other rows than it says, at {start}"
                        )
                    found = pa.Table.from_batches([takeable(batch)]).take(to_array(rows, pa.int64()))
                    tables.append(plain_table(found, self.schema))
        return pa.concat_tables(tables)

    def _walk(self, data: Bytes, last: int | None) -> None:
        """Walk on to the message that holds row `last`, or to the end."""
        if self._walked or (last is not None and last < self._ends[-1]):
            return
        known = self._messages[-1]
        onward = (
            file_messages(data, len(self._messages))
            if self._is_file
            else stream_messages(data, known.offset + known.size)
        )
        for message in onward:
            self._messages.append(message)
            self._ends.append(self._ends[-1] + message.rows)
            if last is not None and last < self._ends[-1]:
                return
        self._walked = True


def open_arrow(file: File) -> Records:
    """Open one Arrow file."""
    rows = ArrowRows(file)
    features = features_of(rows.stated_schema)

    def take(ids: Sequence[int]) -> pa.Table:
        return take_along(to_storage(rows.take(ids), features), features, file)

    return Records(features, take, rows.count, lambda: paths_of(file))


class _Spliced(io.RawIOBase):
    """Messages that lie apart in a file, as one stream."""

    def __init__(self, data: Bytes, messages: Sequence[Message]) -> None:
        self._data = data
        self._spans = [(message.offset, message.size) for message in reversed(messages)]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts = []
        while self._spans and size:
            offset, length = self._spans.pop()
            part = self._data.exact(offset, length if size < 0 else min(length, size))
            if len(part) < length:
                self._spans.append((offset + len(part), length - len(part)))
            size -= len(part) if size > 0 else 0
            parts.append(part)
        return b"".join(parts)


def _begins_a_stream(head: bytes) -> bool:
    # A stream older than Arrow 0.15 begins with the length of its schema; no text begins with a byte of 0 there.
    return head[:4] == CONTINUATION or (len(head) == 8 and head[2:4] == b"\0\0" and head[:4] != b"\0\0\0\0")


def _claims(file: File, head: bytes) -> Claim:
    if head.startswith((FILE_MAGIC + b"\0\0", CONTINUATION)):
        return Claim.CONTENT
    suffixes = (".arrow", ".arrows", ".feather", ".ipc")
    return Claim.SUFFIX if file.suffix in suffixes else Claim.NO


ARROW = FileSource(name="Arrow", claims=_claims, open=lambda file, _: open_arrow(file))
