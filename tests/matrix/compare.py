"""Holds what one version of `datasets` saw against what lies in the Parquet files of the repos.

    python compare.py EXPECTED.json ANSWER.json

Prints every difference by the place where it lies, and ends with 1 if there is one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def differences(expected: Any, seen: Any, place: str = "") -> Iterator[str]:
    """Yield where two JSON values part, one line each, deepest place first."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key in sorted({*expected, *seen}):
            yield from differences(expected.get(key), seen.get(key), f"{place}/{key}")
    elif expected != seen:
        yield f"{place}: {seen} instead of {expected}"


def adapt(expected: dict[str, Any], seen: dict[str, Any]) -> None:
    """Expect of a version what it can do: up to 3 it tests and loads the loading script, from 4 on it refuses scripts."""
    for repo in expected.keys() & seen.keys():
        if seen[repo]["script"] is None:
            expected[repo]["script"] = None
        else:
            expected[repo]["command"] = sorted(expected[repo]["script"])


if __name__ == "__main__":
    expected, seen = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:])
    adapt(expected, seen)
    found = list(differences(expected, seen))
    for line in found:
        print(line)
    splits = sum(len(config) for repo in expected.values() for config in repo["configs"].values())
    print(f"{len(expected)} repos, {splits} splits of their configs: {len(found)} differences")
    sys.exit(bool(found))
