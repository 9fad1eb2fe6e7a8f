"""Check finds what is wrong with seeds, a pack or a repo, and tells what is worth knowing."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import datasets
import pytest
from PIL import Image

from tests.helpers import grow
from tinydata import check, make_dataset, pack
from tinydata.check import Finding
from tinydata.errors import NoSource, UnknownSource

VALUE = {"dtype": "string", "_type": "Value"}
TEXT, IMAGE = {"dtype": "string", "_type": "Value"}, {"_type": "Image"}


def picture() -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((8, 8)).save(out, "PNG")
    return out.getvalue()


def seeds(root: Path, features: dict[str, Any], files: dict[str, str | bytes]) -> Path:
    return grow(root, {"dataset_info.json": json.dumps({"features": features}), **files})


def facts(findings: list[Finding]) -> list[str]:
    """What is found, but for what the seeds do not cover."""
    return [finding.fact for finding in findings if not finding.fact.startswith("not covered: ")]


# Seeds and packs -----------------------------------------------------------------------------------------------------


def test_sound_seeds_have_no_problem(tmp_path):
    seeds(tmp_path, {"text": TEXT}, {"0/text.txt": "red", "1/text.txt": "blue"})

    assert check(tmp_path) == [
        Finding(str(tmp_path), "2 seeds, no slot null", problem=False),
        Finding(str(tmp_path), "not covered: text: never null, no empty text, none beyond ASCII", problem=False),
    ]


def test_one_seed_is_not_many(tmp_path):
    seeds(tmp_path, {"text": TEXT}, {"0/text.txt": "red"})

    assert facts(check(tmp_path)) == ["1 seed, no slot null"]


def test_each_combination_of_full_and_null_slots_is_counted(tmp_path):
    features = {"text": TEXT, "image": IMAGE, "name": TEXT}
    files: dict[str, str | bytes] = {}
    for name, (text, image) in enumerate([(1, 1), (1, 1), (1, 0), (0, 1), (0, 0), (0, 0), (0, 0)]):
        files |= {f"{name}/name.txt": "always full"}
        files |= {f"{name}/text.txt": "red"} if text else {f"{name}/text.null": ""}
        files |= {f"{name}/image.png": picture()} if image else {f"{name}/image.null": ""}
    seeds(tmp_path, features, files)

    found = check(tmp_path)

    assert not any(finding.problem for finding in found)
    assert facts(found) == [
        "3 of 7 seeds: text, image null",
        "2 of 7 seeds: text, image full",
        "1 of 7 seeds: text full; image null",
        "1 of 7 seeds: image full; text null",
    ]


def test_what_no_seed_covers_is_told_and_is_no_problem(tmp_path):
    features = {
        "image": IMAGE,
        "label": {"names": ["cat", "dog", "emu"], "_type": "ClassLabel"},
        "tags": {"feature": TEXT, "length": -1, "_type": "Sequence"},
        "good": {"dtype": "bool", "_type": "Value"},
        "note": TEXT,
    }
    files: dict[str, str | bytes] = {}
    for name in ("0", "1"):
        files |= {f"{name}/image.png": picture(), f"{name}/label.txt": "dog", f"{name}/note.null": ""}
        files |= {f"{name}/tags_00.txt": "é", f"{name}/tags_01.null": "", f"{name}/good.txt": "true"}
    seeds(tmp_path, features, files)

    found = check(tmp_path)

    assert not any(finding.problem for finding in found)
    assert [finding.fact for finding in found if finding.fact.startswith("not")] == [
        "not covered: image: never null, only L, only .png, only square",
        "not covered: label: never null, no seed of class cat, emu",
        "not covered: tags: never null, never empty, always 2 items, no empty text",
        "not covered: good: never null, never false",
        "not covered: note: always null",
    ]


def test_of_a_wide_table_a_few_columns_and_combinations_are_named(tmp_path):
    columns = [f"q{number}" for number in range(9)]
    files = {
        f"{row}/{name}.{'null' if place == row else 'txt'}": ""
        for row in range(9)
        for place, name in enumerate(columns)
    }
    seeds(tmp_path, dict.fromkeys(columns, TEXT), files)

    told = [finding.fact for finding in check(tmp_path)]

    assert told[0] == "1 of 9 seeds: q1, q2, q3, q4, q5, q6 and 2 more full; q0 null"
    assert told[6:] == [
        "3 other combinations of full and null slots",
        "not covered: q0, q1, q2, q3, q4, q5 and 3 more: none beyond ASCII",
    ]


def test_every_problem_is_found_with_what_mends_it_and_problems_come_first(tmp_path):
    files = {
        "0/text.txt": "red",
        "0/text.null": "",
        "1/more.txt": "",
        "1/text.txt": "",
        "2/text.txt": "blue",
        "a.txt": "",
    }
    seeds(tmp_path, {"text": TEXT}, files)

    found = check(tmp_path)

    assert [(finding.path, finding.fact, finding.mend) for finding in found if finding.problem] == [
        (f"{tmp_path}/a.txt", "a file beside the seeds", "each seed is a folder; move it into one"),
        (f"{tmp_path}/0/text.null", "a second file for one slot: text.txt", "keep one of them"),
        (
            f"{tmp_path}/1/more.txt",
            "belongs to no column",
            f'delete it, or add "more": {json.dumps(VALUE)} to dataset_info.json',
        ),
    ]
    assert [finding.problem for finding in found] == [True, True, True, False, False]
    assert found[3].fact == "1 seed, no slot null"


def test_two_problems_of_one_seed_are_both_found(tmp_path):
    features = {"text": TEXT, "count": {"dtype": "int8", "_type": "Value"}}
    seeds(tmp_path, features, {"0/text.txt": b"\xff", "0/count.txt": "many"})

    assert facts(check(tmp_path)) == ["not UTF-8: byte 0 is 0xff", "'many' is no int8"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_picture_that_cannot_be_read_is_a_problem(tmp_path, packed):
    features = {"image": IMAGE, "many": {"feature": IMAGE, "length": -1, "_type": "Sequence"}}
    files = {"0/image.png": picture(), "0/many_00.png": picture(), "0/many_01.png": picture()[:-30]}
    path = seeds(tmp_path / "seeds", features, files)
    path = pack(path, tmp_path / "data.tar.gz").path if packed else path

    problems = [finding for finding in check(path) if finding.problem]

    assert len(problems) == 1
    assert problems[0].path.endswith("/0/many_01.png")
    assert problems[0].mend == "replace the picture, or make the slot null"


def test_a_sound_that_cannot_be_played_is_none(tmp_path):
    """No decoder is needed: bytes that are no picture are not looked into."""
    seeds(tmp_path, {"sound": {"_type": "Audio"}}, {"0/sound.wav": b"not a sound"})

    assert facts(check(tmp_path)) == ["1 seed, no slot null"]


@pytest.mark.parametrize(
    ("feature", "fact"),
    [
        ({"_type": "Pdf"}, "Pdf: `datasets` loads it from 3.6 on"),
        ({"_type": "Video"}, "Video: `datasets` loads it from 3.6 on"),
        ({"feature": TEXT, "_type": "LargeList"}, "LargeList: `datasets` loads it from 3.0 on"),
        ({"_type": "Json"}, "Json: `datasets` loads it from 4.8 on"),
        ({"_type": "Nifti"}, "Nifti: `datasets` loads it from 4.8 on"),
        ({"_type": "Mesh"}, "Mesh: `datasets` loads it from 5.2 on"),
        ([{"a": {"_type": "Json"}, "b": {"_type": "Pdf"}}], "Json: `datasets` loads it from 4.8 on"),
    ],
    ids=lambda word: word if isinstance(word, str) else "",
)
def test_a_type_that_not_every_datasets_knows_is_told(tmp_path, feature, fact):
    seeds(tmp_path, {"text": TEXT, "x": feature}, {"0/text.txt": "", "0/x.null": ""})

    found = check(tmp_path)

    assert Finding("x", fact, problem=False) in found
    assert not any(finding.problem for finding in found)


def test_a_pack_is_checked_as_its_seeds_are(tmp_path):
    path = seeds(tmp_path / "seeds", {"text": TEXT}, {"0/text.txt": "red", "1/text.null": ""})
    packed = pack(path, tmp_path / "data.tar.gz").path

    assert facts(check(packed)) == facts(check(path)) == ["1 of 2 seeds: text full", "1 of 2 seeds: text null"]


def test_what_can_not_be_checked_is_named(tmp_path):
    grow(tmp_path, {"notes/a.md": "", "photo.jpg": b"\xff\xd8\xff"})

    with pytest.raises(NoSource):
        check(tmp_path / "nothing")
    for name in ("notes", "photo.jpg"):
        with pytest.raises(UnknownSource, match="neither seeds, a pack, a dataset repo, a tokenizer nor a model"):
            check(tmp_path / name)


# Repos ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repo of two variants."""
    files = {"0/text.txt": "a red ball", "0/image.png": picture(), "1/text.txt": "a blue kite", "1/image.null": ""}
    path = seeds(tmp_path / "seeds", {"text": TEXT, "image": IMAGE}, files)
    return make_dataset(path, tmp_path / "tiny", variants=["5.unique", "6.repeat"]).path


