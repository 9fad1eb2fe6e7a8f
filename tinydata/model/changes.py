"""Changes: old values of a config and new ones, each with its reason. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tinydata.model.tree import Path


@dataclass(frozen=True)
class Change:
    """One value of a config that becomes another.

    Args:
        path: Where it lies.
        old: What it was, None where there was nothing.
        new: What it becomes.
        why: The reason, a phrase.
        role: The group that may be left out as a whole: "width", "heads", "layers", "experts", "vocab", "image", ...
        node: The config within the config that it belongs to.
    """

    path: Path
    old: Any
    new: Any
    why: str
    role: str
    node: Path

    @property
    def name(self) -> str:
        """The path as people write it.

        >>> Change(("text_config", "sizes", 0), 64, 8, "width", "width", ("text_config",)).name
        'text_config.sizes.0'
        """
        return ".".join(map(str, self.path))


@dataclass(frozen=True)
class Plan:
    """What changes in a config; no two changes share a path."""

    changes: tuple[Change, ...]

    def apply(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The changed config, as a dict of its own."""
        changed = copy.deepcopy(dict(values))
        for change in self.changes:
            _set(changed, change.path, copy.deepcopy(change.new))
        return changed

    def without(self, drop: Callable[[Change], bool]) -> Plan:
        """This plan less the changes of which `drop` is true."""
        return Plan(tuple(change for change in self.changes if not drop(change)))

    def having(self, changes: Iterable[Change]) -> Plan:
        """This plan with these changes, which take the place of those of the same path."""
        by_path = {change.path: change for change in (*self.changes, *changes)}
        return Plan(tuple(by_path.values()))

    def at(self, path: Path) -> Change | None:
        """The change of a path, None where nothing changes."""
        return next((change for change in self.changes if change.path == path), None)


def _set(values: Any, path: Path, new: Any) -> None:
    """Put a value in its place; a part that a plan took away has no place for it."""
    for step in path[:-1]:
        if isinstance(values, dict):
            if values.get(step) is None:
                values[step] = {}
            values = values[step]
        elif isinstance(values, list) and isinstance(step, int) and step < len(values):
            values = values[step]
        else:
            return
    last: Any = path[-1]
    if isinstance(values, dict) or (isinstance(values, list) and isinstance(last, int) and last < len(values)):
        values[last] = new
