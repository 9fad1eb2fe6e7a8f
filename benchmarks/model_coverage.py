"""Every architecture of the installed transformers made tiny, and each tiny model put to the test.

    python benchmarks/model_coverage.py [NAME ...] [--sample 60] [--configs FOLDER] [--results FILE] [--again]

An architecture is a model type with a model class in one of the Auto mappings, by its default config; with --configs, each config.json
in a folder of folders. Each runs in a process that may die of it; what is in the results file already is not run again. Passed means:
it builds, keeps every kind of module, runs forward and backward, generates where its class does, and comes back from its files the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

from measure import Row, print_table

LIMIT = 300  # seconds of one architecture, in a process of its own
SEARCH = 240
LIFE = 24  # architectures that one process does: imports are most of the time, and memory grows
SEED = 23
NAN = "NaN in an output"
ANSWERS = ("transformers cannot build it", "needs a library", "needs an input", "not found")


def main() -> None:
    """Run what has not been run, print the table, write the list of those that do not pass."""
    parser = argparse.ArgumentParser(description="Coverage of architectures.")
    parser.add_argument("names", nargs="*", help="model types, or folders within --configs; by default all")
    parser.add_argument("--configs", type=Path, help="a folder of folders with a config.json each")
    parser.add_argument("--sample", type=int, help="so many of them, drawn at random and always the same")
    parser.add_argument("--results", type=Path, default=Path("coverage.jsonl"), help="one line an architecture")
    parser.add_argument("--failures", type=Path, help="where the table of those that do not pass is written")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="run those again that did not pass")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.configs)
        return
    names = given.names or list(_folders(given.configs) if given.configs else architectures())
    if given.sample:
        names = sorted(random.Random(SEED).sample(names, min(given.sample, len(names))))
    known = read(given.results)
    todo = [name for name in names if name not in known or (given.again and not known[name]["passed"])]
    run_all(todo, given)
    found = [it for name, it in read(given.results).items() if name in set(names)]
    report(found)
    if given.failures:
        given.failures.write_text(failures(found), encoding="utf-8")


def architectures() -> list[str]:
    """The model types with a model class in some Auto mapping, as transformers itself tells in a process of its own."""
    code = (
        "from transformers.models.auto import modeling_auto as m, configuration_auto as c\n"
        "tables = [t for n, t in vars(m).items() if n.startswith('MODEL_') and n.endswith('MAPPING_NAMES')]\n"
        "print('\\n'.join(sorted({k for t in tables for k in t} & set(c.CONFIG_MAPPING_NAMES))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.split()


def run_all(names: Sequence[str], given: argparse.Namespace) -> None:
    """Hand the names to workers; one that dies or hangs is counted against the name it had."""
    queue = list(reversed(names))
    done = 0

    def drive() -> None:
        nonlocal done
        while queue:
            worker = _Worker(given.configs)
            for _ in range(LIFE):
                if not queue:
                    break
                name = queue.pop()
                result = worker.do(name)
                with given.results.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(result) + "\n")
                done += 1
                print(f"{done}/{len(names)} {name}: {_line(result)}", file=sys.stderr, flush=True)
                if worker.dead:
                    break
            worker.end()

    with ThreadPoolExecutor(given.workers) as pool:
        for future in [pool.submit(drive) for _ in range(given.workers)]:
            future.result()


class _Worker:
    """A process that tries one architecture after the other."""

    def __init__(self, configs: Path | None) -> None:
        command = [sys.executable, __file__, "--worker", *(["--configs", str(configs)] if configs else [])]
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.dead = False

    def do(self, name: str) -> dict[str, Any]:
        """Its result, or that of a process that died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = Timer(LIMIT, self.process.kill)
        timer.start()
        start = time.monotonic()
        try:
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        timer.cancel()
        if line:
            result: dict[str, Any] = json.loads(line)
            return result
        self.dead = True
        taken = time.monotonic() - start
        said = f"no answer in {LIMIT} s" if taken >= LIMIT else f"its process ended with {self.process.wait()}"
        return {
            "name": name,
            "passed": False,
            "stage": "process",
            "answer": "not found",
            "error": said,
            "seconds": taken,
        }

    def end(self) -> None:
        """Let it go."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def work(configs: Path | None) -> None:
    """Read names, write results, one line each."""
    import torch

    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what models print is none of ours
    for line in sys.stdin:
        name = line.strip()
        result: dict[str, Any] = {"name": name, "passed": False}
        result |= attempt(configs / name if configs else name)
        result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(result), file=out, flush=True)


def attempt(source: str | Path) -> dict[str, Any]:
    """Make one tiny and put it to the test."""
    from tinydata.errors import NothingRuns, TinydataError
    from tinydata.model.classes import class_of
    from tinydata.model.config import read_source
    from tinydata.model.search import find_smallest

    try:
        read = read_source(source)
        cls = class_of(read.config, read.architectures)
    except TinydataError as error:
        return {"stage": "class", "answer": ANSWERS[0], "error": str(error)[:300]}
    except Exception as error:  # a modelling module that cannot be imported
        return {"stage": "class", "answer": ANSWERS[1], "error": f"{type(error).__name__}: {error}"[:300]}
    start = time.monotonic(), time.process_time()
    said: dict[str, Any] = {"class": cls.__name__}
    try:
        found = find_smallest(cls, read.config, seconds=SEARCH)
    except NothingRuns as error:
        tried = [f"{it.what}: {it.stage}: {it.error}" for it in error.tried]
        return (
            said
            | _took(start)
            | {"stage": "search", "answer": error.answer, "error": error.detail[:300], "tried": tried[:6]}
        )
    said |= _took(start) | {
        "parameters": found.trial.parameters,
        "original": found.original.parameters if found.original else None,
        "gradient_share": round(found.trial.gradient_share, 3),
        "finite": found.trial.finite,
        "inputs": found.trial.ran.label if found.trial.ran else None,
        "mended": found.mended,
        "backed_off": found.why,
        "plans": len(found.tried),
        "largest": [
            [name, list(shape)] for name, shape in (found.trial.outline.shapes[:2] if found.trial.outline else ())
        ],
    }
    # What a model raises in any of the further questions is its answer to them.
    for stage, question in (("reload", reload), ("generate", generates)):
        answer = ANSWERS[3]
        try:
            problem = question(cls, found)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            if getattr(error, "needs", None):
                answer, problem = ANSWERS[1], str(error.needs)
        if problem:
            return said | {"stage": stage, "answer": answer, "error": " ".join(problem.split())[:300]}
    if not found.trial.finite:
        return said | {"stage": "forward", "answer": NAN, "error": NAN}
    return said | {"stage": "ok", "passed": True, "error": ""}


def reload(cls: Any, found: Any) -> str:
    """Save, load, compare; what is wrong, or nothing."""
    import torch

    from tinydata.model.inputs import call, tensors_of
    from tinydata.model.materialize import build, save, settle_generation

    model = build(cls, found.config, inputs=found.trial.ran.inputs)
    settle_generation(model)
    before = tensors_of(call(model, found.trial.ran.inputs))
    with tempfile.TemporaryDirectory() as folder:
        save(model, Path(folder))
        again, told = _load(cls, folder)
        for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
            if told.get(what):
                return f"{what}: {sorted(map(str, told[what]))[:4]}"
        after = tensors_of(call(again.eval(), found.trial.ran.inputs))
    if len(before) != len(after):
        return f"{len(before)} outputs before, {len(after)} after"
    for one, other in zip(before, after, strict=True):
        if one.shape != other.shape or not torch.allclose(one.float(), other.float(), atol=1e-5, equal_nan=True):
            return "other outputs after it was saved and loaded"
    return ""


def _load(cls: Any, folder: str) -> tuple[Any, dict[str, Any]]:
    """The model, and what its loading reported; its config by its model type, as the Auto classes do."""
    from transformers import AutoConfig, PreTrainedModel

    config = AutoConfig.from_pretrained(folder)
    if cls.from_pretrained.__func__ is not PreTrainedModel.from_pretrained.__func__:  # its own, which reports nothing
        return cls.from_pretrained(folder), {}
    loaded: tuple[Any, dict[str, Any]] = cls.from_pretrained(folder, config=config, output_loading_info=True)
    return loaded


def generates(cls: Any, found: Any) -> str:
    """Generate, where the class does; what is wrong, or nothing."""
    from tinydata.model.inputs import generate, generation_inputs
    from tinydata.model.materialize import build, settle_generation

    if not (hasattr(cls, "can_generate") and cls.can_generate()):
        return ""
    model = build(cls, found.config, inputs=found.trial.ran.inputs)
    settle_generation(model)
    generate(model, generation_inputs(model, found.trial.ran))
    return ""


def report(found: Sequence[dict[str, Any]]) -> None:
    """Print the figures."""
    passed = [it for it in found if it["passed"]]
    untried = [it for it in found if it.get("answer") in ANSWERS[:2]]
    tried = len(found) - len(untried)
    sizes = sorted(it["parameters"] for it in passed)
    seconds = sorted(it.get("cpu_s", it["seconds"]) for it in passed)
    small = sum(size < 250_000 for size in sizes)
    counts = Counter(it.get("answer", it["stage"]) for it in found if not it["passed"])

    def share(part: int, whole: int) -> str:
        return f"{part} of {whole} ({100 * part / max(1, whole):.1f} %)"

    rows = [
        Row("architectures", str(len(found))),
        *[Row(answer, str(count)) for answer, count in counts.most_common()],
        Row(
            "pass, of those that can be tried",
            share(len(passed), tried),
            floor=">= 98 %",
            held=len(passed) >= 0.98 * tried,
        ),
        Row(
            "of these below 250k parameters",
            share(small, len(passed)),
            floor=">= 90 %",
            held=small >= 0.9 * len(passed),
        ),
    ]
    if sizes:
        rows += [
            Row("most parameters", f"{sizes[-1]:,}", floor="<= 5M", held=sizes[-1] <= 5_000_000),
            Row("median parameters", f"{sizes[len(sizes) // 2]:,}"),
            Row(
                "processor seconds to find it, median",
                f"{seconds[len(seconds) // 2]:.2f} s",
                floor="<= 1.2 s",
                held=seconds[len(seconds) // 2] <= 1.2,
            ),
            Row("processor seconds to find it, 95 of 100", f"{seconds[int(len(seconds) * 0.95)]:.1f} s"),
            Row("by the first plan", share(sum(not it["plans"] for it in passed), len(passed))),
            Row("with a change left out", share(sum(bool(it["backed_off"]) for it in passed), len(passed))),
            Row("with empty keys filled", share(sum(it["mended"] for it in passed), len(passed))),
            Row("gradients on 90 % or more", share(sum(it["gradient_share"] >= 0.9 for it in passed), len(passed))),
        ]
    print_table(rows)


def failures(found: Sequence[dict[str, Any]]) -> str:
    """The table of those that do not pass, as Markdown."""
    lines = ["| architecture | answer | question | what was said |", "|---|---|---|---|"]
    for it in sorted((it for it in found if not it["passed"]), key=lambda it: (it.get("answer", ""), it["name"])):
        said = str(it["error"]).replace("|", "\\|")
        lines.append(f"| {it['name']} | {it.get('answer', 'not found')} | {it['stage']} | {said} |")
    return "\n".join(lines) + "\n"


def read(results: Path) -> dict[str, dict[str, Any]]:
    """The last line of each name."""
    if not results.exists():
        return {}
    lines = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    return {line["name"]: line for line in lines}


def _folders(configs: Path) -> Iterator[str]:
    yield from sorted(path.parent.name for path in configs.glob("*/config.json"))


def _took(start: tuple[float, float]) -> dict[str, float]:
    """On the clock, and of the processor, since a busy machine stretches the first."""
    return {"seconds": round(time.monotonic() - start[0], 3), "cpu_s": round(time.process_time() - start[1], 3)}


def _line(result: dict[str, Any]) -> str:
    if result["passed"]:
        return f"{result['parameters']:,} parameters, {result['seconds']:.1f} s"
    return f"{result.get('answer')}: {result['stage']}: {result['error']}"[:200]


if __name__ == "__main__":
    main()
