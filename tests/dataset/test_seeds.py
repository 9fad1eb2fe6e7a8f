"""Seeds on disk: each line of the table in `DESIGN.md`, read and written, and each sentence below it."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.helpers import grow
from tinydata.dataset.kinds import KINDS, kind_of
from tinydata.dataset.loader import schema_of, to_array
from tinydata.dataset.seeds import lay_out, read_seeds, write_seeds
from tinydata.dataset.values import to_values
from tinydata.errors import BadSeed

PNG = b"\x89PNG\r\n\x1a\n picture"
JPG = b"\xff\xd8\xff picture"


def value(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "_type": "Value"}


def many(item: Any, length: int = -1) -> dict[str, Any]:
    return {"feature": item, "length": length, "_type": "Sequence"}


TEXT, IMAGE, AUDIO = value("string"), {"_type": "Image"}, {"_type": "Audio"}
SORT = {"names": ["cat", "dog", "7", " cow "], "_type": "ClassLabel"}
TALK = [{"role": TEXT, "picture": IMAGE, "$ref": value("int32")}]


def seeds(root: Path, features: Mapping[str, Any], files: Mapping[str, str | bytes]) -> Path:
    """Seeds in a folder: files of the one called 0, unless a path says another."""
    world = {name if "/" in name else f"0/{name}": content for name, content in files.items()}
    return grow(root, {"dataset_info.json": json.dumps({"features": features}), **world})


def read_one(root: Path, feature: Any, files: Mapping[str, str | bytes], column: str = "x") -> Any:
    """The value of the only slot, dates and times as Python has them."""
    (found,) = read_seeds(seeds(root, {column: feature}, files)).table.column(column).to_pylist()
    return found


# The table, read -----------------------------------------------------------------------------------------------------

READ: dict[str, tuple[Any, dict[str, str | bytes], Any]] = {
    # string
    "a text is verbatim": (TEXT, {"x.txt": " a\tb \n\n"}, " a\tb \n\n"),
    "a text keeps its carriage returns": (TEXT, {"x.txt": b"a\r\nb\rc\n"}, "a\r\nb\rc\n"),
    "a text keeps a byte order mark": (TEXT, {"x.txt": "\ufeffa"}, "\ufeffa"),
    "a text keeps what is not normalized": (TEXT, {"x.txt": "e\u0301"}, "e\u0301"),
    "a text keeps zero bytes": (TEXT, {"x.txt": b"a\0b"}, "a\0b"),
    # null
    "an empty text is a text": (TEXT, {"x.txt": ""}, ""),
    "a null text is none": (TEXT, {"x.null": ""}, None),
    "white space in a null file is an editor's": (TEXT, {"x.null": "\n"}, None),
    "a null picture": (IMAGE, {"x.null": ""}, None),
    "a null number": (value("int32"), {"x.null": ""}, None),
    "a null class": (SORT, {"x.null": ""}, None),
    "a null struct": (TALK, {"x.null": ""}, None),
    "null bytes": (value("binary"), {"x.null": ""}, None),
    # media
    "a picture": (IMAGE, {"x.jpg": JPG}, {"bytes": JPG, "path": None}),
    "a picture replaced by one with another suffix": (IMAGE, {"x.png": PNG}, {"bytes": PNG, "path": None}),
    "a picture in capitals": (IMAGE, {"x.JPEG": JPG}, {"bytes": JPG, "path": None}),
    "a sound": (AUDIO, {"x.wav": b"RIFF"}, {"bytes": b"RIFF", "path": None}),
    "a suffix of two parts": ({"_type": "Nifti"}, {"x.nii.gz": b"\x1f\x8b"}, {"bytes": b"\x1f\x8b", "path": None}),
    "a picture with its name": (
        IMAGE,
        {"x.jpg": JPG, ".paths.json": '{"x.jpg": "holiday/1.jpg"}'},
        {"bytes": JPG, "path": "holiday/1.jpg"},
    ),
    "a name without bytes": (
        IMAGE,
        {"x.jpg": "", ".paths.json": '{"x.jpg": {"path": "1.jpg"}}'},
        {"bytes": None, "path": "1.jpg"},
    ),
    "a picture without bytes": (IMAGE, {"x.jpg": ""}, {"bytes": b"", "path": None}),
    # lists of strings or media
    "a list": (many(TEXT), {"x_00.txt": "a", "x_01.null": "", "x_02.txt": ""}, ["a", None, ""]),
    "a list of pictures": (
        many(IMAGE),
        {"x_00.jpg": JPG, "x_01.png": PNG, "x_02.null": ""},
        [{"bytes": JPG, "path": None}, {"bytes": PNG, "path": None}, None],
    ),
    "no file is an empty list": (many(TEXT), {".keep": ""}, []),
    "a null list is one file": (many(TEXT), {"x.null": ""}, None),
    "items are sorted as numbers": (
        many(TEXT),
        {f"x_{number}.txt": str(number) for number in range(120)},
        [str(number) for number in range(120)],
    ),
    "zeros before a number say nothing": (many(TEXT), {"x_0.txt": "a", "x_001.txt": "b"}, ["a", "b"]),
    "a list of one length": (many(TEXT, 2), {"x_00.txt": "a", "x_01.txt": "b"}, ["a", "b"]),
    "a list in brackets": ([TEXT], {"x_00.txt": "a"}, ["a"]),
    "a list of the newest spelling": ({"feature": TEXT, "length": -1, "_type": "List"}, {"x_00.txt": "a"}, ["a"]),
    # scalars, white space around them is an editor's
    "an integer": (value("int64"), {"x.txt": " -42\r\n"}, -42),
    "the largest integer": (value("uint64"), {"x.txt": "18446744073709551615"}, 18446744073709551615),
    "a float": (value("float64"), {"x.txt": "1e-3\n"}, 0.001),
    "half of a float": (value("float16"), {"x.txt": "0.1"}, 0.0999755859375),
    "infinity": (value("float32"), {"x.txt": "-inf"}, float("-inf")),
    "true": (value("bool"), {"x.txt": "True\n"}, True),
    "false as a number": (value("bool"), {"x.txt": "0"}, False),
    "a date": (value("date32"), {"x.txt": "2024-02-29\n"}, date(2024, 2, 29)),
    "a time": (value("time64[us]"), {"x.txt": "12:30:00.000001\n"}, time(12, 30, 0, 1)),
    "a time without seconds": (value("time32[s]"), {"x.txt": "12:30"}, time(12, 30)),
    "a moment": (value("timestamp[us]"), {"x.txt": "2024-02-29T12:30:00\n"}, datetime(2024, 2, 29, 12, 30)),
    "a moment with a blank": (value("timestamp[s]"), {"x.txt": "2024-02-29 12:30"}, datetime(2024, 2, 29, 12, 30)),
    "a moment of a zone": (
        value("timestamp[s, tz=UTC]"),
        {"x.txt": "2024-02-29T12:30:00+02:00"},
        datetime(2024, 2, 29, 10, 30, tzinfo=UTC),
    ),
    "a decimal": (value("decimal128(10, 2)"), {"x.txt": "12.50\n"}, Decimal("12.50")),
    "a duration": (value("duration[s]"), {"x.txt": "90\n"}, timedelta(seconds=90)),
    # classes
    "a class by its name": (SORT, {"x.txt": "dog"}, 1),
    "a class by its name, white space aside": (SORT, {"x.txt": "\tdog\n"}, 1),
    "a class by its number": (SORT, {"x.txt": "0\n"}, 0),
    "the name wins over the number": (SORT, {"x.txt": "7\n"}, 2),
    "the name with its own white space wins": (SORT, {"x.txt": " cow "}, 3),
    "no class": (SORT, {"x.txt": "-1"}, -1),
    # binary
    "bytes": (value("binary"), {"x.bin": b"\0\xff\r\n"}, b"\0\xff\r\n"),
    "no bytes are bytes": (value("binary"), {"x.bin": b""}, b""),
    "bytes of one length": (value("fixed_size_binary[2]"), {"x.bin": b"ab"}, b"ab"),
    # nested
    "a list of numbers": (many(value("int32")), {"x.json": "[1, null, 3]"}, [1, None, 3]),
    "an empty list of numbers is not null": (many(value("int32")), {"x.json": "[]"}, []),
    "null in a file of JSON": (many(value("int32")), {"x.json": "null"}, None),
    "a struct": ({"a": TEXT, "b": SORT}, {"x.json": '{"b": "dog", "a": "hi"}'}, {"a": "hi", "b": 1}),
    "a key that is missing is null": ({"a": TEXT, "b": SORT}, {"x.json": "{}"}, {"a": None, "b": None}),
    "a text with line breaks": ({"a": TEXT}, {"x.json": '{"a": "1\\r\\n2"}'}, {"a": "1\r\n2"}),
    "JSON with a byte order mark": ({"a": TEXT}, {"x.json": '\ufeff{"a": "hi"}'}, {"a": "hi"}),
    "media in it are files of the same folder": (
        TALK,
        {"x.json": '[{"role": "user", "picture": {"$file": "x.0.picture.jpg"}}]', "x.0.picture.jpg": JPG},
        [{"role": "user", "picture": {"bytes": JPG, "path": None}, "$ref": None}],
    ),
    "media in it have names": (
        TALK,
        {
            "x.json": '[{"picture": {"$file": "x.0.picture.jpg"}}]',
            "x.0.picture.jpg": JPG,
            ".paths.json": '{"x.0.picture.jpg": "1.jpg"}',
        },
        [{"role": None, "picture": {"bytes": JPG, "path": "1.jpg"}, "$ref": None}],
    ),
    "a file in it may have any name": (
        TALK,
        {"x.json": '[{"picture": {"$file": "mine.png"}}]', "mine.png": PNG},
        [{"role": None, "picture": {"bytes": PNG, "path": None}, "$ref": None}],
    ),
    "a real key that starts with $ has one more": (
        TALK,
        {"x.json": '[{"$$ref": 5}]'},
        [{"role": None, "picture": None, "$ref": 5}],
    ),
    "an array": (
        {"shape": [2, 2], "dtype": "int8", "_type": "Array2D"},
        {"x.json": "[[1, 2], [3, 4]]"},
        [[1, 2], [3, 4]],
    ),
    "a translation": (
        {"languages": ["de", "en"], "_type": "Translation"},
        {"x.json": '{"de": "Hund", "en": "dog"}'},
        {"de": "Hund", "en": "dog"},
    ),
    "any JSON": ({"_type": "Json"}, {"x.json": '{"a": [1, {"b": null}]}'}, '{"a":[1,{"b":null}]}'),
}


@pytest.mark.parametrize("case", READ)
def test_the_table_is_read(tmp_path, case):
    feature, files, expected = READ[case]

    assert read_one(tmp_path, feature, files) == expected


# The table, written --------------------------------------------------------------------------------------------------

WRITTEN: dict[str, tuple[Any, Any, dict[str, bytes]]] = {
    "a text": (TEXT, " a\r\nb\n", {"x.txt": b" a\r\nb\n"}),
    "an empty text": (TEXT, "", {"x.txt": b""}),
    "a null text": (TEXT, None, {"x.null": b""}),
    "a null list": (many(TEXT), None, {"x.null": b""}),
    "a null struct": ({"a": TEXT}, None, {"x.null": b""}),
    "an empty list": (many(TEXT), [], {}),
    "a list": (many(TEXT), ["a", None, ""], {"x_00.txt": b"a", "x_01.null": b"", "x_02.txt": b""}),
    "a suffix out of the bytes": (IMAGE, {"bytes": PNG, "path": None}, {"x.png": PNG}),
    "a suffix out of the name": (
        IMAGE,
        {"bytes": b"?", "path": "a/b.WebP"},
        {"x.webp": b"?", ".paths.json": b'{"x.webp": "a/b.WebP"}\n'},
    ),
    "a suffix that would say something else": (
        IMAGE,
        {"bytes": JPG, "path": "a.txt"},
        {"x.jpg": JPG, ".paths.json": b'{"x.jpg": "a.txt"}\n'},
    ),
    "media of a list": (
        many(IMAGE),
        [{"bytes": JPG, "path": None}, None],
        {"x_00.jpg": JPG, "x_01.null": b""},
    ),
    "an integer": (value("int8"), -3, {"x.txt": b"-3\n"}),
    "a float": (value("float32"), 0.10000000149011612, {"x.txt": b"0.1\n"}),
    "true": (value("bool"), True, {"x.txt": b"true\n"}),
    "a date": (value("date32"), 19782, {"x.txt": b"2024-02-29\n"}),
    "a class": (SORT, 1, {"x.txt": b"dog\n"}),
    "a class whose name is a number": (SORT, 2, {"x.txt": b"7\n"}),
    "no class": (SORT, -1, {"x.txt": b"-1\n"}),
    "bytes": (value("binary"), b"\0\xff", {"x.bin": b"\0\xff"}),
    "a list of numbers": (many(value("int32")), [1, None], {"x.json": b"[1, null]\n"}),
    "a struct": ({"$a": TEXT, "b": SORT}, {"$a": "hi", "b": 0}, {"x.json": b'{"$$a": "hi", "b": "cat"}\n'}),
    "media in a struct": (
        TALK,
        [{"role": "user", "picture": {"bytes": PNG, "path": None}, "$ref": None}],
        {
            "x.json": b'[{"role": "user", "picture": {"$file": "x.0.picture.png"}, "$$ref": null}]\n',
            "x.0.picture.png": PNG,
        },
    ),
    "letters of all scripts": ({"a": TEXT}, {"a": "한국"}, {"x.json": '{"a": "한국"}\n'.encode()}),
}


def written(root: Path, features: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """The files of rows, their values as `to_values` gives them, by their paths below the folder."""
    schema = schema_of(features)
    arrays = [to_array([row[field.name] for row in rows], field.type) for field in schema]
    root.mkdir(parents=True, exist_ok=True)
    list(write_seeds(root, [str(place) for place in range(len(rows))], pa.table(arrays, schema=schema), features, {}))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", WRITTEN)
def test_the_table_is_written(tmp_path, case):
    feature, given, files = WRITTEN[case]

    found = written(tmp_path, {"x": feature}, [{"x": given}])

    assert {name.removeprefix("0/"): content for name, content in found.items() if name != "dataset_info.json"} == files


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_written_reads_back(tmp_path, case):
    feature, given, _ = WRITTEN[case]
    written(tmp_path, {"x": feature}, [{"x": given}])

    assert to_values(read_seeds(tmp_path).table.column("x")) == [given]


def test_long_json_has_a_line_for_each_thing_to_edit(tmp_path):
    rows = [{"x": [{"role": "user", "picture": None, "$ref": 1}, {"role": "b" * 90, "picture": None, "$ref": None}]}]

    assert written(tmp_path, {"x": TALK}, rows)["0/x.json"].decode().splitlines() == [
        "[",
        '  {"role": "user", "picture": null, "$$ref": 1},',
        "  {",
        f'    "role": "{"b" * 90}",',
        '    "picture": null,',
        '    "$$ref": null',
        "  }",
        "]",
    ]


def test_more_than_a_hundred_items_get_three_digits_and_stay_in_order(tmp_path):
    texts = [str(number) for number in range(101)]

    found = written(tmp_path, {"x": many(TEXT)}, [{"x": texts}])

    assert sorted(found)[0:3] == ["0/x_000.txt", "0/x_001.txt", "0/x_002.txt"]
    assert read_seeds(tmp_path).table.column("x").to_pylist() == [texts]


def test_every_kind_is_written_by_a_case_above():
    assert {kind_of(feature).name for feature, _, _ in WRITTEN.values()} == set(KINDS)


# Names of columns ----------------------------------------------------------------------------------------------------

NAMES = {
    "plain": "plain",
    "a b": "a b",
    " a ": "%20a%20",
    "a.b": "a%2Eb",
    "a/b": "a%2Fb",
    "a\\b": "a%5Cb",
    "a:b*c?": "a%3Ab%2Ac%3F",
    "50%": "50%25",
    "a~": "a%7E",
    "tab\there": "tab%09here",
    "con": "%63on",
    "LPT1": "%4CPT1",
    "": "%",
    "Größe": "Größe",
    "质量": "质量",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_column_that_no_file_could_be_called_is_percent_encoded(tmp_path, name):
    found = written(tmp_path, {name: TEXT, "other": TEXT}, [{name: "a", "other": "b"}])

    assert f"0/{NAMES[name]}.txt" in found
    assert read_seeds(tmp_path).table.column(name).to_pylist() == ["a"]


def test_a_column_that_would_read_as_an_item_of_another_is_percent_encoded(tmp_path):
    features = {"texts": many(TEXT), "texts_00": TEXT, "texts_x": TEXT}

    found = written(tmp_path, features, [{"texts": ["a"], "texts_00": "b", "texts_x": "c"}])

    assert {name for name in found if name != "dataset_info.json"} == {
        "0/texts_00.txt",
        "0/texts%5F00.txt",
        "0/texts_x.txt",
    }
    assert read_seeds(tmp_path).table.to_pylist() == [{"texts": ["a"], "texts_00": "b", "texts_x": "c"}]


@pytest.mark.parametrize("question", ["How often? " * 30, "ö" * 101, "何回ですか？" * 60, "%" * 80])
def test_long_columns_that_begin_alike_have_files_of_their_own(tmp_path, question):
    features = {question: TEXT, f"{question}!": many(TEXT)}
    record = {question: "often", f"{question}!": ["never", None]}

    found = written(tmp_path, features, [record])

    assert max(len(name.encode()) for name in found) < 150
    assert read_seeds(tmp_path).table.to_pylist() == [record]


@pytest.mark.parametrize("pair", [("text", "Text"), ("STRASSE", "straße"), ("é", "e\u0301")])
def test_two_columns_that_differ_in_case_only_are_refused(tmp_path, pair):
    with pytest.raises(BadSeed, match="differ in case only"):
        read_seeds(seeds(tmp_path, dict.fromkeys(pair, TEXT), {"a.txt": ""}))


# Folders -------------------------------------------------------------------------------------------------------------


def test_seeds_come_numbers_first_as_numbers_then_names(tmp_path):
    names = ["10", "9", "007", "1b", "apple", "Zebra", "2", "-1"]
    root = seeds(tmp_path, {"x": TEXT}, {f"{name}/x.txt": name for name in names})

    assert read_seeds(root).names == ("2", "007", "9", "10", "-1", "1b", "Zebra", "apple")


def test_a_seed_added_by_hand_may_have_any_name(tmp_path):
    root = seeds(tmp_path, {"x": TEXT}, {"0/x.txt": "a", "my cat (2)/x.txt": "b", "猫/x.txt": "c"})

    assert read_seeds(root).table.column("x").to_pylist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "name",
    [
        "x.txt~",
        "x.txt.bak",
        "x.txt.orig",
        ".x.txt.swp",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        ".x.txt.part",
        "x.swp",
        "#x.txt#",
    ],
)
def test_what_editors_leave_behind_is_ignored(tmp_path, name):
    files = {f"0/{name}": "old", name: "old", f"{name}.d~/x.txt": "old"} | {"0/x.txt": "new"}
    root = grow(tmp_path, {"dataset_info.json": json.dumps({"features": {"x": TEXT}}), **files})

    found = read_seeds(root)

    assert (found.names, found.table.column("x").to_pylist()) == (("0",), ["new"])


def test_hidden_folders_are_no_seeds_and_none_of_a_seed(tmp_path):
    files = {"0/x.txt": "a", ".git/config": "", "0/.ipynb_checkpoints/x.txt": "old"}

    assert read_seeds(seeds(tmp_path, {"x": TEXT}, files)).names == ("0",)


@pytest.mark.parametrize("beside", ["tinydata.yaml", "README.md"])
def test_the_recipe_and_a_card_may_lie_beside_the_seeds(tmp_path, beside):
    root = grow(seeds(tmp_path, {"x": TEXT}, {"x.txt": "a"}), {beside: "of me"})

    assert read_seeds(root).names == ("0",)


def test_seeds_may_lie_in_a_folder_called_data(tmp_path):
    seeds(tmp_path / "data", {"x": TEXT}, {"x.txt": "a"})

    assert read_seeds(tmp_path).table.column("x").to_pylist() == ["a"]


def test_the_info_of_other_writers_is_read(tmp_path):
    """`dataset_info.json` of `save_to_disk` has a key for each thing that `datasets` knows, and null for most."""
    info = {"citation": "", "features": {"x": TEXT}, "splits": None, "config_name": None, "version": {"major": 1}}
    root = grow(tmp_path, {"dataset_info.json": json.dumps(info), "0/x.txt": "a"})

    assert read_seeds(root).splits == ("train",)


@pytest.mark.parametrize("splits", [{"train": {"name": "train"}, "test": {"name": "test"}}, ["train", "test"]])
def test_the_splits_of_the_source_are_known(tmp_path, splits):
    info = {"features": {"x": TEXT}, "splits": splits}
    root = grow(tmp_path, {"dataset_info.json": json.dumps(info), "0/x.txt": "a"})

    assert read_seeds(root).splits == ("train", "test")


# Packs ---------------------------------------------------------------------------------------------------------------


def tarball(files: Mapping[str, str | bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            blob = content.encode() if isinstance(content, str) else content
            member.size = len(blob)
            if name.endswith("/"):
                member.type = tarfile.DIRTYPE
            tar.addfile(member, io.BytesIO(blob))
    return out.getvalue()


INSIDE = {"dataset_info.json": json.dumps({"features": {"x": TEXT}}), "0/x.txt": "a"}


@pytest.mark.parametrize("root", ["data/", "", "./", "./data/", "seeds/", "my/deep/seeds/"])
@pytest.mark.parametrize("mode", ["w:gz", "w", "w:bz2", "w:xz"])
def test_any_single_root_in_any_tarball_is_read(tmp_path, root, mode):
    grow(tmp_path, {"p.tar": tarball({f"{root}{name}": content for name, content in INSIDE.items()}, mode)})

    assert read_seeds(tmp_path / "p.tar").table.column("x").to_pylist() == ["a"]


def test_a_pack_by_tar_itself_is_read(tmp_path):
    """With folders as members, in any order, and what macOS adds."""
    files = {"data/": "", "data/0/": "", "data/0/x.txt": "a", "data/0/._x.txt": "mac", "._data": "mac"}
    grow(tmp_path, {"p.tgz": tarball(files | {"data/dataset_info.json": INSIDE["dataset_info.json"]})})

    assert read_seeds(tmp_path / "p.tgz").table.column("x").to_pylist() == ["a"]


def test_a_column_may_be_called_as_the_info_is(tmp_path):
    features = {"dataset_info": {"a": TEXT}}
    files = {"data/dataset_info.json": json.dumps({"features": features}), "data/0/dataset_info.json": '{"a": "b"}'}
    grow(tmp_path, {"p.tgz": tarball(files)})

    assert read_seeds(tmp_path / "p.tgz").table.to_pylist() == [{"dataset_info": {"a": "b"}}]


def test_nothing_is_read_but_what_the_pack_holds(tmp_path):
    """No member is laid out on disk: reading leaves the folder as it was."""
    grow(tmp_path, {"p.tgz": tarball({f"data/{name}": content for name, content in INSIDE.items()})})

    read_seeds(tmp_path / "p.tgz")

    assert [path.name for path in tmp_path.iterdir()] == ["p.tgz"]


# Laws ----------------------------------------------------------------------------------------------------------------


def test_laying_out_changes_nothing_that_it_is_given():
    features = {"x": TALK}
    row = {"x": [{"role": "user", "picture": {"bytes": PNG, "path": None}, "$ref": 1}]}
    before = json.dumps([features, str(row)])

    lay_out(row, features)

    assert json.dumps([features, str(row)]) == before


BROKEN: dict[str, tuple[Any, dict[str, str | bytes], str, str]] = {
    "an item twice": (many(TEXT), {"x_0.txt": "", "x_00.txt": ""}, "0/x_0.txt", "a second file for one slot: x_00.txt"),
    "a null list with items": (many(TEXT), {"x.null": "", "x_00.txt": ""}, "0/x.null", "a null list that has items: x_00.txt"),
    "a list in a file": (many(TEXT), {"x.txt": "a"}, "0/x.txt", "not an item of the list"),
    "a list that is too short": (many(TEXT, 2), {"x_00.txt": ""}, "0/x", "1 items where the column has 2"),
    "numbers that are too few": (many(value("int8"), 2), {"x.json": "[1]"}, "0/x.json", "1 items where the column has 2"),
    "bytes that are too few": (value("fixed_size_binary[2]"), {"x.bin": b"a"}, "0/x.bin", "1 bytes where the column has 2"),
    "a wrong suffix": (TEXT, {"x.md": "a"}, "0/x.md", "a .md file where .txt is wanted"),
    "no suffix": (TEXT, {"x": "a"}, "0/x", "a bare file where .txt is wanted"),
    "a medium without a suffix": (IMAGE, {"x": JPG}, "0/x", "no suffix of a medium: Image is wanted"),
    "a number in a text's place": ({"a": TEXT}, {"x.json": '{"a": 3}'}, "0/x.json, at a", "3 where a text is wanted"),
    "a list in a struct's place": ({"a": TEXT}, {"x.json": "[]"}, "0/x.json", "[] where an object is wanted"),
    "a struct in a list's place": ([{"a": TEXT}], {"x.json": "{}"}, "0/x.json", "{} where a list is wanted"),
    "a truth in a number's place": ({"a": value("int8")}, {"x.json": '{"a": true}'}, "0/x.json, at a", "true where int8 is wanted"),
    "a number in a truth's place": ({"a": value("bool")}, {"x.json": '{"a": 1}'}, "0/x.json, at a", "1 where bool is wanted"),
    "a fraction in an integer's place": ({"a": value("int8")}, {"x.json": '{"a": 1.5}'}, "0/x.json, at a", "'1.5' is no int8"),
    "a medium that is not there": (
        TALK,
        {"x.json": '[{"picture": {"$file": "gone.png"}}]'},
        "0/x.json, at 0.picture",
        "no file 'gone.png' in this folder",
    ),
    "a medium outside the folder": (
        TALK,
        {"x.json": '[{"picture": {"$file": "../1/x.png"}}]'},
        "0/x.json, at 0.picture",
        "no file '../1/x.png' in this folder",
    ),
    "a medium that is no file": (
        TALK,
        {"x.json": '[{"picture": "x.png"}]'},
        "0/x.json, at 0.picture",
        '"x.png" where a file is wanted',
    ),
    "a medium that nobody names": (TALK, {"x.json": "[]", "x.0.picture.png": PNG}, "0/x.0.picture.png", "belongs to no column"),
    "JSON too deep": ([{"a": TEXT}], {"x.json": "[" * 100_000}, "0/x.json", "no JSON: "),
    "a date that is none": (value("date32"), {"x.txt": "2023-02-29"}, "0/x.txt", "'2023-02-29' is no date32"),
    "a time that is none": (value("time32[s]"), {"x.txt": "24:00"}, "0/x.txt", "'24:00' is no time32[s]"),
    "a time too fine": (value("time32[s]"), {"x.txt": "12:00:00.5"}, "0/x.txt", "'12:00:00.5' is no time32[s]"),
    "a zone where there is none": (value("timestamp[s]"), {"x.txt": "2024-01-01T00:00:00Z"}, "0/x.txt", "is no timestamp[s]"),
    "a decimal too long": (value("decimal128(3, 1)"), {"x.txt": "1234.5"}, "0/x.txt", "'1234.5' is no decimal128(3, 1)"),
    "a truth that is none": (value("bool"), {"x.txt": "maybe"}, "0/x.txt", "'maybe' is no bool"),
    "an integer with a comma": (value("int64"), {"x.txt": "1,000"}, "0/x.txt", "'1,000' is no int64"),
    "an integer in other digits": (value("int64"), {"x.txt": "٣"}, "0/x.txt", "'٣' is no int64"),
    "a class past the last": (SORT, {"x.txt": "4"}, "0/x.txt", "no class '4'"),
    "names that are none": (IMAGE, {"x.png": PNG, ".paths.json": '{"x.png": 3}'}, "0/.paths.json", "no JSON of file names"),
    "names that are no JSON": (IMAGE, {"x.png": PNG, ".paths.json": "{"}, "0/.paths.json", "no JSON of file names"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_breaks_a_rule_is_named_by_its_file(tmp_path, case):
    feature, files, path, problem = BROKEN[case]
    root = seeds(tmp_path, {"x": feature}, files)

    with pytest.raises(BadSeed) as caught:
        read_seeds(root)

    assert caught.value.path == f"{root}/{path}"
    assert problem in caught.value.problem


def test_a_link_to_nowhere_is_told_as_the_file_it_is(tmp_path):
    root = seeds(tmp_path, {"x": TEXT}, {"y/x.txt": "a"})
    (root / "0").mkdir()
    (root / "0" / "x.txt").symlink_to(root / "nowhere")

    with pytest.raises(FileNotFoundError, match=r"x\.txt"):
        read_seeds(root)


# As a person edits them ------------------------------------------------------------------------------------------------


def edited(root: Path) -> Path:
    features = {
        "image": {"_type": "Image"},
        "audio": {"_type": "Audio"},
        "images": {"feature": {"_type": "Image"}, "length": -1, "_type": "Sequence"},
    }
    names = {"image.jpg": "old.jpg", "audio.wav": "old.wav", "images_00.jpg": "0.jpg"}
    return grow(
        root,
        {
            "dataset_info.json": json.dumps({"features": features}),
            "3/image.jpg": "jpg",
            "3/audio.wav": "wav",
            "3/images_00.jpg": "zero",
            "3/.paths.json": json.dumps(names),
        },
    )


def test_a_folder_copied_to_a_new_name_is_a_seed(tmp_path):
    root = edited(tmp_path)
    shutil.copytree(root / "3", root / "mine")

    read = read_seeds(root)

    assert read.names == ("3", "mine")
    assert read.table.slice(0, 1).to_pylist() == read.table.slice(1, 1).to_pylist()


def test_a_medium_gives_way_to_another_and_its_old_name_goes_with_it(tmp_path):
    root = edited(tmp_path)
    for old, new in (("image.jpg", "image.png"), ("audio.wav", "audio.flac"), ("images_00.jpg", "images_00.gif")):
        (root / "3" / old).unlink()
        (root / "3" / new).write_bytes(new.encode())

    (row,) = read_seeds(root).table.to_pylist()

    assert row == {
        "image": {"bytes": b"image.png", "path": None},
        "audio": {"bytes": b"audio.flac", "path": None},
        "images": [{"bytes": b"images_00.gif", "path": None}],
    }


def test_a_column_is_added_in_dataset_info_and_by_a_file_in_each_seed(tmp_path):
    root = edited(tmp_path)
    info = json.loads((root / "dataset_info.json").read_text())
    info["features"]["score"] = {"dtype": "float32", "_type": "Value"}
    (root / "dataset_info.json").write_text(json.dumps(info, indent=1))

    with pytest.raises(BadSeed) as missing:
        read_seeds(root)
    (root / "3" / "score.txt").write_text("0.5\n")

    assert missing.value.mend == "make score.txt, or score.null where it has none"
    assert read_seeds(root).table.column("score").to_pylist() == [0.5]
