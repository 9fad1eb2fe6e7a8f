"""A repo of the Hub as the source, on this machine: only what a tokenizer takes is asked for, and the commit is in the recipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokenizer.hub_server import commit, serve
from tinydata.recipe import read_recipe


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    from tests.tokenizer.world import added_at_the_end

    folder = added_at_the_end(tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("whole"))
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    return {
        **whole,
        "config.json": b'{"vocab_size": 1504}',
        "model.safetensors": b"weights",
        "onnx/tokenizer.json": b"no",
    }


@pytest.fixture
def hub(files, tmp_path, monkeypatch):
    later = {**files, "config.json": b'{"vocab_size": 1504, "bos_token_id": 1500}'}
    monkeypatch.chdir(tmp_path)
    with serve({"org/name": {"main": later, "v1": files}}) as (address, asked):
        yield address, asked


def run(address, *words, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    env = {**kept, "HF_ENDPOINT": address, "HF_HOME": str(Path("home").resolve()), **more}
    return subprocess.run([sys.executable, "-m", "tinydata", *map(str, words)], env=env, capture_output=True, text=True)


@pytest.mark.parametrize("source", ["org/name", "hf://org/name", "hf://models/org/name"])
def test_a_repo_is_read_without_its_weights(hub, tmp_path, source):
    address, asked = hub

    ran = run(address, "tokenizer", source, "--vocab-size", 300, "-o", "out")

    assert (ran.returncode, ran.stdout) == (0, "out\n"), ran.stderr
    assert "tokens                  1,504 -> 300" in ran.stderr
    assert any("tokenizer.json" in path for path in asked)
    assert not any("safetensors" in path or "onnx" in path for path in asked)


def test_a_revision_is_resolved_and_a_recipe_repeats_it(hub, files, tmp_path):
    address, _ = hub

    made = run(address, "tokenizer", "org/name", "--revision", "v1", "--vocab-size", 300, "-o", "out")

    assert made.returncode == 0, made.stderr
    recipe = read_recipe(tmp_path / "out")
    sha = commit("org/name", files)
    assert recipe.commands == (
        ("tokenizer", "hf://org/name", "--vocab-size", "300", "--method", "truncate", "--revision", sha),
    )
    assert recipe.inputs == {}
    again = run(address, "rebuild", "out")
    assert (again.returncode, again.stdout) == (0, "out\n"), again.stderr


def test_what_was_brought_once_is_there_without_the_hub(hub, tmp_path):
    address, _ = hub
    run(address, "tokenizer", "org/name", "-o", "first", "-q")

    ran = run("http://127.0.0.1:9", "tokenizer", "org/name", "-o", "second", HF_HUB_OFFLINE="1")

    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "first" / "tokenizer.json").read_bytes() == (tmp_path / "second" / "tokenizer.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["org/none"], 3, "Error: org/none: neither a file or folder here nor a repo of the Hub that you may read\n"),
        (["org/name", "--revision", "none"], 3, "Error: org/name: no revision 'none' of it\n"),
        (["hf://a/b/c"], 3, "Error: a/b/c: no name of a repo: org/name is wanted\n"),
        (["here", "--revision", "v1"], 2, "Error: Invalid value for '--revision': revision goes with a repo of the Hub alone\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_what_cannot_be_had_is_told_in_one_line(hub, tmp_path, words, code, told):
    (tmp_path / "here").mkdir()

    ran = run(hub[0], "tokenizer", *words, "-o", "out")

    assert (ran.returncode, ran.stdout, ran.stderr) == (code, "", told)
    assert not (tmp_path / "out").exists()


def test_a_hub_that_is_not_reached_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    ran = run("http://127.0.0.1:9", "tokenizer", "org/name", "-o", "out", HF_HUB_OFFLINE="1")

    assert (ran.returncode, ran.stderr) == (
        3,
        "Error: org/name: no such file or folder, and the Hub cannot be reached\n",
    )
    assert not (tmp_path / "out").exists()


def test_what_lies_here_goes_before_the_hub(hub, tmp_path, files):
    (tmp_path / "org" / "name").mkdir(parents=True)
    (tmp_path / "org" / "name" / "tokenizer.json").write_bytes(files["tokenizer.json"])

    ran = run(hub[0], "tokenizer", "org/name", "-o", "out")

    assert (ran.returncode, hub[1]) == (0, [])
