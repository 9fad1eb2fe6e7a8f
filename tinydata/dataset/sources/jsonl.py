"""JSONL files: types out of the first 10 MB, as `datasets` has them, and lines no further than the last id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import BadObject, Inferred, infer
from tinydata.dataset.sources.source import Claim, Source, no_config, pick_split
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource

BOM = b"\xef\xbb\xbf"
_CHUNK_BYTES = 10 << 20  # what `datasets` infers the features from: with less, a key that comes late would be no column


class JsonLines:
    """The objects of a file that has one on each line; blank lines are no records.

    A damaged line is of no matter to the records before it.

    Args:
        path: The file.
        mixed: Whether structs with different keys become `Json`.

    Raises:
        DamagedSource: The first line is no JSON object.
        UnknownSource: There are none but blank lines.
    """

    def __init__(self, path: Path, *, mixed: bool = True) -> None:
        self._path = path
        with path.open("rb") as file:
            chunk = file.read(_CHUNK_BYTES) + file.readline()
            self._offset = file.tell()
        self._chunk_lines = chunk.count(b"\n")
        lines, self._numbers = _filled_lines(chunk.removeprefix(BOM))
        if not self._numbers:
            raise UnknownSource(str(path), "it holds no records")
        self._damage: DamagedSource | None = None
        self.first = self._infer(lines, mixed)

    def line_of(self, record: int) -> int | None:
        """The line of a record, counted from 1, if it is among the first."""
        return self._numbers[record] if record < len(self._numbers) else None

    def count(self) -> int:
        """The number of lines that are not blank; reads on to the end."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            return len(self._numbers) + sum(not line.isspace() for line in file)

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids."""
        known = self.first.table.num_rows
        near, far = [row for row in ids if row < known], [row for row in ids if row >= known]
        table = self.first.table.take(to_array(near, pa.int64()))
        if not far:
            return table
        if self._damage is not None:
            raise self._damage
        return pa.concat_tables([table, self._read_on(far)])

    def _infer(self, lines: bytes, mixed: bool) -> Inferred:
        """Types out of all lines up to the first damaged one."""
        try:
            lines.decode()
            if lines.startswith(b"{") and lines.count(b"\n{") + 1 == len(self._numbers):
                return infer(lines, mixed=mixed)
            problem: tuple[int | None, str] = (None, "")
        except UnicodeDecodeError:
            problem = (None, "")
        except BadObject as error:
            problem = (error.row, error.problem)
        row, what = _first_bad(lines) or problem
        if row is None:
            raise DamagedSource(self._path, what)
        self._damage = DamagedSource(self._path, what, self._numbers[row])
        if row == 0:
            raise self._damage
        good = b"\n".join(line.lstrip() for line in lines.split(b"\n", row)[:row])
        try:
            return infer(good, mixed=mixed)
        except BadObject as error:
            raise DamagedSource(self._path, error.problem, self.line_of(error.row or 0)) from error

    def _read_on(self, ids: Sequence[int]) -> pa.Table:
        numbers, lines = zip(*self._further(ids), strict=True)
        together = b"\n".join(line.strip() for line in lines)
        bad = _first_bad(together)
        if bad is not None:
            raise DamagedSource(self._path, bad[1], numbers[bad[0]])
        try:
            return self.first.read(together)
        except BadObject:
            for number, line in zip(numbers, lines, strict=True):
                new = json.loads(line).keys() - set(self.first.table.column_names)
                if new:
                    raise DamagedSource(
                        self._path, f"no record of the first 10 MB has a {min(new)!r}", number
                    ) from None
                try:
                    self.first.read(line.strip())
                except BadObject as error:
                    raise DamagedSource(self._path, error.problem, number) from error
            raise

    def _further(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        record, place = len(self._numbers), 0
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for number, line in enumerate(file, self._chunk_lines + 1):
                if line.isspace():
                    continue
                if record == ids[place]:
                    yield number, line
                    place += 1
                    if place == len(ids):
                        return
                record += 1
        raise NoSuchRecord(ids[place], record)


def open_jsonl(path: Path, config: str | None, split: str | None) -> Records:
    """Open one JSONL file."""
    no_config(path, config)
    pick_split(path, split, ())
    lines = JsonLines(path)
    return json_records(path, lines.first, lines.take, lines.count, lines.line_of, split)


def _filled_lines(chunk: bytes) -> tuple[bytes, Sequence[int]]:
    """The lines that are not blank, and their numbers from 1."""
    plain = chunk.removesuffix(b"\n")
    count = plain.count(b"\n") + 1
    if plain.startswith(b"{") and plain.count(b"\n{") + 1 == count:
        return plain, range(1, count + 1)
    numbered = [(number, line) for number, line in enumerate(plain.split(b"\n"), 1) if line and not line.isspace()]
    return b"\n".join(line.strip() for _, line in numbered), [number for number, _ in numbered]


def _first_bad(lines: bytes) -> tuple[int, str] | None:
    """The first line that is no JSON object by itself, and why."""
    for row, line in enumerate(lines.split(b"\n")):
        try:
            if not isinstance(json.loads(line.decode()), dict):
                return row, "no JSON object"
        except UnicodeDecodeError as error:
            return row, f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}"
        except json.JSONDecodeError as error:
            return row, f"no JSON: {error.msg}, at column {error.colno}"
        except (ValueError, RecursionError) as error:
            return row, f"no JSON: {error}"
    return None


def _claims(path: Path, head: bytes) -> Claim:
    if path.suffix.lower() in (".jsonl", ".ndjson", ".jsonlines") and path.is_file():
        return Claim.SUFFIX
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith(b"{"):
        return Claim.NO
    first, newline, _ = text.partition(b"\n")
    is_record = _first_bad(first) is None or not newline
    if path.suffix.lower() == ".json":
        return Claim.CONTENT if is_record else Claim.NO
    return Claim.GUESS if is_record else Claim.NO


JSONL = Source(name="JSONL", claims=_claims, open=open_jsonl, lone=True)
