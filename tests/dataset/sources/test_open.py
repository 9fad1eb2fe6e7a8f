import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dataset.sources.tarballs import tarball
from tests.helpers import grow
from tinydata.dataset.sources import FILES, PLACES, open_source
from tinydata.errors import BadSource, DamagedSource, NoSource, NoSuchRecord, UnknownConfig, UnknownSource, UnknownSplit


def parquet(path):
    pq.write_table(pa.table({"a": [1, 2, 3]}), path)
    return path


def arrow(path):
    with pa.ipc.new_stream(path, pa.schema({"a": pa.int64()})) as writer:
        writer.write_table(pa.table({"a": [1, 2, 3]}))
    return path


def saved(path):
    import datasets

    datasets.disable_progress_bars()
    datasets.Dataset.from_dict({"a": [1, 2, 3]}).save_to_disk(path)
    return path


def seeds(path):
    info = '{"features": {"a": {"dtype": "int64", "_type": "Value"}}}'
    return grow(path, {"dataset_info.json": info, "0/a.txt": "1", "5/a.txt": "2", "10/a.txt": "3"})


WORLDS = {
    "seeds": seeds,
    "Parquet": parquet,
    "Arrow": arrow,
    "save_to_disk": saved,
    "JSONL": lambda path: grow(path.parent, {path.name: '{"a": 1}\n{"a": 2}\n{"a": 3}\n'}) / path.name,
    "JSON": lambda path: grow(path.parent, {path.name: '[{"a": 1}, {"a": 2}, {"a": 3}]'}) / path.name,
    "CSV": lambda path: grow(path.parent, {"there.csv": "a\n1\n2\n3\n"}) / "there.csv",
    "webdataset": lambda path: tarball(path.with_suffix(".tar"), [(f"{n}.cls", b"%d" % n) for n in (1, 2, 3)]),
    "text": lambda path: grow(path.parent, {"there.txt": "1\n2\n3\n"}) / "there.txt",
    "imagefolder": lambda path: grow(path, {"1.png": b"1", "2.png": b"2", "3.png": b"3"}),
}


@pytest.fixture(params=sorted(FILES | PLACES))
def three(request, tmp_path):
    return WORLDS[request.param](tmp_path / "there")


def test_every_source_is_told_by_what_lies_there_and_gives_any_rows(three):
    records = open_source(three)
    whole = records.take([0, 1, 2])

    assert records.count() == whole.num_rows == 3
    assert whole.schema.names == list(records.features)
    assert records.take([0, 2]).equals(whole.take([0, 2]))
    assert records.take([]).equals(whole.slice(0, 0))
    assert all(path.is_file() for path in records.files())


def test_every_source_knows_its_count_when_an_id_is_past_the_end(three):
    with pytest.raises(NoSuchRecord) as error:
        open_source(three).take([1, 3, 4])

    assert (error.value.record_id, error.value.count) == (3, 3)


def test_every_source_refuses_configs_and_splits_that_it_does_not_have(three):
    with pytest.raises(UnknownConfig):
        open_source(three, config="none such")
    with pytest.raises(UnknownSplit):
        open_source(three, split="none such")


def test_every_source_takes_a_path_as_text(three):
    assert open_source(str(three)).count() == 3


def test_nothing_there_is_told(tmp_path):
    with pytest.raises(NoSource, match="gone"):
        open_source(tmp_path / "gone.parquet")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("x.7z", b"7z\xbc\xaf\x27\x1c", "packed with 7z: unpack it first"),
        ("x.md", b"hello", "no known sort"),
        ("x", b"", "empty"),
    ],
)
def test_what_is_not_known_is_told_by_what_it_looks_like(tmp_path, name, content, problem):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UnknownSource, match=problem):
        open_source(tmp_path / name)


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x.json", "x.jsonl"])
@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01\x02", b"\x1f\x8b\x08\x00"])
def test_a_wrong_suffix_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(BadSource, match=name):
        open_source(tmp_path / name)


@pytest.mark.parametrize("name", ["x.arrow", "x.json", "x.txt", "x"])
def test_content_is_believed_before_a_suffix(tmp_path, name):
    assert open_source(parquet(tmp_path / name)).count() == 3


def test_a_folder_with_one_data_file_stands_for_it(tmp_path):
    grow(
        tmp_path,
        {"README.md": "hi", "dataset_info.json": "{}", "data.jsonl": '{"image": "p/1.png"}\n', "p/1.png": b"png"},
    )

    assert open_source(tmp_path).take([0]).to_pylist() == [{"image": {"bytes": b"png", "path": "p/1.png"}}]


def test_a_folder_of_data_files_is_one_source(tmp_path):
    grow(tmp_path, {"a.jsonl": '{"a": 1}\n{"a": 2}\n', "b.jsonl": '{"a": 3}\n'})

    records = open_source(tmp_path)

    assert records.take([0, 2]).to_pylist() == [{"a": 1}, {"a": 3}]
    assert records.count() == 3


def test_a_later_file_of_other_columns_is_named(tmp_path):
    grow(tmp_path, {"a.jsonl": '{"a": 1}\n', "b.jsonl": '{"b": 3}\n'})

    with pytest.raises(DamagedSource, match=r"b\.jsonl: its columns differ from those of a\.jsonl"):
        open_source(tmp_path).take([0, 1])


@pytest.mark.parametrize("world", [{}, {"notes.md": "hi"}, {"deep/er/x.md": "hi"}])
def test_a_folder_without_records_is_told(tmp_path, world):
    grow(tmp_path / "folder", world)

    with pytest.raises(UnknownSource, match="folder"):
        open_source(tmp_path / "folder")


def test_a_source_that_is_damaged_is_one_error_class_of_ours(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1" + bytes(50) + b"PAR1")

    with pytest.raises(DamagedSource):
        open_source(tmp_path / "x.parquet")


def test_reading_imports_neither_datasets_nor_pandas_but_for_csv(three):
    code = f"import sys; from tinydata.dataset.sources import open_source; open_source({str(three)!r}).take([0, 1]);"
    names = ["datasets", "pyarrow.dataset", "PIL", *(["pandas"] if three.suffix != ".csv" else [])]
    heavy = f"print([name for name in {names} if name in sys.modules])"

    assert subprocess.run([sys.executable, "-c", code + heavy], capture_output=True, text=True).stdout == "[]\n"
