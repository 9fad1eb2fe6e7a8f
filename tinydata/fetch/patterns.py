"""Names of files in folders, and patterns of them: `*` stays within a folder, `**` goes through all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

_WILD = re.compile(r"\*\*/|\*|\?|\[!?[^\]]+\]")
_PART = re.compile(r"(\*\*/)|(\*\*)|(\*)|(\?)|\[(!?)([^\]]+)\]|(.)", re.DOTALL)


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The names that fit a pattern, in their order.

    >>> matching(["a.json", "x/a.json", "x/y/b.txt"], ["*.json"])
    ['a.json']
    >>> matching(["a.json", "x/a.json", "x/y/b.txt"], ["**/*.json", "x/**"])
    ['a.json', 'x/a.json', 'x/y/b.txt']
    """
    inside, expression = _compiled(tuple(patterns))
    fits = expression.fullmatch
    return [name for name in names if inside in name and fits(name)]


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> tuple[str, re.Pattern[str]]:
    """What stands in each name that fits, and one expression for all patterns; of none one that fits nothing."""
    inside = max(_WILD.split(patterns[0]), key=len) if len(patterns) == 1 else ""
    joined = "|".join(_PART.sub(_translated, pattern) for pattern in patterns)
    return inside, re.compile(joined or "(?!)", re.DOTALL)


def _translated(part: re.Match[str]) -> str:
    folders, everything, star, one, other_than, characters, plain = part.groups()
    if folders:
        return "(?:.*/)?"
    if everything:
        return ".*"
    if star:
        return "[^/]*"
    if one:
        return "[^/]"
    if characters:
        return f"[{'^' if other_than else ''}{re.escape(characters).replace(chr(92) + '-', '-')}]"
    return re.escape(plain)


def walk_files(folder: Path) -> Iterator[str]:
    """The files below a folder, as relative paths with slashes; hidden ones and `__pycache__`-like folders are not walked."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        above = Path(root).relative_to(folder).as_posix()
        below = "" if above == "." else f"{above}/"
        yield from (below + name for name in files if not name.startswith("."))
