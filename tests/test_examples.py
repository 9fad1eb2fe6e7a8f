"""The examples run, and their repos hold what the notes' builders would have made of the same seeds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import datasets
import pytest

HOUSE = Path(__file__).resolve().parents[1]
EXAMPLES = {  # column -> whether it is a list
    "general_pmd": {"image": False, "text": False, "source": False, "meta": False},
    "cm4": {"texts": True, "images": True, "source": False, "metadata": False},
}
SIZES = {"100": 100, "300": 300, "1k": 1_000, "10k": 10_000}


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request, tmp_path_factory):
    """Run an example as its reader does; gives its columns, the folder that it made and the lines that it said."""
    out = tmp_path_factory.mktemp(request.param) / "out"
    return EXAMPLES[request.param], out, run(request.param, out)


def run(name, out):
    """Run an example; gives the lines that it said."""
    ran = subprocess.run(
        [sys.executable, f"examples/{name}.py", str(out)],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def original_rows(seeds, columns):
    """The rows that the notes' builder reads out of a folder of seeds: it knows the columns, and nothing of tinydata."""
    folders = sorted((folder for folder in seeds.iterdir() if folder.is_dir()), key=lambda folder: int(folder.name))
    return [
        {
            column: original_items(folder, column) if many else original_slot(*folder.glob(f"{column}.*"))
            for column, many in columns.items()
        }
        for folder in folders
    ]


def original_items(folder, column):
    files = sorted(folder.glob(f"{column}_*"), key=lambda file: int(re.search(r"_(\d+)\.", file.name)[1]))
    return [original_slot(file) for file in files]


def original_slot(file):
    if file.suffix == ".null":
        return None
    return file.read_bytes().decode() if file.suffix == ".txt" else {"bytes": file.read_bytes(), "path": None}


def load(out, variant):
    """The rows of a variant as `datasets` hands them out, pictures as they are stored."""
    (repo,) = (file.parent for file in out.glob("*/loader.py"))
    return datasets.load_dataset(str(repo), variant, split="train").with_format("arrow")[:].to_pylist()


@pytest.mark.parametrize("size", SIZES)
def test_repeat_gives_the_rows_of_the_original_builder(example, size):
    columns, out, _ = example
    seeds = original_rows(out / "seeds", columns)

    assert load(out, f"{size}.repeat") == [seeds[i % len(seeds)] for i in range(SIZES[size])]


@pytest.mark.parametrize("size", SIZES)
def test_unique_gives_the_same_rows_but_no_text_twice(example, size):
    columns, out, _ = example
    seeds = original_rows(out / "seeds", columns)
    rows = load(out, f"{size}.unique")

    column = "texts" if "texts" in columns else "text"
    stamped = []
    for number, row in enumerate(rows):
        seed, mark = seeds[number % len(seeds)], f"{number:0{len(str(len(rows) - 1))}}"
        old, new = (list(some[column]) if columns[column] else [some[column]] for some in (seed, row))
        at = next((at for at, text in enumerate(old) if text is not None), None)
        if at is not None:  # else the text is null and stays null
            stamped.append(new[at])
            assert new[at].endswith(mark)
            assert old.pop(at).startswith(new.pop(at).removesuffix(mark))
        assert new == old
        assert {**row, column: None} == {**seed, column: None}
    assert len(rows) == SIZES[size]
    assert len(set(stamped)) == len(stamped) >= 0.8 * len(rows)


def test_the_seeds_are_of_every_shape_that_the_notes_speak_of(example):
    columns, out, _ = example
    seeds = original_rows(out / "seeds", columns)

    assert len(seeds) == 10
    if "texts" in columns:
        assert max(len(seed["texts"]) for seed in seeds) > 100
        assert all(
            (text is None) != (image is None)
            for seed in seeds
            for text, image in zip(seed["texts"], seed["images"], strict=True)
        )
    else:
        assert {(seed["image"] is None, seed["text"] is None) for seed in seeds} == {
            (False, False),
            (True, False),
            (False, True),
            (True, True),
        }


def test_an_example_ends_by_saying_where_its_repo_lies(example):
    _, out, said = example

    assert Path(said[-1]).parent == out
    assert (Path(said[-1]) / "README.md").is_file()


def test_the_picked_seeds_have_every_combination_of_holes_and_every_class(tmp_path):
    ran = run("pick", tmp_path / "out")

    seeds = [
        {file.name for file in folder.iterdir()} for folder in (tmp_path / "out/seeds").iterdir() if folder.is_dir()
    ]
    labels = {file.read_text().strip() for file in (tmp_path / "out/seeds").glob("*/sort.txt")}
    assert len(seeds) == 8
    assert {("image.null" in names, "text.null" in names) for names in seeds} == {
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    }
    assert labels == {"question", "answer", "joke"}
    assert any("longest" in line for line in ran)
    assert len(load(tmp_path / "out", "100.unique")) == 100
