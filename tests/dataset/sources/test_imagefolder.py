from pathlib import Path

import datasets
import pytest

from tests.dataset.sources.as_datasets import features_of, load, table_of
from tests.helpers import grow
from tinydata.dataset.sources import open_source
from tinydata.errors import BadSource, DamagedSource, NoSuchRecord, UnknownSource, UnknownSplit

datasets.disable_progress_bars()


def picture(name):
    return b"\xff\xd8\xff " + name.encode()


def pictures(*names):
    return {name: picture(name) for name in names}


TREES = {
    "flat": pictures("b.jpg", "a.jpg", "A.png", "10.jpg", "9.jpg", "e.JPG"),
    "classes": pictures("cat/1.jpg", "dog/1.jpg", "cat/0.jpg"),
    "one class": pictures("cat/1.jpg", "cat/2.jpg"),
    "different depths": pictures("x/a.jpg", "b.jpg"),
    "hidden and foreign files": pictures(".h/a.jpg", "__x/b.jpg", "c.jpg", ".d.jpg", "f.txt", "g.bin"),
    "splits without classes": pictures("train/1.jpg", "test/2.jpg"),
    "splits with classes": pictures("train/cat/1.jpg", "train/dog/1.jpg", "test/cat/2.jpg"),
    "names of splits": pictures("my-train-x/1.jpg", "dev/2.jpg", "val2/3.jpg", "evaluation/4.jpg", "retrain/5.jpg"),
    "splits in file names": pictures("train_1.jpg", "x_test.2.jpg", "other.jpg"),
    "metadata": {
        "metadata.csv": "file_name,text,n\nb.jpg,one,1\na.jpg,two,2\n",
        **pictures("a.jpg", "b.jpg", "c.jpg"),
    },
    "types of a csv": {
        "metadata.csv": "file_name,i,f,b,s,d,n,na,maybe\n"
        "a.jpg,1,1.5,True,x,2020-01-01,,NA,True\n"
        'b.jpg,2,2,False,007,2020-01-02T00:00:00,3,None,\n"b.jpg",-3,1e3,True,"q ""x"", y",z,,"two\nlines",False\n',
        **pictures("a.jpg", "b.jpg"),
    },
    "a null file name": {"metadata.csv": "file_name,text\na.jpg,x\n,y\n", **pictures("a.jpg")},
    "dots in names": {"metadata.csv": "file_name,text\n./a.jpg,x\nsub/../a.jpg,y\n", **pictures("a.jpg", "sub/b.jpg")},
    "metadata for each split": {
        "train/metadata.csv": "file_name,text\n1.jpg,x\n",
        "test/metadata.csv": "file_name,text\n2.jpg,y\n",
        **pictures("train/1.jpg", "test/2.jpg"),
    },
    "jsonl": {
        "metadata.jsonl": '{"file_name": "a.jpg", "o": {"x": 1}}\n{"file_name": "a.jpg", "o": {"y": [2]}}\n',
        **pictures("a.jpg"),
    },
    "many pictures in a row": {
        "metadata.jsonl": '{"file_names": ["a.jpg", "b.jpg"], "t_file_name": "a.jpg", "z_file_names": []}\n'
        '{"file_names": ["a.jpg"], "t_file_name": "b.jpg", "z_file_names": ["a.jpg"]}\n',
        **pictures("a.jpg", "b.jpg"),
    },
}


def with_bytes(value, folder):
    """What `datasets` has are paths; ours are the bytes that lie there."""
    if isinstance(value, dict) and value.keys() == {"bytes", "path"}:
        return Path(value["path"]).read_bytes() if value["path"] else value["bytes"]
    if isinstance(value, list):
        return [with_bytes(one, folder) for one in value]
    return value


def only_bytes(value):
    if isinstance(value, dict) and value.keys() == {"bytes", "path"}:
        return value["bytes"]
    return [only_bytes(one) for one in value] if isinstance(value, list) else value


def assert_as_datasets(folder):
    loaded = load("imagefolder", data_dir=str(folder))

    assert open_source(folder).splits == tuple(loaded)
    for split, dataset in loaded.items():
        records = open_source(folder, split=split)
        rows = records.take(range(records.count())).to_pylist()
        expected = table_of(dataset, features_of(dataset)).to_pylist()

        assert records.features == features_of(dataset)
        assert [{name: only_bytes(value) for name, value in row.items()} for row in rows] == [
            {name: with_bytes(value, folder) for name, value in row.items()} for row in expected
        ]


