"""Tables of nested types and random values, for every reader."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

_SCALARS = [
    pa.bool_(),
    pa.int8(),
    pa.int64(),
    pa.uint32(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.binary(3),
    pa.decimal128(12, 3),
    pa.date32(),
    pa.timestamp("us", tz="Europe/Paris"),
    pa.timestamp("s"),
    pa.duration("ms"),
    pa.time64("us"),
    pa.null(),
]


def _wrapped(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    structs = st.lists(inner, min_size=1, max_size=3).map(
        lambda types: pa.struct([(f"f{n}", t) for n, t in enumerate(types)])
    )
    return st.one_of(inner.map(pa.list_), inner.map(pa.large_list), structs)


types = st.recursive(st.sampled_from(_SCALARS), _wrapped, max_leaves=5)


@st.composite
def tables(draw: st.DrawFn, max_rows: int = 300) -> pa.Table:
    """A table of one to four columns; each value may be null, and lists are short, empty or long."""
    columns = draw(st.lists(types, min_size=1, max_size=4))
    rows = draw(st.integers(1, max_rows))
    rng = random.Random(draw(st.integers(0, 2**32)))
    arrays = [pa.array([_value(rng, sort) for _ in range(rows)], sort) for sort in columns]
    return pa.table(arrays, names=[f"c{place}" for place in range(len(columns))])


def _value(rng: random.Random, sort: pa.DataType) -> Any:
    if pa.types.is_null(sort) or rng.random() < 0.15:
        return None
    if pa.types.is_struct(sort):
        return {field.name: _value(rng, field.type) for field in sort}
    if pa.types.is_list(sort) or pa.types.is_large_list(sort):
        return [_value(rng, sort.value_type) for _ in range(rng.choice([0, 0, 1, 2, 3, 7]))]
    if pa.types.is_boolean(sort):
        return rng.random() < 0.5
    if pa.types.is_decimal(sort):
        return Decimal(rng.randrange(10**6)) / 1000
    if pa.types.is_fixed_size_binary(sort):
        return rng.randbytes(sort.byte_width)
    if pa.types.is_binary(sort):
        return rng.randbytes(rng.randrange(12))
    if "string" in str(sort):
        return rng.choice(["", "a", "naïve ", "数"]) * rng.randrange(4) + str(rng.randrange(9))
    if pa.types.is_floating(sort):
        return float(rng.randrange(1000)) / 8
    return rng.randrange(120)
