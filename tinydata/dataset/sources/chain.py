"""Chain: several files as one source, a later one not touched before a record of it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records, Stretch, within
from tinydata.dataset.sources.fitting import alike, fit, fit_some, holds_null, present, typed
from tinydata.errors import NoSuchRecord

Opener = Callable[[str], Records]
_LOOK_AT = 16


def chain(source: str, names: Sequence[str], others: Sequence[str], open_one: Opener) -> Records:
    """Files one after the other, all with the features of the first.

    A column that holds nothing but nulls there gets its type from the first file that has one, here or in the other splits;
    a few are looked at, and none where there is no such column.

    Args:
        source: What to call all of them.
        names: The files, at least one.
        others: First files of other splits.
        open_one: Opens one.
    """
    opened: list[Records] = []
    counts: dict[int, int] = {}
    touched: dict[Path, None] = {}

    def files() -> Iterator[Records]:
        for place, name in enumerate(names):
            if place == len(opened):
                opened.append(open_one(name))
            yield opened[place]

    first = next(files())
    features = Features(_with_types(first, files, others, open_one), first.features.refused)

    def rows(records: Records, name: str, ids: Sequence[int]) -> pa.Table:
        table = records.take(ids)
        return table if alike(records.features, features) else fit(table, features, f"{source}/{name}", names[0])

    def take(ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for records, name in zip(files(), names, strict=True):
            here = [row - start for row in wanted]
            try:
                tables.append(rows(records, name, here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                count = past.count
            inside = [row for row in here if row < count]
            if inside or not tables:
                tables.append(rows(records, name, inside))
            wanted, start = wanted[len(inside) :], start + count
        raise NoSuchRecord(wanted[0], start)

    def passing() -> Iterator[tuple[int, Records]]:
        """Each file, kept no longer than it is looked at: thousands of them would fill the memory."""
        for place, name in enumerate(names):
            records = opened[place] if place < len(opened) else open_one(name)
            yield place, records
            touched.update(dict.fromkeys(records.files()))

    def count_of(place: int, records: Records) -> int:
        if place not in counts:
            counts[place] = records.count()
        return counts[place]

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        start = 0
        for place, records in passing():
            here, done = within(ids, start, sys.maxsize), 0
            fits = alike(records.features, features)
            for table in records.tables(here, present(records, columns)):
                done += table.num_rows
                yield table if fits else fit_some(table, features, columns, f"{source}/{names[place]}", names[0])
            if done == len(here):
                return
            if isinstance(here, range) and done:
                counts[place] = here.start + done
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
        count=lambda: sum(count_of(place, records) for place, records in passing()),
        files=lambda: tuple(dict.fromkeys([*(file for records in opened for file in records.files()), *touched])),
        untyped=frozenset(),
        scan=scan,
        stretches=stretches if first.stretches else None,
    )


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
