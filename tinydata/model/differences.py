"""Differences: what sets a smaller config apart from the original, beyond what was planned. None is allowed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tinydata.model.changes import Change, Plan
from tinydata.model.draft import as_list
from tinydata.model.names import group
from tinydata.model.roles import role_by_name
from tinydata.model.tree import Path, grow_tree, ints_in, is_int, is_list, value_at


def differences(old: Mapping[str, Any], new: Mapping[str, Any], plan: Plan) -> list[Change]:
    """Find what differs between two configs and should not.

    A value may differ where the plan says so. Even then tokens that were one stay one and those that were two stay two, every
    kind of layer is left, and how positions are turned is what it was.

    Args:
        old: The config as it was.
        new: The config as it is now, read back.
        plan: What was meant to change.
    """
    planned = {change.path: change for change in plan.changes}
    found = [
        Change(path, before, after, "not planned", "unexpected", path[:-1])
        for path, before, after in _leaves(as_list(old), as_list(new), ())
        if not any(path[:end] in planned for end in range(1, len(path) + 1))
    ]
    by_user = {change.path for change in plan.changes if change.role == "set"}
    found += merged_tokens(old, new, by_user)
    for change in plan.changes:
        if change.role == "set" or change.old is None:
            continue
        was, now = change.old, value_at(new, change.path)
        kinds = change.path[-1] != "out_features" and is_list(was) and all(isinstance(item, str) for item in was)
        if kinds and is_list(now) and set(was) != set(now):
            found.append(Change(change.path, was, now, "a kind of layer is gone", "unexpected", change.node))
        if isinstance(was, dict) and isinstance(now, dict):
            types = [tuple(sorted(map(str, _types(rope)))) for rope in (was, now)]
            if types[0] != types[1]:
                found.append(
                    Change(change.path, was, now, "positions are turned another way", "unexpected", change.node)
                )
    return found


def merged_tokens(old: Mapping[str, Any], new: Mapping[str, Any], by_user: set[Path]) -> Iterator[Change]:
    """Tokens that were one and are two now, or the other way round, within a part."""
    for node in grow_tree(old).nodes:
        ids: dict[int, tuple[int, Path]] = {}
        for key, value in node.values.items():
            if not is_int(value) or value < 0 or role_by_name(key, node.name_of(key)) != "token":
                continue
            path = (*node.path, key)
            now = value_at(new, path)
            if path in by_user or not is_int(now):
                continue
            known = ids.setdefault(value, (now, path))
            if known[0] != now:
                yield Change(path, value, now, f"was the token of {known[1][-1]}", "unexpected", node.path)
        for other, (now, path) in ids.items():
            twin = next((before for before, (after, _) in ids.items() if after == now and before < other), None)
            if twin is not None:
                yield Change(path, other, now, f"is the token of {ids[twin][1][-1]} now", "unexpected", node.path)


def _leaves(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            if not group("said_elsewhere").holds(str(key)) and not str(key).startswith("_"):
                yield from _leaves(old.get(key), new.get(key), (*path, key))
    elif old != new:
        yield path, old, new


def _types(rope: Mapping[str, Any]) -> Iterator[Any]:
    for key, value in rope.items():
        if key in ("rope_type", "type"):
            yield value
        elif isinstance(value, dict):
            yield from _types(value)


def token_ids(values: Mapping[str, Any]) -> dict[Path, list[int]]:
    """Every token id that a config names, by path."""
    return {
        (*node.path, key): list(ints_in(value))
        for node in grow_tree(values).nodes
        for key, value in node.values.items()
        if (is_int(value) or is_list(value)) and role_by_name(key, node.name_of(key)) == "token"
    }
