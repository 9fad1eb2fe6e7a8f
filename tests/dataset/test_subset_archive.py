"""Subsets of tarballs and compressed files: cut as they stream by, the same inside, and read no further than needed."""

from __future__ import annotations

import bz2
import errno
import gzip
import importlib.util
import io
import json
import lzma
import os
import random
import sys
import tarfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tinydata
from tests.helpers import grow
from tinydata import rebuild, subset
from tinydata.dataset.subset.sample import draw
from tinydata.errors import DamagedSource, UnknownSource, UnknownSplit


def packed(content: bytes, sort: str) -> bytes:
    if sort in (".zst", ".lz4"):
        return pa.compress(content, {".zst": "zstd", ".lz4": "lz4"}[sort], asbytes=True)
    return {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress, "": bytes}[sort](content)


def unpacked(content: bytes, sort: str) -> bytes:
    if sort in (".zst", ".lz4"):
        return pa.CompressedInputStream(pa.BufferReader(content), {".zst": "zstd", ".lz4": "lz4"}[sort]).read()
    return {".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress, "": bytes}[sort](content)


def tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as opened:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname = len(content), 1_600_000_000, "somebody"
            opened.addfile(member, io.BytesIO(content))
    return out.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}


def lines(count: int, start: int = 0, size: int = 20) -> bytes:
    """JSON Lines, which no compressor makes much of."""
    words = random.Random(start)
    return b"".join(
        b'{"id": %d,  "text": "%s", "meta": {"at": [%d]}}\n' % (n, words.randbytes(size).hex().encode(), n)
        for n in range(start, start + count)
    )


def texts(count: int, start: int = 0) -> dict[str, bytes]:
    return {
        f"{n:07}-{n * 7919 % 1000:03}.txt": f"Text {n}\r\n\n\n\n\u00e9nd\n".encode()
        for n in range(start, start + count)
    }


def rows_of(repo):
    (file,) = repo.rglob("train-*.parquet")
    return pq.ParquetFile(file).read().to_pylist()


def archive_of(made):
    return (made.path / made.archive).read_bytes()


PACKINGS = (".gz", ".xz", ".bz2", ".zst")


@pytest.mark.parametrize("packing", ["", *PACKINGS])
def test_lines_in_a_tarball_are_cut_in_their_member(tmp_path, packing):
    content = lines(200)
    source = tar({"corpus/README.md": b"read me", "corpus/corpus.jsonl": content, "corpus/more.jsonl": lines(9, 200)})
    grow(tmp_path, {f"corpus.tar{packing}": packed(source, packing)})

    made = subset(tmp_path / f"corpus.tar{packing}", tmp_path / "out", 20)

    first = b"".join(content.splitlines(keepends=True)[:20])
    assert members(unpacked(archive_of(made), packing)) == {
        "corpus/README.md": b"read me",
        "corpus/corpus.jsonl": first,
    }
    assert rows_of(made.path) == [json.loads(line) for line in first.splitlines()]
    assert made.archive == f"corpus.tar{packing}"


@pytest.mark.parametrize("packing", [*PACKINGS, ".lz4"])
@pytest.mark.parametrize(
    ("name", "content", "first"),
    [
        ("c4.json", lines(30), b"".join(lines(30).splitlines(keepends=True)[:5])),
        (
            "rows.csv",
            b'a,b\n1,"x\ny"\n2,z "quoted" z\n3,"a ""b"""\n4,\n5,e\n6,f\n',
            b'a,b\n1,"x\ny"\n2,z "quoted" z\n3,"a ""b"""\n4,\n5,e\n',
        ),
        ("text.txt", b"a\r\n\nb\nc\nd\ne", b"a\r\n\nb\nc\nd\n"),
    ],
)
def test_a_compressed_file_is_cut(tmp_path, packing, name, content, first):
    grow(tmp_path, {f"{name}{packing}": packed(content, packing)})
    whole = tinydata.dataset.sources.open_source(tmp_path / f"{name}{packing}").take(range(5)).to_pylist()

    made = subset(tmp_path / f"{name}{packing}", tmp_path / "out", 5)

    assert unpacked(archive_of(made), packing) == first
    assert rows_of(made.path) == whole


