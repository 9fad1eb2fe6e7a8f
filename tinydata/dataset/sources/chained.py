"""Files one after the other, as one source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from tinydata.dataset.columns import to_storage
from tinydata.dataset.records import Records, check_ids
from tinydata.errors import DamagedSource, NoSuchRecord
from tinydata.fetch import MOST_THREADS, in_threads


def chained(
    names: Sequence[str],
    open_file: Callable[[str], Records],
    source: str,
    *,
    count: Callable[[str], int] | None = None,
    total: int | None = None,
) -> Records:
    """The records of several files; a file is not opened before one of its own is asked for, or the first.

    Args:
        names: The files, at least one.
        open_file: Opens one.
        source: What to call all of them in errors.
        count: Tells how many records a file holds, in less than it takes to open it; None where it has to be read for that.
        total: How many all hold, where that is known.
    """
    chain = _Chain(names, open_file, source, count)
    return replace(
        chain.first, take=chain.take, count=lambda: chain.count() if total is None else total, files=chain.files
    )


class _Chain:
    def __init__(
        self, names: Sequence[str], open_file: Callable[[str], Records], source: str, count: Callable[[str], int] | None
    ) -> None:
        self._names, self._open, self._source, self._count = names, open_file, source, count
        self._opened: dict[int, Records] = {}
        self._counts: list[int] = []
        self.first = self._file(0)

    def files(self) -> tuple[object, ...]:
        return tuple(file for _, records in sorted(self._opened.items()) for file in records.files())

    def count(self) -> int:
        self._count_up_to(None)
        return sum(self._counts)

    def take(self, ids: Sequence[int]) -> pa.Table:
        if not ids:
            return self.first.take(())
        if self._count is None:
            return self._take_in_order(ids)
        self._count_up_to(ids[-1])
        check_ids(ids, sum(self._counts))
        tables, start, place = [], 0, 0
        for at, held in enumerate(self._counts):
            here = [row - start for row in ids[place:] if row < start + held]
            if here:
                tables.append(self._rows(at, here))
            place, start = place + len(here), start + held
        return pa.concat_tables(tables)

    def _take_in_order(self, ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for at in range(len(self._names)):
            here = [row - start for row in wanted]
            try:
                tables.append(self._rows(at, here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                held = past.count
            inside = [row for row in here if row < held]
            tables.append(self._rows(at, inside))
            wanted, start = wanted[len(inside) :], start + held
        raise NoSuchRecord(wanted[0], start)

    def _count_up_to(self, last: int | None) -> None:
        """Count the files up to the one that holds record `last`, or all: more and more of them at once."""
        known = sum(self._counts)
        while len(self._counts) < len(self._names) and (last is None or last >= known):
            place = len(self._counts)
            some = MOST_THREADS if last is None else min(max(place, 1), MOST_THREADS)
            ahead = range(place, min(place + some, len(self._names)))
            self._counts += in_threads(self._count_one, ahead) if self._count else [self._count_one(at) for at in ahead]
            known = sum(self._counts)

    def _count_one(self, at: int) -> int:
        if at in self._opened or self._count is None:
            return self._file(at).count()
        return self._count(self._names[at])

    def _file(self, at: int) -> Records:
        if at not in self._opened:
            self._opened[at] = self._open(self._names[at])
        return self._opened[at]

    def _rows(self, at: int, ids: Sequence[int]) -> pa.Table:
        records, name = self._file(at), f"{self._source}/{self._names[at]}"
        table = records.take(ids)
        if records.features == self.first.features:
            return table
        if set(records.features) != set(self.first.features):
            raise DamagedSource(name, f"its columns differ from those of {self._names[0]}")
        try:
            return to_storage(table.select(list(self.first.features)), self.first.features)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise DamagedSource(name, f"its types differ from those of {self._names[0]}: {error}") from error
