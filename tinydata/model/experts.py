"""Experts: fewer of them, and no more chosen than there are. Pure."""

from __future__ import annotations

from tinydata.model.draft import Draft
from tinydata.model.roles import keys_with, role_by_name


def shrink_experts(draft: Draft) -> None:
    """Leave a few experts and as many groups as divide them."""
    for node in draft.tree.nodes:
        keys = keys_with(node, "experts")
        if not keys:
            continue
        for key in keys:
            draft.put(node, key, min(node.values[key], draft.aim.experts), "experts", "experts")
        fewest = min((count for key in keys if (count := draft.number(node, key))), default=1)
        for key in keys_with(node, "top_k"):
            draft.put(
                node, key, min(node.values[key], draft.aim.top_k, fewest), "experts", "experts that a token is sent to"
            )
        for key in keys_with(node, "expert_groups"):
            groups = max(few for few in (1, 2) if fewest % few == 0 and few <= max(node.values[key], 1))
            draft.put(node, key, min(node.values[key], groups), "experts", "groups of experts")
        for key in keys_with(node, "groups_chosen"):
            draft.put(node, key, min(node.values[key], 1), "experts", "groups that a token is sent to")
        for key, value in node.values.items():
            if value is None and role_by_name(str(key), node.name_of(str(key))) == "top_k":
                draft.put(node, key, min(draft.aim.top_k, fewest), "experts", "a number that was left out")
