"""Chain: several files as one source, a later one not touched before a record of it is asked for."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records, Stretch, check_ids, within
from tinydata.dataset.sources.fitting import alike, fit, fit_some, holds_null, present, typed
from tinydata.errors import NoSuchRecord
from tinydata.fetch import MOST_THREADS, RemoteFile, in_threads

Opener = Callable[[str], Records]
_LOOK_AT = 16


def chain(
    source: str,
    names: Sequence[str],
    others: Sequence[str],
    open_one: Opener,
    count_one: Callable[[str], int] | None = None,
    total: int | None = None,
) -> Records:
    """Files one after the other, all with the features of the first.

    A column that holds nothing but nulls there gets its type from the first file that has one, here or in the other splits;
    a few are looked at, and none where there is no such column.

    Args:
        source: What to call all of them.
        names: The files, at least one.
        others: First files of other splits.
        open_one: Opens one.
        count_one: Tells how many records one holds for less than it takes to open it, so that those on the way to a record are
            not opened; None where it cannot be told so.
        total: How many all hold, where that is known.
    """
    opened: dict[int, Records] = {}
    passed: dict[int, int] = {}  # how many records the files hold that were passed, and not kept
    touched: dict[Path | RemoteFile, None] = {}
    counts = (
        _Counts(len(names), lambda at: opened[at].count() if at in opened else count_one(names[at]))
        if count_one
        else None
    )

    def file(place: int) -> Records:
        if place not in opened:
            opened[place] = open_one(names[place])
        return opened[place]

    def files() -> Iterator[Records]:
        yield from map(file, range(len(names)))

    first = file(0)
    features = Features(_with_types(first, files, others, open_one), first.features.refused)

    def rows(records: Records, name: str, ids: Sequence[int]) -> pa.Table:
        table = records.take(ids)
        return table if alike(records.features, features) else fit(table, features, f"{source}/{name}", names[0])

    def take(ids: Sequence[int]) -> pa.Table:
        if counts is not None and ids:
            return pa.concat_tables([rows(file(at), names[at], here) for at, here in counts.places(ids)])
        tables, start, wanted = [], 0, list(ids)
        for records, name in zip(files(), names, strict=True):
            here = [row - start for row in wanted]
            try:
                tables.append(rows(records, name, here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                count = past.count
            inside = [row for row in here if row < count]
            if inside:
                tables.append(rows(records, name, inside))
            wanted, start = wanted[len(inside) :], start + count
        raise NoSuchRecord(wanted[0], start)

    def passing() -> Iterator[tuple[int, Records]]:
        """Each file, kept no longer than it is looked at: thousands of them would fill the memory."""
        for place, name in enumerate(names):
            records = opened[place] if place in opened else open_one(name)
            yield place, records
            touched.update(dict.fromkeys(records.files()))

    def count_of(place: int, records: Records) -> int:
        if place not in passed:
            passed[place] = records.count()
        return passed[place]

    def count() -> int:
        if total is not None:
            return total
        return sum(count_of(place, records) for place, records in passing()) if counts is None else counts.all()

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        start = 0
        for place, records in passing():
            here, done = within(ids, start, sys.maxsize), 0
            fits = alike(records.features, features)
            for table in records.tables(here, present(records, columns)):
                done += table.num_rows
                yield table if fits else fit_some(table, features, columns, f"{source}/{names[place]}", names[0])
            touched.update(dict.fromkeys(records.files()))
            if done == len(here):
                return
            if isinstance(here, range) and done:
                passed[place] = here.start + done
            start += count_of(place, records)

    def stretches() -> Iterator[Stretch]:
        start = 0
        for place, records in passing():
            count = count_of(place, records)
            known = records.stretches() if records.stretches else [Stretch(range(count), {})]
            for stretch in known if alike(records.features, features) else [Stretch(range(count), {})]:
                yield Stretch(range(start + stretch.ids.start, start + stretch.ids.stop), stretch.bounds)
            start += count

    return replace(
        first,
        features=features,
        take=take,
        count=count,
        files=lambda: tuple(dict.fromkeys([*(one for at in sorted(opened) for one in opened[at].files()), *touched])),
        untyped=frozenset(),
        scan=scan,
        stretches=stretches if first.stretches else None,
    )


class _Counts:
    """How many records each file holds, found out on the way to a record, for more and more files at once."""

    def __init__(self, files: int, count_one: Callable[[int], int]) -> None:
        self._files, self._count_one, self._known = files, count_one, list[int]()

    def all(self) -> int:
        self._know(MOST_THREADS, None)
        return sum(self._known)

    def places(self, ids: Sequence[int]) -> list[tuple[int, list[int]]]:
        """The files that hold some of these, each with their numbers in it."""
        self._know(1, ids[-1])
        check_ids(ids, sum(self._known))
        found, start, place = [], 0, 0
        for at, held in enumerate(self._known):
            until = bisect_left(ids, start + held)
            if until > place:
                found.append((at, [row - start for row in ids[place:until]]))
            place, start = until, start + held
        return found

    def _know(self, some: int, last: int | None) -> None:
        known = sum(self._known)
        while len(self._known) < self._files and (last is None or last >= known):
            place = len(self._known)
            more = in_threads(self._count_one, range(place, min(place + some, self._files)))
            self._known += more
            known, some = known + sum(more), min(2 * some, MOST_THREADS)


def _with_types(
    first: Records, files: Callable[[], Iterator[Records]], others: Sequence[str], open_one: Opener
) -> Features:
    features = Features(first.features, first.features.refused)
    unknown = {name for name in features if name in first.untyped or holds_null(features[name])}

    def further() -> Iterator[Records]:
        yield from files()
        yield from map(open_one, others)

    for looked_at, records in enumerate(further()):
        if not unknown or looked_at == _LOOK_AT:
            break
        for name in [name for name in unknown if name in records.features and name not in records.untyped]:
            told = records.features[name]
            features[name] = told if name in first.untyped else typed(features[name], told)
            if not holds_null(features[name]):
                unknown.discard(name)
    return features
