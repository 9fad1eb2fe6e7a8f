"""Chain: several files as one source, a later one not touched before a record of it is asked for."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records, Stretch, check_ids, within
from tinydata.dataset.sources.fitting import alike, fit, fit_some, holds_null, present, typed
from tinydata.errors import NoSuchRecord
from tinydata.fetch import RemoteFile, in_threads

Opener = Callable[[str], Records]
Counter = Callable[[str], "int | None"]
_LOOK_AT = 16


def chain(
    source: str,
    names: Sequence[str],
    others: Sequence[str],
    open_one: Opener,
    count_one: Counter | None = None,
    at_once: int = 1,
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
        count_one: The records of one where that is known without opening it, else None; itself None where that never is.
        at_once: So many are counted at once.
        total: The records of all, where that is known.
    """
    opened: dict[str, Records] = {}
    passed: dict[int, int] = {}  # how many records the files hold that were passed, and not kept
    touched: dict[Path | RemoteFile, None] = {}

    def opened_one(name: str) -> Records:
        if name not in opened:
            opened[name] = open_one(name)
        return opened[name]

    def counted(place: int) -> int:
        name = names[place]
        known = None if name in opened or count_one is None else count_one(name)
        return opened_one(name).count() if known is None else known

    counts = _Counts(len(names), counted, at_once) if count_one else None

    first = opened_one(names[0])
    further = (opened_one(name) if name in names else open_one(name) for name in (*names, *others))
    features = Features(_with_types(first, further), first.features.refused)

    def rows(name: str, ids: Sequence[int]) -> pa.Table:
        records = opened_one(name)
        table = records.take(ids)
        return table if alike(records.features, features) else fit(table, features, f"{source}/{name}", names[0])

    def take(ids: Sequence[int]) -> pa.Table:
        if counts is not None and ids:
            return pa.concat_tables([rows(names[place], here) for place, here in counts.places(ids)])
        tables, start, wanted = [], 0, list(ids)
        for name in names:
            here = [row - start for row in wanted]
            try:
                tables.append(rows(name, here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                count = past.count
            inside = [row for row in here if row < count]
            if inside:
                tables.append(rows(name, inside))
            wanted, start = wanted[len(inside) :], start + count
        raise NoSuchRecord(wanted[0], start)

    def passing() -> Iterator[tuple[int, Records]]:
        """Each file, kept no longer than it is looked at: thousands of them would fill the memory."""
        for place, name in enumerate(names):
            records = opened[name] if name in opened else open_one(name)
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
        files=lambda: tuple(
            dict.fromkeys([*(file for name in names if name in opened for file in opened[name].files()), *touched])
        ),
        untyped=frozenset(),
        scan=scan,
        stretches=stretches if first.stretches else None,
    )


class _Counts:
    """How many records each file holds, found out on the way to a record, of more and more files at once."""

    def __init__(self, files: int, count_one: Callable[[int], int], at_once: int) -> None:
        self._files, self._count_one, self._at_once, self._known = files, count_one, at_once, list[int]()

    def all(self) -> int:
        self._know(self._at_once, None)
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
            known, some = known + sum(more), min(2 * some, self._at_once)


def _with_types(first: Records, further: Iterator[Records]) -> Features:
    features = Features(first.features, first.features.refused)
    unknown = {name for name in features if name in first.untyped or holds_null(features[name])}
    for records in islice(further, _LOOK_AT) if unknown else ():
        for name in [name for name in unknown if name in records.features and name not in records.untyped]:
            told = records.features[name]
            features[name] = told if name in first.untyped else typed(features[name], told)
            if not holds_null(features[name]):
                unknown.discard(name)
        if not unknown:
            break
    return features
