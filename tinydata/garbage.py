"""Garbage: without collection, while a great deal comes up that stays until the end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Do not look for cycles meanwhile: of a large vocabulary or a large library that costs a tenth of the time, and there are few."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # what came up counts as old: else the next collection looks at all of it
            gc.freeze()
            gc.unfreeze()
        if was:
            gc.enable()
