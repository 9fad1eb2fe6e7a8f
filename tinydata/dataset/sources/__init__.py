"""Sources: whatever lies at a path is opened by the source that is surest of it.

A new sort of source is one file that ends in one `Source`, and its name in `SOURCES`.
"""

from __future__ import annotations

import os
from pathlib import Path

from tinydata.dataset.records import Records
from tinydata.dataset.sources.arrow import ARROW
from tinydata.dataset.sources.imagefolder import IMAGEFOLDER
from tinydata.dataset.sources.json import JSON
from tinydata.dataset.sources.jsonl import JSONL
from tinydata.dataset.sources.media_folder import BESIDE
from tinydata.dataset.sources.parquet import PARQUET
from tinydata.dataset.sources.saved import SAVED
from tinydata.dataset.sources.seeds import SEEDS
from tinydata.dataset.sources.source import Claim, Source
from tinydata.errors import NoSource, UnknownSource

SOURCES: dict[str, Source] = {
    source.name: source for source in (SEEDS, PARQUET, ARROW, SAVED, JSONL, JSON, IMAGEFOLDER)
}

_HEAD_BYTES = 4096
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
    b"7z\xbc\xaf\x27\x1c": "7z",
}


def open_source(source: str | os.PathLike[str], *, config: str | None = None, split: str | None = None) -> Records:
    """Open whatever lies at a path.

    Args:
        source: A file or a folder.
        config: Which config, for a source that has several.
        split: Which split; train, else the first, where none is given.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: What lies there holds no records that are known here.
        DamagedSource: A file breaks off or is not what it says.
        UnknownConfig: No such config.
        UnknownSplit: No such split.
        UnsupportedColumn: `datasets` cannot hold a column.
    """
    path = Path(source)
    if not str(source) or not path.exists():  # an empty word is a slip of the shell's, and no folder's name
        raise NoSource(str(source))
    found = _claimant(path)
    if found is None and path.is_dir():
        path, found = _lone_file(path)
    if found is None:
        raise UnknownSource(str(path), _looks_like(path))
    return found.open(path, config, split)


def _claimant(path: Path) -> Source | None:
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    best, found = Claim.NO, None
    for source in SOURCES.values():
        claim = source.claims(path, head)
        if claim > best:
            best, found = claim, source
    return found


def _lone_file(folder: Path) -> tuple[Path, Source | None]:
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name not in BESIDE]
    readable = [
        (path, found)
        for path in files
        if not path.name.startswith(".") and (found := _claimant(path)) is not None and found.lone
    ]
    if len(readable) == 1:
        return readable[0]
    if readable:
        names = ", ".join(path.name for path, _ in readable[:5]) + (" ..." if len(readable) > 5 else "")
        raise UnknownSource(str(folder), f"a folder of {len(readable)} data files, name one of them: {names}")
    return folder, None


def _looks_like(path: Path) -> str:
    known = ", ".join(SOURCES)
    if path.is_dir():
        return f"a folder that holds no records; known are {known}"
    if not path.is_file():
        return "neither a file nor a folder"
    if path.stat().st_size == 0:
        return "an empty file"
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for magic, name in _COMPRESSED.items():
        if head.startswith(magic):
            return f"a file compressed with {name}: decompress it first"
    return f"a file of no known sort; known are {known}"
