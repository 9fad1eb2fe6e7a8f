"""A recipe says how an artifact was made, the same on any machine, and can be read back."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

import tinydata
from tests.helpers import grow
from tinydata import generate_files, make_dataset, null, shrink, unpack
from tinydata.errors import BadRecipe
from tinydata.recipe import (
    NAME,
    Recipe,
    add_step,
    describe,
    hash_files,
    note,
    read_recipe,
    spell,
    unspell,
    write_recipe,
)

SOURCE = {"in/a.jsonl": '{"text": "red"}\n{"text": "blue"}\n'}


def recipe_of(folder: Path) -> dict[str, object]:
    return dict(yaml.safe_load((folder / NAME).read_text(encoding="utf-8")))


def test_the_recipe_of_seeds_tells_command_versions_source_and_files(tmp_path):
    grow(tmp_path, SOURCE)

    made = unpack(tmp_path / "in/a.jsonl", tmp_path / "out/seeds", ids="1", max_side=8)

    content = (tmp_path / "in/a.jsonl").read_bytes()
    assert recipe_of(tmp_path / "out/seeds") == {
        "commands": [["unpack", "../in/a.jsonl", "--ids", "1", "--max-side", "8"]],
        "versions": {
            "tinydata": tinydata.__version__,
            "zlib": made.recipe.versions["zlib"],
            **{name: version(name) for name in ("datasets", "numpy", "pillow", "pyarrow")},
        },
        "inputs": {"../in/a.jsonl": {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}},
        "files": {
            name: hashlib.sha256((tmp_path / "out/seeds" / name).read_bytes()).hexdigest()
            for name in ("1/text.txt", "dataset_info.json")
        },
    }
    assert read_recipe(tmp_path / "out/seeds") == made.recipe


def test_it_opens_with_a_word_on_what_it_is(tmp_path):
    grow(tmp_path, SOURCE)
    unpack(tmp_path / "in/a.jsonl", tmp_path / "seeds")

    first = (tmp_path / "seeds" / NAME).read_text().splitlines()[0]

    assert first == "# How this folder was made; `tinydata rebuild` makes it again and compares."


def test_each_step_in_place_is_added_and_the_files_told_anew(tmp_path):
    grow(tmp_path, SOURCE)
    unpack(tmp_path / "in/a.jsonl", tmp_path / "seeds")

    shrink(tmp_path / "seeds", max_chars=2)
    null(tmp_path / "seeds", 0, ["text"])

    recipe = read_recipe(tmp_path / "seeds")
    assert recipe.commands == (
        ("unpack", "in/a.jsonl"),
        ("shrink", "seeds", "--max-side", "32", "--max-chars", "2"),
        ("null", "seeds", "0", "text"),
    )
    assert dict(recipe.files) == hash_files(tmp_path / "seeds")
    assert set(recipe.files) == {"0/text.null", "1/text.txt", "dataset_info.json"}


def test_the_same_step_twice_is_one(tmp_path):
    grow(tmp_path, SOURCE)
    unpack(tmp_path / "in/a.jsonl", tmp_path / "seeds")

    null(tmp_path / "seeds", 0, ["text"])
    null(tmp_path / "seeds", 0, ["text"])

    assert len(read_recipe(tmp_path / "seeds").commands) == 2


def test_a_step_that_changed_nothing_is_none(tmp_path):
    grow(tmp_path, SOURCE)
    unpack(tmp_path / "in/a.jsonl", tmp_path / "seeds")
    before = (tmp_path / "seeds" / NAME).read_bytes()

    shrink(tmp_path / "seeds")

    assert (tmp_path / "seeds" / NAME).read_bytes() == before


def test_seeds_without_a_recipe_get_none(tmp_path):
    info = '{"features": {"text": {"dtype": "string", "_type": "Value"}}}'
    grow(tmp_path, {"dataset_info.json": info, "0/text.txt": "red"})

    null(tmp_path, 0, ["text"])

    assert not (tmp_path / NAME).exists()


def test_it_is_the_same_wherever_it_is_made_and_holds_no_absolute_path(tmp_path, monkeypatch):
    recipes = []
    for place in ("one", "two"):
        here = grow(tmp_path / place / "deep", SOURCE)
        unpack(here / "in/a.jsonl", here / "seeds")  # by absolute paths, and by relative ones
        generate_files(here / "seeds", "3.unique", here / "rows")
        monkeypatch.chdir(here)
        make_dataset("in/a.jsonl", "tiny", variants=["3.unique"])
        recipes.append([(here / name / NAME).read_bytes() for name in ("seeds", "rows", "tiny")])

    assert recipes[0] == recipes[1]
    assert str(tmp_path).encode() not in b"".join(recipes[0])


def test_of_a_folder_each_file_is_an_input_but_not_what_an_editor_left(tmp_path):
    grow(tmp_path, SOURCE)
    unpack(tmp_path / "in/a.jsonl", tmp_path / "seeds", ids="0")
    grow(tmp_path, {"seeds/0/text.txt~": "", "seeds/.DS_Store": "", "seeds/.git/config": ""})

    made = generate_files(tmp_path / "seeds", "3.unique", tmp_path / "rows")

    assert list(made.recipe.inputs) == ["seeds/0/text.txt", "seeds/dataset_info.json", "seeds/tinydata.yaml"]


def test_a_large_input_is_told_by_its_size_and_its_ends(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(20 << 20)  # a hole: no byte is written
        file.seek(10 << 20)
        file.write(b"in the middle")

    known = describe(path)

    ends = hashlib.sha256(bytes(128 << 10)).hexdigest()
    assert known == {"bytes": 20 << 20, "sha256_of_ends": ends}


def test_what_others_put_beside_is_no_file_of_the_artifact(tmp_path):
    grow(tmp_path, {"a.txt": "", "b/.paths.json": "{}", "b/c.txt": "", NAME: ""})
    before = hash_files(tmp_path)

    grow(tmp_path, {"a.txt~": "", ".git/HEAD": "", ".gitattributes": "", "b/.x.part": "", "b/Thumbs.db": ""})

    assert list(before) == ["a.txt", "b/.paths.json", "b/c.txt"]
    assert hash_files(tmp_path) == before


WORDS = {
    "bare": (("unpack", "a"), {}),
    "a number": (("shrink", "seeds"), {"max_side": 9}),
    "words": (("unpack", "a"), {"columns": ("text", "image")}),
    "several": (("dataset", "seeds"), {"variants": ("3.unique",), "splits": ("train", "test"), "stamp": "a.b"}),
    "places": (("null", "seeds", "0", "text", "image"), {}),
    "text with a blank": (("dataset", "my seeds"), {"name": "My tiny set"}),
}


@pytest.mark.parametrize("case", WORDS)
def test_what_is_spelled_reads_back(case):
    (verb, *places), options = WORDS[case]

    assert unspell(spell(verb, *places, **options)) == (verb, places, options)


def test_what_says_nothing_is_left_out():
    assert spell("unpack", "a", ids=None, columns=(), config=False, max_side=0) == ("unpack", "a", "--max-side", "0")


def test_a_recipe_reads_back(tmp_path):
    recipe = Recipe(
        (("unpack", "ü - 3.jsonl"), ("null", "seeds", "0", "yes")),
        {"tinydata": "1.0"},
        {"a": {"bytes": 1}},
        {"b": "0e1"},
    )

    write_recipe(recipe, tmp_path)

    assert read_recipe(tmp_path) == recipe
    assert os.listdir(tmp_path) == [NAME]


BAD = {
    "none": (None, "no recipe here"),
    "empty": ("", "no recipe: commands"),
    "no YAML": ("a: [", "no YAML: "),
    "no UTF-8": (b"\xff\xfe\x00", "no "),
    "a list": ("- a\n", "no recipe: commands"),
    "no commands": ("versions: {}\ninputs: {}\nfiles: {}\n", "no recipe: commands"),
    "commands that are none": ("commands: 3\nversions: {}\ninputs: {}\nfiles: {}\n", "no recipe: commands"),
    "no command": ("commands: []\nversions: {}\ninputs: {}\nfiles: {}\n", "no recipe: commands"),
    "files in a list": ("commands: [[unpack, a]]\nversions: {}\ninputs: {}\nfiles: [a]\n", "no recipe: commands"),
    "inputs that are none": (
        "commands: [[unpack, a]]\nversions: {}\ninputs: {a: b}\nfiles: {}\n",
        "no recipe: commands",
    ),
    "code": ("!!python/object/apply:os.system ['true']\n", "no YAML: "),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_recipe_is_named(tmp_path, case):
    content, problem = BAD[case]
    grow(tmp_path, {} if content is None else {NAME: content})

    with pytest.raises(BadRecipe, match=problem) as caught:
        read_recipe(tmp_path)

    assert str(caught.value.path) == str(tmp_path / NAME)


def refuse(self: Path, target: Path) -> None:
    raise OSError(28, "No space left on device", str(self), None, str(target))


def test_a_step_that_cannot_be_noted_leaves_the_old_recipe(tmp_path, monkeypatch):
    note(("unpack", "a"), [], tmp_path, tmp_path)
    before = (tmp_path / NAME).read_bytes()

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        add_step(tmp_path, ("null", "seeds", "0", "text"))

    assert os.listdir(tmp_path) == [NAME]
    assert (tmp_path / NAME).read_bytes() == before
