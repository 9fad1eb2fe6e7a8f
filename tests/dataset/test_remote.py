"""What lies elsewhere is unpacked and made small like what lies here, by few requests, and what cannot be had is told."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from tests.helpers import grow
from tests.test_rebuild import tree
from tinydata import errors, make_dataset, rebuild, unpack
from tinydata.cli import main
from tinydata.dataset.sources import open_source

ROWS = [{"id": row, "text": f"row {row} " + "x" * 50} for row in range(2_000)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def parquet(rows: list[dict[str, Any]] = ROWS, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out, **{"row_group_size": 300, "write_page_index": True, **options})
    return out.getvalue()


def pictures(count: int = 4_000) -> bytes:
    """A Parquet file of some 12 MB whose bytes do not compress."""
    draw = random.Random(0)
    table = pa.table({"image": [draw.randbytes(3_000) for _ in range(count)], "id": range(count)})
    out = io.BytesIO()
    pages = {"data_page_size": 100_000, "write_batch_size": 32, "write_page_index": True}
    pq.write_table(table, out, row_group_size=1_000, use_dictionary=False, **pages)
    return out.getvalue()


def shards() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for row in ROWS[:50]:
            text = str(row["text"]).encode()
            member = tarfile.TarInfo(f"{row['id']:04}.txt")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return out.getvalue()


def seeds_of(folder: Path) -> dict[str, bytes]:
    """What lies in the folders of seeds; `__url__` says where a tar lies, and is another here than there."""
    return {path: content for path, content in tree(folder).items() if "/" in path and not path.endswith("__url__.txt")}


CSV = "id,text\n" + "".join(f"{row['id']},{row['text']}\n" for row in ROWS)
FILES: dict[str, bytes] = {
    "a.parquet": parquet(),
    "a.no-index.parquet": parquet(write_page_index=False),
    "a.jsonl": LINES,
    "a.jsonl.gz": gzip.compress(LINES, mtime=0),
    "a.jsonl.xz": lzma.compress(LINES),
    "a.csv": CSV.encode(),
    "a.csv.bz2": bz2.compress(CSV.encode()),
    "a.txt": "".join(f"{row['text']}\n" for row in ROWS).encode(),
    "a.json": json.dumps(ROWS).encode(),
    "a.tar": shards(),
    "a.tar.gz": gzip.compress(shards(), mtime=0),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ids", ["0-9", "3,40-41"])
def test_a_file_gives_what_it_gives_here(elsewhere, tmp_path, name, ids):
    address = elsewhere.put(name, FILES[name])
    here = grow(tmp_path, {name: FILES[name]}) / name

    one = unpack(address, tmp_path / "one", ids=ids)
    other = unpack(here, tmp_path / "other", ids=ids)

    assert seeds_of(one.path) == seeds_of(other.path)
    assert one.ids == other.ids


def test_a_folder_of_shards_is_one_source(s3, memory):
    for place in (s3, memory):
        for at in range(5):
            place.put(f"data/train-{at}.parquet", parquet(ROWS[at * 100 : at * 100 + 100]))
        folder = place.put("data/test.parquet", parquet(ROWS[:7])).rpartition("/")[0]

        records = open_source(f"{folder}/")
        matched = open_source(f"{folder}/train-[12].parquet")

        assert records.splits == ("train", "test")
        assert records.count() == 500
        assert records.take([0, 99, 100, 499]).column("id").to_pylist() == [0, 99, 100, 499]
        assert matched.take([0, 100]).column("id").to_pylist() == [100, 200]


def test_the_first_ten_rows_of_a_parquet_file_are_two_round_trips(web, tmp_path):
    content = pictures()
    address = web.put("a.parquet", content)

    unpack(address, tmp_path / "seeds")

    ranges = [one.range for one in web.proxy.passed]
    assert ranges[0] == "bytes=-65536"
    assert len(ranges) == 3  # and the pages of two columns at once
    assert web.proxy.sent_bytes() < 400_000 < len(content)


def test_rows_anywhere_cost_their_pages(web, tmp_path):
    content = pictures()
    address = web.put("a.parquet", content)

    unpack(address, tmp_path / "seeds", ids="5,1500,3999")

    assert len(web.proxy.passed) < 8
    assert web.proxy.sent_bytes() < 1_000_000 < len(content)


def test_a_large_file_of_the_hub_is_read_by_parts(hub, tmp_path):
    files = {"data/train-0.parquet": pictures(), "data/train-1.parquet": pictures(1500)}
    commit = hub.add("org/name", files, repo_type="dataset")

    made = unpack("org/name", tmp_path / "seeds", ids="0-4,4200")
    recipe = yaml.safe_load((made.path / "tinydata.yaml").read_text())

    assert hub.sent_bytes < 1_000_000
    assert recipe["inputs"] == {
        f"hf://datasets/org/name@{commit}/{name}": {"bytes": len(content)} for name, content in files.items()
    }
    assert rebuild(made.path).differences == ()


def test_a_large_file_that_the_cache_holds_is_not_asked_for(hub, tmp_path):
    import huggingface_hub

    hub.add("org/name", {"a.parquet": pictures()}, repo_type="dataset")
    first = unpack("org/name", tmp_path / "first")
    huggingface_hub.hf_hub_download("org/name", "a.parquet", repo_type="dataset")
    hub.forget()

    again = unpack("org/name", tmp_path / "again")
    offline = unpack("org/name", tmp_path / "offline", offline=True)

    assert hub.sent_bytes == 0
    assert tree(first.path) == tree(again.path) == tree(offline.path)


def test_the_shards_of_the_hub_are_counted_without_being_fetched(hub):
    files: dict[str, str | bytes] = {
        f"data/train-{at:05}-of-00040.parquet": parquet(ROWS[at : at + 2]) for at in range(40)
    }
    hub.add("org/name", files, repo_type="dataset")
    records = open_source("org/name")

    assert (records.count(), records.take([79]).column("id").to_pylist()) == (80, [40])
    assert sum("/resolve/" in path for _, path in hub.requests) <= 42


def test_a_card_that_tells_of_these_files_counts_them(hub):
    files: dict[str, str | bytes] = {f"data/train-{at:05}-of-00003.parquet": parquet(ROWS[:20]) for at in range(3)}
    card = "---\ndataset_info:\n  splits:\n  - {{name: train, num_examples: {count}}}\n  download_size: {size}\n---\n"
    size = sum(map(len, files.values()))

    counts = []
    for stated in (size, size + 1):
        hub.add("org/name", {**files, "README.md": card.format(count=61, size=stated)}, repo_type="dataset")
        counts.append(open_source("org/name").count())

    assert counts == [61, 60]


def test_a_recipe_names_address_and_etag_and_no_secret(web, tmp_path):
    address = web.put("a.parquet", FILES["a.parquet"])
    secret = address.replace("http://", "http://me:secret@") + "?signature=secret"

    made = make_dataset(secret, tmp_path / "tiny", ids="0-3", variants=["5.unique"])
    text = (made.path / "tinydata.yaml").read_text()
    recipe = yaml.safe_load(text)

    assert recipe["commands"][0][:2] == ["dataset", address]
    assert recipe["inputs"].keys() == {address}
    assert recipe["inputs"][address].keys() == {"bytes", "etag"}
    assert not [path for path, content in tree(made.path).items() if b"secret" in content]
    assert rebuild(made.path).differences == ()
    web.put("a.parquet", parquet(ROWS[:9]))
    assert rebuild(made.path).differences[0] == f"input {address}: changed since"
    with pytest.raises(errors.NotHere):
        rebuild(made.path, offline=True)


def test_the_command_line_reads_addresses(web, tmp_path):
    address = web.put("a.jsonl", FILES["a.jsonl"])

    ran = CliRunner().invoke(main, ["unpack", address, "--ids", "0-1", "-o", str(tmp_path / "seeds"), "-q"])

    assert (ran.exit_code, ran.stdout) == (0, f"{tmp_path / 'seeds'}\n")


REFUSALS: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "not there": (lambda proxy: proxy.fail(404), "nothing lies there: 404 Not Found", "a folder ends in `/`"),
    "gone": (lambda proxy: proxy.fail(410), "nothing lies there: 410 Gone", "a folder ends in `/`"),
    "a login": (lambda proxy: proxy.fail(401), "access denied: 401 Unauthorized", "it wants a login"),
    "forbidden": (lambda proxy: proxy.fail(403), "access denied: 403 Forbidden", "it wants a login"),
    "too often": (
        lambda proxy: proxy.fail(429, headers={"Retry-After": "90"}),
        "no more requests for 90 seconds (429)",
        "try again in 90 seconds",
    ),
    "down": (lambda proxy: proxy.fail(503), "the server answers 503", "try again"),
    "changed": (lambda proxy: proxy.retag(), "changed while it was read", "run it again"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_a_server_does_not_give_is_told_with_exit_code_3(web, clock, tmp_path, case):
    fault, fact, hint = REFUSALS[case]
    address = web.put("a.parquet", pictures())
    fault(web.proxy)

    ran = CliRunner().invoke(main, ["unpack", address, "-o", str(tmp_path / "seeds")])

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert ran.stderr.startswith(f"Error: {address}")
    assert fact in ran.stderr
    assert f"\nhint: {hint}" in ran.stderr


def lying(content: bytes) -> bytes:
    """The Parquet file, but with a page index that points a few bytes further than the pages are."""
    at = len(content) - 2_000
    return content[:at] + bytes(byte ^ 1 for byte in content[at : at + 200]) + content[at + 200 :]


DAMAGE: dict[str, tuple[str, bytes, str]] = {
    "a Parquet file cut short": ("a.parquet", FILES["a.parquet"][:-100], "a.parquet"),
    "a footer that lies": ("a.parquet", lying(FILES["a.parquet"]), "a.parquet"),
    "no Parquet file at all": ("a.parquet", b"<html>" * 5_000, "no Parquet file"),
    "gzip cut short": ("a.jsonl.gz", FILES["a.jsonl.gz"][:-20], "break off"),
    "a tar that ends in the middle": ("a.tar", FILES["a.tar"][:10_000], "a.tar"),
    "JSON cut short": ("a.jsonl", FILES["a.jsonl"][:-20], "a.jsonl"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_told_and_nothing_is_half_made(elsewhere, tmp_path, case):
    name, content, fact = DAMAGE[case]
    address = elsewhere.put(name, content)

    with pytest.raises(errors.BadSource, match=fact):
        unpack(address, tmp_path / "seeds", ids="0-1999")

    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(web, tmp_path):
    address = web.put("a.parquet", pictures())
    before = threading.active_count()

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(address, tmp_path / "seeds", fetching=interrupt)

    assert list(tmp_path.iterdir()) == []
    for _ in range(500):  # those of the servers may still end
        if threading.active_count() > before + 1:
            time.sleep(0.01)
    assert threading.active_count() <= before + 1


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.tar.gz", "a"])
def test_a_web_page_is_no_file_of_records(web, tmp_path, name):
    address = web.put(name, b"\n<!DOCTYPE html>\n<html><body>a,b</body></html>\n" * 400)

    with pytest.raises(errors.BadSource, match=r"web page|no Parquet file"):
        unpack(address, tmp_path / "seeds")

    assert list(tmp_path.iterdir()) == []


def test_without_obstore_the_extra_is_named(online, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)

    with pytest.raises(errors.MissingExtra, match="s3"):
        open_source("s3://bucket/a.csv")


def test_what_lies_elsewhere_names_no_file_of_this_machine(web, tmp_path):
    kept = grow(tmp_path, {"secret.png": "x"}) / "secret.png"
    address = web.put("a.jsonl", json.dumps({"image": str(kept)}) + "\n")

    assert open_source(address).take([0]).to_pylist() == [{"image": str(kept)}]
