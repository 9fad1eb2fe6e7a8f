"""Environments of other versions, made once and kept in .nox/.

nox -s tests-4.0.0      our own tests under an older `datasets`
nox -t matrix           generated repos read by six versions of `datasets`, none of which sees tinydata
nox -t tokenizers       small tokenizers read by transformers 4.57 and 5 and by mistral-common, a sliced model by torch
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"  # `requires`
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests-4.0.0"]

OLDEST, NEWEST = "4.0.0", "5.2.0"
SUPPORTED = (OLDEST, "4.8.5", NEWEST)  # what tinydata runs on
READERS = ("2.14.7", "2.21.0", "3.6.0", *SUPPORTED)  # what its repos load on

CLASSES_NEED = ("sentencepiece", "sacremoses")  # what the classes of Python alone read with
TRANSFORMERS = ("4.57.6", "5.24.0")

# What needs torch, which uv would take with gigabytes of CUDA; the whole is tested by the README's command.
NEEDS_TORCH = (
    "tests/model/test_check.py",
    "tests/model/test_classes.py",
    "tests/model/test_coverage.py",
    "tests/model/test_examples.py",
    "tests/model/test_inputs.py",
    "tests/model/test_inputs_repair.py",
    "tests/model/test_make.py",
    "tests/model/test_margin.py",
    "tests/model/test_materialize.py",
    "tests/model/test_processors.py",
    "tests/model/test_remote_code.py",
    "tests/model/test_search.py",
    "tests/model/test_use.py",
    "tinydata/model/classes.py",
    "tinydata/model/inputs",
    "tinydata/model/margin.py",
    "tinydata/model/materialize.py",
    "tinydata/model/search.py",
    "tinydata/model/signal.py",
    "tinydata/model/trial.py",
)

NEED_TORCH_TOO = (
    "tests/test_docs.py::test_a_page_does_what_it_says[docs/models.md]",
    "tests/test_house.py::test_every_module_of_the_package_can_be_imported",
)

MATRIX = Path("tests", "matrix")
TOKENIZERS = Path("tests", "tokenizer", "readers")

# What the oldest dependencies get wrong themselves, by the tests that meet it.
OLD_FAULTS = (
    # click below 8.4 says no nearest option.
    "tests/cli/test_cli.py::test_a_slip_is_answered_with_what_was_meant[typed5---variants]",
    # Pillow below 13 cannot read the YCbCr TIFF that it writes, nor one of the real pictures.
    "tests/dataset/test_pictures.py::test_a_format_that_holds_the_mode_stays_and_so_does_the_mode[TIFF-YCbCr]",
    "tests/dataset/test_pictures.py::test_shrinking_twice_is_shrinking_once_and_the_same_each_time[TIFF-YCbCr]",
    "tests/dataset/test_pictures.py::test_every_real_picture_comes_out_as_its_list_lets_expect",
    "tests/dataset/test_real_images.py::test_those_that_cannot_be_read_are_named_and_left_as_they_were",
    "tests/dataset/test_real_images.py::test_all_others_fit_the_box",
    # pyarrow below 26 takes no null in a list of fixed length through Parquet.
    "tests/dataset/test_roundtrip.py::test_parquet_holds_what_was_generated",
)


@nox.session(tags=["matrix"])
def repos(session: nox.Session) -> None:
    """Make the repos that the matrix reads, with the newest `datasets`."""
    session.install("-e", ".", f"datasets=={NEWEST}")
    session.run("python", "-m", "tests.matrix.make_repos", str(_made(session)))


def _offer_tests(version: str) -> None:
    @nox.session(name=f"tests-{version}")
    def tests(session: nox.Session) -> None:
        """Run the tests under one version of `datasets`; the oldest comes with the oldest of every direct dependency."""
        lowest = ["--resolution", "lowest-direct"] if version == OLDEST else []
        known = [f"--deselect={test}" for test in OLD_FAULTS] if version == OLDEST else []
        session.install("-e", ".[test-core]", f"datasets=={version}", *lowest)
        ignored = [f"--ignore={path}" for path in NEEDS_TORCH]
        ignored += [f"--deselect={test}" for test in NEED_TORCH_TOO]
        session.run("python", "-m", "pytest", *known, *ignored, *session.posargs)


def _offer_matrix(version: str) -> None:
    @nox.session(name=f"matrix-{version}", tags=["matrix"], requires=["repos"])
    def matrix(session: nox.Session) -> None:
        """Read the generated repos with one version of `datasets`, and hold what it saw against their files."""
        session.install(f"datasets=={version}", "pillow")  # and with it the newest dependencies that it allows
        made = _made(session)
        caches, answer = made / f"caches-{version}", made / f"{version}.json"
        shutil.rmtree(caches, ignore_errors=True)  # an old cache would answer for a new repo
        env = {"HF_HOME": str(caches), "HF_HUB_OFFLINE": "1"}
        session.run("python", str(MATRIX / "reader.py"), str(made / "repos"), str(answer), env=env)
        session.run("python", str(MATRIX / "compare.py"), str(made / "expected.json"), str(answer))


@nox.session(tags=["tokenizers"])
def small(session: nox.Session) -> None:
    """Make the small tokenizers that the versions of transformers read."""
    session.install("-e", ".[tokenizer]", f"transformers=={TRANSFORMERS[-1]}", *CLASSES_NEED, "-c", "constraints.txt")
    session.run("python", "-m", "tests.tokenizer.readers.make_small", str(_made(session, "tokenizers")))


def _offer_tokenizers(version: str) -> None:
    @nox.session(name=f"tokenizers-{version}", tags=["tokenizers"], requires=["small"])
    def tokenizers(session: nox.Session) -> None:
        """Read the small tokenizers with one version of transformers, and nothing of ours."""
        session.install(f"transformers=={version}", *CLASSES_NEED)
        session.run(
            "python", str(TOKENIZERS / "auto.py"), str(_made(session, "tokenizers")), env={"HF_HUB_OFFLINE": "1"}
        )


@nox.session(tags=["tokenizers"])
def tekken(session: nox.Session) -> None:
    """Shrink the file in mistral-common, and read it there."""
    session.install("-e", ".[tokenizer]", "mistral-common")
    session.run("python", "-m", "tests.tokenizer.readers.tekken")


@nox.session(tags=["tokenizers"], venv_backend="venv")  # uv would take a torch of another index
def logits(session: nox.Session) -> None:
    """Slice a random GPT-2 and compare its logits."""
    session.install("-e", ".[tokenizer]", "torch==2.13.0", f"transformers=={TRANSFORMERS[-1]}", "-c", "constraints.txt")
    session.run("python", "-m", "tests.tokenizer.readers.logits")


def _made(session: nox.Session, name: str = "matrix") -> Path:
    folder = Path(session.cache_dir).resolve() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


for supported in SUPPORTED:
    _offer_tests(supported)
for reader in READERS:
    _offer_matrix(reader)
for transformers in TRANSFORMERS:
    _offer_tokenizers(transformers)
