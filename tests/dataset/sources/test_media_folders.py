"""Folders of sound, films, documents, volumes and meshes."""

import gzip
import json

import datasets
import pytest

from tests.dataset.sources.as_datasets import features_of, judge, load
from tests.helpers import grow
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, UnknownSource

datasets.disable_progress_bars()


@pytest.fixture(autouse=True)
def no_torchcodec(monkeypatch):
    """`datasets` asks for torchcodec before it stores so much as the path of a sound."""
    monkeypatch.setattr(datasets.Audio, "encode_example", lambda self, value: {"bytes": None, "path": value})


FOLDERS = {"audio": "wav", "video": "mp4", "pdf": "pdf", "nifti": "nii", "mesh": "stl"}


def assert_as_datasets(folder, kind):
    folder = folder.resolve()
    loaded = load(f"{kind}folder", data_dir=str(folder))["train"]
    stored = loaded.data.table
    records = open_source(folder)
    table = records.take(range(records.count()))

    assert json.loads(json.dumps(dict(records.features))) == features_of(loaded)
    plain = [name for name in table.column_names if name != kind]
    assert table.select(plain).to_pylist() == stored.select(plain).to_pylist()
    paths = [row["path"] for row in stored.column(kind).to_pylist()]
    assert [row["path"] for row in table.column(kind).to_pylist()] == [
        path.removeprefix(f"{folder}/") for path in paths
    ]
    assert [row["bytes"] for row in table.column(kind).to_pylist()] == [(folder / path).read_bytes() for path in paths]


@judge
@pytest.mark.parametrize(("kind", "suffix"), FOLDERS.items())
def test_a_folder_with_classes_reads_as_datasets_reads_it(tmp_path, kind, suffix):
    grow(tmp_path / "x", {f"{name}.{suffix}": name.encode() for name in ("cat/1", "dog/1", "dog/2")})

    assert_as_datasets(tmp_path / "x", kind)


@judge
@pytest.mark.parametrize(("kind", "suffix"), FOLDERS.items())
def test_a_folder_with_metadata_reads_as_datasets_reads_it(tmp_path, kind, suffix):
    lines = "".join(f'{{"file_name": "{name}.{suffix}", "text": "of {name}"}}\n' for name in "ba")
    grow(tmp_path / "x", {f"a.{suffix}": b"1", f"b.{suffix}": b"2", "metadata.jsonl": lines})

    assert_as_datasets(tmp_path / "x", kind)


MIXED = {
    "more sounds than pictures": ["a.wav", "b.wav", "c.jpg"],
    "as many": ["a.wav", "b.jpg"],
    "a picture beside documents": ["a.pdf", "b.pdf", "c.png"],
    "a sound beside films": ["a.mp4", "b.mp4", "c.wav"],
    "more pictures than sounds": ["a.jpg", "b.jpg", "c.wav"],
}


@judge
@pytest.mark.parametrize("name", MIXED)
def test_media_of_several_kinds_are_one_kind_as_datasets_picks_it(tmp_path, name):
    grow(tmp_path / "x", {file: file.encode() for file in MIXED[name]})
    loaded = load(str(tmp_path / "x"))["train"]
    records = open_source(tmp_path / "x")

    assert dict(records.features) == features_of(loaded)
    assert records.count() == len(loaded)


@judge
def test_real_folders_read_as_datasets_reads_them(real):
    for name, kind in {"audios": "audio", "pdfs": "pdf"}.items():
        assert_as_datasets(real / "datasets/hf_viewer_e2e" / name, kind)


@pytest.mark.parametrize("suffix", FOLDERS.values())
def test_metadata_that_names_a_missing_file_is_told_with_the_line(tmp_path, suffix):
    grow(tmp_path, {f"a.{suffix}": b"1", "metadata.csv": f"file_name,n\na.{suffix},1\nb.{suffix},2\n"})

    with pytest.raises(DamagedSource, match=rf"metadata\.csv, line 3: no file .*b\.{suffix}"):
        open_source(tmp_path).take([0, 1])


def test_packed_media_are_refused_by_name(tmp_path):
    grow(tmp_path, {"a.jpg": b"1", "b.jpg.gz": gzip.compress(b"2")})

    with pytest.raises(UnknownSource, match=r"b\.jpg\.gz is packed"):
        open_source(tmp_path)


def test_volumes_are_taken_as_they_lie_compressed_or_not(tmp_path):
    packed = gzip.compress(b"2")
    grow(tmp_path, {"a.nii": b"1", "b.nii.gz": packed})

    table = open_source(tmp_path).take([0, 1])

    assert table.column("nifti").to_pylist() == [
        {"bytes": b"1", "path": "a.nii"},
        {"bytes": packed, "path": "b.nii.gz"},
    ]


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "image"), ("b.WAV", "audio"), ("c.nii.gz", "nifti")])
def test_one_medium_is_no_source_and_the_folder_of_it_is_named(tmp_path, name, kind):
    content = gzip.compress(b"1\x00") if name.endswith("gz") else b"1\x00"
    grow(tmp_path, {name: content})

    with pytest.raises(UnknownSource, match=f"{name}: one {kind} by itself: a folder of such files is a source"):
        open_source(tmp_path / name)
