"""Sources: whatever lies at a path is opened by the source that is surest of it.

A new sort of file is one module that ends in one `FileSource`, and its name in `FILES`; a new sort of place is a `PlaceSource`, in
`PLACES`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinydata.dataset.records import Records
from tinydata.dataset.seeds import is_seeds
from tinydata.dataset.sources.arrow import ARROW
from tinydata.dataset.sources.csv import CSV
from tinydata.dataset.sources.data_repo import FOLDERS, Tree, folder_tree, hub_tree, open_tree, remote_tree
from tinydata.dataset.sources.data_sorts import sort_of
from tinydata.dataset.sources.imagefolder import IMAGEFOLDER
from tinydata.dataset.sources.json import JSON
from tinydata.dataset.sources.jsonl import JSONL
from tinydata.dataset.sources.layout import Layout
from tinydata.dataset.sources.parquet import PARQUET
from tinydata.dataset.sources.parquet import SUFFIXES as PARQUET_SUFFIXES
from tinydata.dataset.sources.parquet_pages import MAGIC
from tinydata.dataset.sources.saved import SAVED, SPLITS, STATE
from tinydata.dataset.sources.seeds import SEEDS
from tinydata.dataset.sources.source import NO_OPTIONS, Claim, FileSource, Options, PlaceSource, no_config, pick_split
from tinydata.dataset.sources.text import TEXT
from tinydata.dataset.sources.webdataset import WEBDATASET
from tinydata.dataset.sources.zipped import open_zip
from tinydata.errors import NoSource, ScriptOnly, UnknownSource
from tinydata.fetch import File, Folder, LocalFile, RemoteFile, find, hub_id, is_address, matching
from tinydata.fetch.compressed import plain_head
from tinydata.fetch.recoded import RecodedFile
from tinydata.fetch.zipped import is_zip

FILES: dict[str, FileSource] = {source.name: source for source in (PARQUET, ARROW, JSONL, JSON, CSV, TEXT, WEBDATASET)}
PLACES: dict[str, PlaceSource] = {source.name: source for source in (SEEDS, SAVED, IMAGEFOLDER)}

_HEAD_BYTES = 4096
_TEXTS = (JSONL.name, JSON.name, CSV.name, TEXT.name)
_PAGE = re.compile(rb"\s*<(!doctype html|html)\b", re.IGNORECASE)
_PACKED = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "rar"}


@dataclass(frozen=True)
class Parts:
    """What a source is made of.

    Attributes:
        configs: The name of each config, `default` where it has none, to its splits, `train` where it has none.
        default: The config that is meant where none is named; None where one has to be.
        are_named: Whether the source calls its configs so.
        address: Of a repo of the Hub, with the commit that this was true of.
    """

    configs: Mapping[str, tuple[str, ...]]
    default: str | None
    are_named: bool = True
    address: str | None = None


def source_parts(
    source: str | os.PathLike[str],
    *,
    config: str | None = None,
    revision: str | None = None,
    offline: bool = False,
    fetching: Callable[[int, int], None] | None = None,
) -> Parts:
    """The configs and splits of a source, or the splits of one config; arguments and errors are those of `open_source`."""
    repo, path = hub_id(source, repo_type="dataset", revision=revision), Path(source)
    layout: Layout | None = None
    address: str | None = None
    if repo is not None:
        tree = hub_tree(repo, offline=offline, progress=fetching)
        address = tree.address
        source, revision = address or source, None
        layout = None if {STATE, SPLITS} & set(tree.names) else tree.layout()
    elif isinstance(source, str) and is_address(source):
        there = find(source, offline=offline, progress=fetching)
        layout = remote_tree(there).layout() if isinstance(there, Folder) else None
    elif str(source) and path.is_dir():
        found = _laid_out(path, config)
        layout = found[1] if isinstance(found, tuple) else None
    if layout is not None:
        names = [config] if config is not None else list(layout.configs)
        splits = {name: tuple(layout.pick(name).splits) for name in names}
        return Parts(splits, config or layout.default, address=address)
    opened = open_source(source, config=config, revision=revision, offline=offline, fetching=fetching)
    name = opened.config or "default"
    return Parts({name: opened.splits or (opened.split or "train",)}, name, opened.config is not None, address)


def lone_file(
    source: str | os.PathLike[str],
    *,
    revision: str | None = None,
    offline: bool = False,
    fetching: Callable[[int, int], None] | None = None,
) -> tuple[File, str | None] | None:
    """The file that a source is, and its address where it lies elsewhere; None of a folder, a repo, seeds or nothing.

    Raises:
        RemoteError, BadAddress, BadRevision: See `open_source`.
    """
    repo = hub_id(source, repo_type="dataset", revision=revision)
    if repo is not None:
        tree = hub_tree(repo, offline=offline, progress=fetching) if repo.path else None
        return (tree.file(repo.path), tree.address) if tree and tree.names == (repo.path,) else None
    if isinstance(source, str) and is_address(source):
        found = find(source, offline=offline, progress=fetching)
        return None if isinstance(found, Folder) else (found, found.name)
    path = Path(source)
    return (LocalFile(path), None) if str(source) and path.is_file() and not is_seeds(path) else None


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
        offline: Ask no server, take what the cache of the Hub holds.
        fetching: Called with the bytes that came and of all, 0 where that is not known.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: What lies there holds no records that are known here.
        DamagedSource: A file breaks off or is not what it says.
        UnknownConfig: No such config.
        UnknownSplit: No such split.
        UnsupportedColumn: `datasets` cannot hold a column.
        RemoteError: A server does not give what was asked for; its subclasses say why.
        BadAddress, BadRevision: A word that names no repo, or no revision of one.
    """
    repo = hub_id(source, repo_type="dataset", revision=revision)
    if repo is not None:
        return _open_hub(hub_tree(repo, offline=offline, progress=fetching), config, split)
    if isinstance(source, str) and is_address(source):
        return _open_elsewhere(find(source, offline=offline, progress=fetching), config, split)
    path = Path(source)
    if path.is_file():
        return (SEEDS.open if is_seeds(path) else _open_here)(path, config, split)
    if not str(source) or not path.exists():  # an empty word is a slip of the shell's, and no folder's name
        if re.search(r"[*?[]", str(source)):
            return _open_tree(_glob(path), config, split)
        raise NoSource(str(source))
    if path.is_dir():
        return _open_folder(path, config, split)
    raise UnknownSource(str(path), "neither a file nor a folder")


