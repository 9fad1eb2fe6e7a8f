import gzip
import io
import json
import tarfile
from pathlib import Path

import datasets
import numpy as np
import pytest

from tests.dataset.sources.as_datasets import features_of, load, table_of
from tests.dataset.sources.tarballs import tarball
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource

datasets.disable_progress_bars()


def array(values, dtype):
    out = io.BytesIO()
    np.save(out, np.array(values, dtype))
    return out.getvalue()


def arrays(**named):
    out = io.BytesIO()
    np.savez(out, **named)
    return out.getvalue()


def objects(*values):
    return [(f"{place}.json", json.dumps(value).encode()) for place, value in enumerate(values)]


TARS = {
    "pictures and captions": [("0.jpg", b"a"), ("0.txt", "é".encode()), ("1.jpg", b"b"), ("1.txt", b"")],
    "fields in another order": [("0.txt", b"x"), ("0.cls", b"1"), ("1.cls", b" 2\n"), ("1.txt", b"y")],
    "one sample": [("0.txt", b"x"), ("0.cls", b"1")],
    "folders in names": [("a.b/0.txt", b"x"), ("a.b/1.txt", b"y")],
    "several dots": [("0.seg.png", b"x"), ("0.txt", b"y"), ("1.seg.png", b"x"), ("1.txt", b"y")],
    "capitals": [("0.JPG", b"x"), ("0.TXT", b"y"), ("1.JPG", b"x"), ("1.TXT", b"y")],
    "media of each kind": [(f"{n}.{suffix}", b"x") for n in "01" for suffix in ("png", "mpeg", "ply", "bin")],
    "compressed members": [(f"{n}.{name}", gzip.compress(b"7")) for n in "01" for name in ("txt.gz", "cls.gz", "jpg.gz")],
    "members without a suffix": [("0.txt", b"x"), ("README", b"y"), ("1.txt", b"y")],
    "hidden members": [("0.txt", b"x"), ("._0.txt", b"y"), ("__MACOSX", b"z"), ("1.txt", b"y")],
    "objects of several keys": objects({"x": 1}, {"y": 2.5, "z": {"a": [None, "b"]}}),
    "lists that are empty at first": objects({"x": []}, {"x": [1]}),
    "nulls at first": objects(None, {"x": None}, {"x": [{"y": 1}]}),
    "dates stay texts": objects("2020-01-01T00:00:00", "x"),
    "arrays": [(f"{n}.npy", array([[1, 2], [3, 4]], "uint8")) for n in "01"],
    "arrays of halves": [(f"{n}.npy", array([0.5], "float16")) for n in "01"],
    "scalars": [(f"{n}.npy", array(0.5, "float32")) for n in "01"],
    "several arrays": [(f"{n}.npz", arrays(a=np.zeros(2), b=np.array(["x"]))) for n in "01"],
    "fields that come late": [(f"{n}.txt", b"x") for n in range(6)] + [("6.txt", b"x"), ("6.cls", b"1")],
    "fields that are missing late": [(f"{n}.txt", b"x") for n in range(6)] + [("6.cls", b"1")],
    "keys that come late and keys that are missing late": objects(*[{"x": n, "y": n} for n in range(6)], {"x": 1, "z": 2}),
}  # fmt: skip


def without_place(row):
    """A row but for where the tar lies: we never keep that."""
    return {name: value for name, value in row.items() if name != "__url__"}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
@pytest.mark.parametrize("name", TARS)
def test_a_tar_reads_as_datasets_reads_it(tmp_path, name, mode):
    path = tarball(tmp_path / "x.tar", TARS[name], mode)

    assert_as_datasets(path)


def assert_as_datasets(path: Path) -> None:
    loaded = load("webdataset", data_files=str(path))["train"]
    records = open_source(path)

    assert records.features == features_of(loaded)
    assert list(records.features) == loaded.column_names
    assert list(map(without_place, records.take(range(records.count())).to_pylist())) == list(
        map(without_place, table_of(loaded, records.features).to_pylist())
    )


@pytest.mark.parametrize("name", ["compressed.tar", "sample.tgz"])
def test_real_tars_read_as_datasets_reads_them(real, name):
    assert_as_datasets(real / "datasets" / "webdataset" / name)


def test_a_field_whose_library_is_missing_is_named(real, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "msgpack", None)

    with pytest.raises(UnknownSource, match=r"mpdata\.tar: 000000\.mp: to read it, `datasets` needs msgpack"):
        open_source(real / "datasets" / "webdataset" / "mpdata.tar")


def test_the_place_of_the_tar_is_not_kept(tmp_path):
    row = open_source(tarball(tmp_path / "x.tar", TARS["pictures and captions"])).take([1]).to_pylist()[0]

    assert row == {
        "jpg": {"bytes": b"b", "path": "1.jpg"},
        "txt": "",
        "__key__": "1",
        "__url__": "x.tar",
    }


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_any_records_are_found_in_any_order_of_asking(tmp_path, mode):
    path = tarball(tmp_path / "x.tar", [(f"{n:03}.{s}", b"%d" % n) for n in range(100) for s in ("txt", "cls")], mode)
    records = open_source(path)

    asked = [[99], [0, 7, 8, 50], [9], [50, 98], []]

    assert [records.take(ids).column("cls").to_pylist() for ids in asked] == asked
    assert records.count() == 100
    assert records.take([3]).column("txt").to_pylist() == ["3"]


