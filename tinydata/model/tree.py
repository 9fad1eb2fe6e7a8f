"""Tree: the plain nested dict of a config, and which of its dicts are configs of their own. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

Path = tuple[str | int, ...]

# Dicts that are called a config and are none of a model's parts.
NO_PARTS = ("quantization_config", "generation_config", "per_layer_config", "compression_config")
PARTS_BY_NAME = ("encoder", "decoder")


@dataclass(frozen=True)
class Node:
    """A config within a config.

    Args:
        path: Where it lies; () is the root.
        values: Its own dict, as in ``config.to_dict()``.
        canonical: Key -> the name that all models have for it (``n_embd`` -> ``hidden_size``), where the two differ.
        model_type: What the part says it is, else "".
    """

    path: Path
    values: Mapping[str, Any]
    canonical: Mapping[str, str]
    model_type: str

    def name_of(self, key: str) -> str:
        """The canonical name of a key.

        >>> Node((), {}, {"n_embd": "hidden_size"}, "gpt2").name_of("n_embd")
        'hidden_size'
        """
        return self.canonical.get(key, key)

    def key_of(self, name: str) -> str | None:
        """The key that holds what a canonical name means here; None: there is none."""
        if name in self.values:
            return name
        return next(
            (key for key, canonical in self.canonical.items() if canonical == name and key in self.values), None
        )

    def get(self, name: str) -> Any:
        """The value behind a canonical name, None where there is none."""
        key = self.key_of(name)
        return None if key is None else self.values[key]


@dataclass(frozen=True)
class ConfigTree:
    """A config and the configs within it.

    Args:
        values: The whole, as ``config.to_dict()`` gives it.
        nodes: The root first, then each part before the parts within it.
    """

    values: dict[str, Any]
    nodes: tuple[Node, ...]

    @cached_property
    def by_path(self) -> dict[Path, Node]:
        """The nodes by where they lie."""
        return {node.path: node for node in self.nodes}

    @property
    def root(self) -> Node:
        """The whole."""
        return self.nodes[0]

    def node_of(self, path: Path) -> Node:
        """The innermost config that a path leads into."""
        while path not in self.by_path:
            path = path[:-1]
        return self.by_path[path]

    def above(self, node: Node) -> Iterator[Node]:
        """The configs that hold this one, the nearest first."""
        for end in range(len(node.path) - 1, -1, -1):
            if node.path[:end] in self.by_path:
                yield self.by_path[node.path[:end]]


def grow_tree(values: Mapping[str, Any], attribute_maps: Mapping[Path, Mapping[str, str]] | None = None) -> ConfigTree:
    """Find the configs within a config.

    A dict is one if a config class stands behind it (`attribute_maps` names its path), if it says its ``model_type``, or if its key
    says so (``..._config``, ``encoder``, ``decoder``).

    Args:
        values: The config as a dict; it is copied.
        attribute_maps: Path -> ``attribute_map`` of the config class there, canonical name -> key.
    """
    whole = copy.deepcopy(dict(values))
    maps = attribute_maps or {}
    return ConfigTree(whole, tuple(_grow(whole, (), maps)))


def value_at(values: Any, path: Path) -> Any:
    """What lies at a path; None where nothing does."""
    for step in path:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def is_int(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number, which True is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value is a list, or the tuple that a config class has for one."""
    return isinstance(value, (list, tuple))


def is_ints(value: object) -> TypeGuard[list[int]]:
    """Whether a value is a list of whole numbers, and not empty."""
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(map(is_int, value))


def ints_in(value: Any) -> Iterator[int]:
    """Every whole number in nested lists.

    >>> list(ints_in([1, [2, (3, "x")]]))
    [1, 2, 3]
    """
    if is_int(value):
        yield value
    elif is_list(value):
        for item in value:
            yield from ints_in(item)


def _grow(values: dict[str, Any], path: Path, maps: Mapping[Path, Mapping[str, str]]) -> Iterator[Node]:
    canonical: dict[str, str] = {}
    for name, key in maps.get(path, {}).items():
        canonical.setdefault(key, name)
    yield Node(path, values, canonical, str(values.get("model_type") or ""))
    for key, value in values.items():
        if key in NO_PARTS or str(key).startswith("_"):
            continue
        if isinstance(value, dict) and _is_part(key, value, (*path, key) in maps):
            yield from _grow(value, (*path, key), maps)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for place, item in enumerate(value):
                if isinstance(item, dict) and _is_part("", item, (*path, key, place) in maps):
                    yield from _grow(item, (*path, key, place), maps)


def _is_part(key: str, value: Mapping[Any, Any], known: bool) -> bool:
    if not all(isinstance(inner, str) for inner in value):
        return False
    return known or bool(value.get("model_type")) or "config" in key or key in PARTS_BY_NAME
