"""Python values as columns: the Arrow type of them all, and each brought to it.

Not by `pa.array`: that imports pandas, which takes a second, and joins no whole numbers to fractions inside structs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

_PLAIN = {pa.bool_().id: bool, pa.float64().id: float, pa.string().id: str, pa.binary().id: bytes}
"""Types that hold every value of a type of Python."""


def type_of(values: Sequence[Any]) -> pa.DataType:
    """The Arrow type that holds all of these values; the keys of structs are put together.

    >>> type_of([{"a": 1}, None, {"a": 2.5, "b": []}])
    StructType(struct<a: double, b: list<item: null>>)

    Raises:
        ValueError: There is none.
    """
    full = [value for value in values if value is not None]
    sorts = {_sort(value) for value in full}
    if sorts == {int, float}:
        sorts = {float}
    if not sorts:
        return pa.null()
    if len(sorts) > 1:
        raise ValueError(f"values of several types: {', '.join(sorted(sort.__name__ for sort in sorts))}")
    (sort,) = sorts
    if sort is dict:
        names = dict.fromkeys(name for value in full for name in value)
        return pa.struct([(name, type_of([value.get(name) for value in full])) for name in names])
    if sort is list:
        return pa.list_(type_of([item for value in full for item in value]))
    if sort is np.ndarray:
        return pa.list_(_numpy_type(full, [value.dtype for value in full]))
    if sort is np.generic:
        return _numpy_type(full, [value.dtype for value in full])
    if sort is int and not all(-(2**63) <= value < 2**63 for value in full):
        raise ValueError("a whole number of more than 64 bits")
    return {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(), bytes: pa.binary()}[sort]


def conform(value: Any, stored: pa.DataType) -> Any:
    """The same value for a column of this type; keys that the type does not have are left out, as by `datasets`.

    Raises:
        ValueError: The type cannot hold it.
    """
    if type(value) is _PLAIN.get(stored.id):
        return value
    if value is None or pa.types.is_null(stored):
        if value is not None:
            raise ValueError(f"{value!r:.80} where none had a value")
        return None
    if pa.types.is_struct(stored):
        if isinstance(value, dict):
            return {field.name: conform(value.get(field.name), field.type) for field in stored}
    elif pa.types.is_list(stored):
        if isinstance(value, list | np.ndarray):
            return [conform(item, stored.value_type) for item in value]
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        if _holds(plain, stored):
            return float(plain) if pa.types.is_floating(stored) else plain
    raise ValueError(f"{value!r:.80} where {stored} should be")


def _sort(value: Any) -> type:
    for sort in (bool, dict, list, str, bytes, np.ndarray, np.generic, int, float):
        if isinstance(value, sort):
            return sort
    raise ValueError(f"a value of type {type(value).__name__}")


def _numpy_type(values: Sequence[Any], dtypes: Sequence[np.dtype[Any]]) -> pa.DataType:
    if len(set(dtypes)) > 1 and all(dtype.kind != "U" for dtype in dtypes):
        raise ValueError(f"arrays of several types: {', '.join(sorted({str(dtype) for dtype in dtypes}))}")
    if dtypes[0].kind == "U":
        return pa.string()
    try:
        return pa.from_numpy_dtype(dtypes[0])
    except pa.ArrowNotImplementedError as error:
        raise ValueError(f"an array of {dtypes[0]}") from error


def _holds(value: object, stored: pa.DataType) -> bool:
    if pa.types.is_boolean(stored):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if pa.types.is_integer(stored):
        if not isinstance(value, int):
            return False
        bits: int = stored.bit_width
        if pa.types.is_signed_integer(stored):
            return -(1 << bits - 1) <= value < 1 << bits - 1
        return 0 <= value < 1 << bits
    if pa.types.is_floating(stored):
        return isinstance(value, int | float)
    return isinstance(value, str) if pa.types.is_string(stored) else isinstance(value, bytes)
