"""JSONL files: types out of the first 10 MB, as `datasets` has them, and lines no further than the last id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice

import pyarrow as pa

from tinydata.dataset.columns import is_too_deep
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import BadObject, Inferred, infer
from tinydata.dataset.sources.line_blocks import BOM, Block, LineBlocks
from tinydata.dataset.sources.nested import holds_null, plain_table, without_null
from tinydata.dataset.sources.source import Claim, FileSource
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import File

_LOOK_AT = 20  # so many further megabytes are looked at for the type of a column that is null in the first ten
_CHUNK_BYTES = 10 << 20  # what `datasets` infers the features from: with less, a key that comes late would be no column


class JsonLines:
    """The objects of a file that has one on each line; blank lines are no records.

    A damaged line is of no matter to the records before it.

    Args:
        file: The file.
        mixed: Whether structs with different keys become `Json`.

    Raises:
        DamagedSource: The first line is no JSON object.
        UnknownSource: There are none but blank lines.
    """

    def __init__(self, file: File, *, mixed: bool = True) -> None:
        self._file, self._blocks = file, LineBlocks(file, _CHUNK_BYTES)
        block = next(self._blocks.since(0), None)
        if block is None:
            raise UnknownSource(file.name, "it holds no records")
        self._numbers = block.numbers
        self._damage: DamagedSource | None = None
        self.first = self._told_by_later(self._infer(block, mixed), block.end, mixed)

    def line_of(self, record: int) -> int | None:
        """The line of a record, counted from 1, if it is among the first."""
        return self._numbers[record] if record < len(self._numbers) else None

    def count(self) -> int:
        """The number of lines that are not blank; reads on to the end."""
        return self._blocks.count()

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

    def _infer(self, block: Block, mixed: bool) -> Inferred:
        """Types out of all lines up to the first damaged one."""
        lines = block.text
        try:
            if not lines.isascii():
                lines.decode()
            if block.are_objects:
                return infer(lines, mixed=mixed)
            problem: tuple[int | None, str] = (None, "")
        except UnicodeDecodeError:
            problem = (None, "")
        except BadObject as error:
            problem = (error.row, error.problem)
        row, what = _first_bad(lines) or problem
        if row is None:
            raise DamagedSource(self._file.name, what)
        self._damage = DamagedSource(self._file.name, what, self._numbers[row])
        if row == 0:
            raise self._damage
        good = b"\n".join(line.lstrip() for line in lines.split(b"\n", row)[:row])
        try:
            return infer(good, mixed=mixed)
        except BadObject as error:
            raise DamagedSource(self._file.name, error.problem, self.line_of(error.row or 0)) from error

    def _told_by_later(self, first: Inferred, start: int, mixed: bool) -> Inferred:
        """The first objects, what has no value in them, at any depth, in the type that it has further on."""
        schema = first.table.schema
        unknown = [field.name for field in schema if not is_too_deep(field.type) and holds_null(field.type)]
        for block in islice(self._blocks.since(start), _LOOK_AT) if unknown and self._damage is None else ():
            try:
                later = infer(block.text, mixed=mixed)
            except BadObject:  # whoever asks for these records is told
                break
            for name in [name for name in unknown if name in later.table.column_names]:
                if any(path[0] == name for path in (*first.json_paths, *later.json_paths)):
                    continue
                place = schema.get_field_index(name)
                stored = without_null(schema.field(place).type, later.table.schema.field(name).type)
                schema = schema.set(place, schema.field(place).with_type(stored))
            unknown = [name for name in unknown if holds_null(schema.field(name).type)]
            if not unknown:
                break
        return first if schema == first.table.schema else Inferred(plain_table(first.table, schema), first.json_paths)

    def _read_on(self, ids: Sequence[int]) -> pa.Table:
        numbers, lines = zip(*self._further(ids), strict=True)
        together = b"\n".join(line.strip() for line in lines)
        bad = _first_bad(together)
        if bad is not None:
            raise DamagedSource(self._file.name, bad[1], numbers[bad[0]])
        try:
            return self.first.read(together)
        except BadObject:
            for number, line in zip(numbers, lines, strict=True):
                new = json.loads(line).keys() - set(self.first.table.column_names)
                if new:
                    raise DamagedSource(
                        self._file.name, f"no record of the first 10 MB has a {min(new)!r}", number
                    ) from None
                try:
                    self.first.read(line.strip())
                except BadObject as error:
                    raise DamagedSource(self._file.name, error.problem, number) from error
            raise

    def _further(self, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        place = 0
        for block in self._blocks.since(ids[0]):
            lines = block.text.split(b"\n") if ids[place] < block.end else []
            while ids[place] < block.end:
                at = ids[place] - block.first
                yield block.numbers[at], lines[at]
                place += 1
                if place == len(ids):
                    return
        raise NoSuchRecord(ids[place], self.count())


def open_jsonl(file: File) -> Records:
    """Open one JSONL file."""
    lines = JsonLines(file)
    return json_records(file, lines.first, lines.take, lines.count, lines.line_of)


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


def _claims(file: File, head: bytes) -> Claim:
    if file.suffix in (".jsonl", ".ndjson", ".jsonlines"):
        return Claim.SUFFIX
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith(b"{"):
        return Claim.NO
    first, newline, _ = text.partition(b"\n")
    is_record = _first_bad(first) is None or not newline
    if file.suffix == ".json":
        return Claim.CONTENT if is_record else Claim.NO
    return Claim.GUESS if is_record else Claim.NO


JSONL = FileSource(name="JSONL", claims=_claims, open=lambda file, _: open_jsonl(file))
