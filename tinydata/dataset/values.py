"""Values as a person reads them; `loader` reads them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tinydata.dataset.loader import Feature, arrow_type, parse_literal


def to_values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """Python values of a column, in which dates and times are whole numbers of their unit."""
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in to_values(chunk)]
    stored = column.type
    if pa.types.is_temporal(stored):  # Python's dates would lose nanoseconds, and have no year 10,000
        return list(column.cast(pa.int32() if stored.bit_width == 32 else pa.int64()).to_pylist())
    if not pa.types.is_nested(stored):
        return list(column.to_pylist())
    valid = column.is_valid().to_pylist()
    if pa.types.is_struct(stored):
        children = {field.name: to_values(column.field(place)) for place, field in enumerate(stored)}
        return [
            {name: child[row] for name, child in children.items()} if full else None for row, full in enumerate(valid)
        ]
    if pa.types.is_fixed_size_list(stored):
        ends = [(column.offset + row) * stored.list_size for row in range(len(column) + 1)]
    else:
        ends = column.offsets.to_pylist()
    items = to_values(column.values.slice(ends[0], ends[-1] - ends[0]))
    rows = zip(ends, ends[1:], valid, strict=False)
    return [items[start - ends[0] : end - ends[0]] if full else None for start, end, full in rows]


def literal(value: Any, feature: Feature) -> str:
    """One scalar as a person would type it; `loader.parse_literal` reads it back."""
    if feature.get("_type") == "ClassLabel":
        return _label_literal(value, feature.get("names") or [])
    stored = arrow_type(feature)
    if pa.types.is_boolean(stored):
        return "true" if value else "false"
    if pa.types.is_floating(stored):
        kind = {16: np.float16, 32: np.float32, 64: np.float64}[stored.bit_width]
        return str(kind(value))
    if pa.types.is_time(stored):
        return _time_literal(value, stored.unit)
    if pa.types.is_date(stored) or pa.types.is_timestamp(stored):
        return _moment_literal(value, feature)
    return str(value)


def _label_literal(value: int, names: Sequence[str]) -> str:
    if 0 <= value < len(names):
        return names[value]
    text = str(value)
    while text in names:  # a class may be called "-1"; "-01" is the same number and no class
        text = text.replace("-", "-0", 1) if value < 0 else f"0{text}"
    return text


def _time_literal(value: int, unit: str) -> str:
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    seconds, part = divmod(value, 10**digits)
    if not 0 <= seconds < 86_400:
        return str(value)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}.{part:0{digits}}" if digits else clock


def _moment_literal(value: int, feature: Feature) -> str:
    stored = arrow_type(feature)
    if pa.types.is_date32(stored):
        unit = "D"
    elif pa.types.is_date64(stored):
        unit = "ms"
    else:
        unit = stored.unit
    text = str(np.array(value).astype(f"datetime64[{unit}]"))
    if pa.types.is_timestamp(stored) and stored.tz:
        text += "Z"
    try:
        back = parse_literal(text, feature)
    except ValueError:
        back = None  # a year that has more digits than a date can have, or fewer
    return text if back == value else str(value)  # a bare number is the count itself
