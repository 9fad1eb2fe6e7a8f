"""Types of JSON objects as `datasets` infers them: by pyarrow, and `Json` where the values of a place are of mixed sorts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import Features, features_of, is_too_deep
from tinydata.dataset.loader import Feature, stored_json, to_array
from tinydata.dataset.sources.python_values import conform, type_of

JsonPath = tuple[str | int, ...]
"""Keys from the record down; 0 stands for the items of a list."""


_BLOCK_BYTES = 1 << 20


class BadObject(Exception):
    """An object that cannot be read; `row` is its number among those given, where it is known."""

    def __init__(self, problem: str, row: int | None) -> None:
        super().__init__(problem)
        self.problem, self.row = problem, row


@dataclass(frozen=True)
class Inferred:
    """Objects as a table, and the places that hold JSON text because their values are of mixed sorts."""

    table: pa.Table
    json_paths: tuple[JsonPath, ...]

    def features(self) -> Features:
        """The features, `Json` at those places."""
        features = features_of(self.table.schema)
        for column, *path in self.json_paths:
            features[str(column)] = _json_at(features[str(column)], path)
        return features

    def read(self, lines: bytes) -> pa.Table:
        """Read further lines to the same types.

        Raises:
            BadObject: An object has another type, or a key that is not among the columns.
        """
        return _parse(_encoded(_objects(lines), self.json_paths) if self.json_paths else lines, self.table.schema)


def infer(lines: bytes, *, mixed: bool = True) -> Inferred:
    """Read JSON objects, each on a line of its own.

    Args:
        lines: The objects, as UTF-8, with newlines between them; each line begins with a brace, for pyarrow takes a null
            for a record, and a file that begins with one kills the process.
        mixed: Whether structs with different keys become `Json`; else they become one struct of all their keys.

    Raises:
        BadObject: One cannot be read.
    """
    try:
        table = _parse(lines)
        if not mixed or not any(
            _may_mix(column.type, column.chunks) for column in table.columns if not is_too_deep(column.type)
        ):
            return Inferred(table, ())
    except BadObject as error:
        if "changed from" not in error.problem:
            raise
    objects = _objects(lines)
    paths = _mixed_structs(objects) if mixed else []
    while True:
        try:
            return Inferred(_parse(_encoded(objects, paths)), tuple(paths))
        except BadObject as error:
            match = re.search(r"Column\((.*)\) changed from", error.problem, re.DOTALL)
            if not match:
                raise
            path = _path_of(match[1], objects)
            if path is None or any(path[: len(known)] == known for known in paths):
                raise
            paths = [known for known in paths if known[: len(path)] != path] + [path]


def _parse(lines: bytes, schema: pa.Schema | None = None) -> pa.Table:
    try:
        return _parse_blocks(lines, schema, _BLOCK_BYTES)
    except pa.ArrowException:
        # An object may be larger than a block, and pyarrow counts the rows in its messages by block: now all in one.
        try:
            return _parse_blocks(lines, schema, min(len(lines) + 1, (1 << 31) - 1))
        except pa.ArrowException as error:
            place = re.search(r" in row (\d+)", str(error))
            problem = str(error).removeprefix("JSON parse error: ")
            raise BadObject(problem, int(place[1]) if place else None) from error


def _parse_blocks(lines: bytes, schema: pa.Schema | None, block_bytes: int) -> pa.Table:
    from pyarrow import json as arrow_json

    table = arrow_json.read_json(
        pa.BufferReader(lines),
        arrow_json.ReadOptions(block_size=block_bytes),
        arrow_json.ParseOptions(schema, unexpected_field_behavior="infer" if schema is None else "error"),
    )
    try:
        table.validate()
    except pa.ArrowInvalid:  # pyarrow makes lists of nothing but nulls shorter than they are
        return _by_hand(_objects(lines), schema)
    if table.num_rows != lines.count(b"\n") + 1:
        raise BadObject("several objects on one line", None)
    return table


def _by_hand(objects: Sequence[Any], schema: pa.Schema | None) -> pa.Table:
    """Objects as a table without pyarrow's reader; dates are texts then, as `datasets` has it."""
    try:
        wanted = type_of(objects) if schema is None else pa.struct(list(schema))
        columns = to_array([conform(value, wanted) for value in objects], wanted).flatten()
    except ValueError as error:
        raise BadObject(str(error), None) from error
    return pa.table(columns, schema=pa.schema(list(wanted)))


