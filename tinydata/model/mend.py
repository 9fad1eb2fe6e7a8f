"""Mend: keys that a default config leaves at None, or out, and without which its model cannot be built. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinydata.model.changes import Change, Plan
from tinydata.model.names import table
from tinydata.model.tree import ConfigTree, Node, is_int, is_list

ROPE = {"rope_type": "default", "rope_theta": 10000.0}


def mend(tree: ConfigTree, missing: Iterable[str] = ()) -> Plan:
    """Fill the keys that a config leaves at None, by what it says elsewhere.

    For defaults that transformers itself cannot build; a config that can be built needs none of it.

    Args:
        tree: The config.
        missing: Keys that the config does not have at all, and its model asked for; or a kind of layer that it asked for its own positions.
    """
    wanted = set(missing)
    changes: dict[Any, Change] = {}
    for node in tree.nodes:
        values = dict(node.values)
        for rule in table()["mends"]:
            key = node.key_of(rule["key"]) or rule["key"]
            if values.get(key) is None and (key in values or rule["key"] in wanted):
                filled = _fill(rule, node, values)
                if filled is not None:
                    values[key] = filled
                    path = (*node.path, key)
                    changes[path] = Change(path, None, filled, f"was left out: {rule['why']}", "mend", node.path)
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
    first, second = (known(name) for name in rule.get("quotient") or rule["product"])
    first = first[0] if is_list(first) and first else first
    if not is_int(first) or not is_int(second) or second < 1:
        return None
    return first // second if "quotient" in rule else first * second