def test_what_lies_behind_the_last_record_does_not_matter(tmp_path):
    path = tarball(tmp_path / "x.tar", [(f"{n}.txt", b"x" * 600) for n in range(100)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff" * (len(content) // 2))

    assert open_source(path).take(range(10)).num_rows == 10
    with pytest.raises(DamagedSource, match=r"x\.tar: no tar: no header of a member at byte"):
        open_source(path).count()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_cut_tar_is_named_and_the_records_before_are_read(tmp_path, mode, part):
    rng = np.random.default_rng(0)
    path = tarball(tmp_path / "x.tar", [(f"{n}.bin", rng.bytes(3000)) for n in range(100)], mode)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    records = open_source(path)

    assert records.take(range(10)).num_rows == 10
    for _ in range(2):
        with pytest.raises(DamagedSource, match=r"x\.tar: the (tar|gzip data|xz data) breaks? off"):
            records.take([99])


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_are_read_whatever_way_they_are_written(tmp_path, form):
    names = [
        "a" * 90 + "/" + "b" * 60 + ".txt",
        "ü.txt",
        *(["c" * 300 + ".txt"] if form != tarfile.USTAR_FORMAT else []),
    ]
    with tarfile.open(tmp_path / "x.tar", "w", format=form) as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))

    keys = open_source(tmp_path / "x.tar").take(range(len(names))).column("__key__").to_pylist()

    assert keys == [name.removesuffix(".txt") for name in names]


def test_links_and_folders_are_no_members(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for name, sort in (("d.x", tarfile.DIRTYPE), ("0.txt", tarfile.REGTYPE), ("1.txt", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = sort, "0.txt"
            tar.addfile(member)

    assert open_source(tmp_path / "x.tar").count() == 1


@pytest.mark.parametrize("name", ["../x.txt", "a/../../x.txt", "/etc/x.txt"])
def test_a_member_that_points_out_of_the_tar_is_refused(tmp_path, name):
    path = tarball(tmp_path / "x.tar", [("0.txt", b"x"), (name, b"x")])

    with pytest.raises(DamagedSource, match=f"{name}: a member that points out of the tar"):
        open_source(path)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ([("a.txt", b"x"), ("b.cls", b"1")], "neither seeds nor samples of a webdataset: of 'a' and 'b', .* only one has a .cls"),
        ([("README", b"x")], "neither seeds nor samples"),
        ([], "neither seeds nor samples"),
        ([("0.txt", b"x"), ("0.txt", b"y")], "0.txt: a second 'txt'"),
        ([("0.cls", b"one")], "0.cls: invalid literal"),
        ([("0.json", b"{")], "0.json: Expecting"),
        ([("0.txt", b"\xff")], "0.txt: .*utf-8"),
        ([("0.npy", b"x")], "0.npy: "),
        ([("0.txt.gz", b"x")], "txt.gz: its name says that it is compressed"),
        ([("0.txt.gz", gzip.compress(b"x" * 99)[:-9])], "txt.gz: the gzip data break off"),
        (objects({"x": 1}, {"x": "a"}), "of the first 2 samples: values of several types: int, str"),
        (objects(2**64), "more than 64 bits"),
    ],
)  # fmt: skip
def test_what_is_no_webdataset_is_told(tmp_path, members, problem):
    with pytest.raises((DamagedSource, UnknownSource), match=problem):
        open_source(tarball(tmp_path / "x.tar", members))


@pytest.mark.parametrize("late", ["text", 1.5, True, [1], 2**64])
def test_a_late_value_that_its_column_cannot_hold_is_named(tmp_path, late):
    records = open_source(tarball(tmp_path / "x.tar", objects(*[{"x": n} for n in range(6)], {"x": late})))

    assert records.take([5]).column("json").to_pylist() == [{"x": 5}]
    with pytest.raises(DamagedSource, match=r"6\.json: .* where int64 should be, as in the first 5 samples"):
        records.take([6])


def test_past_the_end_is_an_error_that_knows_the_count(tmp_path):
    records = open_source(tarball(tmp_path / "x.tar", [(f"{n}.txt", b"x") for n in range(20)]))

    with pytest.raises(NoSuchRecord) as error:
        records.take([3, 20])

    assert (error.value.record_id, error.value.count) == (20, 20)


def test_a_folder_of_tars_is_one_source(tmp_path):
    for shard in range(3):
        tarball(tmp_path / f"train-{shard:05}.tar", [(f"{n}.cls", b"%d" % n) for n in range(shard * 4, shard * 4 + 4)])
    records = open_source(tmp_path)

    assert records.count() == 12
    assert records.take([0, 5, 11]).column("cls").to_pylist() == [0, 5, 11]


@pytest.mark.parametrize(("suffix", "kind"), [("mp3", "Audio"), ("WAV", "Audio"), ("mp4", "Video"), ("stl", "Mesh")])
def test_media_of_other_kinds_are_told_by_their_suffixes(tmp_path, suffix, kind):
    records = open_source(tarball(tmp_path / "x.tar", [(f"0.{suffix}", b"x")]))

    assert records.features[suffix] == {"_type": kind}
    assert records.take([0]).column(suffix).to_pylist() == [{"bytes": b"x", "path": f"0.{suffix}"}]


def test_samples_in_folders_of_numbers_are_no_seeds(tmp_path):
    records = open_source(
        tarball(tmp_path / "x.tar", [(f"00000/{n}.{s}", b"1") for n in range(3) for s in ("cls", "txt")])
    )

    assert records.take([0, 2]).column("__key__").to_pylist() == ["00000/0", "00000/2"]


def test_a_tar_of_seeds_is_seeds_whatever_its_name(tmp_path):
    info = b'{"features": {"cls": {"dtype": "int64", "_type": "Value"}}}'
    path = tarball(tmp_path / "x.tar.xz", [("d/0/cls.txt", b"7"), ("d/dataset_info.json", info)], "w:xz")

    assert open_source(path).take([0]).to_pylist() == [{"cls": 7}]
