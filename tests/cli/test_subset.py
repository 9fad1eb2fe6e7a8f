"""`tinydata subset`: what it prints, what it blames, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.helpers import grow, started
from tinydata.cli import main

ROWS = "".join(json.dumps({"text": f"Record {n}", "n": n}) + "\n" for n in range(50))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with fifty records, as lines and in a tarball."""
    grow(tmp_path, {"rows.jsonl": ROWS})
    with tarfile.open(tmp_path / "corpus.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "rows.jsonl", "corpus/rows.jsonl")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    result = CliRunner().invoke(main, words, prog_name="tinydata", catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def size():
    size_bytes = sum(file.stat().st_size for file in Path("out").rglob("*") if file.is_file())
    return f"{size_bytes / 1000:,.1f} kB"


@pytest.mark.parametrize("source", ["rows.jsonl", "corpus.tar.gz"])
def test_it_tells_what_was_taken_and_prints_the_path(here, source):
    told = run("subset", source, "-n", "20", "-o", "out")

    assert told == (0, "out\n", f"train: 20 records\n{size()}\n")


def test_that_there_are_no_more_is_said(here):
    told = run("subset", "rows.jsonl", "-n", "1k", "-o", "out")

    assert told == (0, "out\n", f"train: 50 records, all there are of the 1k asked for\n{size()}\n")


def test_json_has_the_facts(here):
    code, out, told = run("subset", "corpus.tar.gz", "-n", "20", "-o", "out", "--json", "-q")

    facts = json.loads(out)
    assert (code, told) == (0, "")
    assert facts == {
        "path": "out",
        "configs": {"default": {"train": 20}},
        "default": "default",
        "short": [],
        "archive": "corpus.tar.gz",
        "read_bytes": Path("corpus.tar.gz").stat().st_size,
        "size_bytes": facts["size_bytes"],
    }


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("rows.jsonl", "-n", "ten"), 2, "Invalid value for '-n' / '--records': records 'ten': not a number above 0"),
        (("rows.jsonl", "-n", "0"), 2, "Invalid value for '-n' / '--records': records '0': not a number above 0"),
        (("rows.jsonl", "-n", "3", "--where", "m = 1"), 2, "Invalid value for '--where': where 'm = 1'"),
        (("rows.jsonl", "-n", "3", "--split", "test"), 1, "rows.jsonl: no split 'test': there is train"),
        (("corpus.tar.gz", "-n", "3", "--config", "en"), 1, "corpus.tar.gz: no config 'en'"),
        (("nothing.tar", "-n", "3"), 1, "no source nothing.tar"),
        (("rows.jsonl",), 2, "Missing option '-n' / '--records'"),
    ],
)
def test_a_bad_word_is_blamed_and_nothing_is_made(here, words, code, problem):
    before = sorted(os.listdir())

    told = run("subset", *words, "-o", "out")

    assert (told[0], told[1]) == (code, "")
    assert problem in told[2]
    assert "Traceback" not in told[2]
    assert sorted(os.listdir()) == before


def test_an_existing_target_is_replaced_only_when_asked_for(here):
    grow(here, {"out/mine.txt": "mine"})

    refused = run("subset", "rows.jsonl", "-n", "3", "-o", "out")
    kept = sorted(os.listdir("out"))
    replaced = run("subset", "rows.jsonl", "-n", "3", "-o", "out", "--overwrite")

    assert refused[0] == 1
    assert kept == ["mine.txt"]
    assert replaced[0] == 0
    assert not Path("out/mine.txt").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
@pytest.mark.parametrize("words", [("rows.jsonl",), ("rows.jsonl", "--shuffle"), ("corpus.tar.gz",), ("corpus.tar",)])
def test_a_full_disk_leaves_nothing_and_says_so(here, words):
    import resource

    with tarfile.open("corpus.tar", "w") as tar:
        tar.add("rows.jsonl")
    before = sorted(os.listdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        told = run("subset", *words, "-n", "40", "-o", "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert told[:2] == (1, "")
    assert told[2].startswith("Error: out")
    assert told[2].endswith("File too large\n")
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_in_the_middle_leaves_nothing_and_says_so(here):
    with tarfile.open("large.tar", "w") as tar:
        grow(here, {"large.jsonl": ROWS * 60_000})
        tar.add("large.jsonl")
    Path("large.jsonl").unlink()
    before = sorted(os.listdir())
    words = ("subset", "large.tar", "-n", "3M", "-o", "out")
    for running in started(words, lambda: any(Path().glob(".out.*/large.tar"))):
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)

    assert running.returncode == 130
    assert told.strip().endswith("interrupted")
    assert sorted(os.listdir()) == before
