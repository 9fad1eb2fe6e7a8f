"""Subsets of what lies elsewhere: the same rows as of what lies here, and no more fetched than they need."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.helpers import grow
from tinydata import rebuild, subset
from tinydata.dataset.sources import source_parts
from tinydata.errors import DamagedSource, RemoteError


def lines(count):
    draw = random.Random(0)
    return b"".join(b'{"id": %d, "text": "%s"}\n' % (n, draw.randbytes(100).hex().encode()) for n in range(count))


def packed(content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        member = tarfile.TarInfo("corpus/corpus.jsonl")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def parquet(count):
    out = io.BytesIO()
    pq.write_table(pa.table({"id": range(count), "text": [f"row {n}" for n in range(count)]}), out, row_group_size=100)
    return out.getvalue()


FILES = {
    "corpus.tar.gz": packed(lines(500)),
    "a.jsonl.gz": gzip.compress(lines(500)),
    "a.parquet": parquet(500),
    "a.jsonl": lines(500),
}


def ids_of(made):
    (file,) = made.path.rglob("*.parquet")
    return pq.ParquetFile(file).read()["id"].to_pylist()


@pytest.mark.parametrize("place", ["web", "memory"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("name", FILES)
def test_a_subset_is_that_of_what_lies_here(request, tmp_path, place, name, shuffle):
    address = request.getfixturevalue(place).put(name, FILES[name])
    grow(tmp_path, {name: FILES[name]})

    there = subset(address, tmp_path / "there", 40, shuffle=shuffle)
    here = subset(tmp_path / name, tmp_path / "here", 40, shuffle=shuffle)

    assert ids_of(there) == ids_of(here)
    assert there.archive == here.archive
    assert there.archive is None or (there.path / name).read_bytes() == (here.path / name).read_bytes()
    assert rebuild(there.path).differences == ()
    recipe = yaml.safe_load((there.path / "tinydata.yaml").read_text())
    assert recipe["commands"][0][1] == address
    assert list(recipe["inputs"]) == [address]


def test_a_tarball_is_streamed_and_stopped(web, tmp_path):
    content = packed(lines(100_000))
    address = web.put("corpus.tar.gz", content)

    made = subset(address, tmp_path / "out", 100)

    assert ids_of(made) == list(range(100))
    assert web.proxy.sent_bytes() < 0.25 * len(content)


def test_a_cut_connection_goes_on_where_it_was(web, tmp_path):
    address = web.put("corpus.tar.gz", FILES["corpus.tar.gz"])
    web.proxy.cut(at=1_000)

    assert ids_of(subset(address, tmp_path / "out", 500)) == list(range(500))


def test_what_is_cut_short_for_good_is_no_shorter_subset(web, tmp_path):
    address = web.put("corpus.tar.gz", FILES["corpus.tar.gz"][:-5_000])

    with pytest.raises(DamagedSource):
        subset(address, tmp_path / "out", 500)
    with pytest.raises(RemoteError):
        subset(address.replace("corpus", "none"), tmp_path / "out", 500)

    assert not (tmp_path / "out").exists()


def test_a_repo_of_the_hub_keeps_its_configs_and_its_commit(hub, tmp_path):
    card = "---\nlicense: mit\nconfigs:\n" + "".join(
        f"- config_name: {config}\n  data_files:\n"
        + "".join(f"  - split: {split}\n    path: {config}/{split}.parquet\n" for split in ("train", "test"))
        for config in ("de", "en")
    )
    files = {f"{config}/{split}.parquet": parquet(60) for config in ("de", "en") for split in ("train", "test")}
    files |= {"README.md": f"{card}---\n".encode(), "raw/corpus.tar.gz": FILES["corpus.tar.gz"]}
    commit = hub.add("org/name", files, repo_type="dataset")

    made = subset("org/name", tmp_path / "out", 7)
    raw = subset("hf://datasets/org/name/raw/corpus.tar.gz", tmp_path / "raw", 7)

    both = {"train": 7, "test": 7}
    assert made.counts == {"de": both, "en": both}
    assert made.default is None
    assert made.recipe.commands[0][1] == f"hf://datasets/org/name@{commit}"
    assert raw.recipe.commands[0][1] == f"hf://datasets/org/name@{commit}/raw/corpus.tar.gz"
    assert ids_of(raw) == list(range(7))
    assert "license: mit" in (made.path / "README.md").read_text()
    assert rebuild(made.path).differences == rebuild(raw.path).differences == ()


def test_all_splits_are_of_one_commit(hub, tmp_path, monkeypatch):
    old = {f"{split}.jsonl": lines(5) for split in ("train", "test")}
    hub.add("org/name", old, repo_type="dataset")
    parts = source_parts

    def moved_on(*args, **kwargs):
        found = parts(*args, **kwargs)
        hub.add("org/name", dict.fromkeys(old, b'{"id": 9}\n'), repo_type="dataset")
        return found

    monkeypatch.setattr("tinydata.dataset.subset.make.source_parts", moved_on)
    made = subset("org/name", tmp_path / "out", 5)

    assert made.counts == {"default": {"train": 5, "test": 5}}
    assert sum("/revision/" in path or path.endswith("/datasets/org/name") for _, path in hub.requests) == 1
