"""CSV and TSV files, read by pandas as `datasets` has it read: types out of the first ten thousand rows."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tinydata.dataset.loader import Feature, to_array, value_type
from tinydata.dataset.records import Records, within
from tinydata.dataset.sources.csv_lines import CsvLines
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import Inferred
from tinydata.dataset.sources.source import NO_OPTIONS, Claim, FileSource, Options
from tinydata.errors import BadSource, DamagedSource, NoSuchRecord, TinydataError, UnknownSource
from tinydata.fetch import File

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_CHUNK_ROWS = 10_000  # what `datasets` infers types from
_LOOK_AT = 20  # so many chunks are looked at for the type of a column that is null in the first
_SEPARATING = frozenset({"sep", "delimiter"})
_OPTIONS = _SEPARATING | frozenset(
    "names column_names header usecols skipinitialspace skiprows nrows na_values keep_default_na na_filter true_values "
    "false_values skip_blank_lines thousands decimal lineterminator quotechar quoting escapechar comment doublequote "
    "float_precision on_bad_lines date_format features".split()
)


class CsvRows:
    """The rows of a file with a header; a chunk that holds no row asked for is parsed, and not kept.

    A row that is short gets nulls, as in pandas; one that is too long is damage, which is of no matter to the rows before it.

    Args:
        file: The file.
        options: As `datasets` calls them; `names`, `skiprows` and the like go to pandas as they are. A column for which
            `features` say that it holds texts is not taken for numbers.

    Attributes:
        first: The first rows.
        untyped: Columns that are null as far as was read.

    Raises:
        DamagedSource: The header has a name twice, or the first row cannot be read.
        UnknownSource: There are no rows.
    """

    def __init__(self, file: File, options: Options = NO_OPTIONS) -> None:
        self._file = file
        said = options.get("delimiter", options.get("sep"))
        self._separator = str(said) if said else _SEPARATORS.get(file.suffix, ",")
        self._options = {name: value for name, value in options.items() if name not in _SEPARATING}
        if "column_names" in self._options:
            self._options["names"] = self._options.pop("column_names")
        features = self._options.pop("features", {})
        # What the standard library reads in the same manner: only of that the line of a row is known.
        has_lines = not self._options and len(self._separator) == 1
        self._lines = CsvLines(file, self._separator if has_lines else None)
        if features:
            self._options["dtype"] = {name: _dtype(feature) for name, feature in features.items()}
        self._good: int | None = None  # the rows before damage that was met
        self._damage: DamagedSource | None = None
        self._lines.check_header()
        chunks = self._safe_chunks()
        chunk = next(chunks, None)
        if chunk is None or not chunk.num_rows:
            raise self._damage_or(UnknownSource(file.name, "it holds no records"))
        self.first, self.untyped = _told_by_later(_portable(chunk), chunks)

    def line_of(self, row: int) -> int | None:
        """The line on which a row begins, counted from 1; None where the standard library cannot read so far."""
        return self._lines.of(row)

    def count(self) -> int:
        """The number of rows; reads on to the end."""
        count = sum(chunk.num_rows for chunk in self._safe_chunks())
        if self._damage is not None:
            raise self._damage
        return int(count)

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids."""
        known = self.first.num_rows
        near, far = [row for row in ids if row < known], [row for row in ids if row >= known]
        parts = [self.first.take(to_array(near, pa.int64()))]
        start = 0
        for chunk in self._safe_chunks() if far else ():
            here = [row for row in far if row < start + chunk.num_rows]
            if here:
                rows = chunk.take(to_array([row - start for row in here], pa.int64()))
                parts.append(self._as_first(rows, here))
            far, start = far[len(here) :], start + chunk.num_rows
            if not far:
                return pa.concat_tables(parts)
        if far:
            raise self._damage_or(NoSuchRecord(far[0], start))
        return pa.concat_tables(parts)

    def scan(self, ids: Sequence[int]) -> Iterator[pa.Table]:
        """The same, chunk by chunk, up to the last row there is."""
        start = 0
        for chunk in self._safe_chunks() if ids else ():
            here = within(ids, start, start + chunk.num_rows)
            if here:
                yield self._as_first(chunk.take(to_array(here, pa.int64())), [start + row for row in here])
            start += chunk.num_rows
            if ids[-1] < start:
                return
        if ids and self._damage is not None:
            raise self._damage

    def _damage_or(self, end: TinydataError) -> TinydataError:
        return self._damage or end

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

    def _safe_chunks(self) -> Iterator[pa.Table]:
        """All chunks, or those before the damage, the last one shorter; `_damage` then says what it is."""
        done = 0
        try:
            for chunk in self._chunks():
                yield chunk
                done += chunk.num_rows
        except DamagedSource as damage:
            if self._good is not None or damage.line is None:
                raise
            self._damage = damage
            self._good = self._lines.rows_before(damage.line)
            start = 0
            for chunk in self._chunks():
                if start >= done and chunk.num_rows:
                    yield chunk
                start += chunk.num_rows

    def _chunks(self) -> Iterator[pa.Table]:
        import pandas as pd

        given: dict[str, Any] = {"sep": self._separator, "chunksize": _CHUNK_ROWS, **self._options}
        if len(self._separator) > 1:
            given["engine"] = "python"
        if self._good is not None:
            given |= {"nrows": self._good, "encoding_errors": "replace"}
        with self._damaged(), self._file.open() as stream:
            reader = pd.read_csv(stream, **given)
            while True:
                with warnings.catch_warnings():  # of values of several types: we say so ourselves
                    warnings.simplefilter("ignore", pd.errors.DtypeWarning)
                    frame = next(reader, None)
                if frame is None:
                    return
                yield self._as_table(frame)

    def _as_table(self, frame: pd.DataFrame) -> pa.Table:
        try:
            return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        except OverflowError as error:
            for name in frame.columns:
                if any(isinstance(value, int) and value.bit_length() > 63 for value in frame[name]):
                    problem = f"column {name!r} has a whole number that 64 bits cannot hold"
                    raise DamagedSource(self._file.name, problem) from error
            raise

    @contextmanager
    def _damaged(self) -> Iterator[None]:
        import pandas as pd

        name = self._file.name
        try:
            yield
        except pd.errors.EmptyDataError as error:
            raise UnknownSource(name, "it holds no records") from error
        except UnicodeDecodeError as error:
            raise DamagedSource(name, "not UTF-8", self._lines.undecoded()) from error
        except pd.errors.ParserError as error:
            if "EOF inside string" in str(error):
                raise DamagedSource(name, "a quoted field that does not end", self._lines.last_row()) from error
            fields = re.search(r"Expected (\d+) fields in line \d+, saw (\d+)", str(error))
            problem = f"{fields[2]} fields, not {fields[1]}" if fields else str(error).strip()
            raise DamagedSource(name, problem, self._lines.long_row()) from error
        except pa.ArrowException as error:
            raise DamagedSource(name, f"values of several types: {str(error).splitlines()[0]}") from error
        except (ValueError, TypeError) as error:
            if isinstance(error, BadSource) or not self._options:
                raise
            said = ", ".join(f"{option} {value!r}" for option, value in self._options.items() if option != "dtype")
            raise UnknownSource(
                name, f"it cannot be read with {said or 'the features of its card'}: {error}"
            ) from error


