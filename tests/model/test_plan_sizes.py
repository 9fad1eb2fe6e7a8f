"""How small a plan makes what is large in a model, each law on the least config that shows it."""

from __future__ import annotations

from tinydata.model.plan import PRESETS, make_plan, shrinkable
from tinydata.model.polish import steps
from tinydata.model.tree import grow_tree


def planned(values):
    return make_plan(grow_tree(values)).apply(values)


def test_a_list_that_numbers_every_layer_tells_none_apart():
    old = {"num_hidden_layers": 32, "hidden_size": 2048, "full_attn_idxs": list(range(32))}

    new = planned(old)

    assert (new["num_hidden_layers"], new["full_attn_idxs"]) == (2, [0, 1])


def test_the_names_of_layers_are_the_depth_where_no_number_says_it():
    old = {"hidden_size": 2048, "layers_block_type": ["mamba", "mlp", "mamba", "attention", "mlp"] * 8}

    new = planned(old)

    assert new["layers_block_type"] == ["mamba", "mlp", "attention"]


def test_widths_that_lead_up_to_that_of_another_part_narrow_by_as_much():
    old = {
        "backbone_config": {"hidden_size": 768},
        "neck_hidden_sizes": [96, 192, 384, 768],
        "fusion_hidden_size": 192,
    }

    new = planned(old)

    assert new == {
        "backbone_config": {"hidden_size": 32},
        "neck_hidden_sizes": [8, 8, 16, 32],
        "fusion_hidden_size": 8,
    }


def test_a_width_of_the_outputs_of_several_layers_is_as_many_times_that_of_one():
    old = {
        "text_config": {"hidden_size": 4096, "num_hidden_layers": 2, "vocab_size": 1000},
        "vision_config": {
            "hidden_size": 1280,
            "num_hidden_layers": 32,
            "intermediate_layers_indices": [3, 7, 15, 23, 30],
            "vision_output_dim": 7680,
        },
    }

    vision = planned(old)["vision_config"]

    assert vision["vision_output_dim"] == (len(vision["intermediate_layers_indices"]) + 1) * vision["hidden_size"]


def test_widths_among_kernels_and_dilations_become_smaller_and_those_stay():
    old = {
        "depths": [1, 1],
        "resnet_head": [[3, 32]],
        "resnet_configs": [[[32, 128, 5, True]]],
        "stage_configs": [[[128, 18]], [[128, 3]]],
    }

    new = planned(old)

    assert new["resnet_head"] == [[3, 16]]
    assert new["resnet_configs"] == [[[16, 64, 5, True]]]
    assert new["stage_configs"] == [[[64, 18]], [[64, 3]]]
    assert {number for _, number in shrinkable(grow_tree(old))} == {1, 32, 128}


def test_a_factor_without_its_point_multiplies_the_widths_beside_it():
    assert planned({"scale": 1, "block_configs": [[[3, 16, 32, 1, False]]]})["scale"] == 0.25
    assert planned({"scale": 1, "hidden_size": 256})["scale"] == 1


def test_a_table_of_positions_that_is_a_product_stays_one():
    old = {"axial_pos_shape": [128, 512], "max_position_embeddings": 65536, "hidden_size": 1024}

    new = planned(old)

    assert (new["axial_pos_shape"], new["max_position_embeddings"]) == ([16, 32], 512)


def test_a_feature_size_is_a_width_where_another_width_is_as_large():
    assert planned({"feature_size": 256, "mask_feature_size": 256})["feature_size"] == 32
    assert planned({"feature_size": 80, "hidden_size": 256})["feature_size"] == 80


def test_every_stage_of_a_picture_of_codes_is_as_wide_as_its_first():
    assert planned({"base_channels": 128, "channel_multiplier": [1, 2, 4]})["channel_multiplier"] == [1, 1, 1]


def test_nothing_that_is_zero_stands_behind_a_tensor():
    assert list(steps([(("many",), 0)], [("linear", (512, 8))])) == []


