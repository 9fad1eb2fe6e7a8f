"""The same seeds give the same pack, wherever and whenever it is made, and it reads back as they do."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.helpers import grow
from tinydata import pack, read_seeds, unpack
from tinydata.errors import BadSeed, BadTarget, NoSource, TargetExists

TEXT = {"dtype": "string", "_type": "Value"}
WORLD = {
    "dataset_info.json": json.dumps({"features": {"text": TEXT, "tags": {"feature": TEXT, "_type": "Sequence"}}}),
    "0/text.txt": "red",
    "0/tags_00.txt": "a",
    "10/text.null": "",
    "9/text.txt": "a\r\nb",
    "mine ü/text.txt": "by hand",
}


def packed(root: Path, name: str = "data.tar.gz") -> bytes:
    return pack(root, root.parent / name, overwrite=True).path.read_bytes()


def members(content: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return tar.getmembers()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return grow(tmp_path / "seeds", WORLD)


def test_a_second_run_gives_the_same_bytes(seeds):
    assert packed(seeds) == packed(seeds, "again.tgz")


def test_the_times_of_files_make_no_difference(seeds):
    before = packed(seeds)
    for path in seeds.rglob("*"):
        os.utime(path, (1, 1))

    assert packed(seeds) == before


def test_the_rights_of_files_make_no_difference(seeds):
    before = packed(seeds)
    (seeds / "0/text.txt").chmod(0o600)
    (seeds / "9/text.txt").chmod(0o777)

    assert packed(seeds) == before


def test_where_it_lies_makes_no_difference(seeds, tmp_path, monkeypatch):
    before = packed(seeds)
    other = shutil.copytree(seeds, tmp_path / "else" / "where" / "other name")
    monkeypatch.chdir(other)
    inside = pack(".", "../here.tar.gz").path.read_bytes()

    assert packed(other) == before
    assert inside == before


def test_the_order_in_which_files_were_made_makes_no_difference(seeds, tmp_path):
    other = grow(tmp_path / "other", dict(reversed(WORLD.items())))

    assert packed(other) == packed(seeds)


def test_what_editors_leave_behind_makes_no_difference(seeds):
    before = packed(seeds)
    grow(
        seeds, {"0/text.txt~": "", "0/.DS_Store": "", ".git/config": "", "old.bak/text.txt": "", "0/text.txt.part~": ""}
    )

    assert packed(seeds) == before


def test_other_seeds_give_other_bytes(seeds):
    before = packed(seeds)
    (seeds / "0/text.txt").write_text("blue")

    assert packed(seeds) != before


def test_no_time_owner_or_path_of_a_machine_is_in_it(seeds):
    content = packed(seeds)

    assert {(made.mtime, made.uid, made.gid, made.uname, made.gname) for made in members(content)} == {
        (0, 0, 0, "", "")
    }
    assert content[4:8] == bytes(4)  # gzip's own time
    assert str(seeds.parent).encode() not in gzip.decompress(content)
    assert all(made.name.startswith("data/") for made in members(content))


def test_the_recipe_of_unpacked_seeds_is_in_it_without_a_path_of_the_machine(tmp_path):
    grow(tmp_path, {"in/a.jsonl": '{"text": "red"}\n'})
    unpack(tmp_path / "in/a.jsonl", tmp_path / "out/seeds")

    content = packed(tmp_path / "out/seeds")

    assert "data/tinydata.yaml" in [made.name for made in members(content)]
    assert str(tmp_path).encode() not in gzip.decompress(content)


def test_seeds_unpacked_elsewhere_of_the_same_source_give_the_same_pack(tmp_path):
    for place in ("a", "b"):
        grow(tmp_path, {f"{place}/in/a.jsonl": '{"text": "red"}\n'})
        unpack(tmp_path / place / "in/a.jsonl", tmp_path / place / "seeds")

    assert packed(tmp_path / "a/seeds") == packed(tmp_path / "b/seeds")


def test_a_pack_reads_back_as_its_seeds_do(seeds, tmp_path):
    packed(seeds)

    folder, tarball = read_seeds(seeds), read_seeds(tmp_path / "data.tar.gz")

    assert folder.names == tarball.names == ("0", "9", "10", "mine ü")
    assert folder.table.equals(tarball.table, check_metadata=True)
    assert folder.info == tarball.info


def test_a_seed_without_a_file_is_in_it(tmp_path):
    features = {"tags": {"feature": TEXT, "_type": "Sequence"}}
    grow(tmp_path, {"seeds/dataset_info.json": json.dumps({"features": features}), "seeds/0/": "", "seeds/1/": ""})

    packed(tmp_path / "seeds")

    assert read_seeds(tmp_path / "data.tar.gz").table.to_pylist() == [{"tags": []}, {"tags": []}]


def test_what_tar_lays_out_is_seeds(seeds, tmp_path):
    content = packed(seeds)

    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(tmp_path / "laid out", filter="data")

    assert packed(tmp_path / "laid out" / "data") == content


def test_the_figures_are_those_of_the_pack(seeds, tmp_path):
    made = pack(seeds, tmp_path / "p.tgz")

    assert (made.path, made.seeds, made.size_bytes) == (tmp_path / "p.tgz", 4, (tmp_path / "p.tgz").stat().st_size)


def test_a_name_that_other_systems_could_not_hold_is_refused_before_anything_is_made(seeds, tmp_path):
    grow(seeds, {"a:b/text.txt": "by hand on Linux"})

    with pytest.raises(BadSeed, match="a:b"):
        pack(seeds, tmp_path / "data.tar.gz")

    assert not (tmp_path / "data.tar.gz").exists()


@pytest.mark.parametrize("output", ["seeds/data.tar.gz", "seeds/0/data.tar.gz"])
def test_it_does_not_lie_among_its_seeds(seeds, tmp_path, output):
    with pytest.raises(BadTarget, match="among the seeds"):
        pack(seeds, tmp_path / output)


def test_beside_a_folder_called_data_is_a_good_place(seeds, tmp_path):
    seeds.rename(tmp_path / "data")

    made = pack(tmp_path, tmp_path / "data.tar.gz")

    assert made.seeds == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "data.tar.gz"]


def test_what_cannot_be_packed_is_named(seeds, tmp_path):
    grow(tmp_path, {"taken": "precious", "broken/dataset_info.json": "{"})

    with pytest.raises(NoSource):
        pack(tmp_path / "nothing", tmp_path / "p.tgz")
    with pytest.raises(BadSeed):
        pack(tmp_path / "broken", tmp_path / "p.tgz")
    with pytest.raises(TargetExists):
        pack(seeds, tmp_path / "taken")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "seeds", "taken"]
