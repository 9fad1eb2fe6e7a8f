"""Names: what the keys of configs mean. All patterns lie in names.json, each group with its reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Group:
    """Names that mean one thing.

    Args:
        role: What they mean.
        why: The reason for the group, in one line.
        names: Matches a key of the group.
        besides: Matches a key that only looks like one of the group.
    """

    role: str
    why: str
    names: re.Pattern[str]
    besides: re.Pattern[str] | None = None

    def holds(self, key: str) -> bool:
        """Whether a key belongs to the group."""
        return bool(self.names.search(key)) and not (self.besides and self.besides.search(key))


@cache
def table() -> dict[str, Any]:
    """The data file as it lies."""
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
    return loaded


@cache
def group(name: str) -> Group:
    """A group of the data file, by its name."""
    return _group(name, table()[name])


@cache
def role_groups() -> tuple[Group, ...]:
    """The groups that give a whole number its role, in the order in which they are asked."""
    return tuple(_group(entry["role"], entry) for entry in table()["roles"])


def words(name: str) -> tuple[str, ...]:
    """The names of a group in their order, where the order counts."""
    return tuple(table()[name]["names"])


def _group(role: str, entry: dict[str, Any]) -> Group:
    besides = entry.get("except")
    return Group(role, entry["why"], _any(entry["names"]), _any(besides) if besides else None)


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
