"""The three corpora of the notes, made small by the example: what their builders read out of the small tarballs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from itertools import islice
from pathlib import Path

import datasets
import pytest

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """What the example makes, run as its reader does."""
    folder = tmp_path_factory.mktemp("corpora") / "out"
    ran = subprocess.run(
        [sys.executable, "examples/subset_corpora.py", str(folder)],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == str(folder / "openwebtext-100")
    return folder


def extract(archive, folder):
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


def build_lines(archive, folder):
    """What the builders of oscar and c4 in the notes do: extract, then read the file line by line."""
    (file,) = extract(archive, folder).rglob("*.jsonl")
    with file.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            yield number, {"text": json.loads(line)["text"]}


def build_openwebtext(archive, folder):
    """What the builder of openwebtext in the notes does: extract twice, then each text, with fewer empty lines."""
    subsets = extract(archive, folder) / "openwebtext"
    files = []
    for name in sorted(os.listdir(subsets)):
        if name.endswith("xz"):
            inner = extract(subsets / name, folder / "extracted" / name)
            files += [inner / file for file in sorted(os.listdir(inner)) if file.endswith("txt")]
    for number, file in enumerate(files):
        with file.open(encoding="utf-8") as stream:
            yield number, {"text": re.sub("\n\n\n+", "\n\n", stream.read()).strip()}


@pytest.mark.parametrize(
    ("build", "large", "small"),
    [
        (build_lines, "oscar-en.tar.xz", "oscar-en-100"),
        (build_lines, "c4-en.tar.gz", "c4-en-100"),
        (build_openwebtext, "openwebtext.tar.xz", "openwebtext-100"),
    ],
)
def test_the_original_builder_makes_the_same_first_rows_of_the_small_tarball(out, tmp_path, build, large, small):
    rows = list(build(out / small / large, tmp_path / "small"))

    assert len(rows) == 100
    assert rows == list(islice(build(out / "large" / large, tmp_path / "large"), 100))


@pytest.mark.parametrize("small", ["oscar-en-100", "c4-en-100", "openwebtext-100"])
def test_the_repo_loads_the_same_texts_with_no_script(out, tmp_path, small):
    loaded = datasets.load_dataset(str(out / small), split="train", cache_dir=str(tmp_path))

    assert [text.splitlines()[0] for text in loaded["text"]] == [f"Text {number}" for number in range(100)]
