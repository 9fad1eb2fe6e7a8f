"""JSON files: a list of objects, a list of texts, or one object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.sources.json_records import json_records
from tinydata.dataset.sources.json_types import BadObject, infer
from tinydata.dataset.sources.source import NO_OPTIONS, Claim, FileSource, Options
from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import File


def open_json(file: File, options: Options = NO_OPTIONS) -> Records:
    """Open one JSON file; it is read whole.

    Args:
        file: The file.
        options: `field` is the key of an object under which the records are.
    """
    content = _read(file)
    field = options.get("field")
    if field is not None:
        if not isinstance(content, dict) or field not in content:
            raise UnknownSource(file.name, f"no object that has the field {field!r}")
        content = content[field]
    objects = content if isinstance(content, list) else [content]
    if not objects:
        raise UnknownSource(file.name, "it holds no records")
    if not isinstance(objects[0], dict):  # as `datasets`: a list of anything else is a column of texts
        objects = [{"text": value} for value in objects]
    for place, value in enumerate(objects):
        if not isinstance(value, dict):
            raise DamagedSource(file.name, f"item {place} of the list is no object")
    try:
        # One object over many lines is, to `datasets`, no JSONL, so it does not look for mixed structs in it.
        is_list = isinstance(content, list)
        first = infer("\n".join(_line(value, finite=is_list) for value in objects).encode(), mixed=is_list)
    except BadObject as error:
        where = "" if error.row is None else f"item {error.row} of the list: "
        raise DamagedSource(file.name, where + error.problem) from error

    def rows(ids: Sequence[int]) -> pa.Table:
        check_ids(ids, first.table.num_rows)
        return first.table.take(to_array(ids, pa.int64()))

    return json_records(file, first, rows, lambda: first.table.num_rows, lambda _: None)


def _line(value: Any, *, finite: bool) -> str:
    """An object on one line; `datasets` has no number in a list that is not finite, and null in its place."""
    line = json.dumps(value)
    if finite and ("NaN" in line or "Infinity" in line):
        return json.dumps(json.loads(line, parse_constant=lambda _: None))
    return line


def _read(file: File) -> Any:
    with file.open() as stream:
        data = stream.read()
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DamagedSource(file.name, f"not UTF-8: byte {data[error.start]:#04x}", line) from error
    except json.JSONDecodeError as error:
        raise DamagedSource(file.name, f"no JSON: {error.msg}", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise DamagedSource(file.name, f"no JSON: {error}") from error


def _claims(file: File, head: bytes) -> Claim:
    if file.suffix == ".json":
        return Claim.SUFFIX
    return Claim.GUESS if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{") else Claim.NO


JSON = FileSource(name="JSON", claims=_claims, open=open_json, options=frozenset({"field"}))
