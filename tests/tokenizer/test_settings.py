"""Everything else that holds ids follows."""

from __future__ import annotations

import json
import math

import pytest

import tinydata
from tests.helpers import grow
from tinydata.tokenizer.id_keys import follow_ids

IDS = {0: 0, 1: 1, 50: 2, 60: 3}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"vocab_size": 100, "eos_token_id": 50}, {"vocab_size": 4, "eos_token_id": 2}),
        ({"eos_token_id": [50, 60], "pad_token_id": None}, {"eos_token_id": [2, 3], "pad_token_id": None}),
        ({"text_config": {"vocab_size": 100, "bos_token_id": 60}}, {"text_config": {"vocab_size": 4, "bos_token_id": 3}}),
        ({"audio_config": {"vocab_size": 8, "bos_token_id": 1}}, {"audio_config": {"vocab_size": 8, "bos_token_id": 1}}),
        ({"suppress_tokens": [1, 7, 50], "begin_suppress_tokens": [7]}, {"suppress_tokens": [1, 2], "begin_suppress_tokens": []}),
        ({"bad_words_ids": [[50], [7, 1], [1, 60]]}, {"bad_words_ids": [[2], [1, 3]]}),
        ({"forced_decoder_ids": [[1, 50], [2, None]]}, {"forced_decoder_ids": [[1, 2], [2, None]]}),
        ({"lang_to_id": {"<|en|>": 50}}, {"lang_to_id": {"<|en|>": 2}}),
        ({"image_token_index": 60, "num_hidden_layers": 50}, {"image_token_index": 3, "num_hidden_layers": 50}),
        ({"type_vocab_size": 2, "codebook_pad_token_id": 50}, {"type_vocab_size": 2, "codebook_pad_token_id": 50}),
        ({"decoder_start_token_id": -1, "tie_word_embeddings": True}, {"decoder_start_token_id": -1, "tie_word_embeddings": True}),
    ],
    ids=lambda config: next(iter(config)),
)  # fmt: skip
def test_a_config_follows(before, after):
    assert follow_ids(before, IDS, 100, 4).config == after


def test_a_part_that_was_not_told_of_added_tokens_follows_too(tmp_path):
    model = {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3}, "unk_token": "a"}
    added = {"id": 4, "content": "<x>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}  # fmt: skip
    parts = {"text_config": {"vocab_size": 4, "eos_token_id": 3}, "audio_config": {"vocab_size": 2, "eos_token_id": 1}}
    grow(tmp_path / "t", {
        "tokenizer.json": json.dumps({"model": model, "added_tokens": [added]}),
        "config.json": json.dumps({"vocab_size": 4, **parts}),
    })  # fmt: skip

    made = tinydata.make_tokenizer(tmp_path / "t", tmp_path / "out", vocab_size=4)

    config = json.loads((made.path / "config.json").read_bytes())
    assert config == {"vocab_size": 4, **parts, "text_config": {"vocab_size": 4, "eos_token_id": 2}}


def test_a_config_may_hold_what_python_calls_infinity(tmp_path):
    model = {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}
    config = '{"vocab_size": 2, "time_step_limit": [0.0, Infinity]}'
    source = grow(tmp_path / "source", {"tokenizer.json": json.dumps({"model": model}), "config.json": config})

    made = tinydata.make_tokenizer(source, tmp_path / "out")

    assert json.loads((made.path / "config.json").read_text())["time_step_limit"] == [0.0, math.inf]


def test_an_id_that_cannot_follow_is_told():
    assert follow_ids({"eos_token_id": 7}, IDS, 100, 4).unmapped == [
        "eos_token_id: 7 is no token that was kept, and is null now"
    ]


def test_a_default_that_was_an_old_id_is_written_out():
    followed = follow_ids({"model_type": "gpt2"}, {50256: 256}, 50257, 257)

    assert followed.config == {"model_type": "gpt2", "bos_token_id": 256, "eos_token_id": 256}
    assert followed.written_out == ["bos_token_id", "eos_token_id"]


def test_a_default_beyond_the_vocabulary_is_left_alone():
    assert follow_ids({"model_type": "gpt2"}, {0: 0}, 1000, 500).config == {"model_type": "gpt2"}


def test_a_folder_as_the_hub_has_it_follows(shrunk, source):
    path = shrunk("qwen2", 3000).path
    read = {
        name: json.loads((path / f"{name}.json").read_bytes())
        for name in ("config", "generation_config", "added_tokens")
    }
    tokens = json.loads((path / "tokenizer_config.json").read_bytes())

    assert read["config"]["vocab_size"] == 3000
    assert (read["config"]["bos_token_id"], read["config"]["eos_token_id"]) == (2997, 2999)
    assert read["generation_config"]["eos_token_id"] == [2999, 2997]
    assert read["added_tokens"] == {"<|endoftext|>": 2997, "<|im_end|>": 2999, "<|im_start|>": 2998}
    assert {place: token["content"] for place, token in tokens["added_tokens_decoder"].items()} == {
        "2997": "<|endoftext|>",
        "2998": "<|im_start|>",
        "2999": "<|im_end|>",
    }
    assert (
        tokens["chat_template"] == json.loads((source("qwen2") / "tokenizer_config.json").read_bytes())["chat_template"]
    )


def test_a_token_that_a_config_names_stays(tmp_path, source):
    grow(tmp_path, {
        "tokenizer.json": (source("added-at-the-end") / "tokenizer.json").read_bytes(),
        "generation_config.json": json.dumps({"decoder_start_token_id": 700}),
    })  # fmt: skip

    made = tinydata.make_tokenizer(tmp_path, tmp_path / "small")

    table = json.loads((made.path / "token_map.json").read_bytes())["new_to_old"]
    config = json.loads((made.path / "generation_config.json").read_bytes())
    assert table[config["decoder_start_token_id"]] == 700


def test_a_class_of_the_folders_own_code_makes_room_for_one_of_transformers(tmp_path, source):
    own = {"tokenizer_class": "MineTokenizer", "auto_map": {"AutoTokenizer": ["tokenization_mine.MineTokenizer", None]}}
    files = {file.name: file.read_bytes() for file in source("gpt2").iterdir()}
    grow(
        tmp_path / "big",
        {**files, "tokenizer_config.json": json.dumps(own), "tokenization_mine.py": "raise SystemExit"},
    )

    made = tinydata.make_tokenizer(tmp_path / "big", tmp_path / "small", vocab_size=300)

    config = json.loads((made.path / "tokenizer_config.json").read_bytes())
    assert config == {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],  # transformers 4 would give types of tokens too
    }
    assert not [found for found in tinydata.check(made.path) if found.problem]