def open_file(
    file: File, options: Options = NO_OPTIONS, *, config: str | None = None, split: str | None = None
) -> Records:
    """Open one file of records, wherever it lies, compressed or zipped or not.

    Args:
        file: The file.
        options: What a card says of how to read it, by the names that `datasets` has for it; `features` are of use to those
            who parse by them.
        config, split: None, and train, are all that a file has.

    Raises:
        BadSource: Its subclasses say why.
    """
    no_config(file.name, config)
    pick_split(file.name, split, ())
    if isinstance(file, RemoteFile) and file.suffix in PARQUET_SUFFIXES:
        inside: File = file
        head = MAGIC  # its end will say so too, without a request for its begin
    else:
        inside, head = plain_head(file, _HEAD_BYTES)
    if isinstance(file, RemoteFile) and _PAGE.match(head) and file.suffix not in (".txt", ".html"):
        raise UnknownSource(
            file.name, "a web page, and no file of records"
        )  # as of a file viewer, or in place of an error
    if is_zip(head):
        return replace(open_zip(inside, options, open_file), split=split)
    claims = {name: source.claims(inside, head) for name, source in FILES.items()}
    surest = max(claims, key=lambda name: claims[name])
    if claims[surest] == Claim.NO:
        raise UnknownSource(file.name, _looks_like(inside, head))
    said = {name: value for name, value in options.items() if value is not None}
    if "features" not in FILES[surest].options:
        said.pop("features", None)
    if "field" in said and surest == JSONL.name:  # an object on one line
        surest = JSON.name
    recoded = {name: said.pop(name) for name in ("encoding", "encoding_errors") if name in said and surest in _TEXTS}
    if recoded:
        inside = RecodedFile(inside, recoded.get("encoding", "utf-8"), recoded.get("encoding_errors", "strict"))
    strange = said.keys() - FILES[surest].options
    if strange:
        raise UnknownSource(file.name, f"its card says {min(strange)!r} of {surest} files, which is not read here")
    records = replace(FILES[surest].open(inside, said), split=split)
    return replace(records, files=lambda: (file,)) if isinstance(file, RemoteFile) else records


