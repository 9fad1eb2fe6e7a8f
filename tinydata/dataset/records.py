"""Records: what an opened source gives, whatever it is stored as."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.errors import NoSuchRecord
from tinydata.fetch import RemoteFile


@dataclass(frozen=True)
class Records:
    """The numbered records of an opened source; they all have one schema.

    Attributes:
        features: Hugging Face features in JSON form, column by column; what `datasets` cannot hold is among its `refused`.
        take: Ascending unique ids -> a table of one row each, with exactly the columns of `features` in their storage
            types; `NoSuchRecord` past the end. Reads what these rows need and no more.
        count: The number of records. It may have to read on to the end, and `NoSuchRecord.count` tells it too.
        files: The data files that records were taken from so far, here or elsewhere; not the media files that rows name.
        config: The name the source gives to itself, if any.
        split: The split that was opened; None where the source has none.
        splits: All splits of the source, in its order.
        license: As the source states it.
        citation: As the source states it.
        address: Of what came from elsewhere, without what may be a secret; of a repo of the Hub with its commit. None of what lies here.
        untyped: Columns that are null as far as was read, and whose type is therefore a guess.
    """

    features: Features
    take: Callable[[Sequence[int]], pa.Table]
    count: Callable[[], int]
    files: Callable[[], tuple[Path | RemoteFile, ...]]
    config: str | None = None
    split: str | None = None
    splits: tuple[str, ...] = ()
    license: str | None = None
    citation: str | None = None
    address: str | None = None
    untyped: frozenset[str] = frozenset()


def check_ids(ids: Sequence[int], count: int) -> None:
    """See to it that ascending ids lie below `count`.

    Raises:
        NoSuchRecord: One does not; the first such is named.
    """
    if ids and ids[-1] >= count:
        raise NoSuchRecord(ids[bisect_left(ids, count)], count)
