"""Bytes that are no medium: `blob.bin`, verbatim."""

from __future__ import annotations

from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.loader import Feature, is_media, suffix_of


def _owns(feature: Feature) -> bool:
    return suffix_of(feature) == ".bin" and not is_media(feature)


def _write(value: bytes, feature: Feature, base: str, files: Files) -> None:
    files.contents[f"{base}.bin"] = value


def _shrink(value: bytes, feature: Feature, limits: Limits, name: str) -> bytes:
    return value


BINARY = Kind("binary", _owns, _write, _shrink)
