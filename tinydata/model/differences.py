"""Differences: what of a config became other than planned. None is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# What saving writes of itself.
OWN = frozenset({"architectures", "dtype", "torch_dtype", "transformers_version", "_name_or_path", "auto_map"})


def differences(planned: Mapping[str, Any], saved: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that differ between a config as it was planned and as it was saved, a line each.

    >>> differences({"a": 1, "b": {"c": (2,)}, "dtype": None}, {"a": 1, "b": {"c": [3]}, "dtype": "float32"})
    ('b.c: [2] -> [3]',)
    """
    return tuple(_differences(planned, saved, ""))


def _differences(planned: Mapping[str, Any], saved: Mapping[str, Any], prefix: str) -> Iterator[str]:
    old, new = {str(key): value for key, value in planned.items()}, {str(key): value for key, value in saved.items()}
    for key in sorted({*old, *new} - OWN):
        before, now = _plain(old.get(key)), _plain(new.get(key))
        if isinstance(before, dict) and isinstance(now, dict):
            yield from _differences(before, now, f"{prefix}{key}.")
        elif before != now:
            yield f"{prefix}{key}: {before} -> {now}"


def _plain(value: Any) -> Any:
    return list(map(_plain, value)) if isinstance(value, (list, tuple)) else value
