import bz2
import contextlib
import gzip
import io
import json
import lzma
import zipfile

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dataset.sources.as_datasets import features_of, load, table_of
from tests.helpers import grow
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import LocalFile, chunks, compressed, open_plain, plain, zipped

datasets.disable_progress_bars()


def by_pyarrow(sort):
    def compress(content):
        out = pa.BufferOutputStream()
        with pa.CompressedOutputStream(out, sort) as stream:
            stream.write(content)
        return out.getvalue().to_pybytes()

    return compress


WAYS = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": by_pyarrow("zstd"),
    "lz4": by_pyarrow("lz4"),
}
FILES = {
    "jsonl": '{"a": 1, "b": "é"}\n{"a": 2, "b": null}\n',
    "json": '[{"a": 1, "b": "é"}, {"a": 2, "b": null}]',
    "csv": "a,b\n1,é\n2,\n",
    "tsv": "a\tb\n1,\té\n2\t\n",
    "txt": "é\n\nb",
}
way = pytest.mark.parametrize("way", WAYS)


def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def rows_of(path):
    records = open_source(path)
    return records.take(range(records.count())).to_pylist()


@way
@pytest.mark.parametrize("suffix", FILES)
def test_a_file_reads_the_same_compressed(tmp_path, suffix, way):
    (tmp_path / f"x.{suffix}").write_text(FILES[suffix], encoding="utf-8")
    (tmp_path / f"y.{suffix}.{way}").write_bytes(WAYS[way](FILES[suffix].encode()))

    assert rows_of(tmp_path / f"y.{suffix}.{way}") == rows_of(tmp_path / f"x.{suffix}")
    assert open_source(tmp_path / f"y.{suffix}.{way}").features == open_source(tmp_path / f"x.{suffix}").features


@pytest.mark.parametrize("suffix", [suffix for suffix in FILES if suffix != "tsv"])
@pytest.mark.parametrize("way", ["gz", "xz", "bz2", "zip"])
def test_a_compressed_file_reads_as_datasets_reads_it(tmp_path, suffix, way):
    content = FILES[suffix]
    packed = archive({f"x.{suffix}": content}) if way == "zip" else WAYS[way](content.encode())
    (tmp_path / f"x.{suffix}.{way}").write_bytes(packed)
    builder = {"jsonl": "json", "txt": "text"}.get(suffix, suffix)

    loaded = load(builder, data_files=str(tmp_path / f"x.{suffix}.{way}"))["train"]
    records = open_source(tmp_path / f"x.{suffix}.{way}")

    assert records.features == features_of(loaded)
    assert rows_of(tmp_path / f"x.{suffix}.{way}") == table_of(loaded, records.features).to_pylist()


def test_real_compressed_files_are_one_and_the_same(real):
    found = [rows_of(path) for path in sorted((real / "datasets" / "hf_datasets_io").iterdir())]

    assert len(found) == 3
    assert all(rows == found[0] for rows in found)


@way
@pytest.mark.parametrize("sort", ["parquet", "arrow"])
def test_parquet_and_arrow_are_read_compressed_too(tmp_path, sort, way):
    table = pa.table({"a": range(1000), "b": [f"text {n}" for n in range(1000)]})
    if sort == "parquet":
        pq.write_table(table, tmp_path / "x")
    else:
        with pa.ipc.new_file(tmp_path / "x", table.schema) as writer:
            writer.write_table(table, max_chunksize=100)
    (tmp_path / f"x.{sort}.{way}").write_bytes(WAYS[way]((tmp_path / "x").read_bytes()))

    assert open_source(tmp_path / f"x.{sort}.{way}").take([3, 999]).equals(table.take([3, 999]))


@way
def test_members_that_follow_one_another_are_one_file(tmp_path, way):
    packed = WAYS[way](b'{"a": 1}\n') + WAYS[way](b"") + WAYS[way](b'{"a": 2}\n')
    (tmp_path / f"x.jsonl.{way}").write_bytes(packed)

    assert rows_of(tmp_path / f"x.jsonl.{way}") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("way", ["gz", "xz", "bz2"])
