"""Data repos: the files of a dataset repo, here or on the Hub, opened as one source.

A file is touched when a record of it is asked for, and no sooner. Of the Hub, small ones are fetched then, large ones read by parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import basename, splitext

from tinydata.dataset.records import Records
from tinydata.dataset.sources.chain import Counter, chain
from tinydata.dataset.sources.fitting import fitted, keep_media
from tinydata.dataset.sources.folder_metadata import METADATA
from tinydata.dataset.sources.layout import Config, Layout, read_layout
from tinydata.dataset.sources.media_folder import open_media
from tinydata.dataset.sources.parquet import count_rows
from tinydata.dataset.sources.source import Options
from tinydata.errors import NoSuchHubFile, UnknownSource
from tinydata.fetch import (
    MOST_THREADS,
    File,
    Folder,
    HubId,
    LocalFile,
    fetch_listed,
    hub_reader,
    list_hub,
    matching,
    walk_files,
)

OpenFile = Callable[[File, Options], Records]

READERS = ("parquet", "arrow", "json", "csv", "text", "webdataset", "zip")
FOLDERS = {
    "imagefolder": "Image",
    "audiofolder": "Audio",
    "videofolder": "Video",
    "pdffolder": "Pdf",
    "niftifolder": "Nifti",
    "meshfolder": "Mesh",
}
_PACKED = {".gz", ".xz", ".bz2", ".zst", ".lz4", ".7z", ".zip", ".tar", ".tgz", ".rar"}


@dataclass(frozen=True)
class Tree:
    """Files that are known by their names, and here when they are wanted.

    Attributes:
        name: What to call all of them in errors.
        names: Their paths inside, with slashes.
        file: A name -> its file, which may lie elsewhere still.
        get: Some of the names -> the folder on this machine in which these lie now.
        address: Of what lies elsewhere; of a repo of the Hub, with its commit. None of a folder of this machine.
        peek: As `file`, for its number of records alone: it is not fetched whole for that.
        sizes: The lengths of all in bytes, where these are known.
    """

    name: str
    names: tuple[str, ...]
    file: Callable[[str], File]
    get: Callable[[Sequence[str]], Path]
    address: str | None = None
    peek: Callable[[str], File] | None = None
    sizes: Mapping[str, int] | None = None

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self.file(name).open() as stream:
            return stream.read()

    def layout(self) -> Layout | None:
        """How its files are to be read; None where no data lies there."""
        return read_layout(self.name, self.names, self.read)


def folder_tree(folder: Path) -> Tree:
    """The files of a folder, hidden ones left out."""
    return Tree(str(folder), tuple(walk_files(folder)), lambda name: LocalFile(folder / name), lambda _: folder)


def remote_tree(folder: Folder) -> Tree:
    """The files of a folder that lies elsewhere."""

    def get(names: Sequence[str]) -> Path:
        raise UnknownSource(f"{folder.name}/{names[0]}", "a folder of media, which are not fetched: copy it here first")

    return Tree(folder.name, folder.names, folder.file, get, folder.name)


def hub_tree(repo: HubId, *, offline: bool = False, progress: Callable[[int, int], None] | None = None) -> Tree:
    """The files of a repo of the Hub, or of a folder inside it, or those that fit a pattern.

    Raises:
        HubError: See `list_hub`; `NoSuchHubFile` where there are none.
    """
    listing = list_hub(repo, offline=offline)
    folder = f"{repo.path}/" if repo.path else ""
    inside = {name.removeprefix(folder): name for name in listing.sizes if name.startswith(folder)}
    if not inside:  # a file, or a pattern
        folder, inside = "", {name: name for name in matching(listing.sizes, [repo.path])}
    if not inside:
        raise NoSuchHubFile(repo.repo_type, repo.repo_id, repo.path or "at all", listing.sizes)

    def get(names: Sequence[str]) -> Path:
        known = [inside[name] for name in names if name in inside]
        return fetch_listed(listing, known, offline=offline, progress=progress) / folder if known else Path()

    read = hub_reader(listing, offline=offline, progress=progress)
    peek = hub_reader(listing, offline=offline, progress=progress, whole_bytes=0)
    return Tree(
        f"{repo.repo_id}/{repo.path}".rstrip("/"),
        tuple(inside),
        lambda name: read(inside[name]),
        get,
        replace(repo, revision=listing.commit).address,
        peek=lambda name: peek(inside[name]),
        sizes={name: listing.sizes[whole] for name, whole in inside.items()},
    )


def open_tree(tree: Tree, layout: Layout, config: str | None, split: str | None, open_file: OpenFile) -> Records:
    """Open a split of a dataset repo.

    Args:
        tree: Its files.
        layout: How they are to be read.
        config, split: See `open_source`.
        open_file: Opens one file of records.

    Raises:
        BadSource: Its subclasses say why.
    """
    picked = layout.pick(config)
    part = picked.pick_split(tree.name, split)
    if picked.sort in FOLDERS:
        files = [name for name in picked.splits[part] if not name.lower().endswith(".nii.gz")]  # that lies so by itself
        packed = [name for name in files if splitext(name)[1].lower() in _PACKED]
        if packed:
            raise UnknownSource(
                tree.name, f"{packed[0]} is packed, and media are not taken out of a pack here: unpack it first"
            )
        records = _media(tree, picked, part)
    elif picked.sort in READERS:
        stated = picked.features()
        options = {**picked.options, "features": stated} if picked.are_parsed_by else picked.options

        def open_one(name: str) -> Records:
            records = open_file(tree.file(name), options)
            if not stated:
                return records
            return fitted(records, keep_media(stated, records.features), f"{tree.name}/{name}", "its card")

        others = [files[0] for name, files in picked.splits.items() if name != part]
        records = chain(tree.name, picked.splits[part], others, open_one, *_counts(tree, picked, part))
    else:
        raise UnknownSource(tree.name, f"its files are of the sort {picked.sort}, which is not read here")
    return replace(
        records,
        config=picked.name,
        split=part,
        splits=tuple(picked.splits),
        license=layout.license or records.license,
        citation=layout.citation or records.citation,
        address=tree.address,
    )


def _counts(tree: Tree, config: Config, split: str) -> tuple[Counter | None, int, int | None]:
    """What counts the records of a file of a split without opening it, how many at once, and all where the card has them."""
    if config.sort != "parquet":
        return None, 1, None
    every = [name for files in config.splits.values() for name in files]
    known = None if tree.sizes is None else config.count(split, sum(tree.sizes[name] for name in every))
    return lambda name: count_rows((tree.peek or tree.file)(name)), 1 if tree.address is None else MOST_THREADS, known


def _media(tree: Tree, config: Config, part: str) -> Records:
    files = config.splits[part]
    options = {name: value for name, value in config.options.items() if value is not None}
    others = [name for name in options if name not in ("drop_labels", "drop_metadata")]
    if others:
        raise UnknownSource(tree.name, f"its card says {others[0]!r} of its {config.sort}, which is not read here")
    first = [name for name in files if basename(name) in METADATA] or files
    return open_media(
        tree.get(first[:1]),
        FOLDERS[config.sort],
        config.splits,
        part,
        tree.get,
        drop_labels=options.get("drop_labels"),
        drop_metadata=bool(options.get("drop_metadata")),
    )