@pytest.mark.parametrize("name", TREES)
def test_a_folder_reads_as_datasets_reads_it(tmp_path, name):
    assert_as_datasets(grow(tmp_path / "pics", TREES[name]))


def test_a_real_folder_reads_as_datasets_reads_it(real):
    assert_as_datasets(real / "datasets" / "hf_viewer_e2e" / "images")


def test_paths_are_relative_names(tmp_path):
    grow(tmp_path, TREES["classes"])

    paths = [row["image"]["path"] for row in open_source(tmp_path).take([0, 2]).to_pylist()]

    assert paths == ["cat/0.jpg", "dog/1.jpg"]


def test_parquet_metadata_gives_columns_too(tmp_path):
    grow(tmp_path, pictures("a.jpg"))
    datasets.Dataset.from_dict({"file_name": ["a.jpg"], "text": ["hi"]}).to_parquet(tmp_path / "metadata.parquet")

    assert open_source(tmp_path).take([0]).to_pylist() == [
        {"image": {"bytes": picture("a.jpg"), "path": "a.jpg"}, "text": "hi"}
    ]


def test_metadata_of_several_folders_is_one_after_the_other(tmp_path):
    grow(
        tmp_path,
        {
            "a/metadata.csv": "file_name,n\n1.jpg,1\n1.jpg,2\n",
            "b/metadata.csv": "file_name,n\n2.jpg,3\n",
            **pictures("a/1.jpg", "b/2.jpg"),
        },
    )
    records = open_source(tmp_path)

    assert records.take([1, 2]).column("n").to_pylist() == [2, 3]
    with pytest.raises(NoSuchRecord) as error:
        records.take([0, 3])
    assert (error.value.record_id, error.value.count) == (3, 3)


@pytest.mark.parametrize(
    ("csv", "line"),
    [
        ("file_name\na.jpg\ngone.jpg\n", 3),
        ('file_name,text\na.jpg,"two\nlines"\ngone.jpg,x\n', 4),
        ("file_name\na.jpg\n../outside.jpg\n", 3),
    ],
)
def test_a_missing_file_is_named_with_the_line_that_names_it(tmp_path, csv, line):
    grow(tmp_path, {"pics/metadata.csv": csv, "outside.jpg": b"x", "pics/a.jpg": b"x"})
    records = open_source(tmp_path / "pics")

    assert records.take([0]).num_rows == 1
    with pytest.raises(DamagedSource, match=rf"metadata\.csv, line {line}: no file ") as error:
        records.take([1])
    assert error.value.line == line


@pytest.mark.parametrize(
    "csv", ["text\nx\n", "file_name,text\na.jpg,x,y\n", "", "file_name,image\na.jpg,x\n", "file_name,t,t\na.jpg,x,y\n"]
)
def test_metadata_that_cannot_be_is_named(tmp_path, csv):
    grow(tmp_path, {"metadata.csv": csv, "a.jpg": b"x"})

    with pytest.raises(BadSource, match=r"metadata\.csv"):
        open_source(tmp_path)


def test_metadata_of_two_sorts_is_refused(tmp_path):
    grow(tmp_path, {"metadata.csv": "file_name\na.jpg\n", "metadata.jsonl": '{"file_name": "a.jpg"}\n', "a.jpg": b"x"})

    with pytest.raises(UnknownSource, match="several sorts"):
        open_source(tmp_path)


def test_only_the_pictures_asked_for_are_read(tmp_path):
    grow(tmp_path, pictures("a.jpg", "b.jpg", "c.jpg"))
    records = open_source(tmp_path)
    (tmp_path / "c.jpg").unlink()

    assert records.take([0, 1]).num_rows == 2


def test_an_unknown_split_is_refused_with_those_that_there_are(tmp_path):
    grow(tmp_path, pictures("train/1.jpg", "test/2.jpg"))

    with pytest.raises(UnknownSplit, match="train, test"):
        open_source(tmp_path, split="dev")
