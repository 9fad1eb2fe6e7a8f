"""A list of strings or of media: `texts_00.txt`, `texts_01.null`, `images_02.jpg`; no file is an empty list."""

from __future__ import annotations

from typing import Any

from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.kinds.media import MEDIA
from tinydata.dataset.kinds.text import TEXT
from tinydata.dataset.loader import Feature, is_media, is_text, item_feature


def _owns(feature: Feature) -> bool:
    item = item_feature(feature)
    return item is not None and (is_text(item) or is_media(item))


def _write(value: list[Any], feature: Feature, base: str, files: Files) -> None:
    item = item_feature(feature)
    kind = _kind_of(item)
    digits = max(2, len(str(len(value) - 1)))
    for place, inner in enumerate(value):
        name = f"{base}_{place:0{digits}}"
        if inner is None:
            files.contents[f"{name}.null"] = b""
        else:
            kind.write(inner, item, name, files)


def _shrink(value: list[Any], feature: Feature, limits: Limits, name: str) -> list[Any]:
    item = item_feature(feature)
    return [
        None if inner is None else _kind_of(item).shrink(inner, item, limits, f"{name}_{place:02}")
        for place, inner in enumerate(limits.cut(value, feature))
    ]


def _kind_of(item: Feature) -> Kind:
    return TEXT if is_text(item) else MEDIA


ITEMS = Kind("items", _owns, _write, _shrink)
