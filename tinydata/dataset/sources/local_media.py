"""Media that a row only names: the file is taken along, and no absolute path is left behind."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tinydata.dataset.loader import Feature, is_media, item_feature, struct_fields, to_array
from tinydata.dataset.sources.nested import lists_over, unsliced
from tinydata.errors import DamagedSource
from tinydata.fetch import File, is_cached

_MAY_BE_ABSOLUTE = r"^([\\/]|[A-Za-z]:)"


def take_along(table: pa.Table, features: Mapping[str, Feature], file: File) -> pa.Table:
    """Read in the media files that rows name without holding their bytes, at any depth.

    A path is looked up as it stands where it is absolute, else beside the file and not outside its folder; not at all where the
    file lies elsewhere. A relative path that leads nowhere stays as it is, with null for its bytes. Absolute paths become bare
    names.

    Args:
        table: In storage types.
        file: What the table comes from, or a folder.

    Raises:
        DamagedSource: An absolute path that leads nowhere, and no bytes.
    """
    columns = []
    for name, feature in features.items():
        column = table.column(name)
        if _holds_media(feature):
            column = pa.chunked_array([_visited(chunk, feature, name, file) for chunk in column.chunks], column.type)
        columns.append(column)
    return pa.table(columns, schema=table.schema)


def file_inside(folder: Path, name: str) -> Path | None:
    """The file of this name if it lies inside a folder, links followed; None else.

    In the cache of huggingface_hub each file is a link to one elsewhere; there it is its name that has to lie inside.
    """
    try:
        path = (folder / name).resolve()
        is_inside = path.is_relative_to(folder.resolve()) or (
            ".." not in Path(name).parts and not is_absolute(name) and is_cached(folder / name)
        )
        return path if is_inside and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # a name too long, a NUL in it, a loop of links
        return None


def folder_of(file: File) -> Path | None:
    """The folder in which the files lie that a file names; None where it does not lie on this machine."""
    if file.path is None or file.path.is_dir():
        return file.path
    return file.path.parent


def is_absolute(path: str) -> bool:
    """Whether a path is absolute on this system or on Windows."""
    return os.path.isabs(path) or bool(re.match(r"[A-Za-z]:[\\/]|[\\/]{2}", path))


def base_name(path: str) -> str:
    """The last part of a path of any system."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _medium(folder: Path | None, path: str) -> Path | None:
    if folder is None:
        return None
    return Path(path) if is_absolute(path) else file_inside(folder, path)


def _holds_media(feature: Feature) -> bool:
    if is_media(feature):
        return True
    item = item_feature(feature)
    fields = struct_fields(feature) or {}
    return (item is not None and _holds_media(item)) or any(_holds_media(inner) for inner in fields.values())


def _visited(array: pa.Array, feature: Feature, column: str, file: File) -> pa.Array:
    if is_media(feature):
        return _with_files(array, column, file)
    fields, item = struct_fields(feature), item_feature(feature)
    if fields is not None:
        children = [_visited(array.field(at), fields[field.name], column, file) for at, field in enumerate(array.type)]
        return pa.StructArray.from_arrays(children, fields=list(array.type), mask=array.is_null())
    if item is not None and _holds_media(item):
        array = unsliced(array)
        return lists_over(array, _visited(array.values, item, column, file), array.type)
    return array


def _with_files(array: pa.Array, column: str, file: File) -> pa.Array:
    content, names = array.field("bytes"), array.field("path")
    are_inside = pc.all(pc.equal(content.is_null(), array.is_null())).as_py() is not False
    if are_inside and not pc.any(pc.match_substring_regex(names, _MAY_BE_ABSOLUTE)).as_py():
        return array
    folder, paths = folder_of(file), names.to_pylist()
    missing = content.is_null().to_pylist()
    present = array.is_valid().to_pylist()
    loaded: dict[int, bytes] = {}
    changed = False
    for at, path in enumerate(paths):
        if path is None or not present[at]:
            continue
        if missing[at]:
            medium = _medium(folder, path)
            if medium is not None and medium.is_file():
                loaded[at] = medium.read_bytes()
            elif is_absolute(path):
                raise DamagedSource(file.name, f"column {column!r} names {path}, which is no file")
        if is_absolute(path):
            paths[at], changed = base_name(path), True
    if loaded:
        content = to_array([loaded.get(at, one.as_py()) for at, one in enumerate(content)], content.type)
    if not loaded and not changed:
        return array
    children: dict[str, Any] = {"bytes": content, "path": to_array(paths, pa.string())}
    return pa.StructArray.from_arrays(
        [children[field.name] for field in array.type], fields=list(array.type), mask=array.is_null()
    )
