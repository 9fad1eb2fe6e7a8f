"""What README and the guides say is so."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.cli_reference import contexts, render
from tests.pages import FENCE, RUN, SHOWN, blocks, fits, run_steps, steps

HOUSE = Path(__file__).resolve().parents[1]
README = HOUSE / "README.md"
PAGES = [README, *sorted((HOUSE / "docs").rglob("*.md"))]
LINKED = [*PAGES, HOUSE / "CONTRIBUTING.md", HOUSE / "CHANGELOG.md", HOUSE / "benchmarks" / "README.md"]
SET_UP = 2  # the first blocks of README make environments: .ci/run does that, from nothing


def name_of(page: Path) -> str:
    return page.relative_to(HOUSE).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_does_what_it_says(page, tmp_path):
    folder, home = tmp_path / "here", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_DATASETS_CACHE": str(home / "hf" / "datasets"),
        "HF_HUB_CACHE": str(home / "hf" / "hub"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "NO_COLOR": "1",
    }
    told = list(steps(page, skip=SET_UP if page == README else 0))

    happened = run_steps(told, folder, env)

    for step, code, output in happened:
        where = f"{name_of(page)}:{step.line}: {step.command}\n{output}"
        assert (code != 0) == any(word in (step.shown or "") for word in ("Error: ", "problem: ")), (
            f"exit {code} at {where}"
        )
        assert step.shown is None or fits(step.shown, output), where
    assert len(happened) == len(told)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_spells_its_languages_so_that_they_are_run(page):
    assert {language for _, language, _ in blocks(page)} <= {*RUN, *SHOWN}


def anchor(heading: str) -> str:
    """What GitHub calls a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", LINKED, ids=name_of)
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", prose(page)):
        place, _, part = link.partition("#")
        target = page.parent / place if place else page
        assert place.startswith("https://") or target.exists(), link
        assert not part or part in map(anchor, re.findall(r"^#+ (.*)$", prose(target), re.MULTILINE)), link


def test_readme_opens_with_two_commands_of_one_line():
    opening = [text for _, language, text in blocks(README) if language == "bash"][:SET_UP]

    assert [text.count("\n") for text in opening] == [1, 1]


def test_the_reference_is_what_help_prints():
    page = HOUSE / "docs" / "cli.md"

    assert page.read_text(encoding="utf-8") == render(), "run: python -m tests.cli_reference > docs/cli.md"


@pytest.mark.parametrize("words", [shown.command_path for shown in contexts()])
def test_every_command_is_shown_to_the_reader(words):
    guides = [page for page in PAGES if page.name != "cli.md"]

    assert any(words in page.read_text(encoding="utf-8") for page in guides), f"no guide shows `{words}`"
