"""Finding: one thing that a check found."""

from __future__ import annotations

from dataclasses import dataclass


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
