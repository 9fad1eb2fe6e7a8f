"""Which `datasets` knows which feature type: the first version of each that the oldest one lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tinydata.dataset.loader import Feature, item_feature, struct_fields

SINCE = {
    "LargeList": "3.0",
    "Pdf": "3.6",
    "Video": "3.6",
    "Json": "4.8",
    "Nifti": "4.8",
    "BioSequence": "5.2",
    "BioStructure": "5.2",
    "Mesh": "5.2",
    "float16": "2.15",
}


def needs(feature: Feature) -> tuple[str, str] | None:
    """The type in a feature that the fewest versions of `datasets` know, and the first version that does."""
    found = [(SINCE[name], name) for name in types_of(feature) if name in SINCE]
    if not found:
        return None
    version, name = max(found, key=lambda pair: [int(part) for part in pair[0].split(".")])
    return name, version


def types_of(feature: Any) -> Iterator[str]:
    """The names of all types in a feature, its own and those inside."""
    item, fields = item_feature(feature), struct_fields(feature)
    if isinstance(feature, dict) and isinstance(feature.get("_type"), str):
        yield feature["_type"]
        if (
            feature["_type"] in ("List", "Sequence")
            and feature.get("length", -1) != -1
            and struct_fields(item) is not None
        ):
            yield "List"
        if "dtype" in feature:
            yield re.split(r"[\[(]", feature["dtype"])[0]
    for inner in [item] if item is not None else list((fields or {}).values()):
        yield from types_of(inner)