def test_a_repo_is_loaded_config_by_config_and_goes_through_the_test_of_datasets(repo):
    said: list[str] = []

    found = check(repo, progress=said.append)

    assert [finding for finding in found if finding.problem] == []
    assert facts(found) == [
        "1 of 2 seeds: image full",
        "1 of 2 seeds: image null",
        f"`datasets-cli test {repo} --all_configs` passes with datasets {datasets.__version__}",
    ]
    assert said == [
        "the pack",
        "load_dataset(..., '5.unique')",
        "load_dataset(..., '6.repeat')",
        "load_dataset(..., 'default')",
        "datasets-cli test",
    ]


def test_the_cache_and_the_bars_of_the_user_are_left_alone(repo):
    bars, before = datasets.is_progress_bar_enabled(), sorted(Path(datasets.config.HF_DATASETS_CACHE).rglob("*"))
    inside = {path: path.stat().st_mtime_ns for path in repo.rglob("*")}
    (repo / "6.repeat/train-00000-of-00001.parquet").write_bytes(b"PAR1")  # ends before the slow last step

    check(repo)

    assert sorted(Path(datasets.config.HF_DATASETS_CACHE).rglob("*")) == before
    assert {path: path.stat().st_mtime_ns for path in inside if "6.repeat" not in str(path)} == {
        path: time for path, time in inside.items() if "6.repeat" not in str(path)
    }
    assert datasets.is_progress_bar_enabled() == bars


