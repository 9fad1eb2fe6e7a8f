import datasets
import pytest

from tests.dataset.sources.as_datasets import features_of, load, table_of
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource

datasets.disable_progress_bars()

FILES = {
    "lines": "one\ntwo\nthree\n",
    "no last newline": "one\ntwo",
    "blank lines": "\none\n\n\ntwo\n\n",
    "windows lines": "one\r\ntwo\r\n",
    "old lines": "one\rtwo\r\rthree\r",
    "all ends mixed": "a\r\r\nb\n\rc\r\n\nd",
    "a byte order mark": "\ufeffone\ntwo\n",
    "separators that end no line": "a\u2028b\x0bc\x0cd\x85e\nf\n",
    "spaces": "  one \n\t\n",
}


def assert_as_datasets(path):
    loaded = load("text", data_files=str(path))["train"]
    records = open_source(path)

    assert dict(records.features) == features_of(loaded)
    assert records.take(range(records.count())).to_pylist() == table_of(loaded, records.features).to_pylist()


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_datasets_reads_it(tmp_path, name):
    (tmp_path / "x.txt").write_text(FILES[name], encoding="utf-8", newline="")

    assert_as_datasets(tmp_path / "x.txt")


def test_real_files_read_as_datasets_reads_them(real):
    for path in sorted((real / "datasets").rglob("*.txt")):
        assert_as_datasets(path)


def test_a_line_of_another_encoding_is_named_and_of_no_matter_to_those_before(tmp_path):
    (tmp_path / "x.txt").write_bytes(b"one\ntwo\nth\xffree\n")
    records = open_source(tmp_path / "x.txt")

    assert records.take([0, 1]).column("text").to_pylist() == ["one", "two"]
    with pytest.raises(DamagedSource, match=r"x\.txt, line 3: not UTF-8: byte 0xff at column 3"):
        records.take([2])


def test_past_the_end_is_an_error_that_knows_the_count(tmp_path):
    (tmp_path / "x.txt").write_text("one\ntwo\n")

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path / "x.txt").take([1, 2])

    assert (error.value.record_id, error.value.count) == (2, 2)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "x.txt").touch()

    with pytest.raises(UnknownSource, match="no records"):
        open_source(tmp_path / "x.txt")
