"""What a format is: how generated rows are written to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.loader import Seeds


@dataclass(frozen=True)
class Format:
    """How generated rows are written.

    Args:
        name: What `--format` calls it.
        suffix: The suffix of its files.
        write: Write batches, strings and bytes in them as dictionaries, to a path; the last argument is the way to the
            stamped text, no two of which are alike.
    """

    name: str
    suffix: str
    write: Callable[[Path, Seeds, Iterable[pa.RecordBatch], tuple[str, ...]], None]