def _open_here(path: Path, config: str | None, split: str | None) -> Records:
    return open_file(LocalFile(path), config=config, split=split)


def _open_folder(path: Path, config: str | None, split: str | None) -> Records:
    found = _laid_out(path, config)
    if isinstance(found, PlaceSource):
        return found.open(path, config, split)
    return open_tree(*found, config, split, open_file)


def _laid_out(path: Path, config: str | None) -> tuple[Tree, Layout] | PlaceSource:
    """What a folder is: files in a layout, or a place of its own sort."""
    tree = folder_tree(path)
    claims = {name: source.claims(path, tree.names) for name, source in PLACES.items()}
    surest = max(claims, key=lambda name: claims[name])
    found = None if claims[surest] == Claim.NO else PLACES[surest]
    if claims[surest] < Claim.CONTENT:
        layout = None if _are_lost_seeds(tree.names) else tree.layout()
        if layout is not None and (found is None or layout.is_named or layout.pick(config).sort in FOLDERS):
            return tree, layout
    if found is None:
        raise UnknownSource(str(path), f"a folder that holds no records; known are {_known()}")
    return found


def _are_lost_seeds(names: Sequence[str]) -> bool:
    """Whether these are seeds whose dataset_info.json is gone: read as what lies there, each file would be a record."""
    texts = [name for name in names if name.endswith((".txt", ".null"))]
    return bool(texts) and all(re.fullmatch(r"\d+/[^/]+", name) for name in texts)


def _open_hub(tree: Tree, config: str | None, split: str | None) -> Records:
    if {STATE, SPLITS} & set(tree.names):  # as `save_to_disk` left it
        return replace(SAVED.open(tree.get(tree.names), config, split), address=tree.address)
    return _open_tree(tree, config, split)


def _open_tree(tree: Tree, config: str | None, split: str | None) -> Records:
    layout = tree.layout()
    if layout is None:
        script = f"{tree.name.rpartition('/')[2]}.py"
        if tree.sizes is not None and script in tree.names:  # of the Hub, as `datasets` below 4 ran them
            raise ScriptOnly(tree.name, script)
        raise UnknownSource(tree.name, f"no records there; known are {_known()}")
    return open_tree(tree, layout, config, split, open_file)


def _open_elsewhere(found: File | Folder, config: str | None, split: str | None) -> Records:
    if isinstance(found, Folder):
        return _open_tree(remote_tree(found), config, split)
    return replace(open_file(found, config=config, split=split), address=found.name)


def _glob(pattern: Path) -> Tree:
    """The files of this machine that fit a pattern."""
    folder = next(parent for parent in (*pattern.parents, Path()) if parent.is_dir())  # its name may hold a bracket
    tree = folder_tree(folder)
    names = tuple(matching(tree.names, [pattern.relative_to(folder).as_posix()]))
    if not names:
        raise NoSource(str(pattern))
    return replace(tree, name=str(folder), names=names)


def _looks_like(file: File, head: bytes) -> str:
    if not head:
        return "an empty file"
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            return f"a file packed with {name}: unpack it first"
    sort = sort_of([f"one{file.suffix}"])
    if sort is not None and sort.name in FOLDERS:
        return f"one {FOLDERS[sort.name].lower()} by itself: a folder of such files is a source"
    return f"a file of no known sort; known are {_known()}"


def _known() -> str:
    return ", ".join((*FILES, *PLACES))