def test_three_times_a_width_and_twice_over_is_behind_a_tensor():
    leaf = ("model_hidden_channels",)

    assert ("kernels", {leaf: 16}) in list(steps([(leaf, 32)], [("kernels", (24576, 16, 3))], large=True))


def test_a_multiple_that_heads_are_padded_to_stays():
    assert (
        planned({"hidden_size": 416, "num_attention_heads": 8, "pad_head_dim_to_multiple_of": 8})[
            "pad_head_dim_to_multiple_of"
        ]
        == 8
    )


def test_a_head_by_another_name_is_planned_once():
    old = {"hidden_size": 4096, "num_attention_heads": 32, "dim_head": 128}

    new = make_plan(grow_tree(old), PRESETS["flash"][0]).apply(old)

    assert new == {"hidden_size": 64, "num_attention_heads": 4, "dim_head": 8}


def test_many_times_the_width_of_another_part_is_chance():
    old = {"vision_config": {"hidden_size": 1152}, "text_config": {"hidden_size": 7168, "intermediate_size": 18432}}

    new = planned(old)

    assert new["text_config"] == {"hidden_size": 32, "intermediate_size": 80}


def test_the_edge_of_a_grid_of_positions_is_no_width():
    assert planned({"hidden_size": 1152, "init_pos_emb_width": 64})["init_pos_emb_width"] == 64


def test_patches_counted_along_an_edge_follow_the_picture():
    old = {"image_size": 384, "patch_size": 16, "vq_config": {"num_patches": 24}}

    assert planned(old)["vq_config"] == {"num_patches": 4}


def test_the_width_of_a_place_is_as_many_times_that_of_an_axis_as_it_was():
    old = {"hidden_size": 768, "dim_bbox": 8, "dim_bbox_sinusoid_emb_2d": 192, "dim_bbox_sinusoid_emb_1d": 24}

    new = planned(old)

    assert (new["dim_bbox_sinusoid_emb_1d"], new["dim_bbox_sinusoid_emb_2d"]) == (8, 64)


def test_depths_of_stages_that_rise_number_no_layers():
    assert planned({"stage_num_blocks": [1, 2, 4, 14], "hidden_size": 256})["stage_num_blocks"] == [1, 2, 2, 2]


def test_a_step_of_polishing_keeps_the_multiple_that_is_asked_for():
    tensors = [("gate", (344, 64))]

    found = [new for _, step in steps([(("intermediate_size",), 344)], tensors, multiple=4) for new in step.values()]

    assert found == [172]


def test_ranges_of_codes_stay_one_after_the_other_past_the_text():
    old = {
        "text_config": {"vocab_size": 266752, "hidden_size": 4096},
        "vision_config": {"codebook_size": 131072},
        "audio_config": {"codebook_size": 4096},
        "image_token_id": 131079,
        "image_token_offset": 131272,
        "audio_token_offset": 262344,
    }

    new = planned(old)

    assert new["text_config"]["vocab_size"] == 256
    assert new["vision_config"]["codebook_size"] == new["audio_config"]["codebook_size"] == 64
    assert (new["image_token_id"], new["image_token_offset"], new["audio_token_offset"]) == (127, 128, 192)


def test_what_every_layer_takes_in_besides_is_as_narrow_as_the_rest():
    assert planned({"hidden_size": 2048, "hidden_size_per_layer_input": 256})["hidden_size_per_layer_input"] == 8


def test_no_more_is_looked_for_than_a_small_picture_has_places():
    assert planned({"d_model": 256, "num_queries": 300})["num_queries"] == 32


def test_clusters_of_tokens_are_no_more_than_tokens():
    new = planned({"num_centroids": 2048, "centroid_intermediate_top_k": 32, "text_config": {"vocab_size": 262144}})

    assert new["centroid_intermediate_top_k"] <= new["num_centroids"] < new["text_config"]["vocab_size"]
