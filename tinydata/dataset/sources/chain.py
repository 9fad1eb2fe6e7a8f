"""Chain: several files as one source, a later one not touched before a record of it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records
from tinydata.dataset.sources.fitting import alike, fit, holds_null, typed
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
            if inside:
                tables.append(rows(records, name, inside))
            wanted, start = wanted[len(inside) :], start + count
        raise NoSuchRecord(wanted[0], start)

    return replace(
        first,
        features=features,
        take=take,
        count=lambda: sum(records.count() for records in files()),
        files=lambda: tuple(dict.fromkeys(file for records in opened for file in records.files())),
        untyped=frozenset(),
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
