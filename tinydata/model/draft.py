"""Draft: a plan while it is made. What the user has set stands from the start, and nothing writes over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydata.model.aims import Aim
from tinydata.model.changes import Change, Plan
from tinydata.model.tree import ConfigTree, Node, Path, is_int, value_at


@dataclass
class Draft:
    """What is known of the new config so far."""

    tree: ConfigTree
    aim: Aim
    settings: Mapping[Path, Any] = field(default_factory=dict)
    changes: dict[Path, Change] = field(default_factory=dict)
    frozen: set[Path] = field(default_factory=set)  # nodes whose other widths stay

    def put(self, node: Node, key: str | tuple[str | int, ...], new: Any, role: str, why: str) -> None:
        """Change a value, unless the user has set it. A value that stays is no change."""
        path = node.path + (key if isinstance(key, tuple) else (key,))
        if any(path[:end] in self.settings for end in range(len(path) + 1)):
            return
        old = value_at(self.tree.values, path)
        self.changes.pop(path, None)
        if as_list(new) != as_list(old):
            self.changes[path] = Change(path, old, new, why, role, node.path)

    def now(self, node: Node, name: str) -> Any:
        """The value that a key, or the key behind a canonical name, has by now."""
        key = node.key_of(name) or name
        path = (*node.path, key)
        if path in self.settings:
            return self.settings[path]
        change = self.changes.get(path)
        return change.new if change else node.values.get(key)

    def number(self, node: Node, name: str) -> int | None:
        """`now`, where it is a whole number."""
        value = self.now(node, name)
        return value if is_int(value) else None

    def set_by_user(self, node: Node, key: str) -> bool:
        """Whether the user has set this key."""
        return (*node.path, key) in self.settings

    def drop(self, node: Node, key: str) -> None:
        """Let a value be what it was."""
        self.changes.pop((*node.path, key), None)

    def plan(self) -> Plan:
        """The plan as it stands: what the user set first, then the rest."""
        set_by_user = (
            Change(path, old, new, "set", "set", self.tree.node_of(path).path)
            for path, new in self.settings.items()
            for old in [value_at(self.tree.values, path)]
            if as_list(new) != as_list(old) or old is None
        )
        return Plan((*set_by_user, *self.changes.values()))


def as_list(value: Any) -> Any:
    """Tuples as the lists that they are once written to a file."""
    if isinstance(value, (list, tuple)):
        return [as_list(item) for item in value]
    if isinstance(value, dict):
        return {key: as_list(item) for key, item in value.items()}
    return value
