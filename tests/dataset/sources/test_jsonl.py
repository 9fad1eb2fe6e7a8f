import json

import datasets
import pytest

from tests.dataset.sources.as_datasets import assert_as_datasets
from tinydata import read_seeds, unpack
from tinydata.dataset.sources import jsonl, open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource

datasets.disable_progress_bars()

FILES = {
    "ints that become floats": '{"a": 1}\n{"a": 1.5}\n',
    "keys that come late": '{"a": 1}\n{"a": 2, "b": "x"}\n',
    "nulls only": '{"a": null}\n{"a": null}\n',
    "timestamps": '{"t": "2020-01-01T00:00:00"}\n{"t": null}\n',
    "dates": '{"t": "2020-01-01"}\n{"t": "2020-02-30"}\n',
    "blank lines": '\n{"a": 1}\n\n   \n{"a": 2}\n\n',
    "windows lines": '{"a": 1}\r\n{"a": 2}\r\n',
    "no last newline": '{"a": 1}\n{"a": 2}',
    "a byte order mark": '\ufeff{"a": 1}\n{"a": 2}\n',
    "structs": '{"a": {"x": 1, "y": "b"}}\n{"a": {"x": 2, "y": null}}\n',
    "structs of different keys": '{"a": {"x": 1}}\n{"a": {"y": 2}}\n',
    "lists of structs of different keys": '{"m": [{"role": "user"}, {"role": "tool", "id": 3}]}\n{"m": []}\n',
    "empty structs": '{"a": {}}\n{"a": {}}\n',
    "structs and texts": '{"a": {"x": 1}}\n{"a": "plain"}\n{"a": null}\n',
    "numbers and texts": '{"a": 1}\n{"a": "plain"}\n',
    "numbers and texts deep down": '{"a": {"b": [{"c": 1}]}}\n{"a": {"b": [{"c": "one"}]}}\n',
    "lists and texts": '{"a": ["x"]}\n{"a": "x"}\n',
    "keys with slashes": '{"a/b": {"c": 1}}\n{"a/b": {"c": "x"}}\n',
    "keys in another order": '{"a": 1, "b": 2}\n{"b": 3, "a": 4}\n',
    "lists of nothing but nulls": '{"a": [null, null], "n": 1}\n{"a": [], "n": 2}\n',
    "lists of nulls in structs": '{"a": {"b": [null], "c": "x"}}\n{"a": null}\n',
    "escapes": '{"a": "\\u00e9\\n\\/\\ud83d\\ude00"}\n',
    "big numbers": '{"a": 9007199254740993, "b": 1e300}\n',
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_datasets_reads_it(tmp_path, name):
    (tmp_path / "x.jsonl").write_text(FILES[name], encoding="utf-8", newline="")

    assert_as_datasets(tmp_path / "x.jsonl")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'{"a": 1}\n{"a": 2\n', 2),
        (b'{"a": 1}\n\n\nnull\n', 4),
        (b'{"a": 1}\n[1]\n', 2),
        (b'{"a": 1}\n"text"\n', 2),
        (b'{"a": "x"}\n{"a": "\xff"}\n', 2),
        (b'{"a": 1}\n{"a": 1} {"a": 2}\n', 2),
        (b'{"a": 1}\n{"a": 1, "a": 2}\n', 2),
        (b'{"a": 1}\n{"a": "\\ud800"}\n', 2),
        (b'\xef\xbb\xbf{"a": 1}\r\n{"a"\r\n', 2),
        (b"null\n", 1),
        (b"12\n", 1),
    ],
)
def test_a_damaged_line_is_named(tmp_path, content, line):
    (tmp_path / "x.jsonl").write_bytes(content)

    with pytest.raises(DamagedSource, match=rf"x\.jsonl, line {line}: ") as error:
        open_source(tmp_path / "x.jsonl").take([0, 1])

    assert error.value.line == line


