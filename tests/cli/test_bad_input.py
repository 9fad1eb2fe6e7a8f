"""Bad input, through the command line: the thing is named, the exit code fits, and nothing is lost or half made."""

from __future__ import annotations

import ctypes
import gzip
import io
import json
import os
import signal
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from tests.helpers import HOUSE, grow, started
from tinydata import read_seeds
from tinydata.cli import main

Tree = dict[str, bytes | None]
HINT = "give the path of a file or a folder"


def value(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "_type": "Value"}


def info(**features: Any) -> str:
    return json.dumps({"features": features})


def picture(width: int = 4, height: int = 4) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).save(out, "PNG")
    return out.getvalue()


def size_of(path: str) -> tuple[int, int]:
    with Image.open(path) as opened:
        return opened.size


def bomb() -> bytes:
    """A PNG that says it has 4,000,000,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + picture()[33:]
    )


def tree(root: Path = Path()) -> Tree:
    """Every file below a folder with what it holds, and every folder."""
    return {str(path): None if path.is_dir() else path.read_bytes() for path in sorted(root.rglob("*"))}


def run(*words: str | Path) -> Result:
    """Type a command; what is no error of ours is raised."""
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="tinydata", catch_exceptions=False)


def told(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def error(fact: str, hint: str = "") -> str:
    return f"Error: {fact}\n" + (f"\nhint: {hint}\n" if hint else "")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, so that paths are short."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "TINYDATA_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


# Seeds that break a rule ---------------------------------------------------------------------------------------------

SEEDS: dict[str, str | bytes] = {
    "seeds/dataset_info.json": info(
        text=value("string"),
        count=value("int8"),
        image={"_type": "Image"},
        tags={"feature": value("string"), "length": -1, "_type": "Sequence"},
        talk=[{"role": value("string"), "at": value("float32")}],
        sort={"names": ["cat", "dog"], "_type": "ClassLabel"},
    ),
    "seeds/7/text.txt": "a red ball",
    "seeds/7/count.txt": "3",
    "seeds/7/image.png": picture(),
    "seeds/7/tags_00.txt": "red",
    "seeds/7/talk.json": '[{"role": "user", "at": 0.5}]',
    "seeds/7/sort.txt": "dog",
}

# What is added to SEEDS (None: taken away), what is said of it, and what would mend it.
FAULTS: dict[str, tuple[dict[str, str | bytes | None], str, str]] = {
    "two files for one slot": (
        {"7/text.null": ""},
        "seeds/7/text.null: a second file for one slot: text.txt",
        "keep one of them",
    ),
    "two files for one item": (
        {"7/tags_00.null": ""},
        "seeds/7/tags_00.null: a second file for one slot: tags_00.txt",
        "keep one of them",
    ),
    "two pictures for one slot": (
        {"7/image.jpg": picture()},
        "seeds/7/image.jpg: a second file for one slot: image.png",
        "keep one of them",
    ),
    "a gap": (
        {"7/tags_02.txt": "blue"},
        "seeds/7/tags_01: a gap: the items go on to 2",
        "make tags_01.null, or number the rest anew",
    ),
    "a missing column": (
        {"7/count.txt": None},
        "seeds/7/count: no file for this column",
        "make count.txt, or count.null where it has none",
    ),
    "an unknown file": (
        {"7/colour.txt": "red"},
        "seeds/7/colour.txt: belongs to no column",
        'delete it, or add "colour": {"dtype": "string", "_type": "Value"} to dataset_info.json',
    ),
    "a column in the wrong case": (
        {"7/text.txt": None, "7/Text.txt": "a red ball"},
        "seeds/7/text: no file for this column",
        "make text.txt, or text.null where it has none",
    ),
    "a text that is not UTF-8": (
        {"7/text.txt": b"r\xe9d"},
        "seeds/7/text.txt: not UTF-8: byte 1 is 0xe9",
        "save it as UTF-8",
    ),
    "a number that is not UTF-8": (
        {"7/count.txt": b"\xff\xfe3\x00"},
        "seeds/7/count.txt: not UTF-8: byte 0 is 0xff",
        "save it as UTF-8",
    ),
    "JSON that is not UTF-8": (
        {"7/talk.json": b'[{"role": "\xe9"}]'},
        "seeds/7/talk.json: not UTF-8: byte 11 is 0xe9",
        "save it as UTF-8",
    ),
    "a number that is none": ({"7/count.txt": "three"}, "seeds/7/count.txt: 'three' is no int8", "write it as 7"),
    "a number too large": ({"7/count.txt": "300"}, "seeds/7/count.txt: '300' is no int8", "write it as 7"),
    "a number left empty": ({"7/count.txt": "\n"}, "seeds/7/count.txt: '' is no int8", "write it as 7"),
    "a number that is none, in JSON": (
        {"7/talk.json": '[{"role": "user", "at": "soon"}]'},
        "seeds/7/talk.json, at 0.at: 'soon' is no float32",
        "write it as 0.5",
    ),
    "a class that is none": ({"7/sort.txt": "cow"}, "seeds/7/sort.txt: no class 'cow'", "classes: cat, dog"),
    "broken JSON": (
        {"7/talk.json": '[\n  {"role" "user"}\n]'},
        "seeds/7/talk.json, line 2: no JSON: Expecting ':' delimiter",
        "commas stand between things, none after the last; names and texts are in double quotes",
    ),
    "a key that is no column's": (
        {"7/talk.json": '[{"name": "Bo"}]'},
        "seeds/7/talk.json, at 0: no key 'name' in this column",
        "keys: role, at; or add it to dataset_info.json",
    ),
    "a text that no UTF-8 can hold, in JSON": (
        {"7/talk.json": '[{"role": "\\ud800"}]'},
        "seeds/7/talk.json, at 0.role: half a surrogate pair, which is no character",
        "write the character itself",
    ),
    "a null slot that holds something": (
        {"7/text.txt": None, "7/text.null": "a red ball"},
        "seeds/7/text.null: a null slot that holds something",
        "rename it to what it is, or empty it",
    ),
    "a text in a picture's place": (
        {"7/image.png": None, "7/image.txt": "red"},
        "seeds/7/image.txt: no suffix of a medium: Image is wanted",
        "give it the suffix of what it holds",
    ),
    "a file beside the seeds": (
        {"notes.txt": "to do"},
        "seeds/notes.txt: a file beside the seeds",
        "each seed is a folder; move it into one",
    ),
    "a folder inside a seed": (
        {"7/more/text.txt": "red"},
        "seeds/7/more: a folder inside a seed",
        "a seed holds files only; move it out",
    ),
    "no seeds": (
        {name.removeprefix("seeds/"): None for name in SEEDS if name != "seeds/dataset_info.json"},
        "seeds: no seeds: not one folder",
        "a seed is a folder with a file for each column",
    ),
    "no dataset_info.json": (
        {"dataset_info.json": None},
        "seeds: not seeds: no dataset_info.json here",
        "unpack makes one",
    ),
    "a dataset_info.json without features": (
        {"dataset_info.json": "{}"},
        "seeds/dataset_info.json: no `features`",
        "it names each column and its type",
    ),
    "a feature type that there is not": (
        {"dataset_info.json": info(text={"_type": "Smell"})},
        "seeds/dataset_info.json, line 1: column 'text': no feature type 'Smell'",
        "",
    ),
    "a type that there is not": (
        {"dataset_info.json": info(text=value("strin"))},
        "seeds/dataset_info.json, line 1: column 'text': no type 'strin'",
        "did you mean string",
    ),
    "a feature that is none": (
        {"dataset_info.json": info(text=3)},
        "seeds/dataset_info.json, line 1: column 'text': no feature: 3",
        'write "text": {"dtype": "string", "_type": "Value"}',
    ),
    "a misspelled feature type, a line further down": (
        {"dataset_info.json": '{"features": {\n  "image": {"_type": "Imgae"}\n}}'},
        "seeds/dataset_info.json, line 2: column 'image': no feature type 'Imgae'",
        "did you mean Image",
    ),
    "the name of a type alone": (
        {"dataset_info.json": info(score="float32")},
        "seeds/dataset_info.json, line 1: column 'score': no feature: \"float32\"",
        'write "score": {"dtype": "float32", "_type": "Value"}',
    ),
    "a comma too few in dataset_info.json": (
        {"dataset_info.json": '{"features": {\n  "a": {"_type": "Image"}\n  "b": {"_type": "Image"}\n}}'},
        "seeds/dataset_info.json, line 3: no JSON: Expecting ',' delimiter",
        "commas stand between things, none after the last; names and texts are in double quotes",
    ),
    "a picture of a column that is not there yet": (
        {"7/photo.png": picture()},
        "seeds/7/photo.png: belongs to no column",
        'delete it, or add "photo": {"_type": "Image"} to dataset_info.json',
    ),
    "class names that are none": (
        {"dataset_info.json": info(sort={"_type": "ClassLabel", "names": 2})},
        "seeds/dataset_info.json, line 1: column 'sort': no list of class names: 2",
        "",
    ),
    "splits that are none": (
        {"dataset_info.json": json.dumps({"features": {"text": value("string")}, "splits": 3})},
        "seeds/dataset_info.json: no `splits`: 3",
        "it is an object, with the name of each split as a key",
    ),
    "columns that differ only in case": (
        {"dataset_info.json": info(text=value("string"), Text=value("string"))},
        "dataset_info.json: columns 'text' and 'Text' differ in case only",
        "rename one of them, or take but one",
    ),
}

READERS = {
    "pack": ("pack", "seeds"),
    "shrink": ("shrink", "seeds"),
    "generate": ("generate", "seeds", "10.unique", "-o", "out"),
    "dataset": ("dataset", "seeds", "--variants", "3.unique", "-o", "out"),
}


def spoiled(fault: dict[str, str | bytes | None]) -> dict[str, str | bytes]:
    world = SEEDS | {f"seeds/{name}": content for name, content in fault.items()}
    return {name: content for name, content in world.items() if content is not None}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", READERS)
def test_seeds_that_break_a_rule_are_named_with_what_mends_them(here, command, fault):
    change, fact, hint = FAULTS[fault]
    before = tree(grow(here, spoiled(change)))
    if command == "dataset" and fault == "no dataset_info.json":
        Path("seeds/7/image.png").unlink()  # or they would be an imagefolder
        before = tree(here)
        fact, hint = "seeds: a folder that holds no records; known are ", ""

    result = run(*READERS[command])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.removesuffix("\n").startswith(error(fact, hint).removesuffix("\n"))
    assert tree(here) == before


def test_all_that_is_wrong_with_seeds_is_told_at_once_by_check(here):
    grow(here, SEEDS | {"seeds/7/count.txt": "three", "seeds/8/text.txt": "blue", "seeds/7/text.null": ""})

    result = run("check", "seeds")

    problems = [line.split(": ")[1] for line in result.stdout.splitlines() if line.startswith("problem: ")]
    assert result.exit_code == 1
    assert problems == [
        *("seeds/7/text.null", "seeds/7/count.txt"),
        *(f"seeds/8/{column}" for column in ("count", "image", "tags", "talk", "sort") if column != "tags"),
    ]


@pytest.mark.parametrize("fault", [fault for fault, (_, fact, _) in FAULTS.items() if fact.startswith("seeds/7/")])
def test_check_says_of_a_seed_what_the_others_fail_with(here, fault):
    change, fact, hint = FAULTS[fault]
    grow(here, spoiled(change))

    result = run("check", "seeds")

    assert result.exit_code == 1
    assert f"problem: {fact}{f' ({hint})' if hint else ''}\n" in result.stdout


# Pictures that cannot be read ----------------------------------------------------------------------------------------

BAD_PICTURES = {
    "truncated": picture(64, 64)[:-80],
    "a bomb": bomb(),
    "no picture at all": b"not a picture",
    "empty": b"",
}


@pytest.mark.parametrize("bad", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_shrink_names_a_picture_that_it_cannot_read_leaves_it_and_does_the_rest(here, bad):
    seeds = {"seeds/dataset_info.json": info(image={"_type": "Image"})}
    grow(
        here,
        seeds | {"seeds/0/image.png": picture(64, 64), "seeds/1/image.png": bad, "seeds/2/image.png": picture(9, 64)},
    )

    result = run("shrink", "seeds", "--max-side", "8")

    assert (result.exit_code, result.stdout) == (1, "seeds\n")
    assert "Error: seeds/1/image.png: " in result.stderr
    assert result.stderr.endswith("\n1 file left as it was\n")
    assert Path("seeds/1/image.png").read_bytes() == bad
    assert [size_of(f"seeds/{seed}/image.png") for seed in (0, 2)] == [(8, 8), (1, 8)]


@pytest.mark.parametrize("bad", BAD_PICTURES.values(), ids=BAD_PICTURES)
@pytest.mark.parametrize("words", [("unpack", "-o", "out"), ("dataset", "-o", "out", "--variants", "2.repeat")])
def test_a_picture_that_cannot_be_read_comes_out_as_it_was_and_the_rest_shrunk(here, bad, words):
    images = pa.array([{"bytes": picture(64, 64), "path": None}, {"bytes": bad, "path": "bad.png"}])
    metadata = {"huggingface": json.dumps({"info": {"features": {"image": {"_type": "Image"}}}})}
    pq.write_table(pa.table({"image": images}).replace_schema_metadata(metadata), "photos.parquet")

    result = run(words[0], "photos.parquet", "--max-side", "8", *words[1:])

    assert (result.exit_code, result.stdout) == (1, "out\n")
    assert "Error: 1/image.png: " in result.stderr
    assert result.stderr.endswith("\n1 file left as it was\n")
    if words[0] == "unpack":
        assert Path("out/1/image.png").read_bytes() == bad
        assert size_of("out/0/image.png") == (8, 8)


def test_json_tells_of_the_pictures_that_could_not_be_read(here):
    grow(here, {"photos/a.jpg": b"not a picture", "photos/b.png": picture()})

    result = run("unpack", "photos", "--max-side", "8", "--json")

    assert result.exit_code == 1
    assert [failure.split(":")[0] for failure in json.loads(result.stdout)["failures"]] == ["0/image.jpg"]


# Packs ---------------------------------------------------------------------------------------------------------------

GOOD = {"data/dataset_info.json": info(text=value("string")), "data/0/text.txt": "red"}


def member(
    name: str, content: str = "", sort: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.size, made.type, made.linkname = len(content), sort, link
    return made, content.encode()


def tarball(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for made, content in members:
            tar.addfile(made, io.BytesIO(content))
    return out.getvalue()


def huge(name: str) -> bytes:
    made = tarfile.TarInfo(name)
    made.size = 2 << 30
    return made.tobuf()


WHOLE = [member(name, content) for name, content in GOOD.items()]
BAD_PACKS = {
    "a way out": (
        tarball(*WHOLE, member("data/../../evil.txt")),
        "data/../../evil.txt: a member that points out of the pack",
    ),
    "an absolute name": (
        tarball(*WHOLE, member("/etc/evil.txt")),
        "/etc/evil.txt: a member that points out of the pack",
    ),
    "a name of Windows": (tarball(*WHOLE, member("C:evil.txt")), "C:evil.txt: a member that points out of the pack"),
    "a backslash": (tarball(*WHOLE, member("..\\evil.txt")), "..\\evil.txt: a member that points out of the pack"),
    "a symbolic link": (
        tarball(*WHOLE, member("data/0/image.png", sort=tarfile.SYMTYPE, link="/etc/passwd")),
        "data/0/image.png: a link or a device, not a file",
    ),
    "a hard link": (
        tarball(*WHOLE, member("data/0/image.png", sort=tarfile.LNKTYPE, link="data/0/text.txt")),
        "data/0/image.png: a link or a device, not a file",
    ),
    "a device": (
        tarball(*WHOLE, member("data/0/image.png", sort=tarfile.CHRTYPE)),
        "data/0/image.png: a link or a device, not a file",
    ),
    "two members of one name": (tarball(*WHOLE, WHOLE[1]), "data/0/text.txt: two members of one name"),
    "two names of one member": (
        tarball(*WHOLE, member("./data//0/text.txt")),
        "./data//0/text.txt: two members of one name",
    ),
    "truncated": (tarball(*WHOLE)[:-30], "no whole tarball: "),
    "truncated between two members": (gzip.compress(gzip.decompress(tarball(*WHOLE))[:1024]), "no whole tarball: "),
    "damaged": (tarball(*WHOLE)[:40] + b"????" + tarball(*WHOLE)[44:], "no whole tarball: no tar, or a damaged one"),
    "no tarball": (b"not a tarball", "no whole tarball: no tar, or a damaged one"),
    "empty": (b"", "no whole tarball: no tar, or a damaged one"),
    "a bomb": (gzip.compress(huge("data/0/text.txt")), "data/0/text.txt: a bomb: "),
    "no seeds in it": (tarball(member("data/0/text.txt", "red")), "no dataset_info.json in it"),
    "two roots": (
        tarball(*WHOLE, member("more/dataset_info.json", "{}")),
        "2 files dataset_info.json, where one marks the root of the seeds",
    ),
    "a file outside the seeds": (
        tarball(*WHOLE, member("more/notes.txt", "x")),
        "more/notes.txt: lies outside the seeds",
    ),
    "a fault in a seed": (
        tarball(*WHOLE, member("data/0/text.null")),
        "data/0/text.null: a second file for one slot: text.txt",
    ),
}


@pytest.mark.parametrize("bad", BAD_PACKS)
@pytest.mark.parametrize("command", ["generate", "dataset"])
def test_a_bad_pack_is_refused_before_anything_is_made(here, command, bad):
    content, fact = BAD_PACKS[bad]
    before = tree(grow(here, {"in/data.tar.gz": content}))
    variant = ("10.unique",) if command == "generate" else ("--variants", "3.unique")

    result = run(command, "in/data.tar.gz", *variant, "-o", "out")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: in/data.tar.gz: ") or result.stderr.startswith("Error: in/data.tar.gz:/")
    assert fact in result.stderr
    assert tree(here) == before


@pytest.mark.parametrize("bad", BAD_PACKS)
def test_check_finds_a_bad_pack(here, bad):
    content, fact = BAD_PACKS[bad]
    grow(here, {"data.tar.gz": content})

    result = run("check", "data.tar.gz")

    assert (result.exit_code, result.stderr) == (1, "1 problem\n")
    assert result.stdout.startswith("problem: data.tar.gz:")
    assert fact in result.stdout


@pytest.mark.parametrize(
    "words", [("shrink", "data.tar.gz"), ("null", "data.tar.gz", "0", "text"), ("pack", "data.tar.gz")]
)
def test_a_pack_is_no_folder_to_edit(here, words):
    before = tree(grow(here, {"data.tar.gz": tarball(*WHOLE)}))

    result = run(*words)

    fact = "data.tar.gz: a file, where a folder of seeds is wanted"
    assert told(result) == (1, "", error(fact, "`tinydata unpack data.tar.gz` lays the seeds of a pack out"))
    assert tree(here) == before


# Sources -------------------------------------------------------------------------------------------------------------


def parquet_of(table: pa.Table, **options: Any) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(table, out, **options)
    return out.getvalue().to_pybytes()


def arrow_of(table: pa.Table, writer: Callable[..., Any] = pa.ipc.new_file) -> bytes:
    out = pa.BufferOutputStream()
    with writer(out, table.schema) as file:
        file.write_table(table)
    return out.getvalue().to_pybytes()


def samples(members: dict[str, bytes]) -> bytes:
    return gzip.decompress(tarball(*(member(name, content.decode("latin-1")) for name, content in members.items())))


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


TABLE = pa.table({"text": ["a red ball", "a blue kite", "a green tree"], "count": [1, 2, 3]})
LINES = b'{"text": "a"}\n\n{"text": "b"}\n'
DAMAGED = {
    "not there.parquet": (None, "no source not there.parquet: no such file or folder"),
    "cut.parquet": (parquet_of(TABLE)[:-9], "cut.parquet: the Parquet file breaks off: it does not end with PAR1"),
    "text.parquet": (b"not parquet at all", "text.parquet: no Parquet file: it does not begin with PAR1"),
    "empty.parquet": (b"", "empty.parquet: no Parquet file: it does not begin with PAR1"),
    "footer.parquet": (parquet_of(TABLE)[:-60] + b"?" * 50 + parquet_of(TABLE)[-10:], "footer.parquet: "),
    "pages.parquet": (b"PAR1" + b"\0" * 60 + parquet_of(TABLE)[64:], "pages.parquet: "),
    "cut.arrow": (arrow_of(TABLE)[:-9], "cut.arrow: the Arrow file breaks off: it does not end with ARROW1"),
    "cut stream.arrow": (arrow_of(TABLE, pa.ipc.new_stream)[:-80], "cut stream.arrow: "),
    "text.arrow": (b"not arrow at all", "text.arrow: no Arrow file: it begins with neither ARROW1 nor a message"),
    "empty.arrow": (b"", "empty.arrow: no Arrow file: it begins with neither ARROW1 nor a message"),
    "schema.arrow": (arrow_of(TABLE)[:8] + b"?" * 40 + arrow_of(TABLE)[48:], "schema.arrow: "),
    "object.jsonl": (LINES + b'{"text": \n', "object.jsonl, line 4: no JSON: Expecting value"),
    "cut.jsonl": (LINES + b'{"text": "c', "cut.jsonl, line 4: no JSON: Unterminated string"),
    "list.jsonl": (LINES + b"[1]\n", "list.jsonl, line 4: no JSON object"),
    "latin.jsonl": (LINES + b'{"text": "\xe9"}\n', "latin.jsonl, line 4: not UTF-8: byte 0xe9 at column 11"),
    "empty.jsonl": (b"\n\n", "empty.jsonl: it holds no records"),
    "comma.json": (b'[\n {"text": "a"},\n {"text": }\n]', "comma.json, line 3: no JSON: Expecting value"),
    "latin.json": (b'[\n {"text": "\xe9"}\n]', "latin.json, line 2: not UTF-8: byte 0xe9"),
    "mixed.json": (b'[{"text": "a"}, 3]', "mixed.json: item 1 of the list is no object"),
    "empty.json": (b"[]", "empty.json: it holds no records"),
    "names.json": (b"{}", "names.json: its records have no columns"),
    "photo.jpg": (b"\xff\xd8\xff\xe0", "photo.jpg: one image by itself: a folder of such files is a source"),
    "ragged.csv": (b"a,b\n1,2\n3,4,5\n", "ragged.csv, line 3: 3 fields, not 2"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "twice.csv, line 1: two columns are called 'a'"),
    "quote.csv": (b'a,b\n1,"x\n2,y\n', "quote.csv, line 2: a quoted field that does not end"),
    "latin.csv": (b"a,b\n1,x\n2,\xe9\n", "latin.csv, line 3: not UTF-8"),
    "latin.txt": (b"one\ntw\xe9\n", "latin.txt, line 2: not UTF-8: byte 0xe9 at column 3"),
    "cut.jsonl.gz": (gzip.compress(LINES)[:-9], "cut.jsonl.gz: the gzip data break off"),
    "other.jsonl.gz": (gzip.compress(LINES) + b"more", "other.jsonl.gz: damaged gzip data: "),
    "latin.csv.gz": (gzip.compress(b"a\n\xe9\n"), "latin.csv.gz, line 2: not UTF-8"),
    "cut.tar": (samples({"0.txt": b"a" * 999})[:1000], "cut.tar: the tar breaks off"),
    "out.tar": (samples({"0.txt": b"a", "../1.txt": b"b"}), "out.tar: ../1.txt: a member that points out of the tar"),
    "code.tar": (samples({"a.py": b"a", "b.md": b"b"}), "code.tar: a tar that holds neither seeds nor samples of a webdataset"),
    "latin.tar": (samples({"0.txt": b"a", "1.txt": b"a"}).replace(b"a" + bytes(511), b"\xe9" + bytes(511)), "latin.tar: 0.txt: 'utf-8' codec can't decode byte 0xe9"),
    "torn.zip": (zipped({"a.csv": "a\n1\n"})[:31] + zipped({"a.csv": "a\n1\n"})[40:], "torn.zip: no whole zip: it puts a.csv at byte -9"),
    "nameless.zip": (zipped({"a.csv": "a\n1\n"}).replace(b"a.csv", b"\0.csv"), "nameless.zip: a zip of no data files"),
    "cut.zip": (zipped({"a.csv": "a\n1\n"})[:-9], "cut.zip: no whole zip: "),
    "out.zip": (zipped({"../a.csv": "a\n1\n"}), "out.zip: ../a.csv: a member that points out of the zip"),
    "bomb.zip": (zipped({"a.json": b" " * (1 << 25)}).replace(struct.pack("<I", 1 << 25), b"\xff\xff\xff\x7f"), "bomb.zip: a.json: a bomb: "),
    "media.zip": (zipped({"0.jpg": b"a", "metadata.csv": "file_name\n0.jpg\n1.jpg\n0.jpg\n"}), "media.zip/metadata.csv, line 3: no file 1.jpg"),
    "notes.zip": (zipped({"a.md": "x"}), "notes.zip: a zip of no data files"),
    "gone*.csv": (None, "no source gone*.csv: no such file or folder"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("command", ["unpack", "dataset"])
def test_a_bad_source_is_named_with_its_line_and_nothing_is_made(here, command, name):
    content, fact = DAMAGED[name]
    before = tree(grow(here, {} if content is None else {name: content}))

    result = run(command, name, "--ids", "0-2", "-o", "out")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {fact}")
    assert tree(here) == before


def test_a_damaged_line_is_of_no_matter_to_the_records_before_it(here):
    grow(here, {"a.jsonl": b'{"text": "a"}\n{"text": "b"}\n{"text": \n'})

    result = run("unpack", "a.jsonl", "--ids", "0-1", "-q")

    assert told(result) == (0, "seeds\n", "")


def test_a_row_that_names_a_file_that_is_not_there_is_told_with_its_line(here):
    lines = [json.dumps({"file_name": f"{number}.png", "text": "a"}) for number in range(3)]
    before = tree(grow(here, {"p/metadata.jsonl": "\n".join(lines), "p/0.png": picture(), "p/1.png": picture()}))

    result = run("unpack", "p")

    assert told(result) == (1, "", error("p/metadata.jsonl, line 3: no file 2.png"))
    assert tree(here) == before


@pytest.mark.parametrize("command", ["unpack", "dataset"])
def test_a_dataset_repo_stands_for_its_seeds_and_not_for_the_one_picture_in_it(here, command):
    grow(here, SEEDS)
    run("dataset", "seeds", "--variants", "3.unique", "-o", "tiny")

    result = run(command, "tiny", "-o", "out")

    assert (result.exit_code, result.stdout) == (0, "out\n")
    assert read_seeds(here / "out").table.equals(read_seeds(here / "seeds").table)


@pytest.mark.parametrize("words", [("unpack", ""), ("dataset", "", "-o", "out"), ("shrink", ""), ("check", "")])
def test_an_empty_word_is_not_the_folder_that_one_stands_in(here, words):
    before = tree(grow(here, {"a.parquet": parquet_of(TABLE)} | {name[6:]: text for name, text in SEEDS.items()}))

    result = run(*words)

    assert told(result) == (1, "", error("no source '': no such file or folder", HINT))
    assert tree(here) == before


def test_a_folder_of_nothing_known_is_told_what_is_known(here):
    grow(here, {"notes/a.md": "# notes"})

    result = run("unpack", "notes")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: notes: a folder that holds no records; known are ")


UNHOLDABLE = {
    "map": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int32())),
    "a map in a struct": pa.array([{"m": [("a", 1)]}], pa.struct([("m", pa.map_(pa.string(), pa.int32()))])),
    "a map in a list": pa.array([[[("a", 1)]]], pa.list_(pa.map_(pa.string(), pa.int32()))),
    "dense union": pa.UnionArray.from_dense(pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([1])]),
    "sparse union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
    "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "run-end encoded": pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array(["a"])),
    "a struct without fields": pa.array([{}], pa.struct([])),
}


@pytest.mark.parametrize("sort", UNHOLDABLE)
def test_a_column_that_datasets_cannot_hold_is_named_and_can_be_left_out(here, sort):
    table = pa.table({"text": ["a"], "strange": UNHOLDABLE[sort]})
    before = tree(grow(here, {"a.arrow": arrow_of(table)}))

    result = run("unpack", "a.arrow", "-o", "out")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: column 'strange': `datasets` cannot hold ")
    assert result.stderr.endswith("\n\nhint: leave it out with `--columns`\n")
    assert tree(here) == before
    assert run("unpack", "a.arrow", "--columns", "text", "-o", "out").exit_code == 0  # the hint holds


COLUMNS = {
    "two that differ in case only": (["text", "Text"], "columns 'text' and 'Text' differ in case only"),
    "two that differ in their accents' form only": (["caf\u00e9", "cafe\u0301"], "differ in case only"),
    "one twice": (["text", "text"], "two columns are called 'text'"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_that_cannot_be_files_are_named(here, case):
    names, fact = COLUMNS[case]
    table = pa.table([pa.array(["a"])] * len(names), names)
    before = tree(grow(here, {"a.arrow": arrow_of(table)}))

    result = run("unpack", "a.arrow", "-o", "out")

    assert (result.exit_code, result.stdout) == (1, "")
    assert fact in result.stderr
    assert tree(here) == before


# Words -------------------------------------------------------------------------------------------------------------

WRONG = {  # the words, and how the option is blamed
    "unpack a.parquet --ids 7-5": "Invalid value for '--ids': ids '7-5': '7-5' runs backwards",
    "unpack a.parquet --ids a": "Invalid value for '--ids': ids 'a': 'a' is no number and no range",
    "unpack a.parquet --ids -3": "Invalid value for '--ids': ids '-3': '-3' is no number and no range",
    "unpack a.parquet --ids 1,,2": "Invalid value for '--ids': ids '1,,2': a part is empty",
    "unpack a.parquet --max-side 0": "Invalid value for '--max-side': 0 is not in the range x>=1.",
    "unpack a.parquet --max-side big": "Invalid value for '--max-side': 'big' is not a valid integer range.",
    "unpack a.parquet --columns text,,count": "Invalid value for '--columns': a word between two commas is missing",
    "generate seeds 0.unique -o out": "Invalid value for 'VARIANT': variant '0.unique': not SIZE.unique or SIZE.repeat",
    "generate seeds 10.uniq -o out": "Invalid value for 'VARIANT': variant '10.uniq': not SIZE.unique or SIZE.repeat",
    "generate seeds 1e3.unique -o out": "Invalid value for 'VARIANT': variant '1e3.unique': not SIZE.unique or SIZE.repeat",
    "generate seeds 1.5.unique -o out": "Invalid value for 'VARIANT': variant '1.5.unique': not SIZE.unique or SIZE.repeat",
    "generate seeds 10 -o out": "Invalid value for 'VARIANT': variant '10': not SIZE.unique or SIZE.repeat",
    "generate seeds -1.repeat -o out": "o such option",
    "generate seeds -o out -- -1.repeat": "Invalid value for 'VARIANT': variant '-1.repeat': not SIZE.unique or SIZE.repeat",
    "generate seeds 10.unique --shards 0 -o out": "Invalid value for '--shards': 0 is not in the range x>=1.",
    "generate seeds 10.unique --shards 11 -o out": "Invalid value for '--shards': shards 11: at least 1 is needed, at most 10",
    "generate seeds 10.unique --format json -o out": "Invalid value for '--format': no format 'json': there is parquet, arrow, jsonl",
    "dataset seeds --variants 10.uniq -o out": "Invalid value for '--variants': variant '10.uniq': not SIZE.unique or SIZE.repeat",
    "dataset seeds --variants , -o out": "Invalid value for '--variants': a word between two commas is missing",
    "dataset seeds --splits train,a/b -o out": "Invalid value for '--splits': split 'a/b': ",
    "dataset seeds --splits train,train -o out": "Invalid value for '--splits': split 'train': named twice",
    "dataset seeds --splits train,Train -o out": "Invalid value for '--splits': split 'train': named twice",
    "dataset seeds --template fancy -o out": "Invalid value for '--template': no template 'fancy': there is synthetic",
    "shrink seeds --max-side 0": "Invalid value for '--max-side': 0 is not in the range x>=1.",
    "shrink seeds --max-chars 0": "Invalid value for '--max-chars': 0 is not in the range x>=1.",
    "null seeds 7": "Missing argument 'COLUMN...'.",
    "dataset seeds": "Missing option '-o' / '--output'",
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_word_is_blamed_by_its_option_and_nothing_is_made(here, words):
    before = tree(grow(here, SEEDS | {"a.parquet": parquet_of(TABLE)}))

    result = run(*words.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert WRONG[words] in result.stderr
    assert tree(here) == before


UNFIT = {  # words that may be right, but not for what lies there
    "unpack a.parquet --ids 3": ("no record 3: the source holds 3", "ask for ids in 0-2"),
    "unpack a.parquet --ids 1-9": ("no record 3: the source holds 3", "ask for ids in 0-2"),
    "unpack a.parquet --ids 5-": ("no record 5: the source holds 3", "ask for ids in 0-2"),
    "unpack a.parquet --columns txt": ("no column 'txt': there is text, count", "did you mean `text`"),
    "unpack a.parquet --split test": ("a.parquet: no split 'test': there is train", "`--split train`"),
    "unpack a.parquet --config en": ("a.parquet: no config 'en': there is no named config", "leave `--config` out"),
    "null seeds 8 text": ("seeds: no seed '8': there is 7", ""),
    "null seeds 7 txt": ("no column 'txt': there is text, count, image, tags, talk, sort", "did you mean `text`"),
    "null seeds 7 text txt": ("no column 'txt': there is text, count, image, tags, talk, sort", "did you mean `text`"),
    "generate seeds 9.unique --stamp count -o out": (
        "stamp 'count': leads to no text in text, count, image, tags, talk, sort",
        "name a string column, or a way to one with dots, as in `--stamp messages.content`",
    ),
    "dataset seeds --stamp talk.where -o out": (
        "stamp 'talk.where': leads to no text in text, count, image, tags, talk, sort",
        "name a string column, or a way to one with dots, as in `--stamp messages.content`",
    ),
    "generate mute 9.unique -o out": (
        "no text to stamp in count: unique rows need a string column",
        "take repeat variants only: `10k.repeat`",
    ),
    "dataset mute -o out": (
        "no text to stamp in count: unique rows need a string column",
        "take repeat variants only: `--variants 10k.repeat`",
    ),
    "dataset seeds -o loader": (
        "loader: `datasets` takes loader/loader.py for an old loading script and refuses the repo",
        "`-o` names another",
    ),
    "check notes": ("notes: neither seeds, a pack, a dataset repo, a tokenizer nor a model", ""),
    "check nothing": ("no source nothing: no such file or folder", HINT),
    "shrink nothing": ("no source nothing: no such file or folder", HINT),
    "null nothing 7 text": (
        "no source nothing: no such file or folder",
        HINT,
    ),
    "pack nothing": ("no source nothing: no such file or folder", HINT),
    "rebuild nothing": (
        "no source nothing: no such file or folder",
        HINT,
    ),
    "generate nothing 9.unique -o out": (
        "no source nothing: no such file or folder",
        HINT,
    ),
    "dataset nothing -o out": (
        "no source nothing: no such file or folder",
        f"{HINT}, or `hf://nothing` for a repo of the Hub",
    ),
    "demo nothing -o out": (
        "no source nothing: no such file or folder",
        HINT,
    ),
    "rebuild mute": ("mute/tinydata.yaml: no recipe here", "make it again with the command you made it with"),
    "pack notes": ("notes: not seeds: no dataset_info.json here", "unpack makes one"),
    "shrink notes": ("notes: not seeds: no dataset_info.json here", "unpack makes one"),
}


@pytest.mark.parametrize("words", UNFIT)
def test_what_does_not_fit_is_named_and_nothing_is_made(here, words):
    fact, hint = UNFIT[words]
    mute = {"mute/dataset_info.json": info(count=value("int8")), "mute/0/count.txt": "1", "notes/a.md": "# notes"}
    before = tree(grow(here, SEEDS | mute | {"a.parquet": parquet_of(TABLE)}))

    wanted = {"unpack": ("-o", "out"), "demo": ("-q",)}.get(words.split()[0], ())

    result = run(*words.split(), *wanted)

    assert told(result) == (1, "", error(fact, hint))
    assert tree(here) == before


# Targets -----------------------------------------------------------------------------------------------------------

MAKERS = {
    "unpack": ("unpack", "a.parquet"),
    "pack": ("pack", "seeds"),
    "generate": ("generate", "seeds", "10.unique"),
    "dataset": ("dataset", "seeds", "--variants", "3.unique"),
}
TAKEN = {"a file": {"out": "precious"}, "a folder that holds something": {"out/a.txt": "precious"}}
WORLD = SEEDS | {"a.parquet": parquet_of(TABLE)}


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("command", MAKERS)
def test_an_existing_target_is_refused_and_stays_as_it_is(here, command, taken):
    before = tree(grow(here, WORLD | TAKEN[taken]))

    result = run(*MAKERS[command], "-o", "out")

    assert told(result) == (1, "", error("out exists", "`--overwrite` replaces it, `-o` names another"))
    assert tree(here) == before


def test_the_demo_refuses_a_folder_that_holds_something(here):
    before = tree(grow(here, {"out/a.txt": "precious"}))

    result = run("demo", "-o", "out")

    assert told(result) == (1, "", error("out exists", "`-o` names another"))
    assert tree(here) == before


@pytest.mark.parametrize("command", [command for command in MAKERS if command != "pack"])
def test_an_empty_folder_is_no_obstacle(here, command):
    grow(here, WORLD | {"out/": ""})

    result = run(*MAKERS[command], "-o", "out", "-q")

    assert told(result) == (0, "out\n", "")
    assert any(Path("out").iterdir())


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("command", MAKERS)
def test_overwrite_puts_the_new_in_the_place_of_the_old_and_leaves_nothing_beside(here, command, taken):
    grow(here, WORLD | TAKEN[taken])
    beside = sorted(os.listdir())

    result = run(*MAKERS[command], "-o", "out", "--overwrite", "-q")

    assert told(result) == (0, "out\n", "")
    assert sorted(os.listdir()) == beside
    assert Path("out").is_file() == (command == "pack")
    assert b"precious" not in tree(here).values()


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("command", MAKERS)
def test_overwrite_keeps_the_old_where_the_new_fails(here, command, taken):
    before = tree(grow(here, WORLD | TAKEN[taken] | {"a.parquet": b"PAR1", "seeds/7/count.txt": "three"}))

    result = run(*MAKERS[command], "-o", "out", "--overwrite")

    assert (result.exit_code, result.stdout) == (1, "")
    assert tree(here) == before


@pytest.mark.parametrize("command", MAKERS)
def test_a_target_below_a_file_is_named(here, command):
    before = tree(grow(here, WORLD | {"notes.txt": "precious"}))

    direct, deep = run(*MAKERS[command], "-o", "notes.txt/out"), run(*MAKERS[command], "-o", "notes.txt/deep/out")

    assert told(direct) == (1, "", error("notes.txt: Not a directory"))
    assert told(deep) == (1, "", error("notes.txt/deep: Not a directory"))
    assert tree(here) == before


@pytest.mark.parametrize("command", MAKERS)
def test_a_target_with_a_name_too_long_is_named_by_that_name(here, command):
    before = tree(grow(here, WORLD))

    result = run(*MAKERS[command], "-o", "x" * 300)

    assert told(result) == (1, "", error(f"{'x' * 300}: File name too long"))
    assert tree(here) == before


@pytest.mark.parametrize(
    ("words", "source"),
    [
        (("unpack", "in/a.parquet", "-o", "in"), "in/a.parquet"),
        (("dataset", "seeds", "-o", "seeds"), "seeds"),
        (("generate", "seeds", "9.unique", "-o", "seeds"), "seeds"),
        (("pack", "seeds", "-o", "seeds"), "seeds"),
    ],
)
def test_overwrite_never_replaces_its_own_source(here, words, source):
    before = tree(grow(here, SEEDS | {"in/a.parquet": parquet_of(TABLE)}))

    result = run(*words, "--overwrite")

    fact = f"{words[-1]}: its own source, {source}, lies there and would be lost"
    assert told(result) == (1, "", error(fact, "`-o` names another"))
    assert tree(here) == before


def test_a_pack_does_not_lie_among_its_own_seeds(here):
    before = tree(grow(here, SEEDS))
    os.chdir("seeds")  # as after `cd "$(tinydata unpack ...)"`

    result = run("pack", ".")

    fact = "data.tar.gz: lies among the seeds, which would take it for one"
    assert told(result) == (1, "", error(fact, "`-o` names another"))
    assert tree(here) == before


# A disk that is full, a folder that is read-only -------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow past 1,000 bytes, as on a disk that is full: writing fails and says so."""
    import resource

    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def no_override() -> None:
    """Make permissions hold for root too: take the capability away that passes them over."""
    if sys.platform == "linux":
        for dac_override in (1, 2):
            ctypes.CDLL(None).prctl(24, dac_override, 0, 0, 0)  # PR_CAPBSET_DROP; for a user, a no-op


