"""Coded: what only the code of a model knows, and its config leaves out."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable

_SECTIONS = re.compile(r"""mrope_section["'], \[(\d+), (\d+), (\d+)\]""")


def rope_sections(modules: Iterable[str]) -> tuple[int, ...]:
    """How the code splits a head between the axes of a position, by default; empty where it does not.

    Args:
        modules: Names of imported Python modules, those of transformers are read.
    """
    for name in sorted(modules):
        if ".models." not in name or name not in sys.modules:
            continue
        try:
            found = _SECTIONS.search(inspect.getsource(sys.modules[name]))
        except OSError:  # no source is installed
            continue
        if found:
            return tuple(map(int, found.groups()))
    return ()
