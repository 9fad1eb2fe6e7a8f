"""Hypothesis: arbitrary features, column names and values that Arrow and `datasets` can hold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from tinydata.dataset.loader import arrow_type, schema_of, to_array

Feature = Any

texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    [
        "",
        "a\r\nb\r",
        "  edge ",
        "1234567890",
        "👩‍👩‍👧‍👦 family",
        "🇨🇭🇯🇵",
        "שלום 7",
        "e\u0301\u0301",
        "\ufeffbom",
        "नमस्ते",
        "null",
        "\x00",
    ]
)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    [
        "text",
        "texts",
        "texts_00",
        "a.b",
        "a/b",
        "CON",
        "nul",
        "image",
        " x ",
        "$ref",
        "dataset_info",
        "ÅÄÖ",
        "%",
        "~",
        "x_1",
    ]
)
DTYPES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "date32", "date64", "time32[s]", "time32[ms]", "time64[us]", "time64[ns]", "timestamp[s]", "timestamp[ms]",
    "timestamp[us, tz=UTC]", "timestamp[ns]", "timestamp[ns, tz=Europe/Paris]", "duration[s]", "duration[ns]",
    "decimal128(12, 3)", "decimal256(50, 10)", "binary", "large_binary", "fixed_size_binary[3]", "string", "large_string",
    "null",
]  # fmt: skip
scalars = st.sampled_from(DTYPES).map(lambda dtype: {"dtype": dtype, "_type": "Value"})
labels = st.lists(texts.filter(str.strip), min_size=1, max_size=4, unique=True).map(
    lambda classes: {"names": classes, "_type": "ClassLabel"}
)
media = st.sampled_from([{"_type": sort} for sort in ("Image", "Audio", "Video", "Pdf", "Nifti", "Mesh")])
leaves = scalars | labels | media


def _lists(inner: st.SearchStrategy[Feature]) -> st.SearchStrategy[Feature]:
    return st.one_of(
        inner.map(lambda item: {"feature": item, "length": -1, "_type": "Sequence"} if "_type" in item else [item]),
        inner.map(lambda item: {"feature": item, "_type": "LargeList"}),
        # Arrow cannot take rows of a fixed list of nulls: "Values length is less than the length".
        inner.filter(lambda item: isinstance(item, dict) and "_type" in item and "null" not in str(item)).map(
            lambda item: {"feature": item, "length": 2, "_type": "Sequence"}
        ),
    )


def _structs(inner: st.SearchStrategy[Feature]) -> st.SearchStrategy[Feature]:
    keys = names.filter(lambda name: name != "_type")
    return st.dictionaries(keys, inner, min_size=1, max_size=3)


features = st.recursive(leaves, lambda inner: _lists(inner) | _structs(inner), max_leaves=4) | st.sampled_from(
    [
        {"shape": [2, 2], "dtype": "float32", "_type": "Array2D"},
        {"languages": ["de", "en"], "_type": "Translation"},
        {"_type": "Json"},
    ]
)


def values(feature: Feature) -> st.SearchStrategy[Any]:
    """Values of a feature as `to_values` gives them, None among them."""
    if isinstance(feature, dict) and feature.get("_type") == "Json":
        return st.none() | st.sampled_from(
            ['{"a":1}', "null", "[1,2.50]", '{ "b" : "\\u00e9" }', '{"$json":"x"}', "3", '"s"']
        )
    return st.none() | _full(feature, arrow_type(feature))


def _full(feature: Feature, stored: pa.DataType) -> st.SearchStrategy[Any]:
    from tinydata.dataset.loader import is_media, list_item, struct_fields

    if is_media(feature):
        paths = st.none() | st.sampled_from(["a.jpg", "sub/b.PNG", "x.null", "c", "d.nii.gz", "e.txt", "photo.jpeg"])
        contents = st.none() | st.binary(max_size=20) | st.just(b"\x89PNG\r\n\x1a\n0")
        return st.fixed_dictionaries({"bytes": contents, "path": paths})
    fields, item = struct_fields(feature), list_item(feature)
    if fields is not None:
        return st.fixed_dictionaries({name: values(inner) for name, inner in fields.items()})
    if item is not None:
        sizes = (
            {"min_size": stored.list_size, "max_size": stored.list_size}
            if pa.types.is_fixed_size_list(stored)
            else {"max_size": 4}
        )
        return st.lists(values(item), **sizes)
    if feature["_type"] == "ClassLabel":
        return st.integers(-1, len(feature["names"]) - 1)
    return _scalar(stored)


def _scalar(stored: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_null(stored):
        return st.none()
    if pa.types.is_string(stored) or pa.types.is_large_string(stored):
        return texts
    if pa.types.is_fixed_size_binary(stored) and not pa.types.is_decimal(stored):
        return st.binary(min_size=stored.byte_width, max_size=stored.byte_width)
    if "binary" in str(stored):
        return st.binary(max_size=20)
    if pa.types.is_boolean(stored):
        return st.booleans()
    if pa.types.is_floating(stored):
        return st.floats(width=stored.bit_width, allow_nan=False)
    if pa.types.is_decimal(stored):
        return st.decimals(-(10**8), 10**8, places=stored.scale, allow_nan=False)
    if pa.types.is_date64(stored):
        return st.integers(-(10**5), 10**5).map(lambda days: days * 86_400_000)
    if pa.types.is_time(stored):
        return st.integers(0, 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[stored.unit] - 1)
    if str(stored).startswith("timestamp[s"):
        return st.integers(-(2**50), 2**50)  # Parquet counts in milliseconds
    low, high = (
        (0, 2**stored.bit_width - 1)
        if pa.types.is_unsigned_integer(stored)
        else (-(2 ** (stored.bit_width - 1)), 2 ** (stored.bit_width - 1) - 1)
    )
    return st.integers(low, high) | st.integers(0, min(high, 10**4))


@st.composite
def tables(draw: st.DrawFn, rows: int = 3) -> tuple[pa.Table, dict[str, Feature]]:
    """A table in storage types with its features."""
    columns = draw(st.lists(names, min_size=1, max_size=3, unique_by=lambda name: name.casefold()))
    chosen = {name: draw(features) for name in columns}
    schema = schema_of(chosen)
    arrays = [to_array([draw(values(chosen[name])) for _ in range(rows)], schema.field(name).type) for name in columns]
    return pa.table(arrays, schema=schema), chosen
