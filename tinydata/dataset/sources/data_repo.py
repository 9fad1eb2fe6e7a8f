"""Data repos: the files of a dataset repo, here or on the Hub, opened as one source.

A file is touched when a record of it is asked for, and no sooner. Of the Hub, small ones are fetched then, large ones read by parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tinydata.dataset.records import Records
from tinydata.dataset.sources.chained import chained
from tinydata.dataset.sources.csv import open_csv
from tinydata.dataset.sources.folder_metadata import METADATA
from tinydata.dataset.sources.folder_splits import walk_files
from tinydata.dataset.sources.layout import Config, Layout, read_layout
from tinydata.dataset.sources.media_folder import open_media
from tinydata.dataset.sources.parquet import count_rows
from tinydata.errors import NoSuchHubFile, UnknownSource
from tinydata.fetch import (
    File,
    Folder,
    HubId,
    LocalFile,
    fetch_listed,
    hub_reader,
    list_hub,
    matching,
    plain,
)

READERS = ("parquet", "arrow", "json", "csv", "text", "webdataset")
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
        get: Some of the names -> the folder in which these lie now.
        file: One of the names -> the file, which may lie elsewhere still.
        address: Of what lies elsewhere; of a repo of the Hub, with its commit. None of a folder of this machine.
        sizes: Their lengths in bytes, where these are known.
        peek: As `file`, and never fetched whole; `file` itself where None.
    """

    name: str
    names: tuple[str, ...]
    get: Callable[[Sequence[str]], Path]
    file: Callable[[str], File]
    address: str | None = None
    sizes: Mapping[str, int] | None = None
    peek: Callable[[str], File] | None = None

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self.file(name).open() as stream:
            return stream.read()

    def layout(self) -> Layout | None:
        """How its files are to be read; None where no data lies there."""
        return read_layout(self.name, self.names, self.read)


def folder_tree(folder: Path) -> Tree:
    """The files of a folder, hidden ones left out."""
    return Tree(str(folder), tuple(walk_files(folder)), lambda _: folder, lambda name: LocalFile(folder / name))


def remote_tree(folder: Folder) -> Tree:
    """The files of a folder that lies elsewhere."""

    def get(names: Sequence[str]) -> Path:
        raise UnknownSource(f"{folder.name}/{names[0]}", "a folder of media, which are not fetched: copy it here first")

    return Tree(folder.name, folder.names, get, folder.file, folder.name)


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
        name=f"{repo.repo_id}/{repo.path}".rstrip("/"),
        names=tuple(inside),
        get=get,
        file=lambda name: read(inside[name]),
        address=replace(repo, revision=listing.commit).address,
        sizes={name: listing.sizes[whole] for name, whole in inside.items()},
        peek=lambda name: peek(inside[name]),
    )


def open_tree(
    tree: Tree, layout: Layout, config: str | None, split: str | None, open_file: Callable[[File], Records]
) -> Records:
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
    packed = [name for name in picked.splits[part] if PurePosixPath(name).suffix.lower() in _PACKED]
    if packed and picked.sort in FOLDERS:  # `datasets` takes what is inside
        raise UnknownSource(
            tree.name, f"{packed[0]} is packed, and media are not taken out of a pack here: unpack it first"
        )
    if picked.sort in FOLDERS:
        first = [name for name in picked.splits[part] if PurePosixPath(name).name in METADATA] or picked.splits[part]
        folder = tree.get(first[:1])
        records = open_media(folder, FOLDERS[picked.sort], picked.splits, part, tree.get)
    elif picked.sort in READERS:
        records = _chained(tree, picked, part, _reader(tree, picked, open_file))
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


def _reader(tree: Tree, config: Config, open_file: Callable[[File], Records]) -> Callable[[File], Records]:
    """What opens one file of a config; the card may say what parts the fields of a CSV."""
    separators = [config.options[key] for key in ("sep", "delimiter") if config.options.get(key)]
    others = [key for key in config.options if config.sort != "csv" or key not in ("sep", "delimiter")]
    if others:
        raise UnknownSource(tree.name, f"its card says {min(others)!r} of {config.sort} files, which is not read here")
    return (lambda file: open_csv(plain(file), separators[-1])) if separators else open_file


def _chained(tree: Tree, config: Config, split: str, open_file: Callable[[File], Records]) -> Records:
    names = config.splits[split]
    if config.sort != "parquet":
        return chained(names, lambda name: open_file(tree.file(name)), tree.name)
    every = [name for files in config.splits.values() for name in files]
    known = None if tree.sizes is None else config.count(split, sum(tree.sizes[name] for name in every))
    return chained(
        names,
        lambda name: open_file(tree.file(name)),
        tree.name,
        count=lambda name: count_rows((tree.peek or tree.file)(name)),
        total=known,
    )
