"""`datasets`, imported and silent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet_datasets() -> Iterator[Any]:
    """The module `datasets`, its bars and log lines off until the block ends: what matters is told by who calls it."""
    import datasets

    shown, told = datasets.utils.logging.is_progress_bar_enabled(), datasets.logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    try:
        yield datasets
    finally:
        datasets.logging.set_verbosity(told)
        if shown:
            datasets.enable_progress_bars()
