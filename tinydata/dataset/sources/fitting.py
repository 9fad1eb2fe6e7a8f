"""Fitting: rows brought to the features that their source has, whatever their own file tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import Features, to_storage
from tinydata.dataset.loader import Feature, arrow_type, is_media, is_text, item_feature, struct_fields, to_array
from tinydata.dataset.records import Records
from tinydata.errors import DamagedSource, UnsupportedColumn

_NULL = {"dtype": "null", "_type": "Value"}


def fit(table: pa.Table, features: Mapping[str, Feature], name: str, like: str) -> pa.Table:
    """The rows in the storage types of other features, as `datasets` casts them: a column that is missing is null.

    Args:
        table: The rows.
        features: What they shall have.
        name: What to call their file in errors.
        like: What has these features.

    Raises:
        DamagedSource: A column is not among the features, or cannot be cast.
    """
    more = [column for column in table.column_names if column not in features]
    if more:
        raise DamagedSource(name, f"its columns differ from those of {like}: {more[0]!r} is not among them")
    columns = {}
    for column, feature in features.items():
        if column not in table.column_names:
            columns[column] = pa.nulls(table.num_rows, arrow_type(feature))
        elif isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel":
            columns[column] = _labels(table.column(column), column, feature, name)
        else:
            columns[column] = table.column(column)
    try:
        return to_storage(pa.table(columns), features)
    except UnsupportedColumn as error:
        raise DamagedSource(name, f"its types differ from those of {like}: {error}") from error


def fitted(records: Records, features: Mapping[str, Feature], name: str, like: str) -> Records:
    """The same records with other features."""
    if alike(records.features, features):
        return records

    def scan(ids: Sequence[int], columns: Sequence[str] | None) -> Iterator[pa.Table]:
        return (
            fit_some(table, features, columns, name, like) for table in records.tables(ids, present(records, columns))
        )

    return replace(
        records,
        features=Features(features),
        take=lambda ids: fit(records.take(ids), features, name, like),
        untyped=frozenset(),
        scan=scan,
    )


def keep_media(features: Mapping[str, Feature], found: Mapping[str, Feature]) -> dict[str, Feature]:
    """The same features, but for texts that were found to name media: to who wrote them down they were only texts."""
    return {column: _media_of(feature, found.get(column)) for column, feature in features.items()}


def _media_of(feature: Feature, found: Feature | None) -> Feature:
    if is_text(feature):
        return found if is_media(found) else feature
    item, found_item = item_feature(feature), item_feature(found)
    if item is None or not is_text(item) or not is_media(found_item):
        return feature
    return {**feature, "feature": found_item} if isinstance(feature, Mapping) else [found_item]


def fit_some(
    table: pa.Table, features: Mapping[str, Feature], columns: Sequence[str] | None, name: str, like: str
) -> pa.Table:
    """The same for some columns; for all where None."""
    return fit(table, features if columns is None else {column: features[column] for column in columns}, name, like)


def present(records: Records, columns: Sequence[str] | None) -> list[str] | None:
    """Those of some columns that the records have."""
    return None if columns is None else [column for column in columns if column in records.features]


def alike(features: Mapping[str, Feature], others: Mapping[str, Feature]) -> bool:
    """Whether features are the same, the order of columns and of keys included."""
    return json.dumps(features) == json.dumps(others)


def holds_null(feature: Feature) -> bool:
    """Whether the type of some value in it is not known: none was there."""
    if feature == _NULL:
        return True
    fields, item = struct_fields(feature), item_feature(feature)
    return any(map(holds_null, (fields or {}).values())) or (item is not None and holds_null(item))


def typed(feature: Feature, other: Feature) -> Feature:
    """A feature whose unknown types are those of another, where that has the same shape."""
    if feature == _NULL:
        return other
    fields, others = struct_fields(feature), struct_fields(other)
    if fields is not None and others is not None:
        return {name: typed(inner, others[name]) if name in others else inner for name, inner in fields.items()}
    item, other_item = item_feature(feature), item_feature(other)
    if item is None or other_item is None:
        return feature
    inner = typed(item, other_item)
    return {**feature, "feature": inner} if isinstance(feature, Mapping) else [inner]


def _labels(column: pa.ChunkedArray, name: str, feature: Mapping[str, Any], file: str) -> pa.ChunkedArray:
    """Names of classes, or numbers of them, as numbers."""
    names = list(feature.get("names") or [])
    numbers: list[int | None] = []
    for value in column.to_pylist():
        number = names.index(value) if value in names else value
        if isinstance(number, str) and number.strip() in names:
            number = names.index(number.strip())
        try:
            number = None if number is None else int(number)
        except ValueError:
            number = len(names)
        if number is not None and not -1 <= number < len(names):
            raise DamagedSource(file, f"column {name!r}: {value!r} is no class: there is {', '.join(names)}")
        numbers.append(number)
    return pa.chunked_array([to_array(numbers, pa.int64())])
