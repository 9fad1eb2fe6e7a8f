"""Running: find inputs on which a model's forward runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from tinydata.errors import NoInputs
from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.calling import call, entry, parts_of
from tinydata.model.inputs.candidates import Candidate, candidates
from tinydata.model.inputs.facts import Facts
from tinydata.model.inputs.recipes import Draw, given
from tinydata.model.inputs.repair import RULES, Rule, repaired

REPAIRS = 8
CALLS = 300
SHORT = 200
_NEEDS = re.compile(
    r"requires? the (?P<a>[\w-]+) library|[Rr]equires? (?P<b>[\w-]+) (?:to be|backend)|pip install (?P<c>[\w-]+)"
    r"|No module named '(?P<d>\w+)'"
)


@dataclass(frozen=True)
class Ran:
    """What a model ran on, and what came out.

    Attributes:
        label: Give it to `run_forward` as `first`, and the same inputs come first.
        inputs: As they were before the model saw them.
        repairs: What was changed of what the label stands for.
    """

    label: str
    inputs: dict[str, Any]
    outputs: Any
    repairs: tuple[str, ...] = ()


def run_forward(model: Any, *, first: str | None = None, calls: int = CALLS) -> Ran:
    """The richest inputs, of those that can be thought of, on which the forward of a model runs.

    Args:
        first: The label of what it ran on before.
        calls: After so many of the model, only one more of each kind of inputs is tried.

    Raises:
        NoInputs: It ran on none of them.
    """
    ran = next(forward_runs(model, first=first, calls=calls), None)
    assert ran is not None, "forward_runs raises where there is none"
    return ran


def forward_runs(model: Any, *, first: str | None = None, calls: int = CALLS) -> Iterator[Ran]:
    """As `run_forward`, but each *kind* of inputs (text + image, text ...) on which it runs, rich to poor.

    Raises:
        NoInputs: There is none.
    """
    parts = parts_of(model)
    if parts:
        yield _run_parts(parts, first, calls)
        return
    facts = Facts(model, entry(model))
    found = candidates(facts)
    found.sort(key=lambda it: it.label != first)
    tried: list[tuple[str, str]] = []
    kinds: set[str] = set()
    late: set[str] = set()  # kinds of which one was tried: no other is, once the calls are spent

    def run(inputs: dict[str, Any]) -> Any:
        nonlocal calls
        calls -= 1
        return call(model, inputs)

    for candidate in found:
        if candidate.kind in kinds or (calls <= 0 and candidate.kind in late):
            continue
        ran, error = try_candidate(facts, candidate, run)
        if ran is None:
            tried.append((candidate.label, error))
            late.add(candidate.kind)
            continue
        kinds.add(candidate.kind)
        yield ran
    if not kinds:
        raise _none_of(facts, found, tuple(tried))


def try_candidate(
    facts: Facts, candidate: Candidate, run: Callable[[dict[str, Any]], Any], rules: tuple[Rule, ...] = RULES
) -> tuple[Ran | None, str]:
    """Run on a candidate, repaired as long as every message is a new one; the last message, where it does not help."""
    inputs = candidate.make(facts)
    draw = Draw(facts, crc32(candidate.label.encode()) + 1)
    seen: set[str] = set()
    tried: dict[object, int] = {}
    repairs: list[str] = []
    while True:
        # What a model raises on inputs that it does not take is the answer that is looked for here.
        try:
            return Ran(candidate.label, inputs, run(inputs), tuple(repairs)), ""
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            if said[:SHORT] in seen or len(seen) >= REPAIRS:
                return None, shorten(said)
            seen.add(said[:SHORT])
            frames, lines = _frames(error)
            attempt = Attempt(facts, draw, candidate.label, inputs, error, frames, lines, tried)
            change = repaired(attempt, rules)
            if change is None:
                return None, shorten(said)
            repairs.append(change[0])
            inputs = change[1]


def run_repaired(model: Any, inputs: dict[str, Any], run: Callable[[dict[str, Any]], Any]) -> Any:
    """What comes of running something else on what a model runs on, changed as it asks for.

    Raises:
        NoInputs: It runs on nothing that follows from them.
    """
    candidate = Candidate("given", "given", {name: given(value) for name, value in inputs.items()})
    ran, error = try_candidate(Facts(model, entry(model)), candidate, run)
    if ran is None:
        raise NoInputs((("given", error),))
    return ran.outputs


def library_in(tried: Iterable[tuple[str, str]]) -> str | None:
    """The library that one of the messages asks for."""
    found = (_NEEDS.search(message) for _, message in tried)
    return next((name for match in found if match for name in match.groups() if name), None)


def shorten(message: str) -> str:
    """A message in one line."""
    line = " ".join(message.split())
    return line if len(line) <= SHORT else line[: SHORT - 4] + " ..."


def _run_parts(parts: dict[str, Any], first: str | None, calls: int) -> Ran:
    labels = dict(it.split(": ", 1) for it in (first or "").split("; ") if ": " in it)
    runs = {name: run_forward(part, first=labels.get(name), calls=calls) for name, part in parts.items()}
    return Ran(
        label="; ".join(f"{name}: {ran.label}" for name, ran in runs.items()),
        inputs={name: ran.inputs for name, ran in runs.items()},
        outputs={name: ran.outputs for name, ran in runs.items()},
    )


def _frames(error: Exception) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    frames, lines = [], []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return tuple(reversed(frames)), tuple(reversed(lines))


def _none_of(facts: Facts, found: list[Candidate], tried: tuple[tuple[str, str], ...]) -> NoInputs:
    if needs := library_in(tried):
        return NoInputs(tried, needs=needs)
    made = {name for candidate in found for name in candidate.recipe}
    return NoInputs(tried, unknown=next((name for name in facts.required if name not in made), None))
