"""Check of the dataset world: seeds, packs and dataset repos."""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tinydata.dataset import loader
from tinydata.dataset.coverage import gaps
from tinydata.dataset.kinds import Limits, kind_of
from tinydata.dataset.loader import PACK, SeedError, Seeds
from tinydata.dataset.quiet import quiet_datasets
from tinydata.dataset.seeds import real_file, seeds_root
from tinydata.dataset.subset.archive import count_records
from tinydata.dataset.support import needs
from tinydata.dataset.values import to_values
from tinydata.errors import BadRecipe, BadSource
from tinydata.fetch import LocalFile
from tinydata.finding import Finding, unreadable
from tinydata.recipe import NAME, read_recipe

Progress = Callable[[str], None] | None
SHOWN = 6  # columns, or combinations of slots, that are told of at once


def is_repo(path: Path) -> bool:
    """Whether it is a dataset repo: a card and data files, or the pack."""
    return (
        path.is_dir() and (path / "README.md").is_file() and ((path / PACK).is_file() or (path / "loader.py").is_file())
    )


def check_seeds(path: Path) -> list[Finding]:
    """What is wrong with a folder of seeds or a pack, and what its seeds cover."""
    problems: list[SeedError] = []
    try:
        seeds = loader.read_seeds(path, problems)
    except SeedError as error:
        return [Finding(error.path, error.problem, error.mend)]
    findings = [Finding(problem.path, problem.problem, problem.mend) for problem in problems]
    findings += _unreadable(path, seeds)
    if seeds.names:
        findings += _coverage(path, seeds)
        together: dict[str, list[str]] = {}
        for column, left in gaps(seeds):
            together.setdefault(left, []).append(column)
        findings += [
            Finding(str(path), f"not covered: {_several(columns)}: {left}", problem=False)
            for left, columns in together.items()
        ]
    for column, feature in seeds.features.items():
        known = needs(feature)
        if known:
            fact = f"{known[0]}: `datasets` loads it from {known[1]} on"
            findings.append(Finding(column, fact, problem=False))
    return findings


def check_repo(path: Path, progress: Progress = None) -> list[Finding]:
    """What is wrong with a dataset repo: its pack, or its tarball, its files against the recipe, and how it loads."""
    findings: list[Finding] = []
    if _is_subset(path):
        findings += _check_archive(path)
    elif (path / PACK).is_file():
        _tell(progress, "the pack")
        findings += check_seeds(path / PACK)
    else:
        findings.append(Finding(str(path / PACK), "no pack", "`loader.py` generates from it"))
    findings += _against_recipe(path)
    findings += _loads(path, progress)
    if not any(finding.problem for finding in findings):
        _tell(progress, "datasets-cli test")
        findings += _passes_cli_test(path)
    return findings


def _check_archive(path: Path) -> Iterator[Finding]:
    """Whether the tarball of a subset, if it has one, is whole, and holds the records that the rows are."""
    import pyarrow.parquet as pq

    recipe = read_recipe(path)
    for name in recipe.files:
        if "/" in name or name in ("README.md", "loader.py") or not (path / name).is_file():
            continue
        try:
            count = count_records(LocalFile(path / name), lines="--lines" in recipe.commands[0])
        except BadSource as error:
            yield unreadable(path / name, error, "make the subset again")
            continue
        rows = sum(pq.read_metadata(file).num_rows for file in path.rglob("*.parquet"))
        yield Finding(str(path / name), f"{count:,} records, {rows:,} rows beside", problem=count != rows)


def _is_subset(path: Path) -> bool:
    try:
        return read_recipe(path).commands[0][0] == "subset"
    except BadRecipe:
        return False


def _tell(progress: Progress, what: str) -> None:
    if progress:
        progress(what)


