"""Seeds: a folder or a pack is read, records are laid out, and slots are replaced in place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset import loader
from tinydata.dataset.kinds import Files, kind_of
from tinydata.dataset.loader import INFO, Feature, SeedError, Seeds, file_stems
from tinydata.dataset.values import to_values
from tinydata.errors import BadSeed, NoSource

PATHS = ".paths.json"


def read_seeds(path: str | os.PathLike[str]) -> Seeds:
    """Read a folder of seeds or a pack, strictly.

    Returns:
        Names in order, features, one row of the table for each name, and what `dataset_info.json` says.

    Raises:
        NoSource: Nothing lies there.
        BadSeed: A file breaks a rule of the layout; `mend` says what would mend it.
    """
    if not os.path.exists(path):
        raise NoSource(str(path))
    with bad_seeds():
        return loader.read_seeds(Path(path))


def is_seeds(path: str | os.PathLike[str]) -> bool:
    """Whether it looks like a folder of seeds or a pack, rather than a source of records."""
    root = Path(path)
    if root.is_dir():
        if (root / "README.md").exists() and (root / "loader.py").exists():
            return False  # a dataset repo that was made from seeds
        info = next((file for file in (root / INFO, root / "data" / INFO) if file.is_file()), None)
        return info is not None and not (info.parent / "state.json").exists()
    return root.is_file() and re.search(r"\.(tar(\.\w+)?|tgz)$", root.name) is not None


@contextmanager
def bad_seeds() -> Iterator[None]:
    """Turn the loader's errors, which know nothing of tinydata, into ours."""
    try:
        yield
    except SeedError as error:
        raise BadSeed(error.path, error.problem, error.mend) from error


def lay_out(row: Mapping[str, Any], features: Mapping[str, Feature]) -> Files:
    """The files of one seed: a record's values, as `to_values` gives them, in the layout of `loader`."""
    files, stems = Files(), file_stems(features)
    for column, feature in features.items():
        slot = lay_out_slot(row[column], feature, stems[column])
        files.contents |= slot.contents
        files.paths |= slot.paths
    return files


def lay_out_slot(value: Any, feature: Feature, stem: str) -> Files:
    """The files of one slot."""
    files = Files()
    if value is None:
        files.contents[f"{stem}.null"] = b""
    else:
        kind_of(feature).write(value, feature, stem, files)
    return files


def write_seeds(
    folder: Path, names: Sequence[str], table: pa.Table, features: Mapping[str, Feature], info: Mapping[str, Any]
) -> Iterator[str]:
    """Lay the rows of a table out as seed folders in an empty folder; yields each name when its folder is whole.

    Raises:
        BadSeed: Column names that no files can have.
    """
    with bad_seeds():
        file_stems(features)
    columns = {column: to_values(table.column(column)) for column in features}
    for place, name in enumerate(names):
        files = lay_out({column: values[place] for column, values in columns.items()}, features)
        seed = folder / name
        seed.mkdir()
        for file, content in files.contents.items():
            (seed / file).write_bytes(content)
        if files.paths:
            (seed / PATHS).write_bytes(json_bytes(files.paths))
        yield name
    (folder / INFO).write_bytes(json_bytes({**info, "features": dict(features)}))


def replace_slot(seed: Path, stem: str, files: Files) -> None:
    """Put the files of one slot in the place of those that are there, so that a kill in between loses nothing."""
    before = slot_files(seed, stem)
    for name, content in files.contents.items():
        if name not in before or (seed / name).read_bytes() != content:
            part = seed / f".{name}.part"
            part.write_bytes(content)
            part.replace(seed / name)
    paths = read_paths(seed)
    kept = {name: path for name, path in paths.items() if name not in before} | files.paths
    if kept != paths:
        part = seed / f"{PATHS}.part"
        part.write_bytes(json_bytes(kept))
        part.replace(seed / PATHS)
    for name in before:
        if name not in files.contents:
            (seed / name).unlink()
    if not kept:
        (seed / PATHS).unlink(missing_ok=True)


def slot_files(seed: Path, stem: str) -> list[str]:
    """All files that belong to one slot: its own, its items' and its attachments."""
    pattern = re.compile(re.escape(stem) + r"(_[0-9]+)?\..+")
    return sorted(file.name for file in seed.iterdir() if file.is_file() and pattern.fullmatch(file.name))


def read_paths(seed: Path) -> dict[str, Any]:
    """The names that media had in their source."""
    try:
        return dict(json.loads((seed / PATHS).read_bytes()))
    except FileNotFoundError:
        return {}


def seeds_root(path: str | os.PathLike[str]) -> Path:
    """The folder in which the seeds lie, `path` itself or its `data/`.

    Raises:
        NoSource: Nothing lies there.
        BadSeed: It is no folder of seeds.
    """
    root = Path(path)
    if not root.exists():
        raise NoSource(str(path))
    for folder in (root, root / "data"):
        if (folder / INFO).is_file():
            return folder
    raise BadSeed(str(path), f"not seeds: no {INFO} here", "unpack makes one")


def json_bytes(value: Any) -> bytes:
    """JSON for people and for version control: indented, in the order given, one newline at the end."""
    return f"{json.dumps(value, ensure_ascii=False, indent=2)}\n".encode()
