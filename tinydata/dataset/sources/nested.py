"""Nested Arrow types taken apart into leaves and put together again, with a check that the leaves agree."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa


def plain_type(sort: pa.DataType) -> pa.DataType:
    """The same type with dictionaries and extensions replaced by what they hold, at any depth."""
    if isinstance(sort, pa.BaseExtensionType):
        return plain_type(sort.storage_type)
    if pa.types.is_dictionary(sort):
        return plain_type(sort.value_type)
    if pa.types.is_struct(sort):
        return pa.struct([field.with_type(plain_type(field.type)) for field in sort])
    if pa.types.is_fixed_size_list(sort):
        return pa.list_(sort.value_field.with_type(plain_type(sort.value_type)), sort.list_size)
    if pa.types.is_large_list(sort):
        return pa.large_list(sort.value_field.with_type(plain_type(sort.value_type)))
    if pa.types.is_list(sort):
        return pa.list_(sort.value_field.with_type(plain_type(sort.value_type)))
    return sort


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema in plain types, its metadata kept."""
    return pa.schema([field.with_type(plain_type(field.type)) for field in schema], metadata=schema.metadata)


def leaf_count(sort: pa.DataType) -> int:
    """How many columns Parquet keeps a plain type in."""
    if pa.types.is_map(sort):
        return leaf_count(sort.key_type) + leaf_count(sort.item_type)
    if _is_list(sort):
        return leaf_count(sort.value_type)
    return sum(leaf_count(field.type) for field in sort) if pa.types.is_struct(sort) else 1


def merge_leaves(sort: pa.DataType, leaves: Sequence[pa.Array]) -> pa.Array:
    """Put a column together from arrays that each hold one of its leaves, with all the structs and lists above it.

    Args:
        sort: The plain type of the column.
        leaves: One array per leaf, in the schema's order, all of one length.

    Raises:
        ValueError: The leaves do not tell the same lists and nulls, or are of another shape than `sort`.
    """
    if pa.types.is_struct(sort):
        missing = leaves[0].is_null()
        _agree(missing, [leaf.is_null() for leaf in leaves[1:]])
        children, place = [], 0
        for field in sort:
            end = place + leaf_count(field.type)
            inner = [_only_child(leaf, field.name) for leaf in leaves[place:end]]
            children.append(merge_leaves(field.type, inner))
            place = end
        names = [field.name for field in sort]
        return pa.StructArray.from_arrays(children, names, mask=missing)
    if _is_list(sort):
        lengths = leaves[0].value_lengths()
        _agree(lengths, [leaf.value_lengths() for leaf in leaves[1:]])
        items = merge_leaves(sort.value_type, [leaf.flatten() for leaf in leaves])
        return _list_of(lengths, items)
    if len(leaves) != 1 or pa.types.is_nested(leaves[0].type):
        raise ValueError(f"{leaves[0].type} where {sort} should be")
    return leaves[0]


def rebuild_list(array: pa.Array, items: pa.Array) -> pa.Array:
    """The same lists over other items, which stand for `array.flatten()`."""
    return _list_of(array.value_lengths(), items).cast(array.type)


def _list_of(lengths: pa.Array, items: pa.Array) -> pa.Array:
    ends, end = [0], 0
    for length in lengths.to_pylist():
        end += length or 0
        ends.append(end)
    if end != len(items):
        raise ValueError("lists that do not cover their items")
    offsets = pa.array(ends, pa.int32())
    return pa.ListArray.from_arrays(offsets, items, mask=lengths.is_null())


def _only_child(leaf: pa.Array, name: str) -> pa.Array:
    if not pa.types.is_struct(leaf.type) or leaf.type.num_fields != 1 or leaf.type.field(0).name != name:
        raise ValueError(f"{leaf.type} where a struct of {name!r} should be")
    return leaf.field(0)


def _agree(first: pa.Array, others: Sequence[pa.Array]) -> None:
    if not all(first.equals(other) for other in others):
        raise ValueError("leaves of one column that disagree")


def _is_list(sort: pa.DataType) -> bool:
    return pa.types.is_list(sort) or pa.types.is_large_list(sort) or pa.types.is_fixed_size_list(sort)
