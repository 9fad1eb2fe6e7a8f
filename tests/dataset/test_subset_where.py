"""Subsets by an expression: what it may say, what it may not see, and what is not read for it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tinydata import rebuild, subset
from tinydata.dataset.records import Records
from tinydata.dataset.sources import open_source
from tinydata.dataset.subset.where import find_rows
from tinydata.errors import BadWhere, UnknownSource

ROWS = {
    "lang": ["en", "fr", "de", None] * 100,
    "n": list(range(400)),
    "score": [n / 7 for n in range(400)],
    "meta": [{"kind": "abc"[n % 3]} for n in range(400)],
    "row": ["x"] * 400,
}


@pytest.fixture
def source(tmp_path):
    """Four hundred records in row groups of ten, and the same as JSON Lines."""
    pq.write_table(pa.table(ROWS), tmp_path / "rows.parquet", row_group_size=10)
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize(
    ("expression", "fits"),
    {
        "lang = 'en'": lambda row: row["lang"] == "en",
        "lang is null": lambda row: row["lang"] is None,
        "n >= 17 and 40 > n and lang <> 'fr'": lambda row: 17 <= row["n"] < 40 and row["lang"] in ("en", "de"),
        "N between 100 and 200": lambda row: 100 <= row["n"] <= 200,
        "n = '5' or score > 57": lambda row: row["n"] == 5 or row["score"] > 57,
        "n > 12.5 and n < 14": lambda row: row["n"] == 13,
        "meta.kind = 'b' and lang like 'd%'": lambda row: row["meta"]["kind"] == "b" and row["lang"] == "de",
        "records.n in (3, 5, 399)": lambda row: row["n"] in (3, 5, 399),
        "row = 'x' and not (n > 3)": lambda row: row["n"] <= 3,
        "lang > 'e' and lang <= 'en'": lambda row: row["lang"] == "en",
        "true -- all of them": lambda row: True,
    }.items(),
)
def test_those_records_are_taken_that_fit(source, tmp_path, expression, fits):
    rows = pa.table(ROWS).to_pylist()

    made = subset(source, tmp_path / "out", "1k", where=expression)

    (file,) = made.path.rglob("*.parquet")
    assert pq.ParquetFile(file).read().to_pylist() == [row for row in rows if fits(row)]


def test_the_first_and_a_sample_are_of_those_that_fit(source, tmp_path):
    first = subset(source, tmp_path / "first", 5, where="lang = 'fr'")
    drawn = subset(source, tmp_path / "drawn", 5, where="lang = 'fr'", shuffle=True)

    numbers = [pq.ParquetFile(next(made.path.rglob("*.parquet"))).read()["n"].to_pylist() for made in (first, drawn)]
    assert numbers[0] == [1, 5, 9, 13, 17]
    assert len(set(numbers[1])) == 5
    assert {number % 4 for number in numbers[1]} == {1}
    assert rebuild(drawn.path).differences == ()
    assert "duckdb" in drawn.recipe.versions


@pytest.mark.parametrize(
    ("expression", "groups"),
    [
        ("n = 123", 1),
        ("n between 100 and 119 and lang = 'en'", 2),
        ("lang = 'zz'", 0),
        ("350 <= n", 5),
        ("score < 3", 40),  # of fractions nothing is known that a NaN could not belie
        ("n + 1 = 5", 40),
        ("n = 5 or n = 300", 40),
    ],
)
def test_row_groups_whose_bounds_tell_are_not_read(source, expression, groups):
    opened = open_source(source)
    asked: list[range] = []

    def scan(ids, columns):
        asked.append(ids)
        return opened.tables(ids, columns)

    watched = Records(opened.features, opened.take, opened.count, opened.files, scan=scan, stretches=opened.stretches)
    find_rows(watched, expression)

    assert len(asked) == groups


@pytest.mark.parametrize(
    ("expression", "problem"),
    {
        "": "empty",
        "langg = 'en'": 'Referenced column "langg" not found',
        "lang =": "syntax error",
        "lang": "Could not convert string 'en'",
        "n = 'x'": "Could not convert string 'x'",
        "count(*) > 1": "aggregates",
        "1; drop table records": "syntax error",
        "true) union select 1 where (true": "more than an expression",
        "n = 1) order by (n": "more than an expression",
        "exists(select 1 from read_text('/etc/passwd'))": "a query inside it",
        "n in (select n from records)": "a query inside it",
        "getenv('HOME') = 'x'": "getenv",
        "random() < 0.5": "something else each time",
    }.items(),
)
def test_what_is_no_expression_over_the_columns_is_refused(source, tmp_path, expression, problem):
    with pytest.raises(BadWhere) as caught:
        subset(source, tmp_path / "out", 3, where=expression)

    assert problem in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_that_no_record_fits_is_said(source, tmp_path):
    with pytest.raises(UnknownSource, match="holds no record that fits 'n < 0'"):
        subset(source, tmp_path / "out", 3, where="n < 0")


def test_a_split_of_which_no_record_fits_is_named(tmp_path):
    (tmp_path / "both").mkdir()
    for split, numbers in {"train": range(10), "test": range(10, 20)}.items():
        pq.write_table(pa.table({"n": numbers}), tmp_path / "both" / f"{split}.parquet")

    with pytest.raises(UnknownSource, match="split test of config default holds no record that fits"):
        subset(tmp_path / "both", tmp_path / "out", 3, where="n < 10")

    assert not (tmp_path / "out").exists()
