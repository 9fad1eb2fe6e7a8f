"""Data repos: the files of a dataset repo, here or on the Hub, opened as one source.

A file is fetched when a record of it is asked for, and no sooner.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pyarrow as pa

from tinydata.dataset.columns import to_storage
from tinydata.dataset.records import Records, Stretch, within
from tinydata.dataset.sources.csv import open_csv
from tinydata.dataset.sources.folder_metadata import METADATA
from tinydata.dataset.sources.folder_splits import walk_files
from tinydata.dataset.sources.layout import Config, Layout, read_layout
from tinydata.dataset.sources.media_folder import open_media
from tinydata.errors import DamagedSource, NoSuchHubFile, NoSuchRecord, UnknownSource
from tinydata.fetch import File, HubId, LocalFile, fetch_listed, list_hub, matching, plain

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
        address: Of a repo of the Hub, with its commit; None of a folder of this machine.
    """

    name: str
    names: tuple[str, ...]
    get: Callable[[Sequence[str]], Path]
    address: str | None = None

    def file(self, name: str) -> File:
        """One of them."""
        return LocalFile(self.get([name]) / name)

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with self.file(name).open() as stream:
            return stream.read()

    def layout(self) -> Layout | None:
        """How its files are to be read; None where no data lies there."""
        return read_layout(self.name, self.names, self.read)


def folder_tree(folder: Path) -> Tree:
    """The files of a folder, hidden ones left out."""
    return Tree(str(folder), tuple(walk_files(folder)), lambda _: folder)


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

    pinned = replace(repo, revision=listing.commit)
    return Tree(f"{repo.repo_id}/{repo.path}".rstrip("/"), tuple(inside), get, pinned.address)


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
        records = _chained(tree, picked.splits[part], _reader(tree, picked, open_file))
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


def _chained(tree: Tree, names: Sequence[str], open_file: Callable[[File], Records]) -> Records:
    """Files one after the other; a later one is not touched before a record of it is asked for."""
    opened: list[Records] = []
    touched: dict[Path, None] = {}

    def files() -> Iterator[Records]:
        for place, name in enumerate(names):
            if place == len(opened):
                opened.append(open_file(tree.file(name)))
            yield opened[place]

    first = next(files())
    counts: dict[int, int] = {}

    def passing() -> Iterator[tuple[int, Records]]:
        """Each file, kept no longer than it is looked at: thousands of them would fill the memory."""
        for place, name in enumerate(names):
            records = opened[place] if place < len(opened) else open_file(tree.file(name))
            touched.update(dict.fromkeys(records.files()))
            yield place, records

    def count_of(place: int, records: Records) -> int:
        if place not in counts:
            counts[place] = records.count()
        return counts[place]

    def rows(records: Records, name: str, ids: Sequence[int]) -> pa.Table:
        return alike(records, name, records.take(ids))

    def alike(records: Records, name: str, table: pa.Table) -> pa.Table:
        if records.features == first.features:
            return table
        if set(records.features) != set(first.features):
            raise DamagedSource(f"{tree.name}/{name}", f"its columns differ from those of {names[0]}")
        features = {column: first.features[column] for column in first.features if column in table.column_names}
        try:
            return to_storage(table.select(list(features)), features)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise DamagedSource(f"{tree.name}/{name}", f"its types differ from those of {names[0]}: {error}") from error

    def take(ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for records, name in zip(files(), names, strict=True):
            here = [row - start for row in wanted]
            try:
                tables.append(rows(records, name, here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                count = past.count
            inside = [row for row in here if row < count]
            tables.append(rows(records, name, inside))
            wanted, start = wanted[len(inside) :], start + count
        raise NoSuchRecord(wanted[0], start)

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        start = 0
        for place, records in passing():
            here, rows = within(ids, start, sys.maxsize), 0
            for table in records.tables(here, columns):
                rows += table.num_rows
                yield alike(records, names[place], table)
            if rows == len(here):
                return
            if isinstance(here, range) and rows:
                counts[place] = here.start + rows
            start += count_of(place, records)

    def stretches() -> Iterator[Stretch]:
        start = 0
        for place, records in passing():
            count = count_of(place, records)
            for stretch in records.stretches() if records.stretches else [Stretch(range(count), {})]:
                yield Stretch(range(start + stretch.ids.start, start + stretch.ids.stop), stretch.bounds)
            start += count

    return replace(
        first,
        take=take,
        count=lambda: sum(count_of(place, records) for place, records in passing()),
        files=lambda: tuple(dict.fromkeys([file for records in opened for file in records.files()] + list(touched))),
        scan=scan,
        stretches=stretches if first.stretches else None,
    )
