"""A number, a truth, a date, a class: `label.txt` with the literal that a person would type."""

from __future__ import annotations

from typing import Any

from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.loader import Feature, is_text, suffix_of
from tinydata.dataset.values import literal


def _owns(feature: Feature) -> bool:
    return suffix_of(feature) == ".txt" and not is_text(feature)


def _write(value: Any, feature: Feature, base: str, files: Files) -> None:
    files.contents[f"{base}.txt"] = f"{literal(value, feature)}\n".encode()


def _shrink(value: Any, feature: Feature, limits: Limits, name: str) -> Any:
    return value


SCALAR = Kind("scalar", _owns, _write, _shrink)
