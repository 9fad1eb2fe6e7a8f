"""Values as JSON has them; media lie in files beside, once for each seed, and the rows name them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from tinydata.dataset.kinds.media import media_suffix
from tinydata.dataset.loader import (
    Feature,
    Seeds,
    arrow_type,
    file_stem,
    is_media,
    is_text,
    item_feature,
    list_item,
    struct_fields,
    suffix_of,
)
from tinydata.dataset.values import literal
from tinydata.errors import UnfitFormat

MEDIA = "media"
STRING: Feature = {"dtype": "string", "_type": "Value"}


def plain_value(value: Any, feature: Feature, format: str, column: str, beside: tuple[Path, str] | None = None) -> Any:
    """A value as JSON has it.

    Args:
        value: As `to_values` gives it.
        feature: Its feature.
        format: What to call the format in an error.
        column: What to call the column in an error.
        beside: The folder in which media are put into `media/`, and their path there without a suffix; None: nowhere.

    Raises:
        UnfitFormat: The format has no such value.
    """
    if value is None:
        return None
    if is_media(feature):
        if beside is None:
            raise UnfitFormat(format, column, f"{feature['_type']} inside a list or a struct")
        return _put_beside(value, feature, *beside)

    def inside(value: Any, feature: Feature, name: str) -> Any:
        return plain_value(value, feature, format, column, beside and (beside[0], f"{beside[1]}{name}"))

    fields, item = struct_fields(feature), list_item(feature)
    if fields is not None:
        return {name: inside(value[name], inner, f".{file_stem(name)}") for name, inner in fields.items()}
    if item is not None:
        return [inside(inner, item, f"_{place:02}") for place, inner in enumerate(value)]
    if suffix_of(feature) == ".bin":
        raise UnfitFormat(format, column, "bytes, which are no text")
    if feature["_type"] == "Json":
        plain = json.loads(value)
        if plain is None:
            raise UnfitFormat(format, column, "a null of JSON, which comes back as none at all")
        return plain
    if is_text(feature) or (isinstance(value, (bool, int)) and _is_number(feature)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnfitFormat(format, column, f"{value}, which is no number of JSON")
        return float(literal(value, feature))  # the shortest that gives the same 32 or 16 bits
    return literal(value, feature)


def told_features(seeds: Seeds) -> dict[str, Feature]:
    """The features by which a reader gets back what `plain_value` wrote: a medium is the path of its file."""
    return {column: _told(feature) for column, feature in seeds.features.items()}


def _told(feature: Feature) -> Feature:
    if is_media(feature):
        return STRING
    item, fields = item_feature(feature), struct_fields(feature)
    if isinstance(feature, (list, tuple)):
        return [_told(item)]
    if item is not None:
        return {**feature, "feature": _told(item)}
    if fields is not None and "_type" not in feature:
        return {name: _told(inner) for name, inner in fields.items()}
    if fields is not None and feature["_type"] == "Sequence":
        return {**feature, "feature": {name: _told(inner) for name, inner in feature["feature"].items()}}
    return feature


def _is_number(feature: Feature) -> bool:
    return re.fullmatch(r"bool|u?int\d+", str(arrow_type(feature))) is not None


def _put_beside(value: dict[str, Any], feature: Feature, folder: Path, base: str) -> Any:
    if value["bytes"] is None:
        return value["path"]
    name = f"{MEDIA}/{base}{media_suffix(value['bytes'], value['path'], feature)}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(value["bytes"])
    return name
