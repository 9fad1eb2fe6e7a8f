"""README and guides as programs: their code blocks, in order, in one folder."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^( *)```(\S*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
RUN = ("bash", "console", "python")
SHOWN = ("", "text", "yaml", "json", "toml", "diff")  # anything else is a spelling mistake, or wants to be run
PAGE_SECONDS = 600


class Step(NamedTuple):
    """One thing that a page tells its reader to run, and what it promises that they will see."""

    line: int
    command: str
    shown: str | None


class Happened(NamedTuple):
    """What running a step did."""

    step: Step
    exit_code: int
    output: str


def blocks(page: Path) -> Iterator[tuple[int, str, str]]:
    """Yield every fenced block: its first line in the page, its language, its text."""
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        yield text.count("\n", 0, fence.start()) + 2, fence[2], textwrap.dedent(fence[3])


def steps(page: Path, skip: int = 0) -> Iterator[Step]:
    """Yield what a page runs, after leaving out its first `skip` runnable blocks.

    A ``bash`` block is run whole, a ``python`` block is a script; in a ``console`` block each line after ``$ `` is run
    (with the lines after ``> `` that go on with it) and the lines below are what it prints.
    """
    runnable = [block for block in blocks(page) if block[1] in RUN]
    for line, language, text in runnable[skip:]:
        if language == "bash":
            yield Step(line, f"set -e\n{text.rstrip()}\nset +e", None)
        elif language == "python":
            yield Step(line, f"python - <<'END_OF_SCRIPT'\n{text}END_OF_SCRIPT", None)
        else:
            yield from _session(line, text)


def run_steps(steps: list[Step], folder: Path, env: Mapping[str, str]) -> list[Happened]:
    """Run steps in one shell that starts in `folder`, each after the other; where the shell ends, the list does."""
    mark = "-=- tinydata -=-"
    script = "".join(f"{step.command}\nprintf '\\n{mark} %s\\n' \"$?\"\n" for step in steps)
    shell = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PAGE_SECONDS,
        check=False,
    )
    parts = re.split(rf"\n{mark} (\d+)\n", shell.stdout)
    codes = [*(int(code) for code in parts[1::2]), shell.returncode]
    return [Happened(*each) for each in zip(steps, codes, parts[::2], strict=False)]


def fits(shown: str, output: str) -> bool:
    """Hold an output against what a page shows of it; ``...`` stands for anything.

    >>> fits("made ... in ... s", "made tiny in 0.3 s"), fits("made tiny", "made tiny in 0.3 s")
    (True, False)
    """
    pattern = ".*".join(re.escape(part) for part in re.split(r"\.\.\.", shown.strip()))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def _session(line: int, text: str) -> Iterator[Step]:
    step: Step | None = None
    for number, told in enumerate(text.splitlines(), line):
        if told.startswith("$ "):
            if step:
                yield step
            step = Step(number, told[2:], "")
        elif step and told.startswith("> ") and not step.shown:
            step = step._replace(command=f"{step.command}\n{told[2:]}")
        elif step:
            step = step._replace(shown=f"{step.shown}{told}\n")
    if step:
        yield step
