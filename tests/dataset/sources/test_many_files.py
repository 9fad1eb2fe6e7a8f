"""Several files as one source: their types, what a card says of them, and patterns."""

import io
import json
import zipfile

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dataset.sources.as_datasets import features_of, judge, load, table_of
from tests.helpers import grow
from tinydata.dataset.sources import csv, open_source
from tinydata.errors import DamagedSource, NoSource, NoSuchRecord, UnknownSource

datasets.disable_progress_bars()


def parquet(**columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def arrow(**columns):
    table, out = pa.table(columns), io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def lines(*objects):
    return "".join(f"{json.dumps(value)}\n" for value in objects)


FEATURES = """\
dataset_info:
  features:
  - name: a
    dtype:
      class_label:
        names:
          '0': cat
          '1': dog
  - name: b
    dtype: float32
"""


def card(head):
    return f"---\n{head}---\n"


def config(options):
    return card(f"configs:\n- config_name: default\n  data_files: x.*\n{options}")


# Each as `datasets` loads it, split by split.
WORLDS = {
    "ints, then texts that are numbers": {"a.jsonl": lines({"a": 1}), "b.jsonl": lines({"a": "2"})},
    "floats, then ints": {"a.parquet": parquet(a=[1.5]), "b.parquet": parquet(a=[2])},
    "ints of another width": {"a.parquet": parquet(a=pa.array([1], "int8")), "b.parquet": parquet(a=[2])},
    "a column that is missing later": {"a.jsonl": lines({"a": 1, "b": "x"}), "b.jsonl": lines({"a": 2})},
    "nulls, later": {"a.jsonl": lines({"a": 1}), "b.jsonl": lines({"a": None})},
    "a column without any value": {"a.csv": "a,b\n1,\n2,\n", "b.csv": "a,b\n1,\n"},
    "class labels out of names": {"x.csv": "a,b\ncat,1\ndog,2\n", "README.md": card(FEATURES)},
    "class labels out of numbers": {"x.csv": "a,b\n0,1\n,\n", "README.md": card(FEATURES)},
    "columns in the order of the card": {"x.csv": "b,a\n1,cat\n", "README.md": card(FEATURES)},
    "a column that only the card has": {"x.csv": "a\ncat\n", "README.md": card(FEATURES)},
    "labels of objects": {"x.jsonl": lines({"a": "dog", "b": "1.5"}, {"a": "cat"}), "README.md": card(FEATURES)},
    "labels of a list": {"x.json": '[{"a": 1, "b": 2}]', "README.md": card(FEATURES)},
    "labels of parquet": {"x.parquet": parquet(a=[0, 1]), "README.md": card(FEATURES)},
    "labels of arrow": {"x.arrow": arrow(a=[0, 1]), "README.md": card(FEATURES)},
    "labels of a config": {
        "x.csv": "a,b\ncat,1\n",
        "README.md": card(
            "configs:\n- config_name: m\n  data_files: x.csv\n" + FEATURES.replace(":\n", ":\n  config_name: m\n", 1)
        ),
    },
    "labels of several splits": {"train.csv": "a,b\ncat,1\n", "test.csv": "a,b\ndog,\n", "README.md": card(FEATURES)},
    "another separator": {"x.csv": "a;b\n1,5;x\n", "README.md": config("  sep: ';'\n")},
    "a delimiter": {"x.csv": "a|b\n1|x\n", "README.md": config("  delimiter: '|'\n")},
    "names": {"x.csv": "1,x\n2,y\n", "README.md": config("  names: [n, t]\n")},
    "column names": {"x.csv": "1,x\n2,y\n", "README.md": config("  column_names: [n, t]\n")},
    "names over a header": {"x.csv": "q,r\n1,x\n", "README.md": config("  names: [n, t]\n  header: 0\n")},
    "rows to skip": {"x.csv": "# hi\n#\na\n1\n", "README.md": config("  skiprows: 2\n")},
    "comments": {"x.csv": "a\n1 # one\n# two\n2\n", "README.md": config("  comment: '#'\n")},
    "quotes of another sort": {"x.csv": "a,b\n'x,y',2\n", "README.md": config("  quotechar: \"'\"\n")},
    "decimal commas": {"x.csv": "a;b\n1,5;1.000\n", "README.md": config("  sep: ';'\n  decimal: ','\n  thousands: .\n")},
    "other words for null": {"x.csv": "a,b\nNA,-\nx,y\n", "README.md": config("  na_values: ['-']\n  keep_default_na: false\n")},
    "other words for true": {"x.csv": "a\nyes\nno\n", "README.md": config("  true_values: ['yes']\n  false_values: ['no']\n")},
    "some columns": {"x.csv": "a,b,c\n1,2,3\n", "README.md": config("  usecols: [a, c]\n")},
    "some columns of parquet": {"x.parquet": parquet(a=[1], b=[2], c=[3]), "README.md": config("  columns: [c, a]\n")},
    "a few rows": {"x.csv": "a\n1\n2\n3\n", "README.md": config("  nrows: 2\n")},
    "latin letters": {"x.csv": "a\né\n".encode("latin-1"), "README.md": config("  encoding: latin-1\n")},
    "wide letters": {"x.csv": "a\né\n".encode("utf-16"), "README.md": config("  encoding: utf-16\n")},
    "latin lines": {"x.txt": "é\nb\n".encode("latin-1"), "README.md": config("  encoding: latin-1\n")},
    "bytes that are replaced": {"x.txt": b"a\xff\n", "README.md": config("  encoding_errors: replace\n")},
    "a field of an object": {"x.json": '{"version": 1, "data": [{"a": 1}, {"a": 2}]}', "README.md": config("  field: data\n")},
    "lines with their ends": {"x.txt": "a\r\nb\n\nc", "README.md": config("  keep_linebreaks: true\n")},
    "paragraphs": {"x.txt": "a\nb\n\n\nc\n\n\n\nd\n", "README.md": config("  sample_by: paragraph\n")},
    "a document": {"x.txt": "a\r\nb\n", "README.md": config("  sample_by: document\n")},
    "labels that are dropped": {"x/1.png": "1", "y/2.png": "2", "README.md": config("  drop_labels: true\n").replace("x.*", "'**'")},
    "labels that are asked for": {"x/1.png": "1", "x/2.png": "2", "README.md": config("  drop_labels: false\n").replace("x.*", "'**'")},
    "metadata that are dropped": {
        "x/1.png": "1",
        "y/2.png": "2",
        "metadata.csv": "file_name,n\nx/1.png,1\n",
        "README.md": config("  drop_metadata: true\n").replace("x.*", "'**'"),
    },
}  # fmt: skip


def plain(rows):
    """Rows without the paths of media: `datasets` has those of this machine."""
    return [
        {name: value for name, value in row.items() if not isinstance(value, dict) or "path" not in value}
        for row in rows
    ]


@judge
@pytest.mark.parametrize("name", WORLDS)
def test_a_folder_reads_as_datasets_reads_it(tmp_path, name):
    grow(tmp_path / "set", WORLDS[name])
    loaded = load(str(tmp_path / "set"))

    assert open_source(tmp_path / "set").splits == tuple(loaded)
    for split, dataset in loaded.items():
        records = open_source(tmp_path / "set", split=split)

        assert records.features == features_of(dataset)
        assert plain(records.take(range(records.count())).to_pylist()) == plain(
            table_of(dataset, records.features).to_pylist()
        )


def test_columns_and_types_that_only_the_order_or_the_width_parts_are_put_together(tmp_path):
    """`datasets` 5.2 casts such files one by one, and then trips over their schemas."""
    grow(
        tmp_path,
        {
            "a.csv": "a,b,c\n1,x,t\n",
            "b.csv": "c,b,a\n7,y,2.0\n",
            "z/a.jsonl": lines({"a": {"x": 1, "y": "a"}}),
            "z/b.jsonl": lines({"a": {"y": "b", "x": 2}}),
        },
    )

    assert open_source(f"{tmp_path}/*.csv").take([0, 1]).to_pylist() == [
        {"a": 1, "b": "x", "c": "t"},
        {"a": 2, "b": "y", "c": "7"},
    ]
    assert open_source(tmp_path / "z").take([1]).to_pylist() == [{"a": {"x": 2, "y": "b"}}]


def test_a_separator_may_have_several_characters(tmp_path):
    grow(tmp_path, {"x.csv": "a::b\n1::x\n", "README.md": config("  sep: '::'\n")})

    assert open_source(tmp_path).take([0]).to_pylist() == [{"a": 1, "b": "x"}]


# `datasets` fails on these; here a column that is null in one place has the type that it has in another.
NULLS = {
    "in the first file": {"a.jsonl": lines({"a": None}), "b.jsonl": lines({"a": "x"})},
    "in the first file of a table": {"a.csv": "a,b\n,1\n", "b.csv": "a,b\nx,2\n"},
    "in the first files": {**{f"{n}.jsonl": lines({"a": None}) for n in range(5)}, "9.jsonl": lines({"a": "x"})},
    "in one split": {"train.jsonl": lines({"a": None}), "test.jsonl": lines({"a": "x"})},
    "in one split of a table": {"train.csv": "a,b\n,1\n", "test.csv": "a,b\nx,2\n"},
    "in a parquet file": {"a.parquet": parquet(a=pa.nulls(2)), "b.parquet": parquet(a=["x"])},
    "inside a list": {"a.jsonl": lines({"a": []}), "b.jsonl": lines({"a": ["x"]})},
    "inside a struct": {"a.jsonl": lines({"a": {"n": 1, "t": None}}), "b.jsonl": lines({"a": {"n": 2, "t": "x"}})},
}


@pytest.mark.parametrize("name", NULLS)
def test_a_column_that_is_null_in_one_place_has_its_type_from_another(tmp_path, name):
    grow(tmp_path, NULLS[name])

    found = [open_source(tmp_path, split=split) for split in open_source(tmp_path).splits]

    assert "string" in str(found[0].features["a"])
    assert all(records.features == found[0].features for records in found)
    assert all(records.take(range(records.count())).num_rows == records.count() for records in found)


def test_a_column_that_is_null_in_the_first_rows_has_its_type_from_later_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(csv, "_CHUNK_ROWS", 10)
    (tmp_path / "x.csv").write_text("a,b\n" + "1,\n" * 25 + "2,x\n")

    assert open_source(tmp_path / "x.csv").take([0, 25]).to_pylist() == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]


