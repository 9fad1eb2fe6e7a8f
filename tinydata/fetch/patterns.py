"""Names of files in folders, and patterns of them: `*` stays within a folder, `**` goes through all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

_PART = re.compile(r"(\*\*/)|(\*\*)|(\*)|(\?)|\[(!?)([^\]]+)\]|(.)", re.DOTALL)


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The names that fit a pattern, in their order.

    >>> matching(["a.json", "x/a.json", "x/y/b.txt"], ["*.json"])
    ['a.json']
    >>> matching(["a.json", "x/a.json", "x/y/b.txt"], ["**/*.json", "x/**"])
    ['a.json', 'x/a.json', 'x/y/b.txt']
    """
    fits = _compiled(tuple(patterns)).fullmatch
    return [name for name in names if fits(name)]


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all; of no pattern one that fits nothing."""
    return re.compile("|".join(_PART.sub(_translated, pattern) for pattern in patterns) or "(?!)", re.DOTALL)


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
