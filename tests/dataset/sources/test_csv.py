import warnings

import datasets
import pytest

from tests.dataset.sources.as_datasets import features_of, judge, load, table_of
from tests.helpers import grow
from tinydata.dataset.sources import csv, open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource

datasets.disable_progress_bars()

FILES = {
    "numbers and texts": "a,b,c\n1,2.5,x\n2,3,y\n",
    "nulls": "a,b,c,d\n1,NA,x,\n,2,null,\nNaN,3,None,\n",
    "empty texts": 'a,b\n"",x\ny,""\n',
    "bools": "a,b\nTrue,true\nFalse,FALSE\n",
    "bools with a hole": "a,b\nTrue,1\n,2\n",
    "dates stay texts": "a,b\n2020-01-01,2020-01-01T00:00:00\n2020-01-02,\n",
    "quoted newlines": 'a,b\n"one\ntwo",1\n"th""ree",2\n',
    "big numbers": "a,b\n9223372036854775807,18446744073709551615\n1,2\n",
    "numbers with zeros in front": "a\n007\n008\n",
    "a byte order mark": "\ufeffa,b\n1,2\n",
    "windows lines": "a,b\r\n1,x\r\n2,y\r\n",
    "no last newline": "a,b\n1,x",
    "blank lines": "\na,b\n\n1,x\n\n2,y\n",
    "lines of spaces": "a,b\n  \n1,x\n2,y\n",
    "short rows": "a,b,c\n1,2\n3\n",
    "names that are missing": "a,,\n1,2,3\n",
    "spaces": "a, b\n 1, x\n",
    "infinities": "a\ninf\n-inf\n1.5\n",
}


def assert_as_datasets(path):
    loaded = load("csv", data_files=str(path), sep="\t" if path.suffix == ".tsv" else ",")["train"]
    records = open_source(path)
    table = records.take(range(records.count()))
    plain = {name: feature for name, feature in records.features.items() if feature["_type"] == "Value"}

    assert table.column_names == loaded.column_names
    assert plain == {name: feature for name, feature in features_of(loaded).items() if name in plain}
    assert table.select(list(plain)).equals(table_of(loaded.select_columns(list(plain)), plain))


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_datasets_reads_it(tmp_path, name):
    (tmp_path / "x.csv").write_text(FILES[name], encoding="utf-8", newline="")

    assert_as_datasets(tmp_path / "x.csv")


def test_tabs_part_the_fields_of_a_tsv(tmp_path):
    (tmp_path / "x.tsv").write_text("a\tb\n1,5\tx\n2\ty z\n")

    assert_as_datasets(tmp_path / "x.tsv")


