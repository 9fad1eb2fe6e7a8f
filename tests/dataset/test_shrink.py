"""Shrink works in place, file by file: what fits is not touched, what cannot be read stays, a kill loses nothing."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.helpers import grow
from tinydata import null, read_seeds, shrink, unpack
from tinydata.errors import BadSeed, BadSize

TEXT, IMAGE = {"dtype": "string", "_type": "Value"}, {"_type": "Image"}


def picture(side: int, format_name: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((side, side)).save(out, format_name)
    return out.getvalue()


def side_of(path: Path) -> int:
    with Image.open(path) as opened:
        return max(opened.size)


def seeds(root: Path, features: dict[str, Any], files: dict[str, str | bytes]) -> Path:
    return grow(root, {"dataset_info.json": json.dumps({"features": features}), **files})


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_picture_shrinks_and_one_that_fits_keeps_its_bytes_and_its_time(tmp_path):
    seeds(tmp_path, {"x": IMAGE}, {"0/x.png": picture(64), "1/x.png": picture(8)})
    before = (tmp_path / "1/x.png").stat()

    made = shrink(tmp_path)

    after = (tmp_path / "1/x.png").stat()
    assert made.changed == 1
    assert side_of(tmp_path / "0/x.png") == 32
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_pictures_shrink_wherever_they_stand(tmp_path):
    features = {
        "one": IMAGE,
        "many": {"feature": IMAGE, "length": -1, "_type": "Sequence"},
        "talk": [{"text": TEXT, "picture": IMAGE}],
    }
    files = {
        "0/one.png": picture(64),
        "0/many_00.null": "",
        "0/many_01.png": picture(64),
        "0/talk.json": '[{"text": "hi", "picture": {"$file": "talk.0.picture.png"}}]',
        "0/talk.0.picture.png": picture(64),
    }
    seeds(tmp_path, features, files)

    made = shrink(tmp_path, max_side=9)

    assert made.changed == 3
    assert {name for name in tree(tmp_path) if name.startswith("0/")} == set(files)
    assert [side_of(path) for path in sorted((tmp_path / "0").glob("*.png"))] == [9, 9, 9]


def test_the_suffix_follows_the_format_and_the_name_in_the_source_too(tmp_path):
    files = {"0/x.bmp": picture(64, "BMP"), "0/.paths.json": '{"x.bmp": "photos/1.bmp"}\n'}
    seeds(tmp_path, {"x": IMAGE}, files)

    shrink(tmp_path)

    (slot,) = read_seeds(tmp_path).table.column("x").to_pylist()
    assert sorted(path.name for path in (tmp_path / "0").iterdir()) == [".paths.json", "x.png"]
    assert slot["path"] == "photos/1.png"


def test_texts_are_cut_where_nothing_is_torn(tmp_path):
    features = {"x": TEXT, "y": {"feature": TEXT, "length": -1, "_type": "Sequence"}, "z": {"a": TEXT}}
    files = {"0/x.txt": "abcde\u0301f", "0/y_00.txt": "abc", "0/y_01.txt": "abcdefg", "0/z.json": '{"a": "abcdefg"}'}
    seeds(tmp_path, features, files)

    made = shrink(tmp_path, max_side=None, max_chars=5)

    assert made.changed == 3
    assert read_seeds(tmp_path).table.to_pylist() == [{"x": "abcd", "y": ["abc", "abcde"], "z": {"a": "abcde"}}]


def test_lists_are_cut_at_any_depth_and_what_has_its_length_in_its_type_is_not(tmp_path):
    number = {"dtype": "int32", "_type": "Value"}
    features = {
        "images": {"feature": IMAGE, "length": -1, "_type": "Sequence"},
        "talk": [{"text": TEXT, "pictures": {"feature": IMAGE, "length": -1, "_type": "Sequence"}}],
        "box": {"feature": number, "length": 4, "_type": "Sequence"},
        "grid": {"shape": [3, 1], "dtype": "int32", "_type": "Array2D"},
    }
    talk = [
        {"text": f"t{turn}", "pictures": [{"$file": f"talk.{turn}.pictures.{place}.png"} for place in range(3)]}
        for turn in range(3)
    ]
    files = {f"0/images_{place:02}.png": picture(8) for place in range(12)}
    files |= {f"0/talk.{turn}.pictures.{place}.png": picture(8) for turn in range(3) for place in range(3)}
    files |= {"0/talk.json": json.dumps(talk), "0/box.json": "[1, 2, 3, 4]", "0/grid.json": "[[1], [2], [3]]"}
    seeds(tmp_path, features, files)

    made = shrink(tmp_path, max_side=None, max_items=2)

    assert made.columns == {"images": 1, "talk": 1}
    (row,) = read_seeds(tmp_path).table.to_pylist()
    assert len(row["images"]) == 2
    assert [(turn["text"], len(turn["pictures"])) for turn in row["talk"]] == [("t0", 2), ("t1", 2)]
    assert (row["box"], row["grid"]) == ([1, 2, 3, 4], [[1], [2], [3]])


def test_texts_stay_as_they_are_where_no_length_is_given(tmp_path):
    before = tree(seeds(tmp_path, {"x": TEXT}, {"0/x.txt": "long " * 1000}))

    assert shrink(tmp_path).changed == 0
    assert tree(tmp_path) == before


def test_nulls_stay_null(tmp_path):
    before = tree(seeds(tmp_path, {"x": TEXT, "y": IMAGE}, {"0/x.null": "", "0/y.null": ""}))

    assert shrink(tmp_path, max_chars=1).changed == 0
    assert tree(tmp_path) == before


def test_a_second_run_changes_nothing(tmp_path):
    seeds(tmp_path, {"x": IMAGE}, {"0/x.jpg": picture(64, "JPEG"), "1/x.gif": picture(64, "GIF")})
    shrink(tmp_path)
    before = tree(tmp_path)

    made = shrink(tmp_path)

    assert made.changed == 0
    assert tree(tmp_path) == before


def test_what_a_picture_cannot_be_read_of_is_named_by_the_file_that_lies_there(tmp_path):
    seeds(tmp_path, {"a/b": IMAGE}, {"0/a%2Fb.webp": b"not a picture", "1/a%2Fb.png": picture(64)})

    made = shrink(tmp_path)

    assert [str(error.path) for error in made.failures] == [str(tmp_path / "0" / "a%2Fb.webp")]
    assert (tmp_path / "0" / "a%2Fb.webp").read_bytes() == b"not a picture"
    assert side_of(tmp_path / "1" / "a%2Fb.png") == 32


def test_what_an_editor_left_behind_stays(tmp_path):
    seeds(tmp_path, {"x": IMAGE}, {"0/x.bmp": picture(64, "BMP"), "0/x.bmp~": "backup", "0/x.bmp.bak": "backup"})

    shrink(tmp_path)

    assert sorted(path.name for path in (tmp_path / "0").iterdir()) == ["x.bmp.bak", "x.bmp~", "x.png"]


def test_the_weight_is_that_of_the_seeds_before_and_after(tmp_path):
    seeds(tmp_path, {"x": IMAGE, "y": TEXT}, {"0/x.png": picture(64), "0/y.txt": "red"})

    made = shrink(tmp_path)

    assert made.bytes_before == len(picture(64)) + 3
    assert made.bytes_after == (tmp_path / "0/x.png").stat().st_size + 3


def test_progress_counts_the_seeds(tmp_path):
    seeds(tmp_path, {"x": TEXT}, {"0/x.txt": "", "1/x.txt": ""})
    calls: list[tuple[int, int]] = []

    shrink(tmp_path, progress=lambda done, total: calls.append((done, total)))

    assert calls == [(1, 2), (2, 2)]


@pytest.mark.parametrize("limit", [{"max_side": 0}, {"max_side": -3}, {"max_chars": 0}])
def test_a_limit_below_one_is_refused(tmp_path, limit):
    with pytest.raises(BadSize):
        shrink(seeds(tmp_path, {"x": TEXT}, {"0/x.txt": ""}), **limit)


# Killed between ------------------------------------------------------------------------------------------------------


def test_two_files_of_one_slot_are_told_by_the_reader_and_mended_by_a_second_run(tmp_path):
    """As a kill leaves them: the new file is renamed in, the old one is not gone yet."""
    seeds(tmp_path / "whole", {"x": IMAGE}, {"0/x.bmp": picture(64, "BMP")})
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    shrink(tmp_path / "whole")
    shutil.copy(tmp_path / "whole/0/x.png", tmp_path / "killed/0/x.png")

    with pytest.raises(BadSeed, match="a second file for one slot"):
        read_seeds(tmp_path / "killed")
    shrink(tmp_path / "killed")

    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")


def test_two_pictures_that_are_not_of_one_another_are_not_mended(tmp_path):
    seeds(tmp_path, {"x": IMAGE}, {"0/x.bmp": picture(64, "BMP"), "0/x.png": picture(20)})
    before = tree(tmp_path)

    with pytest.raises(BadSeed, match="a second file for one slot"):
        shrink(tmp_path)

    assert tree(tmp_path) == before


class Killed(BaseException):
    """Nothing runs after it."""


def killed_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let the process end at the so-and-so-manieth time that it touches a file."""
    steps = iter(range(step))

    def dying(name: str) -> Any:
        act = getattr(Path, name)

        def touch(self: Path, *words: Any, **options: Any) -> Any:
            if next(steps, None) is None:
                raise Killed
            return act(self, *words, **options)

        return touch

    for name in ("write_bytes", "replace", "unlink"):
        patch.setattr(Path, name, dying(name))