def open_csv(file: File, options: Options = NO_OPTIONS) -> Records:
    """Open one CSV or TSV file."""
    rows = CsvRows(file, options)
    return json_records(file, Inferred(rows.first, ()), rows.take, rows.count, rows.line_of, rows.untyped, rows.scan)


def _told_by_later(first: pa.Table, chunks: Iterator[pa.Table]) -> tuple[pa.Table, frozenset[str]]:
    """The first rows, columns without any value in the type that they have further on; and those that have none."""
    unknown = {name for name in first.column_names if first.column(name).null_count == first.num_rows}
    for chunk in islice(chunks, _LOOK_AT) if unknown and first.num_rows == _CHUNK_ROWS else ():
        for name in [name for name in unknown if chunk.column(name).null_count < chunk.num_rows]:
            stored = _portable(chunk.select([name])).schema.field(0).type
            first = first.set_column(first.column_names.index(name), name, pa.nulls(first.num_rows, stored))
            unknown.discard(name)
        if not unknown:
            break
    return first, frozenset(unknown)


def _dtype(feature: Feature) -> Any:
    """What pandas is to make of a column, as `datasets` has it: of anything but plain values what is written there."""
    stored = value_type(feature)
    return object if stored is None else stored.to_pandas_dtype()


def _portable(table: pa.Table) -> pa.Table:
    """Text of pandas 3 is large, that of pandas 2 is not; ours is not."""
    fields = [
        (field.name, pa.string() if pa.types.is_large_string(field.type) else field.type) for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _claims(file: File, head: bytes) -> Claim:
    return Claim.SUFFIX if file.suffix in _SEPARATORS else Claim.NO


CSV = FileSource(name="CSV", claims=_claims, open=open_csv, options=_OPTIONS)
