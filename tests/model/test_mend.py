"""Mending: what a default leaves out is filled by what it says elsewhere; what it says stays."""

from __future__ import annotations

import dataclasses

import pytest

from tinydata.model.aims import TINY
from tinydata.model.mend import lacked, mend
from tinydata.model.plan import make_plan
from tinydata.model.tree import grow_tree

BARE = {"hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 3, "head_dim": None, "layer_types": None}


def test_what_is_none_is_filled_from_the_rest():
    assert mend(grow_tree(BARE)).apply(BARE) == BARE | {"head_dim": 16, "layer_types": ["full_attention"] * 3}


def test_what_is_missing_is_filled_only_when_asked_for():
    assert "rope_theta" not in mend(grow_tree(BARE)).apply(BARE)
    assert mend(grow_tree(BARE), [("rope_theta",)]).apply(BARE)["rope_theta"] == 10000.0


def test_what_is_missing_is_filled_where_it_is_missing_as_another_part_has_it():
    config = {"talker_config": {}, "vision_config": {"spatial_merge_size": 2}, "text_config": {}}
    filled = mend(grow_tree(config), [("talker_config", "spatial_merge_size")], empty=False).apply(config)

    assert filled == config | {"talker_config": {"spatial_merge_size": 2}}


def test_what_is_as_good_as_left_out_is_filled_too():
    config = {"projector_scale_factors": (), "num_feature_levels": 0}

    assert mend(grow_tree(config)).apply(config) == {"projector_scale_factors": [1.0], "num_feature_levels": 1}


def test_what_is_said_of_each_label_is_as_long_as_there_are_labels():
    config = {"id2label": {"0": "text", "1": "title"}, "class_thresholds": None, "class_order": None}
    filled = mend(grow_tree(config)).apply(config)

    assert (filled["class_thresholds"], filled["class_order"]) == ([0.5, 0.5], [0, 1])


def test_a_backbone_that_hands_on_its_last_stage_alone_hands_on_all():
    stages = {"stage_names": ["stem", "stage1", "stage2"], "out_features": ["stage2"], "out_indices": [2]}
    filled = mend(grow_tree({"backbone_config": stages})).apply({"backbone_config": stages})

    assert filled["backbone_config"] == stages | {"out_features": ["stage1", "stage2"], "out_indices": [1, 2]}


def test_a_missing_token_gets_an_id_that_nothing_has():
    config = {"vision_end_token_id": 3, "text_config": {"eos_token_id": [4, 6]}}
    filled = mend(grow_tree(config), [("vision_start_token_id",)], empty=False).apply(config)

    assert filled["vision_start_token_id"] == 5


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("AttributeError: 'TextConfig' object has no attribute 'top_k'", [("text_config", "top_k")]),
        ("KeyError: 'top_k'", [("top_k",), ("text_config", "top_k")]),
        ("'NoneType' object has no attribute 'top_k'", []),
        ("top_k is too large", []),
    ],
)
def test_what_a_model_says_tells_where_a_key_is_missing(said, where):
    tree = grow_tree({"text_config": {}})

    assert lacked(tree, {(): "Config", ("text_config",): "TextConfig"}, said) == tuple(where)


def test_what_is_said_stays():
    said = BARE | {"head_dim": 8, "layer_types": ["sliding_attention"] * 3}

    assert mend(grow_tree(said)).changes == ()


def test_a_kind_of_layer_that_asks_for_positions_of_its_own_gets_them():
    config = BARE | {"layer_types": ["full_attention", "sliding_attention", "full_attention"], "rope_parameters": {}}
    rope = mend(grow_tree(config), [("sliding_attention",)]).apply(config)["rope_parameters"]

    assert set(rope) == {"full_attention", "sliding_attention"}


def test_a_mended_config_is_planned_like_any_other():
    new = make_plan(grow_tree(BARE), dataclasses.replace(TINY, mend=True)).apply(BARE)

    assert (new["hidden_size"], new["head_dim"], len(new["layer_types"])) == (32, 8, 2)
