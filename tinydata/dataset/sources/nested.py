"""Nested Arrow types taken apart into leaves and put together again, with a check that the leaves agree."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from tinydata.dataset.loader import VIEWS, to_array


def plain_type(sort: pa.DataType) -> pa.DataType:
    """The same type with dictionaries, extensions and views replaced by what they hold, at any depth."""
    if isinstance(sort, pa.BaseExtensionType):
        return plain_type(sort.storage_type)
    if pa.types.is_dictionary(sort) or pa.types.is_run_end_encoded(sort):
        return plain_type(sort.value_type)
    if pa.types.is_struct(sort):
        return pa.struct([field.with_type(plain_type(field.type)) for field in sort])
    if pa.types.is_fixed_size_list(sort):
        return pa.list_(sort.value_field.with_type(plain_type(sort.value_type)), sort.list_size)
    if pa.types.is_large_list(sort):
        return pa.large_list(sort.value_field.with_type(plain_type(sort.value_type)))
    if pa.types.is_list(sort):
        return pa.list_(sort.value_field.with_type(plain_type(sort.value_type)))
    return pa.type_for_alias(VIEWS[str(sort)]) if str(sort) in VIEWS else sort


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema in plain types, its metadata kept."""
    return pa.schema([field.with_type(plain_type(field.type)) for field in schema], metadata=schema.metadata)


def takeable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows; pyarrow cannot take single ones out of views, or out of columns that are run-end encoded."""
    import pyarrow.compute as pc

    columns = [pc.run_end_decode(column) if pa.types.is_run_end_encoded(column.type) else column for column in batch]
    columns = [
        _plain(column, plain_type(column.type)) if any(view in str(column.type) for view in VIEWS) else column
        for column in columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def leaf_count(sort: pa.DataType) -> int:
    """How many columns Parquet keeps a plain type in."""
    if pa.types.is_map(sort):
        return leaf_count(sort.key_type) + leaf_count(sort.item_type)
    if _is_list(sort):
        return leaf_count(sort.value_type)
    return sum(leaf_count(field.type) for field in sort) if pa.types.is_struct(sort) else 1


def holds_null(sort: pa.DataType) -> bool:
    """Whether the type of some value in it is not known: none was there."""
    inner = [sort.field(at).type for at in range(sort.num_fields)] if pa.types.is_nested(sort) else []
    return pa.types.is_null(sort) or any(map(holds_null, inner))


def without_null(sort: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A plain type whose unknown parts are those of another, where that has the same shape.

    >>> without_null(pa.struct({"a": pa.list_(pa.null())}), pa.struct({"a": pa.list_(pa.int64()), "b": pa.int64()}))
    StructType(struct<a: list<item: int64>>)
    """
    if pa.types.is_null(sort):
        return other
    if pa.types.is_struct(sort) and pa.types.is_struct(other):
        others = {field.name: field.type for field in other}
        return pa.struct(
            [field.with_type(without_null(field.type, others.get(field.name, field.type))) for field in sort]
        )
    if pa.types.is_list(sort) and pa.types.is_list(other):
        return pa.list_(sort.value_field.with_type(without_null(sort.value_type, other.value_type)))
    return sort


def empty_table(schema: pa.Schema) -> pa.Table:
    """No rows; the method of a schema imports pandas for that, which takes a second."""
    return pa.Table.from_batches([], schema)


def plain_table(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table in the plain types of `schema`, whose columns it has in this order."""
    columns = [
        pa.chunked_array([_plain(chunk, field.type) for chunk in column.chunks], field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


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
        return pa.StructArray.from_arrays(children, fields=list(sort), mask=missing)
    if _is_list(sort):
        lists = [unsliced(leaf) for leaf in leaves]
        _agree(lists[0].offsets, [leaf.offsets for leaf in lists[1:]])
        _agree(lists[0].is_null(), [leaf.is_null() for leaf in lists[1:]])
        return lists_over(lists[0], merge_leaves(sort.value_type, [leaf.values for leaf in lists]), sort)
    if pa.types.is_map(sort) or len(leaves) != 1 or pa.types.is_nested(leaves[0].type):
        raise ValueError(f"{leaves[0].type} where {sort} should be")
    return leaves[0].cast(sort)


def unsliced(array: pa.Array) -> pa.Array:
    """The same array with an offset of 0, so that its buffers and children begin where it does."""
    return array.take(to_array(range(len(array)), pa.int64())) if array.offset else array


def lists_over(array: pa.Array, items: pa.Array, sort: pa.DataType) -> pa.Array:
    """The lists of an unsliced array over other items, which stand for `array.values`, as the list type `sort`."""
    if pa.types.is_fixed_size_list(sort):
        return lists_over(array, items, pa.list_(sort.value_field)).cast(sort)
    wide = pa.types.is_large_list(sort)
    if wide == pa.types.is_large_list(array.type):
        return pa.Array.from_buffers(sort, len(array), array.buffers()[:2], children=[items])
    ends = array.offsets.cast(pa.int64() if wide else pa.int32())
    make = pa.LargeListArray if wide else pa.ListArray
    return make.from_arrays(ends, items, type=sort, mask=array.is_null())


def _plain(array: pa.Array, sort: pa.DataType) -> pa.Array:
    # Not one cast from the top: pyarrow 26 casts list<null> to offsets that its items do not have.
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == sort:
        return array
    if pa.types.is_struct(sort) and pa.types.is_struct(array.type):
        children = [_plain(array.field(at), field.type) for at, field in enumerate(sort)]
        return pa.StructArray.from_arrays(children, fields=list(sort), mask=array.is_null())
    if _is_list(sort) and _is_list(array.type) and not pa.types.is_fixed_size_list(array.type):
        array = unsliced(array)
        return lists_over(array, _plain(array.values, sort.value_type), sort)
    return array.cast(sort)


def _only_child(leaf: pa.Array, name: str) -> pa.Array:
    if not pa.types.is_struct(leaf.type) or leaf.type.num_fields != 1 or leaf.type.field(0).name != name:
        raise ValueError(f"{leaf.type} where a struct of {name!r} should be")
    return leaf.field(0)


def _agree(first: pa.Array, others: Sequence[pa.Array]) -> None:
    if not all(first.equals(other) for other in others):
        raise ValueError("leaves of one column that disagree")


def _is_list(sort: pa.DataType) -> bool:
    return bool(pa.types.is_list(sort) or pa.types.is_large_list(sort) or pa.types.is_fixed_size_list(sort))
