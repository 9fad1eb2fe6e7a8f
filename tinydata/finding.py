"""Finding: one thing that a check found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Args:
        path: The file, slot or config it is about.
        fact: What was found.
        mend: What would mend it; empty where nothing needs mending.
        problem: Whether it is one; else it is worth knowing.
    """

    path: str
    fact: str
    mend: str = ""
    problem: bool = True


def unreadable(path: str | Path, error: Exception, mend: str = "") -> Finding:
    """What cannot be read: where it is stands at the beginning of such an error, and is told once."""
    where, _, fact = str(error).partition(": ")
    return Finding(where, fact, mend) if where.startswith(str(path)) else Finding(str(path), str(error), mend)
