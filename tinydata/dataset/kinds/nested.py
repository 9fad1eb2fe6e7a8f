"""A struct, a list of numbers or of structs, an array, a JSON value: `messages.json`, made to be read and edited."""

from __future__ import annotations

import json
import math
from typing import Any

from tinydata.dataset.kinds.binary import BINARY
from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.kinds.media import MEDIA
from tinydata.dataset.kinds.text import TEXT
from tinydata.dataset.loader import (
    Feature,
    arrow_type,
    file_stem,
    is_media,
    is_text,
    list_item,
    stored_json,
    struct_fields,
    suffix_of,
)
from tinydata.dataset.values import literal

LINE = 100


def _owns(feature: Feature) -> bool:
    return suffix_of(feature) == ".json" and not any(kind(feature) for kind in (is_text, is_media))


def _write(value: Any, feature: Feature, base: str, files: Files) -> None:
    plain = _to_json(value, feature, base, files)
    files.contents[f"{base}.json"] = f"{pretty_json(plain)}\n".encode()


def _to_json(value: Any, feature: Feature, base: str, files: Files) -> Any:
    if value is None:
        return None
    if is_media(feature) or suffix_of(feature) == ".bin":
        inner = Files()
        (MEDIA if is_media(feature) else BINARY).write(value, feature, base, inner)
        files.contents |= inner.contents
        files.paths |= inner.paths
        return {"$file": next(iter(inner.contents))}
    if not isinstance(feature, list) and feature.get("_type") == "Json":
        return _from_stored(value)
    fields, item = struct_fields(feature), list_item(feature)
    if fields is not None:
        return {
            f"${name}" if name.startswith("$") else name: _to_json(value[name], inner, f"{base}.{stem}", files)
            for (name, inner), stem in zip(fields.items(), _stems(fields), strict=True)
        }
    if item is not None:
        return [_to_json(inner, item, f"{base}.{place}", files) for place, inner in enumerate(value)]
    if is_text(feature) or isinstance(value, bool):
        return value
    text = literal(value, feature)
    if isinstance(value, int) and str(arrow_type(feature)).lstrip("u").startswith("int"):
        return value if feature["_type"] != "ClassLabel" else text
    if isinstance(value, float) and math.isfinite(value):
        return float(text)  # the shortest number that gives the same 32 or 16 bits
    return text


def _stems(fields: dict[str, Feature]) -> list[str]:
    stems = [file_stem(name) for name in fields]
    lower = [stem.casefold() for stem in stems]
    return [f"{stem}%{place}" if lower.count(lower[place]) > 1 else stem for place, stem in enumerate(stems)]


def _from_stored(text: str) -> Any:
    """The JSON value that reads back as the same text; where none does, the text itself in `$json`."""
    try:
        value = json.loads(text)
    except ValueError:
        return {"$json": text}
    wrapped = value is None or (isinstance(value, dict) and set(value) == {"$json"})
    return value if not wrapped and stored_json(value) == text else {"$json": text}


def _shrink(value: Any, feature: Feature, limits: Limits, name: str) -> Any:
    if value is None:
        return None
    if is_media(feature):
        return MEDIA.shrink(value, feature, limits, name)
    if is_text(feature):
        return TEXT.shrink(value, feature, limits, name)
    fields, item = struct_fields(feature), list_item(feature)
    if fields is not None:
        return {key: _shrink(value[key], inner, limits, f"{name}.{key}") for key, inner in fields.items()}
    if item is not None:
        kept = limits.cut(value, feature)
        return [_shrink(inner, item, limits, f"{name}.{place}") for place, inner in enumerate(kept)]
    return value


def pretty_json(value: Any, indent: str = "") -> str:
    """JSON with a line for each thing that a person would edit: what is short stays on one line, numbers always do."""
    line = json.dumps(value, ensure_ascii=False)
    deeper = f"{indent}  "
    if len(line) <= LINE or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, list):
        if all(isinstance(item, (int, float)) or item is None for item in value):
            return line
        return "[\n" + ",\n".join(f"{deeper}{pretty_json(item, deeper)}" for item in value) + f"\n{indent}]"
    pairs = (
        f"{deeper}{json.dumps(key, ensure_ascii=False)}: {pretty_json(item, deeper)}" for key, item in value.items()
    )
    return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"


NESTED = Kind("nested", _owns, _write, _shrink)
