"""Rebuild repeats a recipe beside the artifact and says what differs: an input, a version, a file."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

from tests.helpers import grow
from tinydata import generate_files, make_dataset, null, pack, rebuild, shrink, subset, unpack
from tinydata.errors import BadRecipe, NoSource, NoSuchColumn
from tinydata.recipe import NAME

PICTURE = {"bytes": pa.binary(), "path": pa.string()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A source with pictures, and all that can be made of it."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize((64, 64)).save(out, "BMP")
    table = pa.table(
        {
            "image": pa.array([{"bytes": out.getvalue(), "path": "a.bmp"}] * 3, pa.struct(PICTURE)),
            "text": ["a red ball", "a blue kite", "a green tree"],
        }
    )
    features = {"image": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    (tmp_path / "in").mkdir()
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "in/a.parquet")
    return tmp_path


def make(home: Path, what: str) -> Path:
    """One artifact, in the folder `out`."""
    source, seeds, target = home / "in/a.parquet", home / "seeds", home / "out"
    if what == "seeds":
        return unpack(source, target, ids="0,2").path
    if what == "seeds that were edited by commands":
        unpack(source, target, max_side=40)
        shrink(target, max_side=16, max_chars=6)
        null(target, 1, ["image"])
        shrink(target, max_side=8)
        return target
    if what == "a dataset straight from a source":
        return make_dataset(
            source, target, ids=[0, 1], columns=["text", "image"], max_side=8, variants=["5.unique"]
        ).path
    unpack(source, seeds, max_side=8)
    pack(seeds, home / "data.tar.gz")
    if what == "rows from seeds":
        return generate_files(seeds, "50.unique", target, shards=3, stamp="text").path
    if what == "rows from a pack":
        return generate_files(home / "data.tar.gz", "50.repeat", target).path
    if what == "a dataset from a pack":
        return make_dataset(home / "data.tar.gz", target, variants=["5.repeat"]).path
    return make_dataset(seeds, target, variants=["5.unique", "9.repeat"], splits=["train", "test"], name="My set").path


ARTIFACTS = (
    "seeds",
    "seeds that were edited by commands",
    "rows from seeds",
    "rows from a pack",
    "a dataset straight from a source",
    "a dataset from seeds",
    "a dataset from a pack",
)


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def edit_recipe(artifact: Path, **changes: Any) -> None:
    recipe = yaml.safe_load((artifact / NAME).read_text())
    (artifact / NAME).write_text(yaml.safe_dump(recipe | changes, sort_keys=False))


@pytest.mark.parametrize("what", ARTIFACTS)
def test_it_comes_out_byte_for_byte_and_nothing_is_touched(home, what):
    artifact = make(home, what)
    before = tree(home)

    made = rebuild(artifact)

    assert (made.differences, made.path) == ((), artifact)
    assert made.files == len(tree(artifact)) - 1
    assert tree(home) == before


@pytest.mark.parametrize("what", ARTIFACTS)
def test_it_comes_out_the_same_after_all_moved_elsewhere(home, what, tmp_path_factory):
    make(home, what)
    moved = shutil.copytree(home, tmp_path_factory.mktemp("else") / "where")
    shutil.rmtree(home)

    assert rebuild(moved / "out").differences == ()


def test_it_does_not_matter_where_one_stands(home, monkeypatch):
    artifact = make(home, "seeds")
    monkeypatch.chdir(artifact)
    inside = rebuild(".").differences
    monkeypatch.chdir(home)

    assert (inside, rebuild("out").differences) == ((), ())


def test_seeds_of_a_pack_that_was_laid_out_are_found_in_data(home):
    make(home, "seeds").rename(home / "data")

    assert rebuild(home).path == home / "data"


def test_a_file_edited_by_hand_is_named(home):
    artifact = make(home, "seeds")
    (artifact / "0/text.txt").write_text("edited")
    (artifact / "2/image.bmp").unlink()
    grow(artifact, {"7/text.txt": "added", "7/image.null": "", "0/text.txt~": "left by an editor", ".git/HEAD": ""})

    assert rebuild(artifact).differences == (
        "file 0/text.txt: edited since",
        "file 2/image.bmp: gone",
        "file 7/image.null: added since",
        "file 7/text.txt: added since",
    )


def test_a_hand_edit_before_a_step_is_named_too(home):
    artifact = make(home, "seeds")
    (artifact / "0/text.txt").write_text("edited")
    null(artifact, 2, ["image"])

    assert rebuild(artifact).differences == ("file 0/text.txt: comes out otherwise",)


def test_a_source_that_changed_is_named_with_what_comes_of_it(home):
    artifact = make(home, "seeds")
    table = pq.read_table(home / "in/a.parquet")
    texts = pa.array(["another", "text", "a green tree"])
    pq.write_table(table.set_column(1, "text", texts), home / "in/a.parquet")

    assert rebuild(artifact).differences == (
        "input in/a.parquet: changed since",
        "file 0/text.txt: comes out otherwise",
    )


@pytest.mark.parametrize("what", ["rows from seeds", "a dataset from seeds"])
def test_seeds_that_were_edited_since_are_named_file_by_file(home, what):
    artifact = make(home, what)
    (home / "seeds/0/text.txt").write_text("edited")
    (home / "seeds/1/image.png").rename(home / "seeds/1/image.null")
    (home / "seeds/1/image.null").write_bytes(b"")
    grow(home / "seeds", {"1/text.txt~": "left by an editor"})

    inputs = [line for line in rebuild(artifact).differences if line.startswith("input ")]
    files = [line for line in rebuild(artifact).differences if line.startswith("file ")]

    assert inputs == [
        "input seeds/0/text.txt: changed since",
        "input seeds/1/image.png: gone",
        "input seeds/1/image.null: added since",
    ]
    assert files
    assert all(line.endswith(": comes out otherwise") for line in files)


def test_another_version_is_named(home):
    artifact = make(home, "seeds")
    versions = yaml.safe_load((artifact / NAME).read_text())["versions"]
    edit_recipe(artifact, versions=versions | {"pillow": "1.0", "gone": "2.0"})

    assert rebuild(artifact).differences == (
        f"version of pillow: was 1.0, is {versions['pillow']}",
        "version of gone: was 2.0, is not installed",
    )


def test_a_source_that_is_gone_cannot_be_repeated(home):
    artifact = make(home, "seeds")
    (home / "in/a.parquet").unlink()

    with pytest.raises(BadRecipe, match=r"its input in/a\.parquet is gone"):
        rebuild(artifact)


def test_an_error_of_a_command_is_its_own(home):
    artifact = make(home, "a dataset straight from a source")
    pq.write_table(pq.read_table(home / "in/a.parquet").drop_columns(["image"]), home / "in/a.parquet")

    with pytest.raises(NoSuchColumn, match="no column 'image'"):
        rebuild(artifact)


@pytest.mark.parametrize(
    "command",
    [
        ["fly", "away"],
        ["unpack"],
        ["unpack", "in/a.parquet", "--wings", "2"],
        ["unpack", "in/a.parquet", "--max-side", "big"],
        ["null", "seeds"],
        [],
    ],
    ids=" ".join,
)
def test_a_command_that_there_is_not_is_named(home, command):
    artifact = make(home, "seeds")
    edit_recipe(artifact, commands=[["unpack", "in/a.parquet", "--ids", "0,2"], command])

    with pytest.raises(BadRecipe, match="no command that can be repeated") as caught:
        rebuild(artifact)

    assert str(caught.value).endswith(f": {' '.join(command)}")


def test_a_command_reaches_nothing_but_its_own_target(home):
    """A recipe that a stranger wrote may name any seeds to null: only what is made again is changed."""
    artifact = make(home, "seeds")
    precious = unpack(home / "in/a.parquet", home / "precious").path
    before = tree(precious)
    edit_recipe(artifact, commands=[["unpack", "in/a.parquet", "--ids", "0,2"], ["null", "precious", "0", "text"]])

    rebuild(artifact)

    assert tree(precious) == before


@pytest.mark.parametrize("what", ["a dataset from seeds", "a dataset straight from a source", "a subset"])
def test_a_repo_under_another_name_is_the_same(home, what):
    made = subset(home / "in/a.parquet", home / "out", 2).path if what == "a subset" else make(home, what)

    assert rebuild(made.rename(home / "cloned")).differences == ()


def test_the_name_that_a_recipe_gives_leads_nowhere_else(home):
    artifact = make(home, "a dataset from a pack")
    outside = home / "outside"
    edit_recipe(
        artifact, commands=[["dataset", "data.tar.gz", "--variants", "5.repeat", "--output", f"{outside}/../outside"]]
    )

    rebuild(artifact)

    assert not outside.exists()


def test_where_there_is_nothing_to_repeat_is_told(home):
    with pytest.raises(NoSource):
        rebuild(home / "nothing")
    with pytest.raises(BadRecipe, match="no recipe here"):
        rebuild(home / "in")
    with pytest.raises(BadRecipe, match="no recipe here"):
        rebuild(home / "in/a.parquet")


def test_the_files_of_a_pattern_are_found_again(home):
    made = unpack(str(home / "in/*.parquet"), home / "out").path

    assert rebuild(made).differences == ()