def shell(words: tuple[str, ...], before: Callable[[], None]) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tinydata", *words],
        env={**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )
    return done.returncode, done.stdout, done.stderr


BIG = {"a.jsonl": json.dumps({"text": "x" * 5_000}) + "\n", "out/a.txt": "precious"}
BIG_SEEDS = {
    "seeds/dataset_info.json": info(text=value("string"), image={"_type": "Image"}),
    "seeds/0/text.txt": "x" * 900,
    "seeds/0/image.png": picture(256, 256),
}


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("unpack", "a.jsonl", "-o", "out"), "out"),
        (("pack", "seeds", "-o", "out"), "out"),
        (("generate", "seeds", "100.unique", "-o", "out"), "out"),
        (("dataset", "seeds", "-o", "out"), "out"),
        (("dataset", "a.jsonl", "-o", "out"), "out/data"),
        (("shrink", "seeds", "--max-side", "200"), "seeds/0/image.png"),
    ],
    ids=lambda word: word[0] if isinstance(word, tuple) else "",
)
def test_a_full_disk_names_the_file_and_loses_nothing(here, words, file):
    before = tree(grow(here, BIG | BIG_SEEDS))
    overwrite = ("--overwrite",) if "-o" in words else ()

    with full_disk():
        result = run(*words, *overwrite)

    assert told(result) == (1, "", error(f"{file}: File too large"))
    assert tree(here) == before


