"""Mend: keys that a config leaves at None, or out, and without which its model cannot be built or run. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tinydata.model.changes import Change, Plan
from tinydata.model.draft import as_list
from tinydata.model.names import table
from tinydata.model.roles import role_of
from tinydata.model.tree import ConfigTree, Node, Path, ints_in, is_int, is_list

ROPE = {"rope_type": "default", "rope_theta": 10000.0}
EVERY_STAGE = "that of every stage, where by default only the last is handed on"
FIRST_FREE = 3  # of the ids of tokens: padding, beginning and end are the first three
_NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_NO_KEY = re.compile(r"(?:^|KeyError: )'(\w+)'$")


def lacked(tree: ConfigTree, classes: Mapping[Path, str], said: str) -> tuple[Path, ...]:
    """Where the key lies that an error of a model says its config does not have.

    Args:
        tree: The config.
        classes: The name of the class of each part of it.
        said: The message; a key of a plain dict may be meant in any part.

    >>> from tinydata.model.tree import grow_tree
    >>> tree = grow_tree({"text_config": {}})
    >>> lacked(tree, {("text_config",): "TextConfig"}, "'TextConfig' object has no attribute 'top_k'")
    (('text_config', 'top_k'),)
    """
    if attribute := _NO_ATTRIBUTE.search(said):
        return tuple((*path, attribute[2]) for path, name in classes.items() if name == attribute[1])
    if key := _NO_KEY.search(said):
        return tuple((*node.path, key[1]) for node in tree.nodes)
    return ()


def mend(tree: ConfigTree, missing: Collection[Path] = (), *, empty: bool = True) -> Plan:
    """Fill the keys that a config leaves at None or out, by what it says elsewhere.

    Args:
        tree: The config.
        missing: Keys that it does not have at all, and its model asked for; or a kind of layer that it asked for its own positions.
        empty: Whether what is None is filled.
    """
    changes: dict[Any, Change] = {}
    for node in tree.nodes:
        wanted = {str(path[-1]) for path in missing if path[:-1] == node.path}
        values = dict(node.values)
        for key, filled, why in _filled(tree, node, values, wanted, empty=empty):
            values[key] = filled
            path = (*node.path, key)
            changes[path] = Change(path, node.values.get(key), filled, f"was left out: {why}", "mend", node.path)
        kinds = values.get("layer_types")
        rope = values.get("rope_parameters")
        if (
            is_list(kinds)
            and isinstance(rope, dict)
            and wanted & set(kinds)
            and not any(kind in rope for kind in kinds)
        ):
            path = (*node.path, "rope_parameters")
            said = ROPE | {name: value for name, value in rope.items() if value is not None}
            each = {kind: dict(said) for kind in dict.fromkeys(kinds)}
            changes[path] = Change(path, rope, each, "for each kind of layer", "mend", node.path)
    return Plan(tuple(changes.values()))


def _filled(
    tree: ConfigTree, node: Node, values: dict[str, Any], wanted: set[str], *, empty: bool
) -> Iterator[tuple[str, Any, str]]:
    """Key, value and reason: by a rule for the key, else as another part has it, else by what the key means."""
    for rule in table()["mends"]:
        key = node.key_of(rule["key"]) or rule["key"]
        unsaid = key in values and as_list(values[key]) in (None, rule.get("empty"))
        if (empty and unsaid) or (rule["key"] in wanted and values.get(key) is None):
            filled = _fill(rule, node, values)
            if filled is not None:
                yield key, filled, rule["why"]
    names = values.get("stage_names")
    if empty and is_list(names) and as_list(values.get("out_indices")) == [len(names) - 1]:
        yield "out_features", list(names[1:]), EVERY_STAGE
        yield "out_indices", list(range(1, len(names))), EVERY_STAGE
    for key in sorted(wanted - set(values)):
        others = (other.values[key] for other in tree.nodes if other.values.get(key) is not None)
        filled = next(others, None)
        if filled is not None:
            yield key, filled, "as another part has it"
        elif role_of(node, key) == "token":
            yield key, _free_id(tree), "an id that nothing has"


def _free_id(tree: ConfigTree) -> int:
    taken = {
        number
        for node in tree.nodes
        for key, value in node.values.items()
        if role_of(node, key) == "token"
        for number in ints_in(value)
    }
    return next(number for number in range(FIRST_FREE, FIRST_FREE + len(taken) + 1) if number not in taken)


def _fill(rule: Mapping[str, Any], node: Node, values: Mapping[str, Any]) -> Any:
    def known(name: Any) -> Any:
        return name if is_int(name) else values.get(node.key_of(name) or name)

    if "value" in rule:
        return rule["value"]
    if "same" in rule:
        return next((known(name) for name in rule["same"] if is_int(known(name))), None)
    if "each_layer" in rule:
        depth = known("num_hidden_layers")
        return [rule["each_layer"]] * depth if is_int(depth) else None
    if "each_label" in rule:
        labels = len(values.get("id2label") or ())
        return [rule["each_label"]] * labels if rule["each_label"] is not None else list(range(labels))
    first, second = (known(name) for name in rule.get("quotient") or rule["product"])
    first = first[0] if is_list(first) and first else first
    if not is_int(first) or not is_int(second) or second < 1:
        return None
    return first // second if "quotient" in rule else first * second