def test_what_lies_behind_the_last_id_does_not_matter(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(b'{"a": 1}\n{"a": 2}\nbroken \xff')
    records = open_source(tmp_path / "x.jsonl")

    assert records.take([0, 1]).to_pylist() == [{"a": 1}, {"a": 2}]
    assert records.count() == 3


def test_past_the_end_is_an_error_that_knows_the_count(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path / "x.jsonl").take([0, 5])

    assert (error.value.record_id, error.value.count) == (5, 2)


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
def test_a_file_without_records_is_refused(tmp_path, content):
    (tmp_path / "x.jsonl").write_text(content, encoding="utf-8")

    with pytest.raises(UnknownSource, match="no records"):
        open_source(tmp_path / "x.jsonl")


def test_a_file_without_a_suffix_is_told_by_its_content(tmp_path):
    (tmp_path / "data").write_text('{"a": 1}\n{"a": 2}\n')
    (tmp_path / "data.json").write_text('{"a": 1}\n{"a": 2}\n')

    assert open_source(tmp_path / "data").count() == open_source(tmp_path / "data.json").count() == 2


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A file whose first chunk is but a part of it: as with 10 MB and more."""
    monkeypatch.setattr(jsonl, "_CHUNK_BYTES", 500)
    lines = [f'{{"n": {n}, "t": "text {n}", "j": {{"k{n % 2}": {n}}}}}' for n in range(1000)]
    lines[600:600] = ["", "   "]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    return tmp_path / "x.jsonl"


def test_lines_behind_the_first_chunk_have_its_types(long):
    records = open_source(long)
    table = records.take([0, 20, 599, 600, 999])

    assert table.column("n").to_pylist() == [0, 20, 599, 600, 999]
    assert table.column("j").to_pylist()[-1] == '{"k1":999}'
    assert records.features["j"] == {"_type": "Json"}
    assert records.count() == 1000


@pytest.mark.parametrize(
    ("first", "late"),
    [
        ('{"x": null}', '{"x": 1.5}'),
        ('{"x": []}', '{"x": ["a", null]}'),
        ('{"x": {"y": [], "z": 1}}', '{"x": {"y": [{"w": "a"}], "z": 2}}'),
        ('{"x": [[null], []]}', '{"x": [["a"], null]}'),
        ('{"x": null}', '{"x": [{"y": null}]}\n{"x": [{"y": true}]}'),
    ],
)
def test_what_holds_no_value_in_the_first_chunk_has_its_type_from_later_lines(tmp_path, monkeypatch, first, late):
    monkeypatch.setattr(jsonl, "_CHUNK_BYTES", 40)
    (tmp_path / "x.jsonl").write_text(f"{first}\n" * 10 + f"{late}\n" + f"{first}\n" * 10)
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    records = open_source(tmp_path / "x.jsonl")

    assert "null" not in str(records.features)
    assert records.take(range(len(lines))).to_pylist() == lines


def test_past_the_end_behind_the_first_chunk_too(long):
    with pytest.raises(NoSuchRecord) as error:
        open_source(long).take([3, 999, 1000])

    assert (error.value.record_id, error.value.count) == (1000, 1000)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"n": 1, "t": "x", "j": {}, "more": 1}', "more"),
        ('{"n": "one", "t": "x", "j": {}}', "n"),
        ('{"n": 1.5, "t": "x", "j": {}}', "n"),
        ("nothing", "no JSON"),
        ("[]", "no JSON object"),
    ],
)
def test_a_line_behind_the_first_chunk_that_does_not_fit_is_named(long, text, problem):
    with long.open("a") as file:
        file.write(f"\n{text}")

    with pytest.raises(DamagedSource, match=problem) as error:
        open_source(long).take([1000])

    assert error.value.line == 1003


def test_real_files_read_as_datasets_reads_them(real):
    for path in sorted((real / "datasets").rglob("*.jsonl")):
        assert_as_datasets(path)


def test_a_field_that_is_called_as_types_are_is_a_field(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"x": {"_type": "Image", "n": 1}}\n')
    unpack(tmp_path / "x.jsonl", tmp_path / "seeds")

    assert read_seeds(tmp_path / "seeds").table.to_pylist() == [{"x": {"_type": "Image", "n": 1}}]
