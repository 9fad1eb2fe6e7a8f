"""The demo: the whole journey, on its own pictures and on any source."""

from __future__ import annotations

import json

import pytest

from tests.helpers import grow
from tinydata.demo import demo
from tinydata.errors import TargetExists


def test_it_ends_with_ten_rows_of_ten_thousand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    shown = demo()

    assert (shown.variant, len(shown.rows)) == ("10k.unique", 10)
    assert shown.rows[1]["image"] is None
    assert [row["text"][-4:] for row in shown.rows[:3]] == ["0000", "0001", "0002"]


def test_it_can_be_run_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert [demo().path.parent.name for _ in range(2)] == ["tinydata-demo", "tinydata-demo-2"]


def test_each_command_that_it_shows_is_one_that_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told: list[str] = []

    demo(say=told.append)

    assert [line.split()[2] for line in told if line.startswith("$ tinydata")] == [
        "unpack",
        "shrink",
        "null",
        "pack",
        "dataset",
    ]


def test_it_takes_any_source(tmp_path):
    lines = "\n".join(json.dumps({"question": f"What is {n}?", "n": n}) for n in range(30))
    grow(tmp_path, {"rows.jsonl": lines})

    shown = demo(str(tmp_path / "rows.jsonl"), tmp_path / "out")

    assert shown.rows[2] == {"question": "What i0002", "n": 2}


def test_a_source_without_a_text_repeats(tmp_path):
    grow(tmp_path, {"rows.jsonl": '{"n": 1}\n{"n": 2}\n'})

    assert demo(str(tmp_path / "rows.jsonl"), tmp_path / "out").variant == "10k.repeat"


def test_it_writes_over_nothing(tmp_path):
    grow(tmp_path, {"out/seeds/mine.txt": "keep"})

    with pytest.raises((TargetExists, FileExistsError)):
        demo(None, tmp_path / "out")

    assert (tmp_path / "out" / "seeds" / "mine.txt").read_text() == "keep"
