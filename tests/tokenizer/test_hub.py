"""A repo of the Hub as the source, on this machine: only what a tokenizer takes is fetched, and the commit is in the recipe."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import tinydata
from tests.tokenizer.world import added_at_the_end
from tinydata.cli import main

CONFIG = {"vocab_size": 1504}


@pytest.fixture
def commits(hub, tmp_path, monkeypatch):
    """Two of one repo, the first with a tag."""
    (tmp_path / "made").mkdir()
    monkeypatch.chdir(tmp_path)
    whole = (added_at_the_end(tmp_path, tmp_path / "made") / "tokenizer.json").read_bytes()
    files = {"tokenizer.json": whole, "model.safetensors": b"weights", "onnx/tokenizer.json": b"no"}
    first = hub.add("org/name", {**files, "config.json": json.dumps(CONFIG)})
    second = hub.add("org/name", {**files, "config.json": json.dumps({**CONFIG, "bos_token_id": 1500})})
    return first, second


def run(*words):
    return CliRunner().invoke(main, ["tokenizer", *map(str, words)], prog_name="tinydata")


@pytest.mark.parametrize(
    "source", ["org/name", "hf://org/name", "hf://models/org/name", "hf://org/name/tokenizer.json"]
)
def test_a_repo_is_read_without_its_weights(hub, commits, source):
    ran = run(source, "--vocab-size", 300, "-o", "out")

    assert (ran.exit_code, ran.stdout) == (0, "out\n"), ran.stderr
    assert "tokens                  1,504 -> 300" in ran.stderr
    assert hub.asked("tokenizer.json")
    assert not hub.asked("safetensors")
    assert not hub.asked("onnx")


def test_a_revision_is_resolved_and_a_recipe_repeats_it(commits, tmp_path):
    made = tinydata.make_tokenizer("org/name", tmp_path / "out", revision=commits[0], vocab_size=300)

    assert made.recipe.commands == (
        ("tokenizer", f"hf://org/name@{commits[0]}", "--vocab-size", "300", "--method", "truncate"),
    )
    assert set(made.recipe.inputs) == {
        f"hf://org/name@{commits[0]}/{name}" for name in ("config.json", "tokenizer.json")
    }
    assert tinydata.rebuild(made.path).differences == ()
    assert "bos_token_id" not in json.loads((made.path / "config.json").read_bytes())


def test_the_main_branch_is_resolved_too(commits, tmp_path):
    made = tinydata.make_tokenizer("org/name", tmp_path / "out", vocab_size=300)

    assert made.recipe.commands[0][1] == f"hf://org/name@{commits[1]}"


def test_what_was_fetched_once_is_there_without_the_hub(hub, commits, tmp_path):
    first = tinydata.make_tokenizer("org/name", tmp_path / "first")
    hub.forget()

    second = tinydata.make_tokenizer("org/name", tmp_path / "second", offline=True)

    assert hub.requests == []
    assert (first.path / "tokenizer.json").read_bytes() == (second.path / "tokenizer.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [(["org/none"], 3), (["org/name", "--revision", "none"], 3), (["org/name", "--offline"], 3), (["made", "--revision", "v1"], 2)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_what_cannot_be_had_is_told_in_one_line(commits, tmp_path, words, code):
    ran = run(*words, "-o", "out")

    assert (ran.exit_code, ran.stdout) == (code, "")
    assert ran.stderr.startswith("Error: ")
    assert not (tmp_path / "out").exists()


def test_what_lies_here_goes_before_the_hub(hub, commits, tmp_path):
    (tmp_path / "org" / "name").mkdir(parents=True)
    (tmp_path / "org" / "name" / "tokenizer.json").write_bytes((tmp_path / "made" / "tokenizer.json").read_bytes())

    ran = run("org/name", "-o", "out")

    assert (ran.exit_code, hub.requests) == (0, [])
