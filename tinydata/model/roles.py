"""Roles: what each whole number of a config is, by its name. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from tinydata.model.names import group, role_groups
from tinydata.model.tree import Node, ints_in, is_int

MAIN_HEADS = ("num_attention_heads", "num_heads", "n_head", "encoder_attention_heads")
SMALL = 16  # what is below is no width that anybody would want smaller
LEAST_GROUPS = 32  # from here on, a number of groups that equals a width is one group a channel


def skipped(key: object) -> bool:
    """Whether a key is none that sizes are looked for in."""
    return not isinstance(key, str) or group("skip").holds(key)


def role_of(node: Node, key: str) -> str | None:
    """What the whole number or list behind a key is: "width", "heads", "layers", ..., "fixed"; None: nothing known.

    >>> from tinydata.model.tree import grow_tree
    >>> root = grow_tree({"n_embd": 768, "hop_length": 160}, {(): {"hidden_size": "n_embd"}}).root
    >>> role_of(root, "n_embd"), role_of(root, "hop_length")
    ('width', 'fixed')
    """
    if skipped(key):
        return None
    role = role_by_name(key, node.name_of(key))
    if role == "fixed" or role is None:
        value = node.values.get(key)
        as_large = group("also_widths").holds(key) and is_int(value) and value >= LEAST_GROUPS
        if as_large and any(
            value == other and other_key != key and role_by_name(other_key, node.name_of(other_key)) == "width"
            for other_key, other in node.values.items()
            if is_int(other)
        ):
            return "width"
    return role


def keys_with(node: Node, *roles: str) -> list[str]:
    """The keys of a node whose whole number has one of these roles."""
    return [key for key, value in node.values.items() if is_int(value) and role_of(node, key) in roles]


def lists_of(node: Node) -> dict[str, list[Any]]:
    """The lists of a node that hold anything, by key."""
    return {
        key: list(value)
        for key, value in node.values.items()
        if isinstance(value, (list, tuple)) and value and not skipped(key)
    }


def is_widths(key: str, value: Any) -> bool:
    """Whether a list is one of widths."""
    numbers = list(ints_in(value))
    ends_wide = group("stage_widths").names.search(key)
    if not numbers or max(numbers) < SMALL or group("list_not_widths").holds(key):
        return False
    named = _speaks_of_widths(key)
    return named and (bool(ends_wide) or not _untouchable(key))


def in_mixed_list(number: int) -> bool:
    """Whether a number among widths and kernels is a width.

    >>> [number for number in (3, 16, 18, 96) if in_mixed_list(number)]
    [16, 96]
    """
    return number >= SMALL and number % 8 == 0


@cache
def role_by_name(key: str, canonical: str) -> str | None:
    """The first role that knows a key or its canonical name."""
    for known in role_groups():
        named = known.holds(key) or (known.role in BY_CANONICAL and known.holds(canonical))
        if named:
            return known.role
    return None


# A canonical name may only say what a model has of itself; what is not to be touched is told by the key as written.
BY_CANONICAL = ("experts", "vocab", "kv_heads", "heads", "layers", "width")


def main_heads(node: Node) -> str | None:
    """The key of the heads that kv heads and head_dim go with."""
    keys = keys_with(node, "heads")
    main = (key for key in keys if node.name_of(key) in MAIN_HEADS or key in MAIN_HEADS)
    return next(main, next((key for key in keys if node.values[key] > 1), None))


def _speaks_of_widths(key: str) -> bool:
    """Whether a list's name speaks of widths and of nothing else."""
    others = ("token", "layer_indices", "image")
    if any(known.role in others and known.holds(key) for known in role_groups()) or group("layer_indices").holds(key):
        return False
    if "num_" in key and "channels" not in key:
        return False
    width = next(known for known in reversed(role_groups()) if known.role == "width")
    return width.holds(key) or any(word in key for word in ("channels", "sizes", "dim", "hidden"))


def _untouchable(key: str) -> bool:
    return any(known.role == "fixed" and known.holds(key) for known in role_groups())
