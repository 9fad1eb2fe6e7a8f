"""Seeds: a folder or a pack is read, records are laid out, and slots are replaced in place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.atomic import refuse_loss, replace_file
from tinydata.dataset import loader
from tinydata.dataset.kinds import Files, kind_of
from tinydata.dataset.kinds.nested import pretty_json
from tinydata.dataset.loader import INFO, PACK, Feature, SeedError, Seeds, file_stems, is_leftover
from tinydata.dataset.values import to_values
from tinydata.errors import BadSeed, BadTarget, DamagedSource, NoSource
from tinydata.fetch import LocalFile
from tinydata.fetch.tar import tar_members
from tinydata.recipe import NAME

PATHS = ".paths.json"
_MOST_MEMBERS = 10_000  # of seeds, which people edit; a tar of more is some other
_MOST_BYTES = 1 << 20  # that are passed over before anything looks like seeds: the rest of a corpus may be large


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
        if (root / PACK).is_file() and (root / "loader.py").is_file():
            return True  # a dataset repo that was made from seeds
        info = next((file for file in (root / INFO, root / "data" / INFO) if file.is_file()), None)
        return info is not None and not (info.parent / "state.json").exists() and not _tells_of_others(info)
    return re.search(r"\.(tar(\.\w+)?|tgz)$", root.name) is not None and root.is_file() and _is_pack(root)


def _is_pack(path: Path) -> bool:
    """Whether a tarball is one of seeds: it holds a `dataset_info.json`, which may come last, and no data at its root."""
    if path.name == PACK:
        return True
    try:
        passed = 0
        for member in islice(tar_members(LocalFile(path)), _MOST_MEMBERS):
            folder, _, name = member.name.removeprefix("./").rpartition("/")
            if name == INFO:
                return True
            if not folder and member.is_file and not is_leftover(name) and name not in (NAME, "README.md"):
                return False
            passed += member.size
            if passed > _MOST_BYTES and re.search(r"(^|/)\d+$", folder) is None:
                return False
    except DamagedSource:
        pass  # who reads it says what is wrong
    return False


def _tells_of_others(info: Path) -> bool:
    """Whether a `dataset_info.json` is not one of `datasets`: LLaMA-Factory has files of that name, too."""
    try:
        content = json.loads(info.read_bytes())
    except ValueError:
        return False  # damaged by hand, maybe: the reader says what is wrong
    if not isinstance(content, dict) or "features" in content:
        return False
    beside = {entry.name for entry in info.parent.iterdir() if entry.is_file() and not is_leftover(entry.name)}
    return bool(content) or bool(beside - {INFO, NAME, "README.md"})


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
    write_paths(seed, read_paths(seed) | files.paths)  # first: a new file is never there without the name it had
    for name, content in files.contents.items():
        if name not in before or (seed / name).read_bytes() != content:
            replace_file(seed / name, content)
    for name in reversed(before):  # the last item of a list first: killed in between, it has no gap
        if name not in files.contents:
            (seed / name).unlink()
    write_paths(seed, {name: path for name, path in read_paths(seed).items() if (seed / name).is_file()})


def slot_files(seed: Path, stem: str) -> list[str]:
    """All files that belong to one slot: its own, its items' and its attachments; what an editor left is not the slot's.

    Items come by their numbers: of more than a hundred, `texts_100` after `texts_99`.
    """
    pattern = re.compile(re.escape(stem) + r"(?:_([0-9]+))?\..+")
    names = [file.name for file in seed.iterdir() if file.is_file() and not is_leftover(file.name)]
    found = [match for match in map(pattern.fullmatch, names) if match]
    return [match[0] for match in sorted(found, key=lambda match: (int(match[1] or -1), match[0]))]


def real_file(path: Path | str) -> str:
    """The file that lies there under another suffix than the one that a medium's bytes let expect."""
    place = Path(path)
    if place.exists() or not place.parent.is_dir():
        return str(path)
    stem = place.name.rsplit(".", 1)[0]
    same = sorted(file.name for file in place.parent.iterdir() if file.name.rsplit(".", 1)[0] == stem)
    return str(place.with_name(same[0])) if same else str(path)


def read_paths(seed: Path) -> dict[str, Any]:
    """The names that media had in their source."""
    try:
        return dict(json.loads((seed / PATHS).read_bytes()))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError) as error:
        raise BadSeed(
            str(seed / PATHS), "no JSON of file names", "delete it: it holds original file names only"
        ) from error


def write_paths(seed: Path, paths: Mapping[str, Any]) -> None:
    """Put down the names that media had in their source; where there are none, there is no file."""
    if not paths:
        (seed / PATHS).unlink(missing_ok=True)
    elif paths != read_paths(seed):
        replace_file(seed / PATHS, json_bytes(dict(paths)))


def seeds_root(path: str | os.PathLike[str]) -> Path:
    """The folder in which the seeds lie, `path` itself or its `data/`.

    Raises:
        NoSource: Nothing lies there.
        BadSeed: It is no folder of seeds.
    """
    root = Path(path)
    if not str(path) or not root.exists():
        raise NoSource(str(path))
    if not root.is_dir():
        raise BadSeed(
            str(path),
            "a file, where a folder of seeds is wanted",
            f"`tinydata unpack {path}` lays the seeds of a pack out",
        )
    for folder in (root, root / "data"):
        if (folder / INFO).is_file():
            return folder
    raise BadSeed(str(path), f"not seeds: no {INFO} here", "unpack makes one")


def keep_apart(source: str | os.PathLike[str], target: Path, overwrite: bool = False) -> None:
    """See to it that a target neither replaces its own source nor lies among the seeds that it is made from.

    Raises:
        BadTarget: It would.
    """
    refuse_loss(source, target, overwrite)
    roots = [root.resolve() for root in (Path(source), Path(source) / "data") if (root / INFO).is_file()]
    if str(source) and is_seeds(source) and any(root in target.resolve().parents for root in roots):
        raise BadTarget(target, "lies among the seeds, which would take it for one")


def json_bytes(value: Any) -> bytes:
    """JSON for people and for version control: in the order given, one newline at the end."""
    return f"{pretty_json(value)}\n".encode()
