"""Text files: a record for each line, blank ones too, as `datasets` has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import TABLE_BYTES, Records
from tinydata.dataset.sources.source import NO_OPTIONS, Claim, FileSource, Options, paths_of
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import File


def open_text(file: File, options: Options = NO_OPTIONS) -> Records:
    """Open one text file; it is read no further than the last record asked for.

    Args:
        file: The file.
        options: `keep_linebreaks`, and `sample_by` line, paragraph or document; of the latter two it is read whole.

    Raises:
        UnknownSource: It is empty, or `sample_by` says something else.
    """
    sample_by, keep = options.get("sample_by", "line"), bool(options.get("keep_linebreaks"))
    if sample_by not in ("line", "paragraph", "document"):
        raise UnknownSource(file.name, f"sample_by {sample_by!r}: there is line, paragraph, document")

    def texts() -> Iterator[bytes]:
        return _lines(file, keep) if sample_by == "line" else _pieces(file, sample_by)

    if next(texts(), None) is None:
        raise UnknownSource(file.name, "it holds no records")

    def take(ids: Sequence[int]) -> pa.Table:
        return _table(_pick(file, texts(), ids))

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        found: list[str] = []
        size = 0
        for text in _wanted(file, texts(), ids):
            found.append(text)
            size += len(text)
            if size > TABLE_BYTES:
                yield _table(found)
                found, size = [], 0
        if found:
            yield _table(found)

    features = Features({"text": {"dtype": "string", "_type": "Value"}})
    return Records(features, take, lambda: sum(1 for _ in texts()), lambda: paths_of(file), scan=scan)


def _table(texts: Sequence[str]) -> pa.Table:
    return pa.table({"text": to_array(texts, pa.string())})


def _pick(file: File, texts: Iterator[bytes], ids: Sequence[int]) -> list[str]:
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for text in texts:
            count += 1
            yield text

    found = list(_wanted(file, counted(), ids))
    if len(found) < len(ids):
        raise NoSuchRecord(ids[len(found)], count)
    return found


def _wanted(file: File, texts: Iterator[bytes], ids: Sequence[int]) -> Iterator[str]:
    """Those with these ascending ids, up to the last there is."""
    place = 0
    for number, text in enumerate(texts if ids else ()):
        if number != ids[place]:
            continue
        try:
            yield text.decode()
        except UnicodeDecodeError as error:
            problem = f"not UTF-8: byte {text[error.start]:#04x} at column {error.start + 1}"
            raise DamagedSource(file.name, problem, number + 1) from error
        place += 1
        if place == len(ids):
            return


def _lines(file: File, keep: bool) -> Iterator[bytes]:
    """The lines, which end with LF, CRLF or CR; with LF for each, or without."""
    with file.open() as stream:
        for part in stream:
            plain = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if keep:
                yield from _kept(plain)
            else:
                yield from plain.removesuffix(b"\n").split(b"\n")


def _kept(text: bytes) -> Iterator[bytes]:
    *lines, last = text.split(b"\n")
    yield from (line + b"\n" for line in lines)
    if last:
        yield last


def _pieces(file: File, sample_by: str) -> Iterator[bytes]:
    with file.open() as stream:
        text = stream.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    yield from (piece for piece in (text.split(b"\n\n") if sample_by == "paragraph" else [text]) if piece)


def _claims(file: File, head: bytes) -> Claim:
    return Claim.SUFFIX if file.suffix == ".txt" else Claim.NO


TEXT = FileSource(name="text", claims=_claims, open=open_text, options=frozenset({"keep_linebreaks", "sample_by"}))