@pytest.mark.parametrize(
    ("words", "folder", "thing"),
    [
        (("unpack", "a.jsonl", "-o", "locked/out"), "locked", "locked/out"),
        (("unpack", "a.jsonl", "-o", "locked/new/out"), "locked", "locked/new"),
        (("pack", "seeds", "-o", "locked/out"), "locked", "locked/out"),
        (("shrink", "seeds", "--max-side", "9"), "seeds/0", "seeds/0/image.png"),
        (("null", "seeds", "0", "image"), "seeds/0", "seeds/0/image.null"),
    ],
    ids=lambda word: word[0] if isinstance(word, tuple) else "",
)
def test_a_read_only_folder_is_named_and_stays_as_it_is(here, words, folder, thing):
    before = tree(grow(here, BIG | BIG_SEEDS | {"locked/a.txt": "precious"}))
    Path(folder).chmod(0o555)

    told = shell(words, no_override)

    Path(folder).chmod(0o755)
    assert told == (1, "", error(f"{thing}: Permission denied"))
    assert tree(here) == before


# Ctrl-C and kill ----------------------------------------------------------------------------------------------------

LONG = {
    "unpack": ("unpack", "many.jsonl", "--ids", "0-99999"),
    "generate": ("generate", "seeds", "900M.unique"),
    "dataset": ("dataset", "seeds", "--variants", "900M.unique"),
}


def half_made() -> bool:
    return any(path.is_file() for path in Path().glob(".out.*.part/**/*"))


@pytest.mark.parametrize("command", LONG)
def test_ctrl_c_in_the_middle_leaves_all_as_it_was(here, command):
    lines = "".join(f'{{"text": "line {number}"}}\n' for number in range(100_000))
    before = tree(grow(here, BIG_SEEDS | {"many.jsonl": lines, "out/a.txt": "precious"}))

    for child in started((*LONG[command], "-o", "out", "--overwrite"), half_made):
        child.send_signal(signal.SIGINT)
        stdout, stderr = child.communicate(timeout=60)

    assert (child.returncode, stdout, stderr) == (130, "", "\nError: interrupted\n")
    assert tree(here) == before


def test_a_kill_in_the_middle_leaves_nothing_that_looks_finished(here):
    before = tree(grow(here, BIG_SEEDS | {"out/a.txt": "precious"}))

    for child in started((*LONG["generate"], "-o", "out", "--overwrite"), half_made):
        child.kill()
        child.communicate(timeout=60)

    after = tree(here)
    assert {name: content for name, content in after.items() if ".part" not in name} == before
    assert {Path(name).relative_to(here).parts[0][:5] for name in set(after) - set(before)} == {".out."}
