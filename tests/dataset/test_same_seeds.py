"""The same records give the same seeds, whatever they were written as."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dataset.sources.tarballs import tarball
from tests.helpers import grow
from tinydata import unpack
from tinydata.dataset.loader import schema_of, to_array

Record = dict[str, Any]

# Columns that each way of writing can name: suffixes in a webdataset, `jpg_file_name` in the metadata of a folder.
FEATURES: dict[str, Any] = {
    "jpg": {"_type": "Image"},
    "txt": {"dtype": "string", "_type": "Value"},
    "cls": {"dtype": "int64", "_type": "Value"},
    "json": {
        "x": {"dtype": "float64", "_type": "Value"},
        "tags": {"feature": {"dtype": "string", "_type": "Value"}, "length": -1, "_type": "Sequence"},
    },
}
# The first letter keeps a text from being a number, a date or a word for null; NUL ends a field of pandas.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20).map(lambda text: f"t{text}")
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


def records(holes: bool) -> st.SearchStrategy[list[Record]]:
    """A first record that is full, so that each way knows all types, and others."""
    may_be_null = (lambda values: st.none() | values) if holes else lambda values: values
    inner = st.fixed_dictionaries(
        {"x": may_be_null(numbers), "tags": may_be_null(st.lists(may_be_null(texts), max_size=3))}
    )
    columns = {
        "jpg": st.binary(max_size=9).map(lambda tail: b"\xff\xd8\xff" + tail),
        "txt": texts,
        "cls": st.integers(-(2**53), 2**53),
        "json": inner,
    }
    full = st.fixed_dictionaries(
        {**columns, "json": st.fixed_dictionaries({"x": numbers, "tags": st.lists(texts, min_size=1, max_size=3)})}
    )
    others = st.fixed_dictionaries({name: may_be_null(values) for name, values in columns.items()})
    return st.builds(
        lambda first, rest: [_in_order(row, FEATURES) for row in (first, *rest)], full, st.lists(others, max_size=6)
    )


def _in_order(value: Any, feature: Any) -> Any:
    """The same with the keys in the order of the columns: it is theirs in a file that states no types."""
    if value is None or not isinstance(feature, dict) or "_type" in feature:
        return value
    return {name: _in_order(value[name], inner) for name, inner in feature.items()}


def parquet(folder: Path, rows: Sequence[Record]) -> Path:
    pq.write_table(_table(rows), folder / "x.parquet", row_group_size=3)
    return folder / "x.parquet"


def arrow(folder: Path, rows: Sequence[Record]) -> Path:
    table = _table(rows)
    with pa.ipc.new_stream(folder / "x.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return folder / "x.arrow"


def jsonl(folder: Path, rows: Sequence[Record]) -> Path:
    _write_lines(folder / "x.jsonl", _named(folder, rows))
    return folder / "x.jsonl"


def several_files(folder: Path, rows: Sequence[Record]) -> Path:
    named = _named(folder, rows)
    for start in range(0, len(named), 2):
        _write_lines(folder / f"{start}.jsonl", named[start : start + 2])
    return Path(f"{folder}/*.jsonl")


def imagefolder(folder: Path, rows: Sequence[Record]) -> Path:
    _write_lines(folder / "metadata.jsonl", [{"jpg_file_name": row.pop("jpg"), **row} for row in _named(folder, rows)])
    return folder


def webdataset(folder: Path, rows: Sequence[Record]) -> Path:
    written: dict[str, Callable[[Any], bytes]] = {
        "jpg": bytes, "txt": str.encode, "cls": lambda number: b"%d" % number, "json": lambda value: json.dumps(value).encode()
    }  # fmt: skip
    members = [
        (f"{n:04}.{name}", written[name](row[name])) for n, row in enumerate(rows) for name in FEATURES if name in row
    ]
    return tarball(folder / "x.tar.gz", members, "w:gz")


def csv(folder: Path, rows: Sequence[Record]) -> Path:
    pd.DataFrame(_named(folder, rows)).to_csv(folder / "x.csv", index=False)
    return folder / "x.csv"


def seeds(
    folder: Path, write: Callable[[Path, Sequence[Record]], Path], rows: Sequence[Record], ids: Sequence[int]
) -> Mapping[str, bytes]:
    """All files of the seeds but the recipe, which names the source; of a folder the split is known, and of a file not."""
    place = folder / write.__name__
    place.mkdir()
    made = unpack(str(write(place, rows)), folder / f"{write.__name__} seeds", ids=ids, columns=list(rows[0])).path
    files = {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}
    del files["tinydata.yaml"]
    return files | {"dataset_info.json": json.dumps(json.loads(files["dataset_info.json"])["features"]).encode()}


@settings(max_examples=15)
@given(records(holes=False), st.data())
def test_full_records(tmp_path_factory, rows, data):
    folder, ids = tmp_path_factory.mktemp("same"), data.draw(some_of(rows))
    nested = {write.__name__: seeds(folder, write, rows, ids) for write in (*NESTED, webdataset)}
    flat_rows = [{name: row[name] for name in ("jpg", "txt", "cls")} for row in rows]
    folder = tmp_path_factory.mktemp("flat")
    flat = {write.__name__: seeds(folder, write, flat_rows, ids) for write in (*NESTED, csv, webdataset)}

    assert all(found == nested["parquet"] for found in nested.values())
    assert all(found == flat["parquet"] for found in flat.values())


@settings(max_examples=15)
@given(records(holes=True), st.data())
def test_records_with_holes(tmp_path_factory, rows, data):
    folder, ids = tmp_path_factory.mktemp("same"), data.draw(some_of(rows))
    found = {write.__name__: seeds(folder, write, rows, ids) for write in NESTED}

    assert all(files == found["parquet"] for files in found.values())


def some_of(rows: Sequence[Record]) -> st.SearchStrategy[list[int]]:
    return st.sets(st.integers(0, len(rows) - 1), min_size=1).map(sorted)


NESTED = (parquet, arrow, jsonl, several_files, imagefolder)


def _table(rows: Sequence[Record]) -> pa.Table:
    schema = schema_of({name: feature for name, feature in FEATURES.items() if name in rows[0]})
    media = [
        {**row, "jpg": row["jpg"] and {"bytes": row["jpg"], "path": f"{place:04}.jpg"}}
        for place, row in enumerate(rows)
    ]
    return pa.table([to_array([row[field.name] for row in media], field.type) for field in schema], schema=schema)


def _named(folder: Path, rows: Sequence[Record]) -> list[Record]:
    """The rows with the names of their pictures, which are written beside."""
    names = [row["jpg"] and f"{place:04}.jpg" for place, row in enumerate(rows)]
    grow(folder, {name: row["jpg"] for name, row in zip(names, rows, strict=True) if name})
    return [{**row, "jpg": name} for name, row in zip(names, rows, strict=True)]


def _write_lines(path: Path, rows: Sequence[Record]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
