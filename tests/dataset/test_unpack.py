"""Unpack: what is taken, what is told, what is refused."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import grow
from tinydata import pack, read_seeds, unpack
from tinydata.errors import NoSuchColumn, UnknownSource, UnsupportedColumn


@pytest.fixture
def mixed(tmp_path):
    """A file with a column that `datasets` cannot hold."""
    maps = pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int32()))
    pq.write_table(pa.table({"text": ["one", "two", "three"], "counts": maps}), tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def test_a_column_that_datasets_cannot_hold_is_named(mixed, tmp_path):
    with pytest.raises(UnsupportedColumn, match=r"'counts'.*map<string, int32"):
        unpack(mixed, tmp_path / "seeds")

    assert not (tmp_path / "seeds").exists()


def test_it_is_no_obstacle_to_who_leaves_it_out(mixed, tmp_path):
    made = unpack(mixed, tmp_path / "seeds", ids="1-2", columns=["text"])

    assert read_seeds(made.path).table.column("text").to_pylist() == ["two", "three"]


@pytest.mark.parametrize("narrow", ["decimal32", "decimal64"])
def test_a_decimal_that_datasets_does_not_know_is_refused(tmp_path, narrow):
    with pa.ipc.new_file(tmp_path / "x.arrow", pa.schema({"price": getattr(pa, narrow)(5, 2)})) as writer:
        writer.write_table(pa.table({"price": pa.nulls(1, getattr(pa, narrow)(5, 2))}))

    with pytest.raises(UnsupportedColumn, match=rf"column 'price': `datasets` cannot hold {narrow}\(5, 2\)"):
        unpack(tmp_path / "x.arrow", tmp_path / "seeds")


def test_columns_come_in_the_order_asked_for(tmp_path):
    grow(tmp_path, {"rows.jsonl": '{"a": 1, "b": "x", "c": null}\n'})

    assert list(read_seeds(unpack(tmp_path / "rows.jsonl", tmp_path / "seeds", columns=["b", "a"]).path).features) == [
        "b",
        "a",
    ]


def test_a_column_that_is_not_there_is_refused(tmp_path):
    grow(tmp_path, {"rows.jsonl": '{"a": 1}\n'})

    with pytest.raises(NoSuchColumn, match="no column 'b': there is a"):
        unpack(tmp_path / "rows.jsonl", tmp_path / "seeds", columns=["b"])


def test_a_feature_of_a_sort_that_is_not_known_is_not_guessed_at(tmp_path):
    info = b'{"info": {"features": {"x": {"_type": "Hologram"}}}}'
    pq.write_table(pa.table({"x": [1]}).replace_schema_metadata({b"huggingface": info}), tmp_path / "rows.parquet")

    with pytest.raises(UnsupportedColumn, match="Hologram"):
        unpack(tmp_path / "rows.parquet", tmp_path / "seeds")


def test_fewer_than_ten_records_are_all_taken(tmp_path):
    grow(tmp_path, {"rows.jsonl": '{"a": 1}\n{"a": 2}\n'})

    made = unpack(tmp_path / "rows.jsonl", tmp_path / "seeds")

    assert (made.ids, made.chosen) == ((0, 1), False)


def test_a_source_without_records_is_refused(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int32())}), tmp_path / "rows.parquet")

    with pytest.raises(UnknownSource, match="holds no records"):
        unpack(tmp_path / "rows.parquet", tmp_path / "seeds")


def test_a_source_without_columns_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1, 2]}).select([]), tmp_path / "x.parquet")

    with pytest.raises(UnknownSource, match=r"x\.parquet: .* no columns"):
        unpack(tmp_path / "x.parquet", tmp_path / "seeds")

    assert not (tmp_path / "seeds").exists()


def test_seeds_are_a_source_too(tmp_path):
    grow(tmp_path, {"rows.jsonl": '{"a": "x"}\n{"a": "y"}\n{"a": "z"}\n'})
    unpack(tmp_path / "rows.jsonl", tmp_path / "seeds")
    pack(tmp_path / "seeds", tmp_path / "data.tar.gz")

    for source in ("seeds", "data.tar.gz"):
        made = unpack(tmp_path / source, tmp_path / f"from {source}", ids="1-2")
        assert read_seeds(made.path).table.column("a").to_pylist() == ["y", "z"]
