"""Each command that reads what lies elsewhere comes to the right records, or to one error and nothing made, whatever servers do."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from tests.helpers import grow, started
from tests.test_rebuild import tree
from tinydata.cli import main

DRAW = random.Random(0)
ROWS = [{"id": row, "text": f"row {row} " + DRAW.randbytes(250).hex()} for row in range(3_000)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out, row_group_size=300, write_page_index=True, data_page_size=2_000)
    return out.getvalue()


def corpus() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in (
            ("a.jsonl", LINES[: LINES.index(b'{"id": 900')]),
            ("b.jsonl", LINES[LINES.index(b'{"id": 900') :]),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


FILES = {
    "a.parquet": parquet(),
    "a.jsonl.gz": gzip.compress(LINES, mtime=0),
    "a.tar.gz": gzip.compress(corpus(), mtime=0),
}
COMMANDS: dict[str, tuple[str, ...]] = {
    "unpack": ("unpack", "--ids", "0-9,2500"),
    "dataset": ("dataset", "--ids", "0-3,2900", "--variants", "5.unique"),
    "subset": ("subset", "-n", "2900"),
    "sample": ("subset", "-n", "20", "--shuffle"),
}
CASES = [("unpack", "a.parquet"), ("dataset", "a.jsonl.gz"), ("subset", "a.tar.gz"), ("sample", "a.parquet")]
SERVED = (
    [("web", *case) for case in CASES] + [("s3", *case) for case in CASES[::2]] + [("hub", *case) for case in CASES[1:]]
)


def run(command: str, source: str | Path, out: Path) -> Result:
    """Run a command; what is no error on purpose fails the test."""
    verb, *words = COMMANDS[command]
    ran = CliRunner().invoke(main, [verb, str(source), *words, "-o", str(out)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran


def made(out: Path) -> dict[str, bytes]:
    """What was made, but for what names where it came from, or has a hash of that in it."""
    of_there = ("tinydata.yaml", "README.md", "data.tar.gz", "loader.py", "dataset_info.json")
    return {path: content for path, content in tree(out).items() if not path.endswith(of_there)}


PASSING: dict[str, Callable[[Any], None]] = {
    "500 for a while": lambda proxy: proxy.fail(500, 3),
    "503 for a while": lambda proxy: proxy.fail(503, 3),
    "429 with Retry-After": lambda proxy: proxy.fail(429, 2, headers={"Retry-After": "3"}),
    "cut bodies": lambda proxy: proxy.cut(3, at=1_000),
    "lost answers": lambda proxy: proxy.lose(3),
    "redirects": lambda proxy: proxy.redirect(3),
    "no ranges": lambda proxy: proxy.forget_ranges(),
    "lengths too long": lambda proxy: proxy.misstate(500, 2),
    "lengths too short": lambda proxy: proxy.misstate(-500, 2),
    "no lengths": lambda proxy: proxy.unsize(),
    "no lengths and no ranges": lambda proxy: (proxy.forget_ranges(), proxy.unsize()),
    "chunks": lambda proxy: proxy.chunk(),
    "chunks and no ranges": lambda proxy: (proxy.forget_ranges(), proxy.chunk()),
    "chunks cut, no ranges": lambda proxy: (proxy.forget_ranges(), proxy.chunk(), proxy.cut(2, at=10_000)),
    "no etag": lambda proxy: proxy.untag(),
}


@pytest.fixture
def served(request):
    """The place that a case names."""
    return request.getfixturevalue({"hub": "hub_elsewhere"}.get(request.param, request.param))


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize(("served", "command", "name"), SERVED, indirect=["served"])
def test_what_passes_changes_nothing(served, clock, tmp_path, command, name, fault):
    address = served.put(name, FILES[name])
    here = run(command, grow(tmp_path, {name: FILES[name]}) / name, tmp_path / "here" / "out")
    PASSING[fault](served.proxy)

    there = run(command, address, tmp_path / "there" / "out")

    assert (here.exit_code, there.exit_code) == (0, 0), there.stderr
    assert made(tmp_path / "there") == made(tmp_path / "here")


STAYING: dict[str, tuple[Callable[[Any], None], str]] = {
    "500": (lambda proxy: proxy.fail(500), "answers 500"),
    "503": (lambda proxy: proxy.fail(503), "answers 503"),
    "429": (lambda proxy: proxy.fail(429, headers={"Retry-After": "900"}), "no more requests for 900 seconds"),
    "401": (lambda proxy: proxy.fail(401), ""),  # the hub's words are others
    "403": (lambda proxy: proxy.fail(403), ""),
    "404": (lambda proxy: proxy.fail(404), "404"),
    "cut bodies": (lambda proxy: proxy.cut(10**9, at=0), ""),
    "lost answers": (lambda proxy: proxy.lose(10**9), ""),
    "redirects": (lambda proxy: proxy.redirect(10**9), "redirect"),
    "no server": (lambda proxy: proxy.close(), "refused"),
}


@pytest.mark.parametrize("fault", STAYING)
@pytest.mark.parametrize(("served", "command", "name"), SERVED, indirect=["served"])
def test_what_stays_is_told_with_exit_code_3_and_nothing_is_made(served, clock, tmp_path, command, name, fault):
    address = served.put(name, FILES[name])
    fail, fact = STAYING[fault]
    fail(served.proxy)

    ran = run(command, address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert fact in ran.stderr
    assert "\nhint: " in ran.stderr


@pytest.fixture
def silent(online, monkeypatch):
    """The address of a server that takes every connection and says nothing; nobody waits long for it."""
    monkeypatch.setattr("tinydata.fetch.http.TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr("tinydata.fetch.hub.TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr("tinydata.fetch.patience.PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        for name, value in {"ENDPOINT_URL": url, "ACCESS_KEY_ID": "-", "SECRET_ACCESS_KEY": "-", "REGION": "-"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        yield url


@pytest.mark.parametrize(("place", "command", "name"), SERVED)
def test_a_server_that_never_answers_is_given_up(silent, tmp_path, place, command, name):
    address = {"web": f"{silent}/{name}", "s3": f"s3://bucket/{name}", "hub": f"hf://datasets/org/name/{name}"}[place]

    ran = run(command, address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert "timed out" in ran.stderr


@pytest.mark.parametrize("where", ["/api/", "/tree/", "/resolve/", "/blobs/"])
def test_a_hub_that_stops_answering_is_given_up(hub_elsewhere, silent, monkeypatch, tmp_path, where):
    address = hub_elsewhere.put("a.tar.gz", FILES["a.tar.gz"])
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub_elsewhere.proxy.url)
    hub_elsewhere.proxy.stall(0.3, 10**9, where=where)

    ran = run("subset", address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert "timed out" in ran.stderr


@pytest.mark.parametrize("where", ["/api/", "/tree/", "/resolve/", "/blobs/"])
def test_a_hub_that_was_asked_too_often_is_not_waited_for_in_silence(hub_elsewhere, tmp_path, where):
    address = hub_elsewhere.put("a.tar.gz", FILES["a.tar.gz"])
    hub_elsewhere.proxy.fail(429, where=where, headers={"Retry-After": "900"})

    ran = run("subset", address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert "no more requests for 900 seconds (429)" in ran.stderr
    assert "hint: try again in 900 seconds" in ran.stderr


def test_a_bucket_that_never_lists_is_given_up(silent, tmp_path):
    ran = run("subset", "s3://bucket/data/", tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert "no answer" in ran.stderr


@pytest.mark.parametrize("tag", ["etag", "date"])
@pytest.mark.parametrize(("command", "name"), CASES)
def test_a_source_that_changes_in_the_middle_is_told(web, clock, tmp_path, command, name, tag):
    address = web.put(name, FILES[name])
    if tag == "date":
        web.proxy.untag()
    web.proxy.retag(after=2)

    ran = run(command, address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (3, "", [])
    assert "changed while it was read" in ran.stderr


def damaged(name: str) -> dict[str, bytes]:
    """A file that is not what it should be."""
    content, end = FILES[name], len(FILES[name]) * 9 // 10
    flipped = bytes(byte ^ 1 for byte in content[-600:-300])
    lies = {"a footer that lies": content[:-600] + flipped + content[-300:]} if name == "a.parquet" else {}
    return {"cut short": content[:end], "a page of HTML": b"<html>" * 5_000, "nothing": b"", **lies}


@pytest.mark.parametrize(
    ("served", "command", "name", "damage"),
    [(*case, damage) for case in SERVED for damage in damaged(case[-1])],
    indirect=["served"],
)
def test_damage_is_told_with_exit_code_1_and_nothing_is_made(served, tmp_path, command, name, damage):
    address = served.put(name, damaged(name)[damage])

    ran = run(command, address, tmp_path / "out")

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (1, "", [])
    assert name in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize(("command", "name"), CASES)
def test_ctrl_c_while_a_server_is_waited_for_leaves_nothing(web, tmp_path, monkeypatch, command, name):
    address = web.put(name, FILES[name])
    web.proxy.stall(30, 10**9)
    asked = []
    due = web.proxy.due
    monkeypatch.setattr(web.proxy, "due", lambda path: (asked.append(path), due(path))[1])
    verb, *words = COMMANDS[command]

    for running in started((verb, address, *words, "-o", str(tmp_path / "out")), lambda: bool(asked)):
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=20)

    assert (running.returncode, out, list(tmp_path.iterdir())) == (130, "", [])
    assert told.strip() == "Error: interrupted"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
@pytest.mark.parametrize("has_ranges", [True, False])
@pytest.mark.parametrize(("command", "name"), CASES)
def test_a_full_disk_is_told_and_leaves_nothing(web, tmp_path, command, name, has_ranges):
    import resource

    address = web.put(name, FILES[name])
    if not has_ranges:
        web.proxy.forget_ranges()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, limits[1]))
    try:
        ran = run(command, address, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert (ran.exit_code, ran.stdout, list(tmp_path.iterdir())) == (1, "", [])
    assert ran.stderr.endswith("File too large\n")
