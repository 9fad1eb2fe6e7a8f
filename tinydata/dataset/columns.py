"""Columns: the Hugging Face features of an Arrow schema, and tables in the storage types of their features."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from tinydata.dataset.loader import (
    VIEWS,
    Feature,
    SeedError,
    arrow_type,
    is_media,
    item_feature,
    portable,
    schema_of,
    struct_fields,
    to_array,
)
from tinydata.errors import UnsupportedColumn

_NARROW = ("decimal32", "decimal64")  # which pyarrow knows, and `datasets` does not
_DEEPEST = 50  # levels of lists and structs: Python ends at a thousand calls, and each level takes several


class Features(dict[str, Feature]):
    """Features in JSON form by column, and why the other columns have none.

    Attributes:
        refused: The error of each column that `datasets` cannot hold; it is no obstacle to who leaves the column out.
    """

    def __init__(
        self,
        features: Mapping[str, Feature] = MappingProxyType({}),
        refused: Mapping[str, UnsupportedColumn] = MappingProxyType({}),
    ) -> None:
        super().__init__(features)
        self.refused = dict(refused)


def features_of(schema: pa.Schema) -> Features:
    """Read the features out of a schema's metadata; a column that it does not name gets them from its Arrow type.

    Returns:
        Features in the spelling that every version of `datasets` reads, without the columns that it cannot hold.
    """
    stored, features = _stored_features(schema), Features()
    for field in schema:
        feature = stored.get(field.name)
        try:
            if is_too_deep(field.type):
                raise UnsupportedColumn(field.name, f"more than {_DEEPEST} levels of lists and structs")
            if feature is None:
                features[field.name] = feature_of(field.type, field.name)
            elif _is_known(feature):
                features[field.name] = portable(feature)
            else:
                raise UnsupportedColumn(field.name, f"the feature {json.dumps(feature)}")
        except UnsupportedColumn as error:
            features.refused[field.name] = error
    return features


def feature_of(stored: pa.DataType, column: str) -> Feature:
    """The feature that `datasets` infers from an Arrow type.

    Raises:
        UnsupportedColumn: There is none.
    """
    if isinstance(stored, pa.ExtensionType) and hasattr(stored, "shape"):  # an ArrayND that `datasets` has registered
        return {"_type": f"Array{len(stored.shape)}D", "shape": list(stored.shape), "dtype": str(stored.value_type)}
    if isinstance(stored, pa.BaseExtensionType):
        if stored.extension_name == "arrow.json":
            return {"_type": "Json"}
        return feature_of(stored.storage_type, column)
    if pa.types.is_dictionary(stored):
        return feature_of(stored.value_type, column)
    if pa.types.is_struct(stored) and stored.num_fields:
        return {field.name: feature_of(field.type, column) for field in stored}
    if pa.types.is_large_list(stored):
        return {"feature": feature_of(stored.value_type, column), "_type": "LargeList"}
    if pa.types.is_list(stored) or pa.types.is_fixed_size_list(stored):
        item = feature_of(stored.value_type, column)
        length = stored.list_size if pa.types.is_fixed_size_list(stored) else -1
        return portable({"feature": item, "length": length, "_type": "List"})
    return {"dtype": _dtype_of(stored, column), "_type": "Value"}


def is_too_deep(stored: pa.DataType, levels: int = _DEEPEST) -> bool:
    """Whether a type has more levels of lists and structs than are read here."""
    if isinstance(stored, pa.BaseExtensionType):
        return is_too_deep(stored.storage_type, levels)
    if not pa.types.is_nested(stored):
        return False
    return levels == 0 or any(is_too_deep(stored.field(at).type, levels - 1) for at in range(stored.num_fields))


def to_storage(table: pa.Table, features: Mapping[str, Feature]) -> pa.Table:
    """Cast a table to the storage types of its features, metadata included.

    Extension and dictionary types are resolved, struct fields matched by name, and media given as a bare name or as bare
    bytes become bytes and path.

    Raises:
        UnsupportedColumn: A column cannot be cast to its feature.
    """
    schema = schema_of(features)
    columns = []
    for field in schema:
        column = table.column(field.name)
        try:
            chunks = [_cast(chunk, field.type, features[field.name]) for chunk in column.chunks]
        except (pa.ArrowException, TypeError, KeyError) as error:
            raise UnsupportedColumn(field.name, f"{column.type} as {field.type}: {error}") from error
        columns.append(pa.chunked_array(chunks, field.type))
    return pa.table(columns, schema=schema)


def _stored_features(schema: pa.Schema) -> dict[str, Feature]:
    try:
        info = json.loads((schema.metadata or {})[b"huggingface"])
        return dict(info["info"]["features"])
    except (KeyError, ValueError, TypeError):
        return {}


def _is_known(feature: Feature) -> bool:
    try:
        arrow_type(feature)
    except (SeedError, KeyError, TypeError, AttributeError):
        return False
    return True


def _dtype_of(stored: pa.DataType, column: str) -> str:
    names = {
        "halffloat": "float16",
        "float": "float32",
        "double": "float64",
        "date32[day]": "date32",
        "date64[ms]": "date64",
        **VIEWS,
    }
    name = names.get(str(stored), str(stored))
    if pa.types.is_fixed_size_binary(stored) and not pa.types.is_decimal(stored):
        name = f"fixed_size_binary[{stored.byte_width}]"
    try:
        known = arrow_type({"_type": "Value", "dtype": name}) == stored or str(stored) in VIEWS
    except SeedError:
        known = False
    if not known or pa.types.is_nested(stored) or pa.types.is_interval(stored) or name.startswith(_NARROW):
        raise UnsupportedColumn(column, str(stored))
    return name


def _cast(array: pa.Array, stored: pa.DataType, feature: Feature) -> pa.Array:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == stored and not _holds_extension(array.type):
        return array
    if is_media(feature):
        return _cast_media(array, stored)
    fields, item = struct_fields(feature), item_feature(feature)
    if fields is not None and pa.types.is_struct(array.type):
        more = [field.name for field in array.type if field.name not in fields]
        if more:  # `datasets` refuses it, too: what it holds would be lost
            raise TypeError(f"the field {more[0]!r} has no place there")
        children = []
        for field in stored:
            place = array.type.get_field_index(field.name)
            if place < 0:
                children.append(pa.nulls(len(array), field.type))
            else:
                children.append(_cast(array.field(place), field.type, fields[field.name]))
        mask = array.is_null() if array.null_count else None
        return pa.StructArray.from_arrays(children, fields=list(stored), mask=mask)
    if item is not None and _is_list(array.type) and not pa.types.is_fixed_size_list(array.type):
        if pa.types.is_fixed_size_list(stored):
            return array.cast(stored)
        plain = array.take(to_array(range(len(array)), pa.int64())) if array.offset else array  # no offsets to keep
        inner = _cast(plain.values, stored.value_type, item)
        same_width = pa.types.is_large_list(array.type) == pa.types.is_large_list(stored)
        between = (
            stored if same_width else (pa.large_list if pa.types.is_large_list(array.type) else pa.list_)(inner.type)
        )
        built = pa.Array.from_buffers(between, len(plain), plain.buffers()[:2], children=[inner])
        return built if same_width else built.cast(stored)
    return array.cast(stored)


def _cast_media(array: pa.Array, stored: pa.DataType) -> pa.Array:
    mask = array.is_null() if array.null_count else None
    if pa.types.is_struct(array.type):
        nothing = {field.name: pa.nulls(len(array), field.type) for field in stored}
        children = []
        for field in stored:
            place = array.type.get_field_index(field.name)
            child = nothing[field.name] if place < 0 else array.field(place)
            if pa.types.is_dictionary(child.type):
                child = child.dictionary_decode()
            children.append(child.cast(field.type))
        return pa.StructArray.from_arrays(children, fields=list(stored), mask=mask)
    if "binary" in str(array.type):
        children = [array.cast(pa.binary()), pa.nulls(len(array), pa.string())]
    else:
        children = [pa.nulls(len(array), pa.binary()), array.cast(pa.string())]
    return pa.StructArray.from_arrays(children, fields=list(stored), mask=mask)


def _is_list(stored: pa.DataType) -> bool:
    return any(test(stored) for test in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


def _holds_extension(stored: pa.DataType) -> bool:
    if isinstance(stored, pa.BaseExtensionType) or pa.types.is_dictionary(stored):
        return True
    children: list[Any] = (
        [stored.field(place) for place in range(stored.num_fields)] if pa.types.is_nested(stored) else []
    )
    return any(_holds_extension(child.type) for child in children)