def test_a_broken_parquet_file_is_named_by_its_config_and_the_others_are_still_loaded(repo):
    file = repo / "6.repeat/train-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    said: list[str] = []

    found = check(repo, progress=said.append)

    problems = [finding for finding in found if finding.problem]
    assert [finding.path for finding in problems] == [f"{repo}, config 6.repeat"]
    assert problems[0].fact.startswith("does not load: ")
    assert Finding(str(file), "changed since the repo was made", problem=False) in found
    assert "load_dataset(..., 'default')" in said
    assert "datasets-cli test" not in said  # it would say the same again


def test_a_file_with_other_rows_than_its_name_says_is_a_problem(repo, tmp_path):
    other = make_dataset(tmp_path / "seeds", tmp_path / "other", variants=["4.repeat"]).path
    file = "train-00000-of-00001.parquet"
    (repo / "6.repeat" / file).write_bytes((other / "4.repeat" / file).read_bytes())

    problems = [finding for finding in check(repo) if finding.problem]

    assert [(finding.path, finding.fact) for finding in problems] == [
        (f"{repo}, config 6.repeat", "4 rows in split train, not 6")
    ]


def test_a_file_that_is_gone_is_a_problem(repo):
    (repo / "6.repeat/train-00000-of-00001.parquet").unlink()

    problems = [finding for finding in check(repo) if finding.problem]

    assert problems[0].path == f"{repo}/6.repeat/train-00000-of-00001.parquet"
    assert problems[0].fact == "missing: the recipe has it"


def test_a_pack_that_is_broken_or_gone_is_a_problem(repo):
    whole = (repo / "data.tar.gz").read_bytes()
    (repo / "6.repeat/train-00000-of-00001.parquet").unlink()  # ends before the slow last step
    (repo / "data.tar.gz").write_bytes(whole[:-40])
    broken = [finding for finding in check(repo) if finding.path.startswith(f"{repo}/data.tar.gz")]
    (repo / "data.tar.gz").unlink()
    gone = [finding for finding in check(repo) if finding.path.startswith(f"{repo}/data.tar.gz") and finding.problem]

    assert re.match("no whole tarball: ", broken[0].fact)
    assert facts(gone)[0] == "no pack"


def test_a_repo_without_a_recipe_is_no_problem_and_one_with_a_broken_one_is(repo):
    (repo / "6.repeat/train-00000-of-00001.parquet").write_bytes(b"")
    (repo / "tinydata.yaml").write_text("- a")
    broken = [finding for finding in check(repo) if finding.path.endswith("tinydata.yaml")]
    (repo / "tinydata.yaml").unlink()
    gone = [finding for finding in check(repo) if finding.path.endswith("tinydata.yaml")]

    assert [finding.problem for finding in broken] == [True]
    assert [(finding.fact, finding.problem) for finding in gone] == [("no recipe here", False)]
