"""Archives: a subset of a tarball or of a compressed file is a shorter one, and its records once more as rows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import schema_of
from tinydata.dataset.subset.choice import Choice
from tinydata.dataset.subset.cut import Cutter, sort_of
from tinydata.dataset.subset.kept import Kept, Sort
from tinydata.dataset.subset.rows import write_rows
from tinydata.dataset.subset.sample import draw
from tinydata.dataset.subset.streams import Nowhere, as_binary, buffered
from tinydata.errors import UnknownSource
from tinydata.fetch import File, RemoteFile, compression_of, inner_name, open_plain
from tinydata.fetch.chunks import Prepended
from tinydata.fetch.compressed import SUFFIXES
from tinydata.fetch.tar import is_tar

_SAID = {Sort.JSON_LINES: "JSON lines", Sort.TEXT_LINES: "text lines", Sort.FILES: "texts"}


@dataclass(frozen=True)
class Shortened:
    """What came of cutting an archive.

    Attributes:
        rows: How many records it holds now.
        features: Of their rows.
        read_bytes: How much was read of the source.
        constants: What the loader of the tarball sets; None where the rows are not told by it.
    """

    rows: int
    features: Features
    read_bytes: int
    constants: dict[str, str] | None


def is_archive(file: File, *, lines: bool = False) -> bool:
    """Whether a file is cut as it streams by: a tarball, or compressed lines."""
    if isinstance(file, RemoteFile) and file.suffix not in (*SUFFIXES, ".tar"):
        return False  # its name will do: to look would cost a request
    with file.open() as stream:
        head = stream.read(512)
    if compression_of(head) is None:
        return is_tar(head)
    with open_plain(file) as plain:
        head = buffered(plain).peek()
    return is_tar(head) or sort_of(inner_name(file.name), head, lines=lines, alone=True) is not Sort.FILES


def count_records(file: File, *, lines: bool = False) -> int:
    """The number of records in an archive, which is read to its end."""
    choice = Choice(None)
    with tempfile.TemporaryDirectory() as scratch, file.open() as stream, ExitStack() as packing:
        cutter = Cutter(choice, None, lines=lines, scratch=Path(scratch), packing=packing)
        cutter.cut(stream, file.name, as_binary(Nowhere()))
    return choice.seen


def shorten(
    file: File,
    archive: Path,
    parquet: Path,
    count: int,
    *,
    rng_seed: int | None,
    lines: bool,
    told: Callable[[int, int], None],
) -> Shortened:
    """Cut an archive, and write its records as rows.

    Args:
        file: The archive.
        archive: The shorter one to write.
        parquet: The rows to write.
        count: How many records.
        rng_seed: Which sample to take; the first records where None. All records have to be counted for a sample.
        lines: See `sort_of`.
        told: Called with the number of records kept, and of the bytes read.

    Raises:
        DamagedSource: The archive breaks off before the last record wanted, or is not what it says.
        UnknownSource: It holds no records.
    """
    ids: range | list[int] = range(count)
    if rng_seed is not None:
        ids = np.sort(draw(count, count_records(file, lines=lines), rng_seed)).tolist()
    with (
        tempfile.TemporaryDirectory(dir=archive.parent) as scratch,
        Prepended(b"", file.open()) as source,
        archive.open("wb") as sink,
        closing(Kept(Path(scratch))) as kept,
    ):
        choice = Choice(ids, lambda rows: told(rows, source.count))
        with ExitStack() as packing:
            cutter = Cutter(choice, kept, lines=lines, scratch=Path(scratch), packing=packing)
            cutter.cut(as_binary(source), file.name, sink)
            if not choice.kept:
                raise UnknownSource(file.name, "holds no records")
            written = None if kept.are_samples else _write(kept, file.name, archive, parquet)
        sink.flush()
        rows, features = written or _write(kept, file.name, archive, parquet)
        return Shortened(rows, features, source.count, _constants(kept, features, archive.name))


def _write(kept: Kept, name: str, archive: Path, parquet: Path) -> tuple[int, Features]:
    features, tables = kept.rows(name, archive)
    rows = 0
    for rows in write_rows(parquet, features, tables):  # noqa: B007 - the last is the number of all
        pass
    return rows, features


def _constants(kept: Kept, features: Features, name: str) -> dict[str, str] | None:
    plain = schema_of(features)
    if kept.sort is None or kept.sort is Sort.TABLE or kept.are_samples or "Json" in json.dumps(features):
        return None
    return {
        "ARCHIVE": name,
        "RECORDS": _SAID[kept.sort],
        "SUFFIXES": " ".join(sorted(kept.suffixes)),
        "FEATURES": json.dumps(json.loads(plain.metadata[b"huggingface"])["info"]["features"]),
    }