def test_a_column_without_any_value_is_of_floats_as_in_pandas(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,\n")

    assert open_source(tmp_path / "x.csv").features["b"] == {"dtype": "float64", "_type": "Value"}


@pytest.mark.parametrize(
    ("world", "problem"),
    [
        ({"a.csv": "a\n1\n", "b.csv": "a\n1.5\n"}, r"b\.csv: its types differ from those of a\.csv: column 'a'"),
        ({"a.csv": "a\n1\n", "b.csv": "a\nx\n"}, r"b\.csv: its types differ from those of a\.csv: column 'a'"),
        ({"a.csv": "a\n1\n", "b.csv": "a,b\n1,2\n"}, r"b\.csv: its columns differ from those of a\.csv: 'b'"),
        ({"x.csv": "a,b\nbird,1\n", "README.md": card(FEATURES)}, r"x\.csv: column 'a': 'bird' is no class: .* cat, dog"),
        ({"x.csv": "a,b\n2,1\n", "README.md": card(FEATURES)}, "column 'a': 2 is no class"),
        ({"x.csv": "a,b,c\n0,1,1\n", "README.md": card(FEATURES)}, "differ from those of its card: 'c'"),
        ({"x.csv": "a,b\n0,x\n", "README.md": card(FEATURES)}, "differ from those of its card: column 'b'"),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_named_when_they_are_asked_for(tmp_path, world, problem):
    records = open_source(grow(tmp_path, world))

    with pytest.raises(DamagedSource, match=problem):
        records.take(range(records.count()))


@pytest.mark.parametrize(
    ("name", "content", "option"),
    [
        ("x.csv", "a\n1\n", "index_col: 0"),
        ("x.json", '{"a": 1}', "chunksize: 3"),
        ("x.txt", "a", "sample_by: word"),
        ("x.txt", "a", "encoding: klingon"),
        ("x.json", '{"a": 1}', "field: data"),
        ("x.csv", "a\n1\n", "header: 9"),
        ("x.csv", "a\n1\n", "usecols: [b]"),
        ("x.parquet", parquet(a=[1]), "columns: [b]"),
        ("x.parquet", parquet(a=[1]), "filters: [[a, '=', 1]]"),
    ],
)
def test_an_option_of_the_card_that_cannot_be_followed_is_named(tmp_path, name, content, option):
    grow(tmp_path, {name: content, "README.md": config(f"  {option}\n")})

    with pytest.raises((UnknownSource, DamagedSource), match=option.partition(":")[0] + r"|klingon|'b'|no records"):
        open_source(tmp_path)


# Patterns


def test_a_pattern_is_a_source(tmp_path):
    grow(tmp_path, {"d/a-1.jsonl": lines({"n": 1}), "d/a-2.jsonl": lines({"n": 2}), "d/b.jsonl": lines({"n": 3})})
    records = open_source(f"{tmp_path}/d/a-*.jsonl")

    assert records.take([0, 1]).to_pylist() == [{"n": 1}, {"n": 2}]
    assert records.count() == 2
    assert open_source(f"{tmp_path}/**/*.jsonl").count() == 3
    assert open_source(f"{tmp_path}/d/[ab]*1.jsonl").count() == 1


def test_a_pattern_below_a_folder_that_has_a_bracket_in_its_name(tmp_path):
    grow(tmp_path, {"a[1]/x.csv": "n\n1\n"})

    assert open_source(tmp_path / "a[1]" / "*.csv").count() == 1


def test_a_pattern_stays_here(tmp_path, monkeypatch):
    monkeypatch.chdir(grow(tmp_path, {"a.csv": "n\n1\n", "b.csv": "n\n2\n"}))

    assert open_source("*.csv").count() == 2
    assert open_source("./[b].csv").count() == 1


def test_a_name_with_a_star_that_is_there_is_no_pattern(tmp_path):
    grow(tmp_path, {"a[1].csv": "n\n1\n", "a1.csv": "n\n2\n"})

    assert open_source(str(tmp_path / "a[1].csv")).take([0]).to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("pattern", ["*.csv", "gone/*.csv", "a.*"])
def test_a_pattern_that_nothing_fits_is_no_source(tmp_path, pattern):
    grow(tmp_path, {"b.txt": "x"})

    with pytest.raises(NoSource):
        open_source(f"{tmp_path}/{pattern}")


def test_of_two_hundred_files_only_those_are_read_that_are_needed(tmp_path):
    for n in range(200):
        (tmp_path / f"{n:03}.parquet").write_bytes(parquet(n=range(n * 10, n * 10 + 10)) if n < 3 else b"damaged")
    records = open_source(tmp_path)

    assert records.take([0, 19, 25]).column("n").to_pylist() == [0, 19, 25]
    assert [file.name for file in records.files()] == ["000.parquet", "001.parquet", "002.parquet"]
    with pytest.raises(DamagedSource, match=r"003\.parquet"):
        records.take([30])


def test_past_the_last_file_is_an_error_that_knows_the_count(tmp_path):
    grow(tmp_path, {f"{n}.jsonl": lines({"n": n}) for n in range(3)})

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path).take([0, 2, 7])

    assert (error.value.record_id, error.value.count) == (7, 3)


@judge
@pytest.mark.parametrize("plain", ["train", "test"])
def test_one_split_may_be_zipped_and_another_not(tmp_path, plain):
    zipped = "test" if plain == "train" else "train"
    grow(tmp_path / "x", {f"{plain}.csv": "a\n1\n"})
    with zipfile.ZipFile(tmp_path / "x" / f"{zipped}.zip", "w") as archive:
        archive.writestr("b.csv", "a\n2\n")
    loaded = load(str(tmp_path / "x"))

    found = {split: open_source(tmp_path / "x", split=split).take([0]).to_pylist() for split in ("train", "test")}
    assert found == {split: rows.to_list() for split, rows in loaded.items()}


@pytest.mark.parametrize("fields", [["a"], []])
def test_a_card_that_leaves_out_a_field_of_a_struct_is_refused_as_by_datasets(tmp_path, fields):
    told = "".join(f"    - {{name: {field}, dtype: int64}}\n" for field in fields)
    card = f"---\ndataset_info:\n  features:\n  - name: x\n    struct: {'' if fields else '[]'}\n{told}---\n"
    grow(tmp_path, {"README.md": card, "a.parquet": parquet(x=[{"a": 1, "b": 2}])})

    with pytest.raises(
        DamagedSource, match=r"a\.parquet: its types differ from those of its card: .* the field '[ab]' "
    ):
        open_source(tmp_path).take([0])