def test_archives_in_an_archive_are_cut_and_those_kept_whole_stay_as_they_are(tmp_path):
    inner = {f"corpus/subset{n:02}_data.xz": packed(tar(texts(10, n * 10)), ".xz") for n in range(5)}
    grow(tmp_path, {"corpus.tar.xz": packed(tar(inner), ".xz")})

    made = subset(tmp_path / "corpus.tar.xz", tmp_path / "out", 24)

    small = members(unpacked(archive_of(made), ".xz"))
    assert list(small) == list(inner)[:3]
    assert [small[name] for name in list(inner)[:2]] == [inner[name] for name in list(inner)[:2]]
    assert members(unpacked(small["corpus/subset02_data.xz"], ".xz")) == texts(4, 20)
    assert rows_of(made.path) == [{"text": text.decode()} for text in texts(24).values()]


def test_no_more_is_read_than_the_records_need(tmp_path):
    content = lines(12_000, size=200)
    for name, corpus in {
        "lines": {"corpus.jsonl": content},
        "archives": {
            f"{n:02}.tar.gz": packed(
                tar({f"{n}-{m}.txt": content[m * 900 : m * 900 + 900] for m in range(1_000)}), ".gz"
            )
            for n in range(6)
        },
    }.items():
        grow(tmp_path, {f"{name}.tar.gz": packed(tar(corpus), ".gz")})
        source = tmp_path / f"{name}.tar.gz"

        made = subset(source, tmp_path / f"{name}-out", 100)

        assert made.read_bytes < 0.25 * source.stat().st_size


@pytest.mark.parametrize("count", [7, 1_000])
@pytest.mark.parametrize(
    "corpus",
    [
        {"a.jsonl": lines(20), "b.jsonl": lines(20, 20)},
        {f"{n}.tar.xz": packed(tar(texts(10, n * 10)), ".xz") for n in range(4)},
        {"a.csv": b"id\n" + b"".join(b"%d\n" % n for n in range(40))},
    ],
)
def test_a_sample_is_that_of_the_numbers_in_the_order_of_the_archive(tmp_path, corpus, count):
    grow(tmp_path, {"corpus.tar.gz": packed(tar(corpus), ".gz")})

    made = subset(tmp_path / "corpus.tar.gz", tmp_path / "out", count, shuffle=True, rng_seed=5)

    numbers = [row["id"] if "id" in row else int(row["text"].split()[1]) for row in rows_of(made.path)]
    assert numbers == sorted(draw(count, 40, 5).tolist())
    assert (made.short != ()) == (count > 40)


def test_lines_of_texts_are_records_where_they_are_asked_for(tmp_path):
    corpus = {"a.txt": b"one\ntwo\n", "b.txt": b"three\nfour\n"}
    grow(tmp_path, {"corpus.tar": tar(corpus)})

    whole = subset(tmp_path / "corpus.tar", tmp_path / "whole", 1)
    parts = subset(tmp_path / "corpus.tar", tmp_path / "parts", 3, lines=True)

    assert rows_of(whole.path) == [{"text": "one\ntwo\n"}]
    assert rows_of(parts.path) == [{"text": "one"}, {"text": "two"}, {"text": "three"}]
    assert members(archive_of(parts)) == {"a.txt": b"one\ntwo\n", "b.txt": b"three\n"}
    assert rebuild(parts.path).differences == ()
    assert not any(finding.problem for finding in tinydata.check(parts.path))


