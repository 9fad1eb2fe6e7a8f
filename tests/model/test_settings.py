"""Settings: the user's values stand, and all that follows from them follows."""

from __future__ import annotations

import pytest

from tinydata.errors import BadSetting, UnknownSetting
from tinydata.model.plan import make_plan
from tinydata.model.settings import check_settings, parse_settings
from tinydata.model.tree import grow_tree

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 32000,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
TINY = LLAMA | {
    "hidden_size": 32,
    "intermediate_size": 88,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 256,
    "layer_types": ["sliding_attention", "full_attention"],
}
MT5 = {
    "model_type": "mt5",
    "d_model": 512,
    "d_ff": 1024,
    "d_kv": 64,
    "num_layers": 8,
    "num_decoder_layers": 8,
    "num_heads": 6,
    "relative_attention_num_buckets": 32,
    "vocab_size": 250112,
    "pad_token_id": 0,
    "eos_token_id": 1,
}
NESTED = {
    "model_type": "pair",
    "image_token_id": 31999,
    "text_config": LLAMA,
    "vision_config": {"model_type": "clip_vision_model", "hidden_size": 1024, "patch_size": 14, "image_size": 336},
}
GPT2 = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257, "eos_token_id": 50256}
GPT2_NAMES = {"hidden_size": "n_embd", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head"}


def planned(config, *words, names=None):
    tree = grow_tree(config, {(): names or {}})
    settings = parse_settings(words, tree)
    values = make_plan(tree, settings=settings).apply(config)
    check_settings(tree, values, settings)
    return values


def test_a_setting_stands():
    assert planned(LLAMA, "hidden_size=48")["hidden_size"] == 48


def test_what_follows_from_a_width_follows():
    new = planned(LLAMA, "hidden_size=64")

    assert (new["intermediate_size"], new["num_attention_heads"] * new["head_dim"]) == (176, 64)


def test_a_name_that_all_models_have_reaches_the_own_one():
    new = planned(GPT2, "hidden_size=64", "num_hidden_layers=3", names=GPT2_NAMES)

    assert (new["n_embd"], new["n_layer"]) == (64, 3)
    assert "hidden_size" not in new


def test_a_dotted_name_reaches_a_part():
    new = planned(NESTED, "text_config.hidden_size=64", "vision_config.hidden_size=16")

    assert (new["text_config"]["hidden_size"], new["vision_config"]["hidden_size"]) == (64, 16)


def test_a_key_that_the_root_lacks_is_that_of_the_text_model():
    assert planned(NESTED, "hidden_size=64")["text_config"]["hidden_size"] == 64


def test_a_key_that_one_part_alone_has_is_found_there():
    assert planned(NESTED, "patch_size=7")["vision_config"]["patch_size"] == 7


def test_ids_lie_below_a_vocabulary_that_was_set():
    new = planned(NESTED, "vocab_size=1000")

    assert new["image_token_id"] == 999


def test_a_tiny_model_grows():
    new = planned(TINY, "num_hidden_layers=8")

    assert new["num_hidden_layers"] == 8
    assert new["layer_types"] == ["sliding_attention", "full_attention"] * 4
    assert {key: new[key] for key in TINY if "layer" not in key} == {
        key: TINY[key] for key in TINY if "layer" not in key
    }


def test_a_tiny_model_stays_as_it_is():
    assert make_plan(grow_tree(TINY)).changes == ()


def test_mt5_as_in_the_notes():
    new = planned(MT5, "d_model=64", "d_ff=256", "d_kv=8", "num_layers=8", "num_heads=4", "vocab_size=5000")

    assert new | {"model_type": "mt5"} == MT5 | {
        "d_model": 64,
        "d_ff": 256,
        "d_kv": 8,
        "num_heads": 4,
        "vocab_size": 5000,
    }


def test_heads_that_were_set_divide_a_width_that_was_not():
    new = planned(GPT2, "num_attention_heads=3", names=GPT2_NAMES)

    assert new["n_head"] == 3
    assert new["n_embd"] % 3 == 0


def test_an_unknown_key_is_refused_with_those_that_there_are():
    with pytest.raises(UnknownSetting, match="'hiden_size'") as caught:
        planned(LLAMA, "hiden_size=3")

    assert "hidden_size" in caught.value.known


def test_a_key_of_several_parts_is_refused_with_each_of_them():
    config = {"left": {"model_type": "a", "depth": 4}, "right": {"model_type": "b", "depth": 4}}
    with pytest.raises(UnknownSetting, match=r"left\.depth, right\.depth"):
        planned(config, "depth=2")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["hidden_size"], "not KEY=VALUE"),
        (["hidden_size=big"], "not JSON; it was 4096"),
        (["hidden_size=1.5"], "a whole number is needed"),
        (["hidden_size=0"], "at least 1"),
        (["tie_word_embeddings=1"], "true or false is needed"),
        (
            ["num_attention_heads=4", "num_key_value_heads=3"],
            "num_key_value_heads 3 does not divide num_attention_heads 4",
        ),
        (["vocab_size=100", "eos_token_id=100"], "the vocabulary ends at 99"),
        (["rope_parameters=3"], "name a key within it"),
        (["num_hidden_layers=null"], "a whole number is needed; it was 32"),
        (["rms_norm_eps=NaN"], "NaN is no value"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_a_value_that_cannot_be_is_refused_with_the_reason(words, problem):
    with pytest.raises(BadSetting, match=problem):
        planned(LLAMA, *words)


def test_no_more_groups_are_chosen_than_there_are():
    config = LLAMA | {"n_routed_experts": 64, "num_experts_per_tok": 4, "n_group": 8, "topk_group": 2}
    with pytest.raises(BadSetting, match="topk_group 9 is more than n_group 2"):
        planned(config, "topk_group=9")


def test_a_width_that_heads_do_not_divide_is_refused():
    with pytest.raises(BadSetting, match="n_head 4 does not divide n_embd 30"):
        planned(GPT2, "n_embd=30", "n_head=4", names=GPT2_NAMES)


def test_a_bare_word_is_a_text():
    assert planned(LLAMA, "hidden_act=gelu")["hidden_act"] == "gelu"


def test_a_value_within_a_dict_is_reached():
    assert planned(LLAMA, "rope_parameters.rope_theta=500000")["rope_parameters"]["rope_theta"] == 500000
