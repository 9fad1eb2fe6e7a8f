"""What a plan keeps together though no key says so, each law on the least config that shows it."""

from __future__ import annotations

from tinydata.model.plan import make_plan
from tinydata.model.tree import grow_tree


def planned(values):
    return make_plan(grow_tree(values)).apply(values)


def test_a_patch_that_is_the_whole_picture_of_a_part_follows_it():
    part = {"model_type": "vit", "image_size": 384, "patch_size": 16}
    old = {"patch_size": 384, "image_model_config": part}

    new = planned(old)

    assert new["patch_size"] == new["image_model_config"]["image_size"] == 64


def test_numbers_of_layers_that_are_read_lie_among_the_layers_of_the_part_that_sees():
    part = {"model_type": "vit", "hidden_size": 768, "num_hidden_layers": 12}
    old = {"intermediate_hook_ids": [11, 5], "patch_model_config": part}

    new = planned(old)

    assert new["intermediate_hook_ids"] == [0, 1]
    assert new["patch_model_config"]["num_hidden_layers"] == 2


def test_a_stage_keeps_its_first_layer_and_one_of_each_kind_that_is_told_by_numbers_through_all_stages():
    old = {
        "hidden_size": 96,
        "blocks_per_stage": [1, 2, 7, 2],
        "global_attention_blocks": [5, 7, 9],
        "embed_dim_per_stage": [96, 192, 384, 768],
    }

    new = planned(old)

    assert new["blocks_per_stage"] == [1, 2, 2, 2]
    assert new["global_attention_blocks"] == [4]  # the second of the third stage, and not the first of the last


def test_numbers_of_stages_are_no_numbers_of_layers():
    old = {"hidden_size": 96, "depths": [3, 4, 6, 3], "return_idx": [1, 2, 3], "stage_num_blocks": [1, 1, 3, 1]}

    new = planned(old)

    assert new["depths"] == [2, 2, 2, 2]
    assert new["return_idx"] == [1, 2, 3]
    assert new["stage_num_blocks"] == [1, 1, 2, 1]


def test_what_is_laid_out_on_a_grid_is_as_much_as_the_grid_has_places():
    old = {"image_size": 1024, "memory_attention_rope_k_sizes": [16, 16], "perceiver_resampler_num_latents_2d": 256}

    new = planned(old)

    assert new["memory_attention_rope_k_sizes"] == [1, 1]
    assert new["perceiver_resampler_num_latents_2d"] == 1


def test_a_width_that_code_multiplies_by_a_coefficient_is_known_by_its_product():
    old = {
        "projection_dim": 640,
        "text_config": {"hidden_size": 768},
        "vision_config": {"width_coefficient": 2.0, "out_channels": [16, 320], "hidden_dim": 2560},
    }

    new = planned(old)

    assert new["vision_config"]["width_coefficient"] == 0.25
    assert new["projection_dim"] == 320 * 0.25


def test_a_list_beside_a_width_of_its_own_part_speaks_of_that_and_not_of_a_stage_elsewhere():
    old = {
        "d_model": 256,
        "decoder_in_channels": [256, 256, 256],
        "encoder_in_channels": [512, 1024, 2048],
        "backbone_config": {"depths": [1, 1, 1, 1], "hidden_sizes": [256, 512, 1024, 2048]},
    }

    new = planned(old)

    assert new["decoder_in_channels"] == [new["d_model"]] * 3
    assert new["encoder_in_channels"] == new["backbone_config"]["hidden_sizes"][1:]


def test_places_in_a_cell_of_pixels_are_no_width():
    old = {"hidden_size": 256, "keypoint_decoder_dim": 65}

    new = planned(old)

    assert (new["hidden_size"], new["keypoint_decoder_dim"]) == (32, 65)
