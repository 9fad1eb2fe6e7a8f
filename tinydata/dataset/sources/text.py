"""Text files: a record for each line, blank ones too, as `datasets` has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.source import Claim, FileSource, paths_of
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import File


def open_text(file: File) -> Records:
    """Open one text file; it is read no further than the last record asked for.

    Raises:
        UnknownSource: It is empty.
    """
    if next(_lines(file), None) is None:
        raise UnknownSource(file.name, "it holds no records")
    features = Features({"text": {"dtype": "string", "_type": "Value"}})

    def take(ids: Sequence[int]) -> pa.Table:
        return pa.table({"text": to_array(_pick(file, ids), pa.string())})

    return Records(features, take, lambda: sum(1 for _ in _lines(file)), lambda: paths_of(file))


def _pick(file: File, ids: Sequence[int]) -> list[str]:
    found: list[str] = []
    if not ids:
        return found
    count = 0
    for number, line in enumerate(_lines(file)):
        count = number + 1
        if number == ids[len(found)]:
            try:
                found.append(line.decode())
            except UnicodeDecodeError as error:
                problem = f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}"
                raise DamagedSource(file.name, problem, count) from error
            if len(found) == len(ids):
                return found
    raise NoSuchRecord(ids[len(found)], count)


def _lines(file: File) -> Iterator[bytes]:
    """The lines without their ends, which are LF, CRLF or CR."""
    with file.open() as stream:
        for part in stream:
            yield from part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


def _claims(file: File, head: bytes) -> Claim:
    return Claim.SUFFIX if file.suffix == ".txt" else Claim.NO


TEXT = FileSource(name="text", claims=_claims, open=open_text)