def test_zeros_behind_a_member_are_padding(tmp_path, way):
    (tmp_path / f"x.txt.{way}").write_bytes(WAYS[way](b"a\n") + bytes(512) + WAYS[way](b"b\n") + bytes(1024))

    assert rows_of(tmp_path / f"x.txt.{way}") == [{"text": "a"}, {"text": "b"}]


@way
def test_what_is_compressed_is_told_by_its_content(tmp_path, way):
    (tmp_path / "x.jsonl").write_bytes(WAYS[way](b'{"a": 1}\n'))

    assert rows_of(tmp_path / "x.jsonl") == [{"a": 1}]


@way
@pytest.mark.parametrize("part", [0.3, 0.9, 0.999])
def test_a_cut_file_is_named_and_never_a_shorter_one(tmp_path, way, part):
    lines = "".join(f'{{"a": {n}, "b": "{hash(str(n))}"}}\n' for n in range(20_000))
    packed = WAYS[way](lines.encode())
    (tmp_path / "x.jsonl").write_bytes(packed[: int(len(packed) * part)])

    with pytest.raises(DamagedSource, match=rf"x\.jsonl: the {compressed.compression_of(packed)} data break off"):
        open_source(tmp_path / "x.jsonl").count()


@way
def test_a_member_that_breaks_off_behind_a_whole_one_is_damage(tmp_path, way):
    packed = WAYS[way](b"a\n" * 100)
    (tmp_path / "x.txt").write_bytes(packed + packed[:-4])

    with pytest.raises(DamagedSource, match="break off"):
        open_source(tmp_path / "x.txt").count()


@way
def test_other_bytes_behind_a_member_are_damage(tmp_path, way):
    (tmp_path / "x.txt").write_bytes(WAYS[way](b"a\n") + b"more")

    with pytest.raises(DamagedSource, match=r"x\.txt: (damaged|the)"):
        open_source(tmp_path / "x.txt").count()


@way
def test_damaged_bytes_are_damage_or_other_bytes_and_no_error_of_anyone_else(tmp_path, way):
    packed = WAYS[way](json.dumps([{"a": hash(str(n))} for n in range(999)]).encode())
    for at in range(0, len(packed), max(1, len(packed) // 40)):
        (tmp_path / "x.json").write_bytes(packed[:at] + b"\x55\xaa\x55" + packed[at + 3 :])
        with contextlib.suppress(DamagedSource, UnknownSource):
            open_source(tmp_path / "x.json").count()


@pytest.mark.parametrize("way", ["gz", "xz", "bz2", "zst"])
def test_a_bomb_is_refused(tmp_path, monkeypatch, way):
    monkeypatch.setattr(chunks, "BOMB_BYTES", 1 << 22)
    monkeypatch.setattr(chunks, "BOMB_RATIO", 100)
    (tmp_path / f"x.json.{way}").write_bytes(WAYS[way](b"[" + b" " * (1 << 23)))

    with pytest.raises(DamagedSource, match=r"x\.json\.\w+: a bomb: of [\d,]+ bytes"):
        open_source(tmp_path / f"x.json.{way}")


def test_the_stream_of_a_plain_file_is_the_file(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    file = LocalFile(tmp_path / "x")

    with open_plain(file) as stream:
        assert stream.read() == b"abc"
    assert plain(file) is file


# Zips


def test_files_of_a_zip_are_read_one_after_the_other_as_by_datasets(tmp_path):
    files = {"x/b.csv": "a\n1\n", "c.csv": "a\n2\n", "a/c.csv": "a\n3\n", "__MACOSX/._b.csv": "q\n", ".x.csv": "q\n"}
    (tmp_path / "x.zip").write_bytes(archive(files))

    loaded = load("csv", data_files=str(tmp_path / "x.zip"))["train"]

    assert rows_of(tmp_path / "x.zip") == loaded.to_list() == [{"a": 2}, {"a": 3}, {"a": 1}]


def test_zips_of_a_folder_are_its_splits(tmp_path):
    grow(tmp_path, {"train.zip": archive({"1.csv": "a\n1\n"}), "test.zip": archive({"1.csv": "a\n2\n"})})

    assert open_source(tmp_path).splits == ("train", "test")
    assert open_source(tmp_path, split="test").take([0]).to_pylist() == [{"a": 2}]


def test_other_files_of_a_zip_are_left_out(tmp_path):
    (tmp_path / "x.zip").write_bytes(archive({"a.jsonl": '{"a": 1}\n', "b.jsonl": '{"a": 2}\n', "README.txt": "hi"}))

    assert rows_of(tmp_path / "x.zip") == [{"a": 1}, {"a": 2}]


def test_compressed_files_and_parquet_are_read_out_of_a_zip(tmp_path):
    out = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2]}), out)
    grow(
        tmp_path,
        {
            "x.zip": archive({"a.jsonl.gz": gzip.compress(b'{"a": 1}\n')}),
            "y.zip": archive({"a.parquet": out.getvalue()}),
        },
    )

    assert rows_of(tmp_path / "x.zip") == [{"a": 1}]
    assert rows_of(tmp_path / "y.zip") == [{"a": 1}, {"a": 2}]


