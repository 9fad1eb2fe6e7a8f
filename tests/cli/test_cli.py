"""The command line: stdout is what another program can use, stderr the story, the exit code what came of it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import tinydata
from tests.helpers import grow
from tinydata.cli import main
from tinydata.cli._errors import HINTS, WORDS
from tinydata.errors import BadWord

HOUSE = Path(__file__).resolve().parents[2]
COMMANDS = (
    "demo",
    "dataset",
    "tokenizer",
    "model",
    "subset",
    "unpack",
    "null",
    "shrink",
    "pack",
    "generate",
    "check",
    "rebuild",
    "env",
)


def picture(side: int) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize((side, side)).save(out, "PNG")
    return out.getvalue()


def run(*words: str | Path, **env: str) -> Result:
    return CliRunner(env=dict(env)).invoke(
        main, [str(word) for word in words], prog_name="tinydata", catch_exceptions=False
    )


def told(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def shell(command: str, **env: str) -> tuple[int, str, str]:
    """What a shell makes of it."""
    folder = Path("bin")
    folder.mkdir(exist_ok=True)
    (folder / "tinydata").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tinydata "$@"\n')
    (folder / "tinydata").chmod(0o755)
    path = os.pathsep.join([str(folder.resolve()), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "PATH": path, "PYTHONPATH": str(HOUSE), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with captioned pictures, to stand in."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "TINYDATA_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    lines = [{"file_name": f"{number}.png", "text": f"picture number {number}"} for number in range(12)]
    world: dict[str, str | bytes] = {f"photos/{number}.png": picture(64) for number in range(12)}
    return grow(tmp_path, world | {"photos/metadata.jsonl": "".join(f"{json.dumps(line)}\n" for line in lines)})


# What each command prints --------------------------------------------------------------------------------------------


def test_unpack_prints_the_folder_and_tells_what_it_took(here):
    assert told(run("unpack", "photos", "--ids", "0-1,5")) == (0, "seeds\n", "3 seeds: image, text\n")


def test_unpack_says_that_it_took_the_first_ten_when_nobody_said_which(here):
    assert told(run("unpack", "photos")) == (0, "seeds\n", "no --ids: the first 10 records\n10 seeds: image, text\n")


def test_unpack_says_why_it_picked_each_record(here):
    grow(here, {"photos/extra.png": picture(8)})

    result = run("unpack", "photos", "--pick", "2", "--max-side", "9")

    assert result.stdout == "seeds\n"
    assert re.fullmatch(r"made smaller: image \d\n *\d+  \w.*\n *\d+  \w.*\n2 seeds: image, text\n", result.stderr), (
        result.stderr
    )


def test_unpack_says_which_of_several_splits_it_took(here):
    grow(here, {f"all/{split}/{number}.png": picture(8) for split in ("test", "train") for number in range(2)})

    story = "no --split: train, of train, test\nno --ids: the first 2 records\n2 seeds: image, label\n"

    assert told(run("unpack", "all")) == (0, "seeds\n", story)
    assert told(run("unpack", "all", "--split", "test", "-o", "out", "--ids", "1")) == (
        *(0, "out\n"),
        "1 seed: image, label\n",
    )


def test_shrink_prints_the_folder_and_tells_what_it_saved(here):
    run("unpack", "photos", "--ids", "0-1")
    before = sum(file.stat().st_size for file in Path("seeds").glob("?/[!.]*"))

    result = run("shrink", "seeds", "--max-side", "8")

    after = sum(file.stat().st_size for file in Path("seeds").glob("?/[!.]*"))
    assert (result.exit_code, result.stdout) == (0, "seeds\n")
    assert result.stderr == f"2 slots made smaller (image 2): {said(before)} -> {said(after)}\n"


def test_shrink_a_second_time_finds_nothing_to_do(here):
    run("unpack", "photos", "--ids", "0-1")
    run("shrink", "seeds", "--max-side", "8")

    result = run("shrink", "seeds", "--max-side", "8")

    assert (result.exit_code, result.stdout) == (0, "seeds\n")
    assert result.stderr.startswith("0 slots made smaller: ")


def test_null_prints_the_folder_and_names_the_slots(here):
    run("unpack", "photos", "--ids", "0-1")

    assert told(run("null", "seeds", "1", "image", "text")) == (0, "seeds\n", "seed 1: image, text null\n")


def test_pack_prints_the_tarball(here):
    run("unpack", "photos", "--ids", "0-1")

    result = run("pack", "seeds")

    weight = said(Path("data.tar.gz").stat().st_size)
    assert told(result) == (0, "data.tar.gz\n", f"2 seeds, {weight}\n")


def test_generate_prints_the_folder_and_says_where_the_number_stands(here):
    run("unpack", "photos", "--ids", "0-1")

    unique = run("generate", "seeds", "20.unique", "-o", "u", "--shards", "2")
    repeat = run("generate", "seeds", "1.5k.repeat", "-o", "r")

    assert told(unique) == (0, "u\n", f"20 rows, numbered in text, {weight_of('u')}\n")
    assert told(repeat) == (0, "r\n", f"1,500 rows, {weight_of('r')}\n")
    assert sorted(file.name for file in Path("u").glob("*.parquet")) == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]


def test_dataset_prints_the_folder_and_tells_what_is_in_it(here):
    result = run("dataset", "photos", "--ids", "0-1", "--variants", "3.unique,4.repeat", "-o", "tiny")

    assert (result.exit_code, result.stdout) == (0, "tiny\n")
    assert re.fullmatch(
        r"2 seeds, 2 configs and default, split train, \d+\.\d kB\nunique rows are numbered in text\n", result.stderr
    )


def test_dataset_says_that_it_took_the_first_ten_when_nobody_said_which(here):
    result = run("dataset", "photos", "--variants", "3.unique", "-o", "tiny")

    assert result.stderr.splitlines()[0] == "no --ids: the first 10 records"


def test_dataset_says_which_of_several_splits_its_seeds_are_of(here):
    grow(here, {f"all/{split}/{number}.png": picture(8) for split in ("test", "train") for number in range(2)})

    result = run("dataset", "all", "--variants", "3.repeat", "--ids", "0-1", "-o", "tiny")

    assert result.stderr.splitlines()[0] == "no --split: train, of train, test"


def test_check_prints_findings_on_stdout_and_the_sum_on_stderr(here):
    run("unpack", "photos", "--ids", "0-1")
    run("null", "seeds", "1", "text")
    sound = run("check", "seeds")
    Path("seeds/0/text.txt").unlink()
    unsound = run("check", "seeds")

    assert told(sound) == (
        0,
        (
            "note: seeds: 1 of 2 seeds: text full\nnote: seeds: 1 of 2 seeds: text null\n"
            "note: seeds: not covered: image: never null, only L, only .png, only square\n"
            "note: seeds: not covered: text: no empty text, none beyond ASCII\n"
        ),
        "no problem\n",
    )
    missing = "problem: seeds/0/text: no file for this column (make text.txt, or text.null where it has none)\n"
    left = "image: never null, only L, only .png, only square", "text: always null"
    notes = ["note: seeds: 1 of 1 seeds: text null\n", *(f"note: seeds: not covered: {gap}\n" for gap in left)]
    assert told(unsound) == (1, "".join([missing, *notes]), "1 problem\n")


def test_rebuild_prints_the_path_and_tells_what_differs(here):
    run("unpack", "photos", "--ids", "0-1")
    same = run("rebuild", "seeds")
    Path("seeds/0/text.txt").write_text("edited")
    other = run("rebuild", "seeds")

    assert told(same) == (0, "seeds\n", "7 files made again: the same\n")
    assert told(other) == (
        1,
        "seeds\n",
        "differs: file 0/text.txt: edited since\n7 files made again: not the same\n",
    )


def test_env_prints_versions_on_stdout(here):
    result = run("env")

    facts = dict(re.split(r" {2,}", line, maxsplit=1) for line in result.stdout.splitlines())
    assert (result.exit_code, result.stderr) == (0, "")
    assert facts["tinydata"] == tinydata.__version__
    assert facts["offline"] == "yes"
    assert {
        "pandas",
        "torch (extra model)",
        "transformers (extra transformers)",
        "duckdb (extra where)",
        "hub cache",
    } <= set(facts)
    assert facts["templates"] == "subset-parquet, subset-tar, synthetic"


def test_the_demo_prints_ten_rows_and_the_repo(here):
    result = run("demo", "photos", "-o", "shown")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [line.split()[0] for line in lines[:-1]] == [str(number) for number in range(10)]
    assert lines[-1] == str(Path("shown/tiny"))
    assert [line for line in result.stderr.splitlines() if line.startswith(("$ ", ">>> "))] == [
        "$ tinydata unpack photos -o shown/seeds",
        "$ tinydata shrink shown/seeds",
        "$ tinydata null shown/seeds 1 image",
        "$ tinydata pack shown/seeds -o shown/data.tar.gz",
        "$ tinydata dataset shown/data.tar.gz -o shown/tiny",
        '>>> load_dataset("shown/tiny", "10k.unique")',
    ]


def test_the_demo_takes_the_next_free_folder(here):
    grow(here, {"tinydata-demo/a.txt": "", "tinydata-demo-2/a.txt": ""})

    result = run("demo", "photos", "-q")

    assert result.stderr == ""
    assert result.stdout.splitlines()[-1] == str(Path("tinydata-demo-3/tiny"))


@pytest.mark.parametrize("packed", [False, True])
def test_dataset_takes_the_options_of_unpack_from_seeds_too(here, packed):
    run("unpack", "photos", "--ids", "0-3")
    run("pack", "seeds")
    source = "data.tar.gz" if packed else "seeds"

    result = run(
        *("dataset", source, "--ids", "1-2", "--max-side", "8", "--columns", "text,image"),
        *("--variants", "4.repeat", "-o", "tiny"),
    )

    table = pq.read_table("tiny/4.repeat/train-00000-of-00001.parquet")
    sides = {Image.open(io.BytesIO(image["bytes"])).size for image in table["image"].to_pylist()}
    assert (result.exit_code, result.stdout) == (0, "tiny\n")
    assert table.column_names == ["text", "image"]
    assert table["text"].to_pylist() == ["picture number 1", "picture number 2"] * 2
    assert sides == {(8, 8)}
    assert run("rebuild", "tiny").exit_code == 0


def test_the_command_on_the_card_makes_the_repo(here):
    grow(here, {"my photos/1.png": picture(8), "my photos/2.png": picture(8)})
    run("dataset", "my photos", "--variants", "3.repeat", "--name", "My set", "-o", "tiny")
    card = Path("tiny/README.md").read_text()
    before = {path: path.read_bytes() for path in Path("tiny").rglob("*") if path.is_file()}
    Path("tiny").rename("old")

    (command,) = [line for line in card.splitlines() if line.startswith("tinydata dataset ")]
    code, stdout, _ = shell(command)

    assert (code, stdout) == (0, "tiny\n")
    assert {path: path.read_bytes() for path in before} == before


# Options that all share ----------------------------------------------------------------------------------------------

TYPED = {
    "unpack": ("unpack", "photos"),
    "shrink": ("shrink", "given"),
    "null": ("null", "given", "0", "image"),
    "pack": ("pack", "given"),
    "generate": ("generate", "given", "20.unique", "-o", "out"),
    "dataset": ("dataset", "given", "--variants", "3.unique", "-o", "tiny"),
    "check": ("check", "given"),
    "rebuild": ("rebuild", "given"),
}
MADE = {"shrink": "given", "null": "given", "rebuild": "given", "check": "given"} | {
    "unpack": "seeds",
    "pack": "data.tar.gz",
    "generate": "out",
    "dataset": "tiny",
}


@pytest.fixture
def given(here: Path) -> Path:
    """Two seeds."""
    run("unpack", "photos", "--ids", "0-1", "-o", "given", "-q")
    return here / "given"


@pytest.mark.parametrize("command", TYPED)
def test_stdout_is_the_path_and_quiet_leaves_nothing_on_stderr(given, command):
    result = run(*TYPED[command], "-q")

    assert (result.exit_code, result.stderr) == (0, "")
    if command == "check":  # its findings are its data
        assert result.stdout.splitlines()[0] == "note: given: 2 seeds, no slot null"
    else:
        assert result.stdout == f"{MADE[command]}\n"


@pytest.mark.parametrize("command", TYPED)
def test_json_is_one_object_that_begins_with_the_path(given, command):
    result = run(*TYPED[command], "--json")

    facts = json.loads(result.stdout)
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert next(iter(facts.items())) == ("path", MADE[command])
    assert len(facts) > 1


@pytest.mark.parametrize("command", ["model", "tokenizer"])
def test_a_dry_run_names_no_path_since_nothing_is_made(here, command):
    grow(here, {"tiny/vocab.txt": "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\na\nb\n##a\n##b\nab\n"})
    lies = {*here.iterdir()}
    source = "llama" if command == "model" else "tiny"

    assert run(command, source, "--dry-run").stdout == ""
    assert json.loads(run(command, source, "--dry-run", "--json").stdout)["path"] is None
    assert {*here.iterdir()} == lies


def test_json_holds_what_the_story_tells(given):
    facts = {command: json.loads(run(*TYPED[command], "--json", "-q").stdout) for command in TYPED}

    assert facts["unpack"] == {
        "path": "seeds",
        "ids": list(range(10)),
        "columns": ["image", "text"],
        "config": None,
        "split": "train",
        "shrunk": {},
        "picked": {},
        "failures": [],
    }
    assert facts["pack"] == {"path": "data.tar.gz", "seeds": 2, "size_bytes": Path("data.tar.gz").stat().st_size}
    assert facts["null"] == {"path": "given", "seed": "0", "columns": ["image"]}
    assert facts["generate"] == {
        "path": "out",
        "files": ["out/train-00000-of-00001.parquet"],
        "rows": 20,
        "stamp": "text",
        "size_bytes": Path("out/train-00000-of-00001.parquet").stat().st_size,
    }
    assert facts["rebuild"] == {"path": "given", "files": 6, "differences": []}
    assert facts["check"]["problems"] == 0
    assert facts["shrink"] | {"bytes_before": 0, "bytes_after": 0} == {
        "path": "given",
        "changed": 2,
        "columns": {"image": 2},
        "bytes_before": 0,
        "bytes_after": 0,
        "failures": [],
    }
    assert facts["dataset"]["variants"] == {"3.unique": 3}
    assert facts["dataset"]["default"] == "default"


def test_json_of_the_demo_and_of_env_is_one_object(here):
    shown, env = json.loads(run("demo", "photos", "-o", "d", "--json").stdout), json.loads(run("env", "--json").stdout)

    assert [shown["path"], shown["variant"], len(shown["rows"])] == [str(Path("d/tiny")), "10k.unique", 10]
    assert env["tinydata"] == tinydata.__version__


def test_an_error_leaves_stdout_empty_with_json_too(here):
    result = run("unpack", "nothing", "--json")

    assert (result.exit_code, result.stdout) == (1, "")


def test_quiet_leaves_errors_on_stderr(here):
    assert run("unpack", "nothing", "-q").stderr.startswith("Error: no source nothing: ")


# A shell -------------------------------------------------------------------------------------------------------------


def test_the_path_can_be_handed_on_to_other_commands(here):
    code, stdout, stderr = shell('cd "$(tinydata unpack photos --ids 4,7 -o "my seeds")" && ls')

    assert (code, stdout, stderr) == (0, "4\n7\ndataset_info.json\ntinydata.yaml\n", "2 seeds: image, text\n")


def test_nothing_in_a_pipe_is_coloured_and_no_bar_is_drawn(here):
    code, stdout, stderr = shell(
        "tinydata generate $(tinydata unpack photos -q) 30k.unique -o out; tinydata check nothing"
    )

    assert code == 1
    assert "\x1b" not in stdout + stderr
    assert "\r" not in stdout + stderr
    assert stderr.splitlines()[-3:] == [
        "Error: no source nothing: no such file or folder",
        "",
        "hint: give the path of a file or a folder",
    ]


def test_a_reader_that_leaves_early_hears_no_complaint(here):
    code, stdout, stderr = shell("tinydata env | true; exit ${PIPESTATUS[0]}")

    assert (stdout, stderr) == ("", "")
    assert code in (0, 1)  # click's answer to a broken pipe is 1


def test_nobody_needs_to_listen(here):
    assert shell("tinydata unpack photos -o seeds 2>&-") == (0, "seeds\n", "")
    assert shell("tinydata pack seeds >&- 2>&-") == (0, "", "")


def test_a_word_that_is_no_text_is_refused(here):
    code, stdout, stderr = shell(r"tinydata unpack photos -o $'s\xff'")

    assert (code, stdout) == (2, "")
    assert stderr.splitlines()[-1] == r"Error: 's\udcff' is no UTF-8."
    assert [path.name for path in here.iterdir() if path.name.startswith("s")] == []


# Colours -------------------------------------------------------------------------------------------------------------


def test_force_color_colours_and_no_color_does_not(given):
    Path("given/0/text.txt").unlink()
    plain, forced = run("check", "given"), run("check", "given", FORCE_COLOR="1")

    assert "\x1b[31mproblem\x1b[0m: given/0/text" in forced.stdout
    assert re.sub(r"\x1b\[\d*m", "", forced.stdout) == plain.stdout
    assert run("check", "given", FORCE_COLOR="1", NO_COLOR="1").stdout == plain.stdout


def test_force_color_colours_an_error(here):
    assert run("check", "x", FORCE_COLOR="1").stderr.startswith("\x1b[31m\x1b[1mError:\x1b[0m no source x")
    assert "\x1b" not in run("check", "x", NO_COLOR="1", FORCE_COLOR="1").stderr


# Help, versions, slips of the pen --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_h_is_help_and_help_has_an_example(command):
    short, long = run(*command.split(), "-h"), run(*command.split(), "--help")

    assert (short.exit_code, short.stderr) == (0, "")
    assert short.stdout == long.stdout
    assert f"Usage: tinydata {command}".rstrip() in short.stdout
    assert f"\n  tinydata {command or 'demo'}" in short.stdout


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"env"}))
def test_a_shell_completes_the_names_of_files(command, here):
    typed = {"COMP_WORDS": f"tinydata {command} p", "COMP_CWORD": "2", "_TINYDATA_COMPLETE": "bash_complete"}

    assert shell("tinydata", **typed)[:2] == (0, "file,p\n")


def test_the_commands_stand_in_the_order_of_a_days_work():
    listed = run("-h").stdout.split("Commands:\n")[1]

    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS


def test_no_command_is_told_in_half_a_sentence():
    listed = run("-h").stdout.split("Commands:\n")[1]

    assert all(line.endswith(".") and not line.endswith("...") for line in listed.splitlines())


def test_version_is_name_and_number():
    assert told(run("--version")) == (0, f"tinydata, version {tinydata.__version__}\n", "")


def test_nothing_typed_is_help():
    result = run()

    assert result.exit_code == 2
    assert (result.stdout or result.stderr).startswith("Usage: tinydata ")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("unpak", "photos"), "'unpack'"),
        (("packs", "photos"), "'pack'"),
        (("datset", "photos"), "'dataset'"),
        (("unpack", "photos", "--max-sid", "3"), "--max-side"),
        (("unpack", "photos", "--colums", "text"), "--columns"),
        (("dataset", "photos", "--variant", "3.unique"), "--variants"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(typed, meant):
    result = run(*typed)

    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(rf"(Did you mean|Possible options).*{meant}", result.stderr)
    assert result.stderr.startswith("Usage: tinydata ")


def test_what_is_like_nothing_known_is_only_refused():
    result = run("qqq")

    assert result.exit_code == 2
    assert "No such command 'qqq'" in result.stderr
    assert "Did you mean" not in result.stderr


# Faults of tinydata itself -------------------------------------------------------------------------------------------


def test_a_bug_keeps_its_traceback(here, monkeypatch):
    def fail(*words: object, **options: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("tinydata.check", fail)

    with pytest.raises(ZeroDivisionError):
        run("check", "photos")


def test_debug_keeps_the_traceback_of_every_error(here):
    plain, debug = shell("tinydata check nothing"), shell("tinydata check nothing", TINYDATA_DEBUG="1")

    assert (plain[0], "Traceback" in plain[2]) == (1, False)
    assert (debug[0], "Traceback" in debug[2]) == (1, True)
    assert debug[2].rstrip().endswith("tinydata.errors.NoSource: no source nothing: no such file or folder")


@pytest.mark.parametrize("error", HINTS)
def test_a_hint_has_no_full_stop(error):
    hint = HINTS[error]

    assert not isinstance(hint, str) or not hint.endswith(".")


def test_every_word_that_can_be_wrong_has_an_option_to_blame():
    params = {param.name for command in main.commands.values() for param in command.params}

    assert all(set(names) & params for names in WORDS.values())
    assert all(issubclass(kind, BadWord) for kind in WORDS)


# The whole journey -----------------------------------------------------------------------------------------------------


def test_the_whole_journey_step_by_step_gives_what_one_line_gives(here):
    steps = [
        ("unpack", "photos", "--ids", "0-3"),
        ("shrink", "seeds"),
        ("pack", "seeds"),
        ("dataset", "data.tar.gz", "--variants", "9.unique", "-o", "long"),
    ]

    codes = [run(*step).exit_code for step in steps]
    codes.append(
        run("dataset", "photos", "--ids", "0-3", "--max-side", "32", "--variants", "9.unique", "-o", "short").exit_code
    )

    long, short = (pq.read_table(f"{repo}/9.unique/train-00000-of-00001.parquet") for repo in ("long", "short"))
    assert codes == [0] * 5
    assert long.num_rows == 9
    assert long.equals(short)


def said(size_bytes: int) -> str:
    return f"{size_bytes:,} bytes" if size_bytes < 1000 else f"{size_bytes / 1000:,.1f} kB"


def weight_of(folder: str) -> str:
    return said(sum(file.stat().st_size for file in Path(folder).glob("*.parquet")))
