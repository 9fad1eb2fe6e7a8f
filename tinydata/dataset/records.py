"""Records: what an opened source gives, whatever it is stored as."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.errors import NoSuchRecord
from tinydata.fetch import RemoteFile

ALL = range(sys.maxsize)
"""The ids of all records, however many there are."""
TABLE_BYTES = 32 << 20
"""What a table of a stream of records weighs at most, unless one record weighs more."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring records, and what is known of them without reading them.

    Attributes:
        ids: Which they are.
        bounds: Column -> the least and the greatest of its values, where they are known; nulls do not count.
    """

    ids: range
    bounds: Mapping[str, tuple[Any, Any]]


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
        scan: See `tables`, whose work it does where a source can read in order better than by `take`.
        stretches: All records, stretch by stretch, where the source knows bounds of them.
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
    scan: Callable[[Sequence[int], Sequence[str] | None], Iterator[pa.Table]] | None = None
    stretches: Callable[[], Iterator[Stretch]] | None = None

    def tables(self, ids: Sequence[int] = ALL, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Stream records in tables of some megabytes; memory does not grow with their number.

        Args:
            ids: Ascending and unique; those past the end of the source are passed over.
            columns: Only these; all where None.
        """
        if self.scan is not None:
            return self.scan(ids, columns)
        tables = _by_take(self.take, ids)
        return tables if columns is None else (table.select(list(columns)) for table in tables)


def within(ids: Sequence[int], start: int, stop: int) -> Sequence[int]:
    """Those of ascending ids that lie between, counted from `start`.

    >>> within(range(100), 10, 13), within([3, 11, 40], 10, 50)
    (range(0, 3), [1, 30])
    """
    inside = ids[bisect_left(ids, start) : bisect_left(ids, stop)]
    if isinstance(inside, range):
        return range(inside.start - start, inside.stop - start)
    return [row - start for row in inside]


def _by_take(take: Callable[[Sequence[int]], pa.Table], ids: Sequence[int]) -> Iterator[pa.Table]:
    done, rows = 0, 16
    while done < len(ids):
        wanted = ids[done : done + rows]
        try:
            table = take(wanted)
        except NoSuchRecord as past:
            last = take(wanted[: bisect_left(wanted, past.count)])
            if last.num_rows:
                yield last
            return
        yield table
        done += rows
        rows = max(1, min(2 * rows, rows * TABLE_BYTES // max(1, table.nbytes)))


def check_ids(ids: Sequence[int], count: int) -> None:
    """See to it that ascending ids lie below `count`.

    Raises:
        NoSuchRecord: One does not; the first such is named.
    """
    if ids and ids[-1] >= count:
        raise NoSuchRecord(ids[bisect_left(ids, count)], count)
