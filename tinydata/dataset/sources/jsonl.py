"""JSONL files: types out of the first 10 MB, as `datasets` has them, and lines no further than the last id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.records import Records
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import BadObject, Inferred, infer
from tinydata.dataset.sources.source import Claim, Source, no_config, pick_split
from tinydata.errors import DamagedSource, NoSuchRecord

BOM = b"\xef\xbb\xbf"
_CHUNK_BYTES = 10 << 20  # what `datasets` infers the features from: with fewer, a key that comes late would be no column


class JsonLines:
    """The objects of a file that has one on each line; blank lines are no records.

    Args:
        path: The file.
        mixed: Whether structs with different keys become `Json`.

    Raises:
        DamagedSource: The first line is no JSON object.
    """

    def __init__(self, path: Path, *, mixed: bool = True) -> None:
        self._path, self._mixed = path, mixed
        with path.open("rb") as file:
            chunk = file.read(_CHUNK_BYTES) + file.readline()
            self._offset = file.tell()
        chunk = chunk.removeprefix(BOM)
        numbered = [(number, line) for number, line in enumerate(chunk.split(b"\n"), 1) if not _is_blank(line)]
        self._chunk_lines = chunk.count(b"\n")
        self._chunk_count = len(numbered)
        self._numbers = [number for number, _ in numbered]
        self._damage: DamagedSource | None = None
        self.first = self._infer([line for _, line in numbered])

    def line_of(self, record: int) -> int | None:
        """The line of a record, counted from 1, if it is among the first."""
        return self._numbers[record] if record < len(self._numbers) else None

    def count(self) -> int:
        """The number of lines that are not blank; reads on to the end."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            return self._chunk_count + sum(not _is_blank(line) for line in file)

    def take(self, ids: Sequence[int]) -> pa.Table:
        """The rows with these ascending ids."""
        known = self.first.table.num_rows
        near, far = [row for row in ids if row < known], [row for row in ids if row >= known]
        table = self.first.table.take(pa.array(near, pa.int64()))
        if not far:
            return table
        if self._damage is not None:
            raise self._damage
        return pa.concat_tables([table, self._read_on(far)])

    def _infer(self, lines: list[bytes]) -> Inferred:
        """Types out of all lines up to the first damaged one: what lies behind the ids asked for is of no matter."""
        lines = self._cut_bad_text(lines)
        while True:
            try:
                return infer(lines, mixed=self._mixed) if lines or self._damage is None else self._refuse()
            except BadObject as error:
                row, problem = _first_bad(lines, error)
                if row is None:
                    raise DamagedSource(self._path, problem) from error
                self._damage = DamagedSource(self._path, problem, self._numbers[row])
                lines = lines[:row]

    def _refuse(self) -> Inferred:
        assert self._damage is not None
        raise self._damage

    def _cut_bad_text(self, lines: list[bytes]) -> list[bytes]:
        try:
            b"\n".join(lines).decode()
        except UnicodeDecodeError:
            for row, line in enumerate(lines):
                problem = _bad_text(line)
                if problem:
                    self._damage = DamagedSource(self._path, problem, self._numbers[row])
                    return lines[:row]
        return lines

    def _read_on(self, ids: Sequence[int]) -> pa.Table:
        lines, numbers = [], []
        for number, line in self._further(ids):
            problem = _bad_text(line)
            if problem:
                raise DamagedSource(self._path, problem, number)
            lines.append(line)
            numbers.append(number)
        try:
            return self.first.read(lines)
        except (BadObject, ValueError) as error:
            for number, line in zip(numbers, lines, strict=True):
                try:
                    json.loads(line)
                    self.first.read([line])
                except (BadObject, ValueError) as problem:
                    raise DamagedSource(self._path, str(problem), number) from error
            raise DamagedSource(self._path, str(error)) from error

    def _further(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        record, place = self._chunk_count, 0
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for number, line in enumerate(file, self._chunk_lines + 1):
                if _is_blank(line):
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


def _first_bad(lines: Sequence[bytes], error: BadObject) -> tuple[int | None, str]:
    """The first line that is no JSON object by itself, else the one that the error names."""
    for row, line in enumerate(lines):
        try:
            if not isinstance(json.loads(line), dict):
                return row, "no JSON object"
        except (ValueError, RecursionError) as problem:
            return row, f"no JSON: {problem}"
    return error.row, error.problem


def _bad_text(line: bytes) -> str | None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}"
    return None


def _is_blank(line: bytes) -> bool:
    return not line or line.isspace()


def _claims(path: Path, head: bytes) -> Claim:
    if path.suffix.lower() in (".jsonl", ".ndjson", ".jsonlines") and path.is_file():
        return Claim.SUFFIX
    if not head.removeprefix(BOM).lstrip().startswith(b"{"):
        return Claim.NO
    first = head.removeprefix(BOM).lstrip().split(b"\n", 1)[0]
    is_whole = _is_object(first) or (b"\n" not in head and len(head) >= 4096)
    if path.suffix.lower() == ".json":
        return Claim.CONTENT if is_whole else Claim.NO
    return Claim.GUESS if is_whole else Claim.NO


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


JSONL = Source(name="JSONL", claims=_claims, open=open_jsonl, lone=True)
