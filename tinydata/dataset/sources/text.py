"""Text files: a record for each line, blank ones too, as `datasets` has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import TABLE_BYTES, Records
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

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        texts: list[str] = []
        size = 0
        for text in _wanted(file, ids):
            texts.append(text)
            size += len(text) + 64
            if size > TABLE_BYTES:
                yield pa.table({"text": to_array(texts, pa.string())})
                texts, size = [], 0
        if texts:
            yield pa.table({"text": to_array(texts, pa.string())})

    return Records(features, take, lambda: sum(1 for _ in _lines(file)), lambda: paths_of(file), scan=scan)


def _pick(file: File, ids: Sequence[int]) -> list[str]:
    found = list(_wanted(file, ids))
    if len(found) < len(ids):
        raise NoSuchRecord(ids[len(found)], sum(1 for _ in _lines(file)))
    return found


def _wanted(file: File, ids: Sequence[int]) -> Iterator[str]:
    """The lines with these ascending ids, up to the last there is."""
    place = 0
    for number, line in enumerate(_lines(file) if ids else ()):
        if number == ids[place]:
            try:
                yield line.decode()
            except UnicodeDecodeError as error:
                problem = f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}"
                raise DamagedSource(file.name, problem, number + 1) from error
            place += 1
            if place == len(ids):
                return


def _lines(file: File) -> Iterator[bytes]:
    """The lines without their ends, which are LF, CRLF or CR."""
    with file.open() as stream:
        for part in stream:
            yield from part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


def _claims(file: File, head: bytes) -> Claim:
    return Claim.SUFFIX if file.suffix == ".txt" else Claim.NO


TEXT = FileSource(name="text", claims=_claims, open=open_text)
