import json

import datasets
import pytest

from tests.dataset.sources.as_datasets import assert_as_datasets
from tests.helpers import grow
from tinydata import unpack
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource, UnsupportedColumn

datasets.disable_progress_bars()

FILES = {
    "a list of objects": '[{"a": 1}, {"a": 2.5, "b": null}]',
    "a list over many lines": '[\n  {"a": {"x": [1, 2]}},\n  {"a": {"x": []}}\n]\n',
    "a list of texts": '["red", "blue", ""]',
    "mixed structs": '[{"a": {"x": 1}}, {"a": {"y": "z"}}]',
    "mixed values": '[{"a": [1, 2]}, {"a": "z"}]',
    "numbers that are not finite": '[{"a": NaN, "b": "NaN"}, {"a": 2.5}, {"a": -Infinity}, {"a": 1e400}]',
    "one object with such a number": '{\n"a": -Infinity\n}',
    "one object on a line": '{"a": 1, "b": {"c": [1]}}',
    "one object over many lines": '{\n  "a": [{"x": 1}, {"y": 2}],\n  "b": "c"\n}\n',
    "a byte order mark": '\ufeff[{"a": "é"}]',
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_reads_as_datasets_reads_it(tmp_path, name):
    (tmp_path / "x.json").write_text(FILES[name], encoding="utf-8")

    assert_as_datasets(tmp_path / "x.json")


def test_floats_keep_all_their_digits(tmp_path):
    (tmp_path / "x.json").write_text('[{"a": 0.1234567890123456}]')

    assert open_source(tmp_path / "x.json").take([0]).to_pylist() == [{"a": 0.1234567890123456}]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'[\n{"a": 1},\n{"a": }\n]', 3), (b'[\n{"a": "\xff"}]', 2), (b'{\n"a": 1,\n', 3), (b"[", 1), (b"nothing", 1)],
)
def test_damage_is_named_with_its_line(tmp_path, content, line):
    (tmp_path / "x.json").write_bytes(content)

    with pytest.raises(DamagedSource, match=rf"x\.json, line {line}: "):
        open_source(tmp_path / "x.json")


@pytest.mark.parametrize("content", ['{"a": [3, {}, {"b": 1}, [7 ]}]}', '{"a": [{}, 1], "b": [8 ]', '{"a": true} "x"'])
def test_what_is_wrong_in_one_way_first_and_no_json_besides_is_named(tmp_path, content):
    (tmp_path / "x.json").write_text(content)

    with pytest.raises(DamagedSource, match=r"x\.json, line 1: no JSON: "):
        open_source(tmp_path / "x.json")


