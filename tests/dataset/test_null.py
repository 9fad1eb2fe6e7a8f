"""Null empties slots in place: the file gives way to an empty one that says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import grow
from tinydata import null, pack, read_seeds
from tinydata.errors import BadSeed, NoSource, NoSuchColumn, NoSuchItem, NoSuchSeed

TEXT, IMAGE = {"dtype": "string", "_type": "Value"}, {"_type": "Image"}
FEATURES: dict[str, Any] = {
    "text": TEXT,
    "image": IMAGE,
    "count": {"dtype": "int32", "_type": "Value"},
    "tags": {"feature": TEXT, "length": -1, "_type": "Sequence"},
    "talk": [{"text": TEXT, "picture": IMAGE}],
    "a/b": TEXT,
}
FILES: dict[str, str | bytes] = {
    "3/text.txt": "red",
    "3/image.jpg": b"\xff\xd8\xff",
    "3/.paths.json": '{"image.jpg": "a.jpg", "talk.0.picture.jpg": "b.jpg"}\n',
    "3/count.txt": "7",
    "3/tags_00.txt": "a",
    "3/tags_01.null": "",
    "3/talk.json": '[{"text": "hi", "picture": {"$file": "talk.0.picture.jpg"}}]',
    "3/talk.0.picture.jpg": b"\xff\xd8\xff",
    "3/a%2Fb.txt": "slash",
}


def seeds(root: Path, more: dict[str, str | bytes] | None = None) -> Path:
    return grow(root, {"dataset_info.json": json.dumps({"features": FEATURES}), **FILES, **(more or {})})


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - {"dataset_info.json"}


GONE = {
    "text": {"3/text.txt"},
    "image": {"3/image.jpg"},
    "count": {"3/count.txt"},
    "tags": {"3/tags_00.txt", "3/tags_01.null"},
    "talk": {"3/talk.json", "3/talk.0.picture.jpg"},
    "a/b": {"3/a%2Fb.txt"},
}


@pytest.mark.parametrize("column", FEATURES)
def test_all_files_of_a_slot_give_way_to_one_that_is_empty(tmp_path, column):
    root = seeds(tmp_path)

    null(root, 3, [column])

    stem = column.replace("/", "%2F")
    assert names(root) == set(FILES) - GONE[column] | {f"3/{stem}.null"}
    assert (root / f"3/{stem}.null").read_bytes() == b""
    assert read_seeds(root).table.column(column).to_pylist() == [None]


@pytest.mark.parametrize("column", FEATURES)
def test_the_other_slots_are_as_they_were(tmp_path, column):
    root = seeds(tmp_path)
    (before,) = read_seeds(root).table.to_pylist()

    null(root, "3", [column])

    assert read_seeds(root).table.to_pylist() == [before | {column: None}]


def test_the_names_of_media_that_are_gone_go_too(tmp_path):
    root = seeds(tmp_path)

    null(root, "3", ["talk"])
    one = json.loads((root / "3/.paths.json").read_bytes())
    null(root, "3", ["image"])

    assert one == {"image.jpg": "a.jpg"}
    assert not (root / "3/.paths.json").exists()


def test_several_columns_go_at_once_and_what_was_done_is_told(tmp_path):
    made = null(seeds(tmp_path), "3", ["image", "text"])

    assert (made.path, made.seed, made.columns) == (tmp_path, "3", ("image", "text"))
    assert (tmp_path / "3/image.null").exists()
    assert (tmp_path / "3/text.null").exists()


def test_an_item_of_a_list_and_a_field_of_one_are_emptied_alone(tmp_path):
    root = seeds(tmp_path, {"3/tags_02.txt": "c"})
    (before,) = read_seeds(root).table.to_pylist()

    null(root, "3", ["tags.2", "talk.0.picture", "tags.0"])

    (after,) = read_seeds(root).table.to_pylist()
    assert after == before | {"tags": [None, None, None], "talk": [{"text": "hi", "picture": None}]}
    assert names(root) & {"3/tags_00.null", "3/tags_02.null", "3/tags_02.txt", "3/talk.0.picture.jpg"} == {
        "3/tags_00.null",
        "3/tags_02.null",
    }


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [
        ("tags.2", NoSuchItem, "seed 3: no tags.2: the list has 2 items, counted from 0"),
        ("tags.first", NoSuchItem, "seed 3: no tags.first: the list has 2 items"),
        ("tags.0.x", NoSuchItem, "seed 3: no tags.0.x: what is there is no list"),
        ("text.0", NoSuchItem, "seed 3: no text.0: what is there is no list"),
        ("talk.0.role", NoSuchColumn, "no column 'talk.0.role': there is talk.0.text, talk.0.picture"),
        ("tagz.0", NoSuchColumn, "no column 'tagz.0': there is text, image,"),
    ],
)
def test_what_is_not_inside_changes_nothing(tmp_path, word, error, message):
    root = seeds(tmp_path)

    with pytest.raises(error, match=re.escape(message)):
        null(root, "3", ["image", word])

    assert names(root) == set(FILES)


def test_a_second_time_changes_nothing(tmp_path):
    root = seeds(tmp_path)
    null(root, "3", ["image"])
    before = names(root)

    null(root, "3", ["image"])

    assert names(root) == before


def test_what_an_editor_left_behind_stays(tmp_path):
    root = seeds(tmp_path, {"3/text.txt~": "backup"})

    null(root, "3", ["text"])

    assert (root / "3/text.txt~").read_text() == "backup"


def test_a_broken_slot_can_be_made_null(tmp_path):
    root = seeds(tmp_path, {"3/image.png": b"another", "3/count.txt": "seven"})

    null(root, "3", ["image", "count"])

    assert read_seeds(root).table.select(["image", "count"]).to_pylist() == [{"image": None, "count": None}]


def test_seeds_in_a_folder_called_data_are_found(tmp_path):
    seeds(tmp_path / "data")

    null(tmp_path, "3", ["text"])

    assert (tmp_path / "data/3/text.null").exists()


@pytest.mark.parametrize(
    ("seed", "columns", "error"),
    [
        ("4", ["text"], NoSuchSeed),
        ("3", ["txt"], NoSuchColumn),
        ("3", ["text", "txt"], NoSuchColumn),
        ("..", ["text"], NoSuchSeed),
    ],
)
def test_what_is_not_there_changes_nothing(tmp_path, seed, columns, error):
    root = seeds(tmp_path)

    with pytest.raises(error):
        null(root, seed, columns)

    assert names(root) == set(FILES)


def test_the_seeds_that_there_are_are_told_in_their_order(tmp_path):
    root = seeds(tmp_path, {f"{name}/text.txt": "" for name in ("10", "9", "mine", ".hidden", "old~")})

    with pytest.raises(NoSuchSeed, match=r"no seed '4': there is 3, 9, 10, mine$"):
        null(root, "4", ["text"])


@pytest.mark.parametrize(("place", "error"), [("nothing", NoSource), ("3", BadSeed)])
def test_what_is_no_folder_of_seeds_is_named(tmp_path, place, error):
    with pytest.raises(error, match=place):
        null(seeds(tmp_path) / place, "3", ["text"])


def test_names_that_are_no_json_are_told_before_anything_changes(tmp_path):
    root = seeds(tmp_path, {"3/.paths.json": "{"})

    with pytest.raises(BadSeed, match="no JSON of file names"):
        null(root, "3", ["image"])

    assert names(root) == set(FILES)


def test_a_null_survives_the_pack(tmp_path):
    null(seeds(tmp_path / "seeds"), "3", ["image", "tags"])
    pack(tmp_path / "seeds", tmp_path / "data.tar.gz")

    assert read_seeds(tmp_path / "data.tar.gz").table.equals(read_seeds(tmp_path / "seeds").table)