def _unreadable(path: Path, seeds: Seeds) -> Iterator[Finding]:
    stems, root = loader.file_stems(seeds.features), seeds_root(path) if path.is_dir() else path
    for column, feature in seeds.features.items():
        kind = kind_of(feature)
        for name, value in zip(seeds.names, to_values(seeds.table.column(column)), strict=True):
            if value is None:
                continue
            limits = Limits(max_side=1)
            kind.shrink(value, feature, limits, f"{root}/{name}/{stems[column]}")
            for error in limits.failures:
                yield Finding(real_file(error.path), error.problem, "replace the picture, or make the slot null")


def _coverage(path: Path, seeds: Seeds) -> Iterator[Finding]:
    """Which combinations of full and null slots there are; a column that is full in each seed says nothing."""
    full = {name: [value.is_valid for value in seeds.table.column(name)] for name in seeds.features}
    mixed = {name: slots for name, slots in full.items() if not all(slots)}
    count = len(seeds.names)
    if not mixed:
        fact = f"{count} seed{'' if count == 1 else 's'}, no slot null"
        yield Finding(str(path), fact, "", problem=False)
        return
    seen = Counter(tuple(name for name in mixed if mixed[name][row]) for row in range(count))
    for names, times in seen.most_common(SHOWN):
        empty = [name for name in mixed if name not in names]
        parts = [f"{_several(names)} full"] if names else []
        parts += [f"{_several(empty)} null"] if empty else []
        yield Finding(str(path), f"{times} of {count} seeds: {'; '.join(parts)}", problem=False)
    if len(seen) > SHOWN:
        yield Finding(str(path), f"{len(seen) - SHOWN:,} other combinations of full and null slots", problem=False)


def _several(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - SHOWN:,} more" if len(columns) > SHOWN else ""
    return f"{', '.join(columns[:SHOWN])}{more}"


def _against_recipe(path: Path) -> Iterator[Finding]:
    try:
        recipe = read_recipe(path)
    except BadRecipe as error:
        yield Finding(str(path / NAME), error.problem, problem=(path / NAME).exists())
        return
    for name, digest in recipe.files.items():
        file = path / name
        if not file.is_file():
            yield Finding(str(file), "missing: the recipe has it", "make the repo again: `tinydata dataset`")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield Finding(str(file), "changed since the repo was made", problem=False)


def _loads(path: Path, progress: Progress) -> Iterator[Finding]:
    with quiet_datasets() as datasets, tempfile.TemporaryDirectory(prefix="tinydata-") as cache:
        place = str(path.resolve())
        for config in datasets.get_dataset_config_names(place):
            _tell(progress, f"load_dataset(..., {config!r})")
            try:
                loaded = datasets.load_dataset(place, config, cache_dir=cache)
            except Exception as error:  # whatever it raises is the finding
                yield Finding(f"{path}, config {config}", f"does not load: {_root_cause(error)}")
                continue
            yield from _wrong_rows(path, config, loaded)
            del loaded


def _wrong_rows(path: Path, config: str, loaded: Any) -> Iterator[Finding]:
    try:
        rows, _ = loader.parse_variant(config)
    except loader.WordError:
        return
    for split, data in loaded.items():
        if len(data) != rows:
            yield Finding(f"{path}, config {config}", f"{len(data)} rows in split {split}, not {rows}")


def _root_cause(error: BaseException) -> str:
    while error.__cause__:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"


def _passes_cli_test(path: Path) -> Iterator[Finding]:
    """Runs `datasets-cli test`; below 4 it takes the loading script, from 4 on the folder."""
    import datasets

    old = int(datasets.__version__.split(".")[0]) < 4
    words = [str(path / "loader.py") if old else str(path), "--all_configs", *(["--trust_remote_code"] if old else [])]
    with tempfile.TemporaryDirectory(prefix="tinydata-") as cache:
        done = subprocess.run(
            [sys.executable, "-m", "datasets.commands.datasets_cli", "test", *words, "--cache_dir", cache],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_MODULES_CACHE": cache},
        )
    command = shlex.join(["datasets-cli", "test", *words])
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no word why"]
        yield Finding(str(path), f"`{command}` fails: {last[0]}")
    else:
        yield Finding(str(path), f"`{command}` passes with datasets {datasets.__version__}", problem=False)
