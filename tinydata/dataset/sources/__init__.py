"""Sources: whatever lies at a path is opened by the source that is surest of it.

A new sort of source is one file that ends in one `Source`, and its name in `SOURCES`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tinydata.dataset.records import Records
from tinydata.dataset.sources.arrow import ARROW
from tinydata.dataset.sources.csv import CSV
from tinydata.dataset.sources.data_repo import Tree, folder_tree, hub_tree, open_tree
from tinydata.dataset.sources.imagefolder import IMAGEFOLDER
from tinydata.dataset.sources.json import JSON
from tinydata.dataset.sources.jsonl import JSONL
from tinydata.dataset.sources.parquet import PARQUET
from tinydata.dataset.sources.saved import SAVED, SPLITS, STATE
from tinydata.dataset.sources.seeds import SEEDS
from tinydata.dataset.sources.source import Claim, Source
from tinydata.dataset.sources.text import TEXT
from tinydata.errors import NoSource, UnknownSource
from tinydata.fetch import hub_id

SOURCES: dict[str, Source] = {
    source.name: source for source in (SEEDS, PARQUET, ARROW, SAVED, JSONL, JSON, CSV, TEXT, IMAGEFOLDER)
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


def open_source(
    source: str | os.PathLike[str],
    *,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
    offline: bool = False,
    fetching: Callable[[int, int], None] | None = None,
) -> Records:
    """Open whatever lies at a path, or a repo of the Hub.

    Args:
        source: A file or a folder; or a repo, or a file or folder in one: see `tinydata.fetch.hub_id`.
        config: Which config, for a source that has several.
        split: Which split; train, else the first, where none is given.
        revision: Which branch, tag or commit of a repo of the Hub.
        offline: Ask no hub, take what its cache holds.
        fetching: Called with the bytes fetched and of all, for each step of files that are fetched.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: What lies there holds no records that are known here.
        DamagedSource: A file breaks off or is not what it says.
        UnknownConfig: No such config.
        UnknownSplit: No such split.
        UnsupportedColumn: `datasets` cannot hold a column.
        HubError: A hub does not give what was asked for; its subclasses say why.
        BadAddress, BadRevision: A word that names no repo, or no revision of one.
    """
    repo = hub_id(source, repo_type="dataset", revision=revision)
    if repo is not None:
        return _open_hub(hub_tree(repo, offline=offline, progress=fetching), config, split)
    path = Path(source)
    if not str(source) or not path.exists():  # an empty word is a slip of the shell's, and no folder's name
        raise NoSource(str(source))
    found, claim = _claimant(path)
    if path.is_dir() and claim < Claim.CONTENT:
        tree = folder_tree(path)
        layout = None if _are_lost_seeds(tree.names) else tree.layout()
        if layout is not None and (found is None or layout.is_named or layout.pick(config).sort == found.name):
            return open_tree(tree, layout, config, split, _open_file)
    if found is None:
        raise UnknownSource(str(path), _looks_like(path))
    return found.open(path, config, split)


def _are_lost_seeds(names: Sequence[str]) -> bool:
    """Whether these are seeds whose dataset_info.json is gone: read as what lies there, each file would be a record."""
    texts = [name for name in names if name.endswith((".txt", ".null"))]
    return bool(texts) and all(re.fullmatch(r"\d+/[^/]+", name) for name in texts)


def _open_hub(tree: Tree, config: str | None, split: str | None) -> Records:
    if {STATE, SPLITS} & set(tree.names):  # as `save_to_disk` left it
        return replace(SAVED.open(tree.get(tree.names), config, split), address=tree.address)
    layout = tree.layout()
    if layout is None:
        raise UnknownSource(tree.name, f"no records there; known are {', '.join(SOURCES)}")
    return open_tree(tree, layout, config, split, _open_file)


def _open_file(path: Path) -> Records:
    found, _ = _claimant(path)
    if found is None:
        raise UnknownSource(str(path), _looks_like(path))
    return found.open(path, None, None)


def _claimant(path: Path) -> tuple[Source | None, Claim]:
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    best, found = Claim.NO, None
    for source in SOURCES.values():
        claim = source.claims(path, head)
        if claim > best:
            best, found = claim, source
    return found, best


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
