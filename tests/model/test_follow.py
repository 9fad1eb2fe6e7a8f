"""A model follows its tokenizer: how many tokens there are, and which is which."""

from __future__ import annotations

import json

import pytest

import tinydata
from tests.model.words import tokenizer
from tinydata.errors import MoreTokens
from tinydata.model.follow import follow_generation, follow_tokenizer
from tinydata.model.tree import grow_tree


def follow(config, *where, **words):
    return follow_tokenizer(grow_tree(config), *where, **words)


def test_every_vocabulary_of_texts_has_the_size_of_the_tokenizer(tmp_path):
    config = {"src_vocab_size": 42_024, "tgt_vocab_size": 42_024, "text_config": {"vocab_size": 42_000}}

    followed = follow(config, tokenizer(tmp_path))

    assert followed.settings == {("src_vocab_size",): 300, ("tgt_vocab_size",): 300, ("text_config", "vocab_size"): 300}
    assert followed.vocab_size == 300


def test_a_vocabulary_of_something_else_stays(tmp_path):
    config = {"text_config": {"vocab_size": 32_128}, "qformer_config": {"vocab_size": 30_523}, "vocab_size": 2_051}

    assert follow(config, tokenizer(tmp_path)).settings == {("text_config", "vocab_size"): 300}


def test_special_tokens_follow_by_their_names(tmp_path):
    config = {"vocab_size": 128_256, "bos_token_id": 128_000, "eos_token_id": 128_001, "pad_token_id": None}

    settings = follow(config, tokenizer(tmp_path)).settings

    assert settings == {("vocab_size",): 300, ("bos_token_id",): 3, ("eos_token_id",): 1, ("pad_token_id",): 0}


def test_one_id_that_was_two_tokens_is_two_again(tmp_path):
    config = {"vocab_size": 50_257, "bos_token_id": 50_256, "eos_token_id": 50_256}

    settings = follow(config, tokenizer(tmp_path)).settings

    assert (settings["bos_token_id",], settings["eos_token_id",]) == (3, 1)


def test_what_was_another_token_still_is(tmp_path):
    config = {
        "vocab_size": 50_265,
        "eos_token_id": 2_000,
        "decoder_start_token_id": 2_000,
        "forced_eos_token_id": 2_000,
    }

    settings = follow(config, tokenizer(tmp_path)).settings

    assert {place for (key,), place in settings.items() if key != "vocab_size"} == {1}


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("image_token_id", "<image>"),
        ("image_token_index", "<|image_pad|>"),
        ("image_token_id", "[IMG]"),
        ("image_token_id", "<image_soft_token>"),
        ("audio_token_id", "<|audio|>"),
        ("vision_start_token_id", "<|vision_start|>"),
    ],
)
def test_a_placeholder_follows_by_what_the_token_is_called(tmp_path, key, token):
    others = ("<image_end>", "<|audio_start|>", "<|vision_end|>", "<video>")
    folder = tokenizer(tmp_path, special=(*others, token), names={})

    assert follow({"vocab_size": 32_064, key: 32_000}, folder).settings[key,] == len(others)


def test_a_placeholder_that_has_no_token_gets_an_id_past_the_tokenizer(tmp_path):
    config = {"video_token_id": 32_001, "image_token_id": 32_000, "text_config": {"vocab_size": 32_064}}

    followed = follow(config, tokenizer(tmp_path))

    assert followed.settings == {("text_config", "vocab_size"): 301, ("image_token_id",): 4, ("video_token_id",): 300}
    assert "video_token_id" in followed.notes[0]


def test_the_map_of_a_shrunk_tokenizer_is_followed(tmp_path):
    table = {"new_to_old": [*range(298), 31_998, 31_999], "old_size": 32_000, "new_size": 300}
    config = {
        "vocab_size": 32_064,
        "bos_token_id": 31_998,
        "pad_token_id": None,
        "x_config": {"eos_token_id": [31_999]},
    }

    followed = follow(config, tokenizer(tmp_path, token_map=table))

    assert followed.settings == {("vocab_size",): 300, ("bos_token_id",): 298, ("x_config", "eos_token_id"): [299]}


def test_a_map_that_leads_from_another_vocabulary_is_not(tmp_path):
    table = {"new_to_old": [*range(298), 31_998, 31_999], "old_size": 32_000, "new_size": 300}
    config = {"vocab_size": 128_256, "bos_token_id": 31_998}

    assert follow(config, tokenizer(tmp_path, token_map=table)).settings["bos_token_id",] == 3


def test_a_token_of_the_same_text_is_the_same_token(tmp_path):
    old = tokenizer(tmp_path / "old", special=("<|eot|>", "<s>"), names={})
    new = tokenizer(tmp_path / "new", special=("<s>", "</s>", "<|eot|>"), names={})

    assert follow({"vocab_size": 300, "any_token_id": 0}, new, source=old).settings["any_token_id",] == 2


def test_a_generation_config_follows(tmp_path):
    followed = follow({"vocab_size": 50_257, "eos_token_id": 50_256}, tokenizer(tmp_path))
    generation = {"eos_token_id": 50_256, "suppress_tokens": [11, 50_256], "max_length": 20}

    assert follow_generation(generation, followed) == {"eos_token_id": 1, "suppress_tokens": [1], "max_length": 20}


def test_rows_may_be_left_over_but_not_missing(tmp_path):
    folder = tokenizer(tmp_path)

    assert follow({"vocab_size": 32_000}, folder, vocab_size=320).vocab_size == 320
    with pytest.raises(MoreTokens, match="vocab_size 256: the tokenizer has 300 tokens"):
        follow({"vocab_size": 32_000}, folder, vocab_size=256)


def test_a_tokenizer_made_here_is_followed(tmp_path, real):
    made = tinydata.make_tokenizer(real / "tokenizers" / "t5", tmp_path / "t5", vocab_size=1000)
    config = json.loads((real / "tokenizers" / "t5" / "config.json").read_text())

    settings = follow(config, made.path).settings

    assert settings == {("vocab_size",): 1000}


@pytest.mark.parametrize("key", ["boi_token_index", "image_start_token_id", "begin_image_token_id"])
def test_the_start_of_a_picture_is_not_the_start_of_a_text(tmp_path, key):
    folder = tokenizer(tmp_path, special=("<s>", "<image>", "<start_of_image>"), names={"bos_token": "<s>"})

    assert follow({"vocab_size": 32_064, key: 32_000}, folder).settings[key,] == 2