def test_files_of_one_name_are_one_record_and_load_as_a_webdataset(tmp_path):
    corpus = {}
    for n in range(12):
        corpus |= {f"{n:03}.json": b'{"n": %d}' % n, f"{n:03}.txt": b"caption %d" % n, f"{n:03}.cls": b"%d" % n}
    grow(tmp_path, {"shard.tar": tar(corpus)})

    made = subset(tmp_path / "shard.tar", tmp_path / "out", 4)

    assert list(members(archive_of(made))) == list(corpus)[:12]
    assert [(row["__key__"], row["txt"], row["json"]) for row in rows_of(made.path)] == [
        (f"{n:03}", f"caption {n}", {"n": n}) for n in range(4)
    ]


def test_compressed_texts_are_files_of_their_records_too(tmp_path):
    corpus = {f"{n}.txt.gz": gzip.compress(b"one\ntwo %d" % n, mtime=0) for n in range(5)}
    grow(tmp_path, {"shard.tar": tar(corpus)})

    made = subset(tmp_path / "shard.tar", tmp_path / "out", 2)

    assert members(archive_of(made)) == dict(list(corpus.items())[:2])
    assert [row["txt.gz"] for row in rows_of(made.path)] == ["one\ntwo 0", "one\ntwo 1"]


@pytest.mark.parametrize(
    ("name", "corpus"),
    [
        ("corpus.tar.xz", tar({"a/a.jsonl": lines(50), "a/b.jsonl": lines(50, 50)})),
        ("corpus.tar.gz", tar({f"{n}.tar.xz": packed(tar(texts(10, n * 10)), ".xz") for n in range(4)})),
        ("corpus.tar.bz2", tar({"a.json.gz": packed(lines(50), ".gz"), "LICENSE.txt": b"mine"})),
        ("corpus.jsonl.zst", lines(50)),
        ("corpus.txt.gz", b"one\r\n\nthree\n" * 20),
    ],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_the_loader_of_the_repo_reads_the_tarball_and_gives_the_same_rows(tmp_path, name, corpus, shuffle):
    grow(tmp_path, {name: packed(corpus, Path(name).suffix)})
    made = subset(tmp_path / name, tmp_path / "out", 30, shuffle=shuffle)

    spec = importlib.util.spec_from_file_location(f"loader_{abs(hash(tmp_path))}", made.path / "loader.py")
    loader = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loader
    spec.loader.exec_module(loader)
    builder = loader.Subset(cache_dir=str(tmp_path / "cache"))
    builder.download_and_prepare()

    loaded = datasets.load_dataset(str(made.path), split="train", cache_dir=str(tmp_path / "other"))
    built = builder.as_dataset(split="train")
    assert "corpus" in loader.ARCHIVE
    assert built.features == loaded.features
    assert built.to_list() == loaded.to_list()
    assert len(built) == 30


def test_a_second_run_makes_the_same_bytes_and_so_does_the_recipe(tmp_path):
    for packing in ("", *PACKINGS):
        grow(tmp_path, {f"corpus.tar{packing}": packed(tar({"a.jsonl": lines(50)}), packing)})
        source = tmp_path / f"corpus.tar{packing}"

        one, other = (subset(source, tmp_path / f"{where}{packing}" / "out", 20, home=tmp_path).path for where in "ab")

        assert {file.name: file.read_bytes() for file in one.rglob("*") if file.is_file()} == {
            file.name: file.read_bytes() for file in other.rglob("*") if file.is_file()
        }
    made = subset(source, tmp_path / "out", 20, shuffle=True)
    assert rebuild(made.path).differences == ()


def test_check_sees_a_tarball_that_is_not_what_it_was(tmp_path):
    grow(tmp_path, {"corpus.tar.gz": packed(tar({"a.jsonl": lines(50)}), ".gz")})
    made = subset(tmp_path / "corpus.tar.gz", tmp_path / "out", 20)

    (made.path / "corpus.tar.gz").write_bytes(packed(tar({"a.jsonl": lines(19)}), ".gz"))
    fewer = [finding.fact for finding in tinydata.check(made.path) if finding.problem]
    (made.path / "corpus.tar.gz").write_bytes(packed(tar({"a.jsonl": lines(20)}), ".gz")[:-600])
    broken = [finding.fact for finding in tinydata.check(made.path) if finding.problem]

    assert fewer == ["19 records, 20 rows beside"]
    assert any("break" in fact for fact in broken)


# Bad input -------------------------------------------------------------------------------------------------------------

CORPUS = tar({"a.jsonl": lines(3_000), "b.jsonl": lines(3_000, 3_000)})


@pytest.mark.parametrize("packing", ["", *PACKINGS])
@pytest.mark.parametrize("cut", [0.3, 0.5, 0.99])
def test_a_tarball_that_breaks_off_before_the_last_record_is_refused(tmp_path, packing, cut):
    whole = packed(CORPUS, packing)
    grow(tmp_path, {f"corpus.tar{packing}": whole[: int(len(whole) * cut)]})

    with pytest.raises(DamagedSource, match=r"corpus\.tar"):
        subset(tmp_path / f"corpus.tar{packing}", tmp_path / "out", 6_001)

    assert sorted(os.listdir(tmp_path)) == [f"corpus.tar{packing}"]


def test_what_lies_behind_the_last_record_may_be_broken(tmp_path):
    grow(tmp_path, {"corpus.tar.gz": packed(tar({"a.jsonl": lines(5_000, size=200)}), ".gz")[:-100_000]})

    assert subset(tmp_path / "corpus.tar.gz", tmp_path / "out", 100).counts == {"default": {"train": 100}}


def test_a_damaged_header_is_not_the_end(tmp_path):
    broken = bytearray(CORPUS)
    at = CORPUS.index(b"b.jsonl")
    broken[at : at + 7] = b"c.jsonl"
    grow(tmp_path, {"corpus.tar": bytes(broken)})

    with pytest.raises(DamagedSource, match="no header of a member"):
        subset(tmp_path / "corpus.tar", tmp_path / "out", 5_000)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("corpus.tar", tar({"../a.jsonl": lines(5)}), "points out of the tarball"),
        ("corpus.tar", tar({"/a.jsonl": lines(5)}), "points out of the tarball"),
        ("corpus.tar", tar({"a.jsonl": b'{"a": 1}\nnot json\n'}), "no JSON"),
        ("corpus.tar", tar({"a.txt": b"\xff\xfe"}), "a.txt: not UTF-8"),
        ("corpus.tar", tar({"a.csv": b"a,b\n1,2\n", "b.csv": b"a,c\n1,2\n"}), "b.csv: its columns differ"),
        ("corpus.tar", tar({"a.csv": b'a,b\n1,"2\n3\n'}), "a quoted field that does not end"),
    ],
)
def test_what_is_wrong_in_a_tarball_is_named(tmp_path, name, content, problem):
    grow(tmp_path, {name: content})

    with pytest.raises(DamagedSource) as caught:
        subset(tmp_path / name, tmp_path / "out", 5)

    assert problem in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert os.listdir(tmp_path) == [name]


def test_a_tarball_that_holds_no_record_is_refused(tmp_path):
    grow(tmp_path, {"corpus.tar": tar({"README.md": b"nothing here"})})

    with pytest.raises(UnknownSource):
        subset(tmp_path / "corpus.tar", tmp_path / "out", 5)


def test_a_tarball_is_one_split(tmp_path):
    grow(tmp_path, {"corpus.tar": tar({"a.jsonl": lines(5)})})

    assert subset(tmp_path / "corpus.tar", tmp_path / "out", 5, split="train").counts == {"default": {"train": 5}}
    with pytest.raises(UnknownSplit):
        subset(tmp_path / "corpus.tar", tmp_path / "none", 5, split="test")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))])
def test_an_interrupt_or_a_full_disk_leaves_nothing(tmp_path, error):
    grow(tmp_path, {"corpus.tar.gz": packed(tar({"a.jsonl": lines(500)}), ".gz")})

    def told(done, total, read_bytes):
        raise error

    with pytest.raises(type(error)):
        subset(tmp_path / "corpus.tar.gz", tmp_path / "out", 400, progress=told)

    assert os.listdir(tmp_path) == ["corpus.tar.gz"]