def _objects(lines: bytes) -> list[Any]:
    objects = []
    for row, line in enumerate(lines.split(b"\n")):
        try:
            objects.append(json.loads(line))
        except json.JSONDecodeError as error:  # pyarrow tells of the first fault it sees, which may be another one
            raise BadObject(f"no JSON: {error.msg}, at column {error.colno}", row) from error
        except (ValueError, RecursionError) as error:
            raise BadObject(f"no JSON: {error}", row) from error
    return objects


def _may_mix(sort: pa.DataType, arrays: Sequence[pa.Array]) -> bool:
    """Whether structs in here may have different keys: pyarrow fills a missing key with a null."""
    if pa.types.is_struct(sort):
        if sort.num_fields == 0:
            return True
        valid = [array.filter(array.is_valid()) for array in arrays]
        for place, field in enumerate(sort):
            children = [array.field(place) for array in valid]
            if any(child.null_count for child in children) or _may_mix(field.type, children):
                return True
        return False
    if pa.types.is_list(sort):
        return _may_mix(sort.value_type, [array.flatten() for array in arrays])
    return False


def _mixed_structs(objects: Sequence[Any]) -> list[JsonPath]:
    found: list[JsonPath] = []
    places: list[tuple[JsonPath, list[Any]]] = [((), list(objects))]
    while places:
        path, values = places.pop(0)
        if all(isinstance(value, dict) for value in values):
            if path and (not values[0] or any(value.keys() != values[0].keys() for value in values)):
                found.append(path)
                continue
            for key in dict.fromkeys(key for value in values for key in value):
                inner = [value[key] for value in values if value.get(key) is not None]
                if inner:
                    places.append(((*path, key), inner))
        elif all(isinstance(value, list) for value in values):
            inner = [item for value in values for item in value if item is not None]
            if inner:
                places.append(((*path, 0), inner))
        elif any(isinstance(value, (dict, list)) for value in values):
            found.append(path)
    return found


def _path_of(column: str, objects: Sequence[Any]) -> JsonPath | None:
    """The path that pyarrow writes as `/key/[]/key`; keys are looked up, for they may hold slashes."""
    for value in objects:
        pending: list[tuple[Any, str, JsonPath]] = [(value, column, ())]
        while pending:
            value, rest, path = pending.pop()
            if not rest:
                return path or None
            if isinstance(value, dict):
                for key, child in value.items():
                    if rest == f"/{key}" or rest.startswith(f"/{key}/"):
                        pending.append((child, rest[len(key) + 1 :], (*path, key)))
            elif isinstance(value, list) and (rest == "/[]" or rest.startswith("/[]/")):
                pending.extend((item, rest[3:], (*path, 0)) for item in value)
    return None


def _encoded(objects: Sequence[Any], paths: Sequence[JsonPath]) -> bytes:
    for path in paths:
        objects = [_encode(value, path) for value in objects]
    return "\n".join(json.dumps(value) for value in objects).encode()


def _encode(value: Any, path: JsonPath) -> Any:
    if value is None:
        return None
    if not path:
        return value if isinstance(value, str) and _is_json(value) else stored_json(value)
    if path[0] == 0:
        return [_encode(item, path[1:]) for item in value]
    return {**value, path[0]: _encode(value.get(path[0]), path[1:])}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_at(feature: Feature, path: Sequence[str | int]) -> Feature:
    if not path:
        return {"_type": "Json"}
    inner = path[1:]
    if path[0] != 0:
        return {**feature, str(path[0]): _json_at(feature[path[0]], inner)}
    if isinstance(feature, Mapping):
        return {**feature, "feature": _json_at(feature["feature"], inner)}
    return [_json_at(feature[0], inner)]
