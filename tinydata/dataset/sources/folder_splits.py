"""Splits that the names of folders and files tell, by the rules of `datasets`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_BREAK = "[-._ 0-9]"
# In this order `datasets` looks, and in this order it lists the files that it finds.
_FOLDER_PATTERNS = ("{word}", "{word}{gap}.*", ".*{gap}{word}", ".*{gap}{word}{gap}.*")
_FILE_PATTERNS = ("{word}{gap}.*", ".*{gap}{word}{gap}.*")


def walk_files(folder: Path) -> Iterator[str]:
    """The files below a folder, as relative paths with slashes; hidden ones and `__pycache__`-like folders are not walked."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        above = Path(root).relative_to(folder)
        yield from ((above / name).as_posix() for name in files if not name.startswith("."))


def split_files(names: Sequence[str]) -> dict[str, list[str]]:
    """Sort files into splits: by the names of their folders, else by their own, else all into train.

    >>> split_files(["a/train/1.jpg", "a/dev-2/2.jpg", "a/3.jpg"])
    {'train': ['a/train/1.jpg'], 'validation': ['a/dev-2/2.jpg']}
    """
    names = sorted(names)
    by_folder = _sorted_by(names, _FOLDER_PATTERNS, lambda name: name.split("/")[:-1])
    by_file = by_folder or _sorted_by(names, _FILE_PATTERNS, lambda name: name.split("/")[-1:])
    return by_file or {"train": names}


def _sorted_by(
    names: Sequence[str], patterns: Sequence[str], parts: Callable[[str], Sequence[str]]
) -> dict[str, list[str]]:
    splits = {}
    for split, words in _KEYWORDS.items():
        found: dict[str, None] = {}
        for word in words:
            for pattern in patterns:
                match = re.compile(pattern.format(word=word, gap=_BREAK), re.DOTALL).fullmatch
                found |= dict.fromkeys(name for name in names if any(match(part) for part in parts(name)))
        if found:
            splits[split] = list(found)
    return splits