def test_media_of_a_zip_are_a_folder_of_media(tmp_path):
    lines = '{"file_name": "p/1.png", "n": 1}\n{"file_name": "2.png", "n": 2}\n'
    (tmp_path / "x.zip").write_bytes(archive({"metadata.jsonl": lines, "p/1.png": b"one", "2.png": b"two"}))
    records = open_source(tmp_path / "x.zip")

    assert records.take([0, 1]).to_pylist() == [
        {"image": {"bytes": b"one", "path": "p/1.png"}, "n": 1},
        {"image": {"bytes": b"two", "path": "2.png"}, "n": 2},
    ]
    assert records.files() == (tmp_path / "x.zip",)


@pytest.mark.parametrize("name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "C:/x.csv", "..\\x.csv"])
def test_a_member_that_points_out_of_the_zip_is_refused(tmp_path, name):
    (tmp_path / "x.zip").write_bytes(archive({"a.csv": "a\n1\n", name: "a\n2\n"}))

    with pytest.raises(DamagedSource, match="a member that points out of the zip"):
        open_source(tmp_path / "x.zip")


@pytest.mark.parametrize("part", [0.1, 0.6, 0.99])
def test_a_cut_zip_is_named(tmp_path, part):
    packed = archive({"a.csv": "a\n" + "1\n" * 9999})
    (tmp_path / "x.zip").write_bytes(packed[: int(len(packed) * part)])

    with pytest.raises(DamagedSource, match=r"x\.zip: no whole zip"):
        open_source(tmp_path / "x.zip")


def test_damage_inside_a_zip_is_named(tmp_path):
    packed = archive({"a.txt": "".join(f"{hash(str(n))}\n" for n in range(999))})
    (tmp_path / "x.zip").write_bytes(packed[:500] + b"\xff" * 99 + packed[599:])

    with pytest.raises(DamagedSource, match=r"x\.zip/a\.txt: damaged zip data"):
        open_source(tmp_path / "x.zip").count()


def test_a_zip_bomb_is_refused_by_what_it_says_of_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(zipped, "BOMB_BYTES", 1 << 20)
    monkeypatch.setattr(zipped, "BOMB_RATIO", 100)
    (tmp_path / "x.zip").write_bytes(archive({"a.json": " " * (1 << 22)}))

    with pytest.raises(DamagedSource, match=r"a\.json: a bomb: [\d,]+ bytes that say they are 4,194,304"):
        open_source(tmp_path / "x.zip")


@pytest.mark.parametrize(
    ("files", "problem"),
    [({}, "no data files"), ({"a.md": "x"}, "no data files"), ({"a.xml": "x"}, "a zip of xml files")],
)
def test_a_zip_without_records_is_told(tmp_path, files, problem):
    (tmp_path / "x.zip").write_bytes(archive(files))

    with pytest.raises(UnknownSource, match=problem):
        open_source(tmp_path / "x.zip")


def test_past_the_end_of_a_zip_is_an_error_that_knows_the_count(tmp_path):
    (tmp_path / "x.zip").write_bytes(archive({"a.txt": "1\n2\n", "b.txt": "3\n"}))

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path / "x.zip").take([2, 3])

    assert (error.value.record_id, error.value.count) == (3, 3)