@pytest.mark.parametrize("levels", [51, 900, 5_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"b": ', "}")])
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_what_is_nested_too_deep_is_refused(tmp_path, levels, opening, closing, suffix):
    (tmp_path / f"x.{suffix}").write_text(f'{{"a": {opening * levels}1{closing * levels}}}\n')

    with pytest.raises(UnsupportedColumn, match=r"column 'a': .* more than 50 levels of lists and structs"):
        unpack(tmp_path / f"x.{suffix}", tmp_path / "seeds")

    assert not (tmp_path / "seeds").exists()


def test_an_item_that_is_no_object_is_named(tmp_path):
    (tmp_path / "x.json").write_text('[{"a": 1}, 3]')

    with pytest.raises(DamagedSource, match="item 1"):
        open_source(tmp_path / "x.json")


@pytest.mark.parametrize("content", ["[]", "[{}]", "{}"])
def test_a_file_without_records_or_columns_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_text(content)

    with pytest.raises(UnknownSource, match=r"no records|no columns"):
        open_source(tmp_path / "x.json")


def test_past_the_end_is_an_error_that_knows_the_count(tmp_path):
    (tmp_path / "x.json").write_text('[{"a": 1}]')

    with pytest.raises(NoSuchRecord, match="holds 1"):
        open_source(tmp_path / "x.json").take([1])


def test_a_column_of_file_names_is_media(tmp_path):
    rows = [{"image": "a.jpg", "sounds": ["s/b.wav", None]}, {"image": None, "sounds": []}]
    grow(tmp_path, {"x.json": json.dumps(rows), "a.jpg": b"jpeg", "s/b.wav": b"wave"})
    records = open_source(tmp_path / "x.json")

    assert records.features["image"] == {"_type": "Image"}
    assert records.features["sounds"]["feature"] == {"_type": "Audio"}
    assert records.take([0, 1]).to_pylist() == [
        {"image": {"bytes": b"jpeg", "path": "a.jpg"}, "sounds": [{"bytes": b"wave", "path": "s/b.wav"}, None]},
        {"image": None, "sounds": []},
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["a.jpg", "gone.jpg"],
        ["a.jpg", "b.wav"],
        ["a.jpg", ""],
        ["a.jpg", "note.txt"],
        ["a.jpg", "../outside.jpg"],
        ["a.jpg", "folder.jpg"],
        [None, None],
        [[], None],
        ["a.jpg", "x" * 5000 + ".jpg"],
        ["a.jpg", "nul\0.jpg"],
    ],
    ids=str,
)
def test_a_column_with_any_other_value_is_text(tmp_path, names):
    rows = [{"file": name} for name in names]
    grow(
        tmp_path,
        {
            "in/x.json": json.dumps(rows),
            "in/a.jpg": b"jpeg",
            "in/b.wav": b"wave",
            "in/note.txt": "hi",
            "in/folder.jpg/": "",
            "outside.jpg": b"jpeg",
        },
    )
    records = open_source(tmp_path / "in" / "x.json")

    assert "Image" not in str(records.features)
    assert records.take([0, 1]).column("file").to_pylist() == names


def test_a_link_that_leads_outside_is_text(tmp_path):
    grow(tmp_path, {"in/x.json": '[{"image": "link.jpg"}]', "secret.jpg": b"secret"})
    try:
        (tmp_path / "in" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    except OSError:
        pytest.skip("this system makes no links")

    assert open_source(tmp_path / "in" / "x.json").take([0]).to_pylist() == [{"image": "link.jpg"}]


def test_an_absolute_name_inside_the_folder_becomes_relative(tmp_path):
    grow(tmp_path, {"x.json": json.dumps([{"image": str(tmp_path / "pics" / "a.png")}]), "pics/a.png": b"png"})

    row = open_source(tmp_path / "x.json").take([0]).to_pylist()[0]

    assert row == {"image": {"bytes": b"png", "path": "pics/a.png"}}


def test_a_file_that_goes_missing_later_is_named(tmp_path):
    grow(tmp_path, {"x.jsonl": '{"image": "a.png"}\n{"image": "b.png"}\n', "a.png": b"a", "b.png": b"b"})
    records = open_source(tmp_path / "x.jsonl")
    (tmp_path / "b.png").unlink()

    with pytest.raises(DamagedSource, match=r"line 2: .*b\.png"):
        records.take([0, 1])


def test_real_files_read_as_datasets_reads_them(real):
    media = {
        "mllm_demo.json": {"images"},
        "mllm_audio_demo.json": {"audios"},
        "mllm_video_audio_demo.json": {"videos", "audios"},
    }
    for path in sorted((real / "datasets").rglob("*.json")):
        assert_as_datasets(path, frozenset(media.get(path.name, ())))


def test_the_pictures_of_a_real_chat_are_taken_along(real):
    folder = real / "datasets" / "llamafactory"
    records = open_source(folder / "mllm_demo.json")
    images = [image for row in records.take(range(records.count())).to_pylist() for image in row["images"]]

    assert {image["path"] for image in images} == {f"mllm_demo_data/{number}.jpg" for number in (1, 2, 3)}
    assert all(image["bytes"] == (folder / image["path"]).read_bytes() for image in images)
