"""Zip files as sources: one file inside stands for itself, several of one sort are read one after the other, as by `datasets`."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.records import Records
from tinydata.dataset.sources.data_repo import FOLDERS, READERS, OpenFile, Tree, open_tree
from tinydata.dataset.sources.data_sorts import is_data, of_sort, sort_of
from tinydata.dataset.sources.layout import Config, Layout
from tinydata.dataset.sources.source import Options, paths_of
from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import File
from tinydata.fetch.zipped import ZippedFile, extract, zip_files


def open_zip(file: File, options: Options, open_file: OpenFile) -> Records:
    """Open a zip of data files, or of media.

    Args:
        file: The zip.
        options: What a card says of how to read the files inside.
        open_file: Opens one file of records.

    Raises:
        UnknownSource: No file inside is of a sort that is read here.
    """
    inside = zip_files(file)
    data = [name for name in inside if is_data(name)]
    sort = sort_of(data)
    if sort is None or sort.name not in (*READERS, *FOLDERS) or sort.name == "zip":
        what = f"{sort.name} files" if sort else "no data files"
        known = ", ".join(name for name in (*READERS, *FOLDERS) if name != "zip")
        raise UnknownSource(file.name, f"a zip of {what}; known are {known}")
    names = of_sort(data, sort.name)
    extracted = _Extracted(inside)
    tree = Tree(file.name, tuple(names), inside.__getitem__, extracted)
    config = Config(None, sort.name, {"train": tuple(names)}, {**sort.options, **options})
    layout = Layout(file.name, {"default": lambda: config}, "default")
    if sort.name in READERS:
        records = open_tree(tree, layout, None, None, open_file)
        return replace(records, split=None, splits=(), files=lambda: paths_of(file))
    with extracted.named(file.name):
        media = open_tree(tree, layout, None, None, open_file)

    def take(ids: Sequence[int]) -> pa.Table:
        with extracted.named(file.name):
            return media.take(ids)

    return replace(media, split=None, splits=(), files=lambda: paths_of(file), take=take)


class _Extracted:
    """Media of a zip, written out when they are wanted, to a folder that goes with this object."""

    def __init__(self, inside: Mapping[str, ZippedFile]) -> None:
        self._inside = inside

    def __call__(self, names: Sequence[str]) -> Path:
        extract({name: self._inside[name] for name in names if name in self._inside}, self._folder)
        return self._folder

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Let errors name the zip, and not a folder that is gone when they are read."""
        try:
            yield
        except DamagedSource as error:
            path, problem = (str(told).replace(str(self._folder), name) for told in (error.path, error.problem))
            raise DamagedSource(path, problem, error.line) from error

    @cached_property
    def _folder(self) -> Path:
        folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)
