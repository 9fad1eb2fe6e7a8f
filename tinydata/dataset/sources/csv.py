"""CSV and TSV files, read by pandas as `datasets` has it read: types out of the first ten thousand rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, within
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import Inferred
from tinydata.dataset.sources.source import Claim, FileSource
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import File

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_CHUNK_ROWS = 10_000  # what `datasets` infers types from


class CsvRows:
    """The rows of a file with a header; a chunk that holds no row asked for is parsed, and not kept.

    A row that is short gets nulls, as in pandas; one that is too long is damage.

    Args:
        file: The file.
        separator: Between two fields.

    Raises:
        DamagedSource: The header has a name twice, or one of the first rows cannot be read.
        UnknownSource: There are no rows.
    """

    def __init__(self, file: File, separator: str) -> None:
        self._file, self._separator = file, separator
        self._check_header()
        chunk = next(self._chunks(), None)
        if chunk is None or not chunk.num_rows:
            raise UnknownSource(file.name, "it holds no records")
        schema = pa.schema([(field.name, _portable(field.type)) for field in chunk.schema])
        self.first = chunk.cast(schema)

    def line_of(self, row: int) -> int | None:
        """The line on which a row begins, counted from 1; None where the standard library cannot read so far."""
        for place, (line, _) in enumerate(self._records(), -1):
            if place == row:
                return line
        return None

    def count(self) -> int:
        """The number of rows; reads on to the end."""
        return sum(chunk.num_rows for chunk in self._chunks())

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids."""
        known = self.first.num_rows
        near, far = [row for row in ids if row < known], [row for row in ids if row >= known]
        parts = [self.first.take(to_array(near, pa.int64()))]
        start = 0
        for chunk in self._chunks() if far else ():
            here = [row for row in far if row < start + chunk.num_rows]
            if here:
                rows = chunk.take(to_array([row - start for row in here], pa.int64()))
                parts.append(self._as_first(rows, here))
            far, start = far[len(here) :], start + chunk.num_rows
            if not far:
                return pa.concat_tables(parts)
        if far:
            raise NoSuchRecord(far[0], start)
        return pa.concat_tables(parts)

    def scan(self, ids: Sequence[int]) -> Iterator[pa.Table]:
        """The same, chunk by chunk, up to the last row there is."""
        start = 0
        for chunk in self._chunks() if ids else ():
            here = within(ids, start, start + chunk.num_rows)
            if here:
                yield self._as_first(chunk.take(to_array(here, pa.int64())), [start + row for row in here])
            start += chunk.num_rows
            if ids[-1] < start:
                return

    def _as_first(self, rows: pa.Table, ids: Sequence[int]) -> pa.Table:
        try:
            return rows.cast(self.first.schema)
        except (pa.ArrowException, ValueError):
            pass  # and now which of them
        for name, field in zip(rows.column_names, self.first.schema, strict=True):
            for place, row in enumerate(ids):
                try:
                    rows.column(name).slice(place, 1).cast(field.type)
                except pa.ArrowException as error:
                    problem = f"column {name!r} is {field.type} in the first {_CHUNK_ROWS:,} rows: {error}"
                    raise DamagedSource(self._file.name, problem, self.line_of(row)) from error
        return rows.cast(self.first.schema)

    def _chunks(self) -> Iterator[pa.Table]:
        import pandas as pd

        with self._damage(), self._file.open() as stream:
            for frame in pd.read_csv(stream, sep=self._separator, chunksize=_CHUNK_ROWS):
                yield pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)

    @contextmanager
    def _damage(self) -> Iterator[None]:
        import pandas as pd

        try:
            yield
        except pd.errors.EmptyDataError as error:
            raise UnknownSource(self._file.name, "it holds no records") from error
        except UnicodeDecodeError as error:
            raise DamagedSource(self._file.name, "not UTF-8", self._undecoded_line()) from error
        except pd.errors.ParserError as error:
            if "EOF inside string" in str(error):
                raise DamagedSource(self._file.name, "a quoted field that does not end", self._last_row()) from error
            fields = re.search(r"Expected (\d+) fields in line \d+, saw (\d+)", str(error))
            problem = f"{fields[2]} fields, not {fields[1]}" if fields else str(error).strip()
            raise DamagedSource(self._file.name, problem, self._long_row()) from error
        except pa.ArrowException as error:
            raise DamagedSource(self._file.name, f"values of several types: {str(error).splitlines()[0]}") from error

    def _check_header(self) -> None:
        records = self._records()
        line, names = next(records, (1, []))
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise DamagedSource(self._file.name, f"two columns are called {min(twice)!r}", line)
        line, fields = next(records, (1, []))
        if len(fields) > len(names):  # pandas would take the first of them for a name of the row
            raise DamagedSource(self._file.name, f"{len(fields)} fields, not {len(names)}", line)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Each line of fields with the number of its first line, the header too, blank lines left out."""
        with io.TextIOWrapper(self._file.open(), "utf-8-sig", "replace", newline="") as text:
            reader = csv.reader(text, delimiter=self._separator)
            line = 1
            try:
                for fields in reader:
                    if fields and not (len(fields) == 1 and fields[0].isspace()):
                        yield line, fields
                    line = reader.line_num + 1
            except csv.Error:  # a field of more than it takes; pandas takes it
                return

    def _long_row(self) -> int | None:
        records = self._records()
        _, names = next(records, (1, []))
        return next((line for line, fields in records if len(fields) > len(names)), None)

    def _last_row(self) -> int | None:
        return max((line for line, _ in self._records()), default=None)

    def _undecoded_line(self) -> int | None:
        with self._file.open() as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return number
        return None


def open_csv(file: File, separator: str | None = None) -> Records:
    """Open one CSV or TSV file.

    Args:
        file: The file.
        separator: Between two fields; by the suffix of the file where None.
    """
    rows = CsvRows(file, separator or _SEPARATORS.get(file.suffix, ","))
    return json_records(file, Inferred(rows.first, ()), rows.take, rows.count, rows.line_of, rows.scan)


def _portable(stored: pa.DataType) -> pa.DataType:
    """Text of pandas 3 is large, that of pandas 2 is not; ours is not."""
    return pa.string() if pa.types.is_large_string(stored) else stored


def _claims(file: File, head: bytes) -> Claim:
    return Claim.SUFFIX if file.suffix in _SEPARATORS else Claim.NO


CSV = FileSource(name="CSV", claims=_claims, open=open_csv)