def kills(run: Any, world: Path, scratch: Path) -> Iterator[Path]:
    """The same world again and again, its run killed one step later each time, until one is not killed."""
    for step in range(200):
        here = scratch / str(step) / world.name
        shutil.copytree(world, here)
        with pytest.MonkeyPatch.context() as patch:
            killed_at(step, patch)
            try:
                run(here)
            except Killed:
                pass
            else:
                return
        yield here
    raise AssertionError("it never came to an end")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Unpacked seeds with pictures that get another suffix: as a column, in a list, in messages."""
    files = {f"source/{name}.bmp": picture(side, "BMP") for name, side in (("one", 40), ("1", 50), ("2", 60))}
    features = {
        "text": TEXT,
        "one": IMAGE,
        "many": {"feature": IMAGE, "length": -1, "_type": "Sequence"},
        "talk": [{"text": TEXT, "picture": IMAGE}],
    }
    medium = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table(
        {
            "text": ["a long text"],
            "one": pa.array([{"bytes": None, "path": "one.bmp"}], medium),
            "many": pa.array([[{"bytes": None, "path": "1.bmp"}, None]], pa.list_(medium)),
            "talk": pa.array(
                [
                    [
                        {"text": "hi", "picture": {"bytes": None, "path": "2.bmp"}},
                        {"text": "ho", "picture": {"bytes": None, "path": "1.bmp"}},
                    ]
                ],
                pa.list_(pa.struct({"text": pa.string(), "picture": medium})),
            ),
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    grow(tmp_path, files)
    pq.write_table(table, tmp_path / "source/a.parquet")
    unpack(tmp_path / "source/a.parquet", tmp_path / "seeds")
    return tmp_path / "seeds"


@pytest.mark.parametrize(
    "run",
    [
        lambda here: shrink(here, max_side=9, max_chars=4),
        lambda here: shrink(here, max_side=None, max_items=1),
        lambda here: null(here, "0", ["one"]),
        lambda here: null(here, "0", ["many", "talk"]),
    ],
    ids=["shrink", "shorten lists", "null a picture", "null a list and a struct"],
)
def test_wherever_a_run_is_killed_a_second_one_makes_what_a_whole_one_makes(tmp_path, world, run):
    whole = tmp_path / "whole" / "seeds"
    shutil.copytree(world, whole)
    run(whole)

    ends = []
    for here in kills(run, world, tmp_path / "kills"):
        run(here)
        ends.append({name: content for name, content in tree(here).items() if not name.endswith(".part")})

    assert len(ends) > 3
    assert ends == [tree(whole)] * len(ends)


def test_a_list_of_more_than_a_hundred_items_has_no_gap_wherever_its_cutting_is_killed(tmp_path):
    features = {"texts": {"feature": TEXT, "length": -1, "_type": "Sequence"}}
    items = {f"0/texts_{place:02}.txt": str(place) for place in range(104)}
    world = grow(tmp_path / "seeds", {"dataset_info.json": json.dumps({"features": features}), **items})

    ends = []
    for here in kills(lambda here: shrink(here, max_side=None, max_items=98), world, tmp_path / "kills"):
        kept = read_seeds(here).table.column("texts").to_pylist()[0]
        ends.append(len(kept))
        assert kept == [str(place) for place in range(len(kept))]

    assert {104, 99, 98} <= set(ends)


def refuse(self: Path, target: Path) -> None:
    raise OSError(28, "No space left on device", str(self), None, str(target))


def test_a_run_that_fails_leaves_no_part_of_a_file(world, monkeypatch):
    before = tree(world)
    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(OSError, match="No space left on device"):
        shrink(world, max_side=9)

    assert tree(world) == before
