"""Chain: several files as one source, a later one not touched before a record of it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.records import Records
from tinydata.dataset.sources.fitting import alike, fit, holds_null, typed
from tinydata.errors import NoSuchRecord

Opener = Callable[[str], Records]
Counter = Callable[[str], "int | None"]
_LOOK_AT = 16


def chain(
    source: str, names: Sequence[str], others: Sequence[str], open_one: Opener, count_one: Counter = lambda _: None
) -> Records:
    """Files one after the other, all with the features of the first.

    A column that holds nothing but nulls there gets its type from the first file that has one, here or in the other splits;
    a few are looked at, and none where there is no such column.

    Args:
        source: What to call all of them.
        names: The files, at least one.
        others: First files of other splits.
        open_one: Opens one.
        count_one: The records of one where that is known without opening it, else None.
    """
    opened: dict[str, Records] = {}
    counts: dict[str, int | None] = {}

    def opened_one(name: str) -> Records:
        if name not in opened:
            opened[name] = open_one(name)
        return opened[name]

    def counted(name: str) -> int | None:
        if name not in counts:
            counts[name] = count_one(name)
        return counts[name]

    first = opened_one(names[0])
    further = (opened_one(name) if name in names else open_one(name) for name in (*names, *others))
    features = Features(_with_types(first, further), first.features.refused)

    def rows(name: str, ids: Sequence[int]) -> pa.Table:
        records = opened_one(name)
        table = records.take(ids)
        return table if alike(records.features, features) else fit(table, features, f"{source}/{name}", names[0])

    def take(ids: Sequence[int]) -> pa.Table:
        tables, start, wanted = [], 0, list(ids)
        for name in names:
            known = counted(name) if wanted and name not in opened else None
            if known is not None and wanted[0] >= start + known:
                start += known
                continue
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

    def count() -> int:
        counts_of = (None if name in opened else counted(name) for name in names)
        return sum(
            opened_one(name).count() if known is None else known for name, known in zip(names, counts_of, strict=True)
        )

    return replace(
        first,
        features=features,
        take=take,
        count=count,
        files=lambda: tuple(dict.fromkeys(file for name in names if name in opened for file in opened[name].files())),
        untyped=frozenset(),
    )


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
