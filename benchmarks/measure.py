"""What the benchmarks share: work in a Python of its own, what it cost, and the table that they print."""

from __future__ import annotations

import atexit
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass
class Cost:
    """What some work cost.

    Args:
        wall_s: Seconds on the clock.
        cpu_s: Seconds of all processor cores, those of child processes too.
        peak_bytes: The most memory that the process has held since it began.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0


class Row(NamedTuple):
    """A line of the table; `held` is None where there is no floor."""

    figure: str
    ours: str
    rival: str = ""
    ratio: str = ""
    floor: str = ""
    held: bool | None = None


@contextmanager
def measured() -> Iterator[Cost]:
    """Fill in what the block cost, at its end."""
    cost, cpu, wall = Cost(), _cpu_s(), time.perf_counter()
    yield cost
    cost.wall_s, cost.cpu_s = time.perf_counter() - wall, _cpu_s() - cpu
    cost.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT


def fresh(work: Callable[..., Any], *given: Any) -> Any:
    """Call a function of a benchmark in a new Python, in which nothing is imported yet.

    Linux counts the memory of the parent into a child's peak: whoever calls this imports nothing heavy.
    """
    home = Path(__file__).resolve().parent
    code = (
        f"import pickle, sys; sys.path.insert(0, {str(home)!r})\n"
        f"from {Path(work.__code__.co_filename).stem} import {work.__name__} as work\n"
        "given = pickle.loads(sys.stdin.buffer.read())\n"
        "answer, sys.stdout = sys.stdout.buffer, sys.stderr  # what is printed meanwhile is for people\n"
        "answer.write(pickle.dumps(work(*given)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(given), stdout=subprocess.PIPE, env=_environment(), check=True
    )
    return pickle.loads(ran.stdout)


def best(runs: int, run: Callable[[], Cost]) -> Cost:
    """The cheapest of several runs, on the clock: the machine may be busy, and noise only ever adds."""
    return min((run() for _ in range(runs)), key=lambda cost: cost.wall_s)


def race(runs: int, commands: Sequence[Sequence[str]], before: Callable[[], object] = lambda: None) -> list[float]:
    """Run commands in turns, so that all meet the same weather; gives the best seconds of each, start and end included."""
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(runs + 1):
        for command, taken in zip(commands, times, strict=True):
            before()
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=_environment())
            if turn:  # the first writes the bytecode
                taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def forget(path: Path) -> None:
    """Have the system drop a file, or all in a folder, from its memory, so that the next read comes from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for file in [path] if path.is_file() else path.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def empty(folder: Path) -> Path:
    """The folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def print_table(rows: Sequence[Row]) -> None:
    """Print rows as a Markdown table."""
    verdict = {True: "ok", False: "short", None: ""}
    lines = [(*Row._fields[:-1], ""), *[(*row[:-1], verdict[row.held]) for row in rows]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for place, line in enumerate(lines):
        print("| " + " | ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) + " |")
        if not place:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


@cache
def _environment() -> dict[str, str]:
    """Offline, and with bytecode of its own, since an installed library has it, and a machine may forbid to write it."""
    kept = tempfile.mkdtemp(prefix="tinydata-benchmarks-")
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    passed_on = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return passed_on | {"PYTHONPYCACHEPREFIX": f"{kept}/bytecode", "HF_HOME": f"{kept}/hf", "HF_HUB_OFFLINE": "1"}


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
