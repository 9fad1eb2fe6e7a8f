"""A string: `text.txt`, UTF-8, verbatim."""

from __future__ import annotations

from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.loader import Feature, cut_text, is_text


def _write(value: str, feature: Feature, base: str, files: Files) -> None:
    files.contents[f"{base}.txt"] = value.encode()


def _shrink(value: str, feature: Feature, limits: Limits, name: str) -> str:
    if limits.max_chars is None or len(value) <= limits.max_chars:
        return value
    return cut_text(value, len(value) - limits.max_chars)


TEXT = Kind("text", is_text, _write, _shrink)
