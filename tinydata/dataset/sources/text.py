"""Text files: a record for each line, blank ones too, as `datasets` has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.source import Claim, Source, no_config, pick_split
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource


def open_text(path: Path, config: str | None, split: str | None) -> Records:
    """Open one text file; it is read no further than the last record asked for.

    Raises:
        UnknownSource: It is empty.
    """
    no_config(path, config)
    pick_split(path, split, ())
    if not path.stat().st_size:
        raise UnknownSource(str(path), "it holds no records")
    features = Features({"text": {"dtype": "string", "_type": "Value"}})

    def take(ids: Sequence[int]) -> pa.Table:
        return pa.table({"text": to_array(_pick(path, ids), pa.string())})

    return Records(features, take, lambda: sum(1 for _ in _lines(path)), lambda: (path,), split=split)


def _pick(path: Path, ids: Sequence[int]) -> list[str]:
    found: list[str] = []
    if not ids:
        return found
    count = 0
    for number, line in enumerate(_lines(path)):
        count = number + 1
        if number == ids[len(found)]:
            try:
                found.append(line.decode())
            except UnicodeDecodeError as error:
                problem = f"not UTF-8: byte {line[error.start]:#04x} at column {error.start + 1}"
                raise DamagedSource(path, problem, count) from error
            if len(found) == len(ids):
                return found
    raise NoSuchRecord(ids[len(found)], count)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines without their ends, which are LF, CRLF or CR."""
    with path.open("rb") as file:
        for part in file:
            yield from part.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


def _claims(path: Path, head: bytes) -> Claim:
    return Claim.SUFFIX if path.suffix.lower() == ".txt" and path.is_file() else Claim.NO


TEXT = Source(name="text", claims=_claims, open=open_text)