def test_real_files_read_as_datasets_reads_them(real):
    for path in sorted((real / "datasets").rglob("*.csv")):
        assert_as_datasets(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 fields, not 2"),
        (b'a,b\n"1\n1",2\n1,2,3\n', "line 4: 3 fields, not 2"),
        (b"a,b\n1,2,3\n4,5,6\n", "line 2: 3 fields, not 2"),
        (b"a,b,a\n1,2,3\n", "line 1: two columns are called 'a'"),
        (b"a,b\n1,x\n2,\xff\n", "line 3: not UTF-8"),
        (b'a,b\n1,x\n2,"y\n3,z\n', "line 3: a quoted field that does not end"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, content, problem):
    (tmp_path / "x.csv").write_bytes(content)

    with pytest.raises(DamagedSource, match=rf"x\.csv, {problem}"):
        open_source(tmp_path / "x.csv").take([0, 1])


@judge
def test_a_number_that_no_type_holds_is_named_with_its_column(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n2,2091659496012989929095168\n")

    with pytest.raises(DamagedSource, match=r"x\.csv: column 'b' has a whole number that 64 bits cannot hold"):
        open_source(tmp_path / "x.csv")


@pytest.mark.parametrize("content", [b"1,2\n1,2,3\n", b"1,x\n2,\xff\n", b'1,x\n2,"y\n3,z\n'])
def test_damage_is_of_no_matter_to_the_rows_before(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(b"a,b\n" + content)
    records = open_source(tmp_path / "x.csv")

    assert records.take([0]).num_rows == 1
    with pytest.raises(DamagedSource, match="line 3"):
        records.take([1])
    with pytest.raises(DamagedSource, match="line 3"):
        records.count()


def test_no_row_with_a_bad_byte_is_taken_for_one_before_it(tmp_path):
    (tmp_path / "x.csv").write_bytes(b'a,b\n1,x\n2,"y\n\xff\n"\n3,z\n')
    records = open_source(tmp_path / "x.csv")

    assert records.take([0]).num_rows == 1
    with pytest.raises(DamagedSource, match="line 4: not UTF-8"):
        records.take([1])


@pytest.mark.parametrize("content", ["", "\n\n", "a,b\n"])
def test_a_file_without_records_is_refused(tmp_path, content):
    (tmp_path / "x.csv").write_text(content)

    with pytest.raises(UnknownSource, match="no records"):
        open_source(tmp_path / "x.csv")


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A file of several chunks."""
    monkeypatch.setattr(csv, "_CHUNK_ROWS", 10)
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{row},t{row}\n" for row in range(35)))
    return tmp_path / "x.csv"


def test_rows_of_later_chunks_have_the_types_of_the_first(long):
    with long.open("a") as file:
        file.write("35,36\n")
    records = open_source(long)

    assert records.take([0, 9, 10, 29, 35]).column("b").to_pylist() == ["t0", "t9", "t10", "t29", "36"]
    assert records.count() == 36


def test_a_later_row_that_does_not_fit_is_named(long):
    with long.open("a") as file:
        file.write("x,y\n")

    assert open_source(long).take([29]).num_rows == 1
    with pytest.raises(DamagedSource, match=r"x\.csv, line 37: column 'a' is int64"):
        open_source(long).take([35])


def test_past_the_end_is_an_error_that_knows_the_count(long):
    with pytest.raises(NoSuchRecord) as error:
        open_source(long).take([3, 35])

    assert (error.value.record_id, error.value.count) == (35, 35)


def test_the_card_says_what_parts_the_fields(tmp_path):
    (tmp_path / "x.csv").write_text("a;b\n1,5;x\n")
    (tmp_path / "README.md").write_text("---\nconfigs:\n- config_name: main\n  data_files: x.csv\n  sep: ';'\n---\n")

    assert open_source(tmp_path).take([0]).to_pylist() == [{"a": "1,5", "b": "x"}]


COLUMNS = """  features:
  - name: a
    dtype: string
  - name: b
    dtype: int32
  - name: c
    dtype:
      class_label:
        names: {'0': dog, '1': cat}
"""


@pytest.mark.parametrize(
    "card", [f"configs:\n- config_name: main\n  data_files: x.csv\n{COLUMNS}", f"dataset_info:\n{COLUMNS}"]
)
def test_texts_that_look_like_numbers_are_as_datasets_has_them(tmp_path, card):
    grow(tmp_path, {"x.csv": "a,b,c\n007,1,cat\n1.50,2,1\n,3,dog\n", "README.md": f"---\n{card}---\n"})
    loaded = load(str(tmp_path))["train"]
    records = open_source(tmp_path)

    assert records.features == features_of(loaded)
    assert records.take([0, 1, 2]).to_pylist() == loaded.to_list()
    assert (records.take([0]).column("a")[0].as_py() == "007") == card.startswith("configs")


def test_features_that_a_file_does_not_fit_are_told(tmp_path):
    card = f"---\nconfigs:\n- config_name: main\n  data_files: x.csv\n{COLUMNS}---\n"
    grow(tmp_path, {"x.csv": "a,b,c\nx,,cat\n", "README.md": card})

    with pytest.raises(UnknownSource, match=r"x\.csv: it cannot be read with the features of its card: Integer column"):
        open_source(tmp_path)


def test_another_option_of_the_card_is_refused_by_name(tmp_path):
    (tmp_path / "x.csv").write_text("a\n1\n")
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: main\n  data_files: x.csv\n  index_col: 1\n---\n"
    )

    with pytest.raises(UnknownSource, match="'index_col' of CSV files"):
        open_source(tmp_path)


def test_numbers_and_texts_in_one_column_are_texts_and_pandas_warns_nobody(tmp_path):
    rows = [f"{n},{'x' * 300}\n" for n in range(9_900)] + ["text,y\n"] * 50
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(rows))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_source(tmp_path / "x.csv").take([0, 9_900]).column("a").to_pylist() == ["0", "text"]
