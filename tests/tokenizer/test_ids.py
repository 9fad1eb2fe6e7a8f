"""What a model needs to know of a tokenizer is read without transformers, and is what transformers says."""

from __future__ import annotations

import json

import pytest
from transformers import AutoTokenizer

from tests.helpers import grow
from tinydata.errors import NothingToShrink
from tinydata.tokenizer.ids import read_ids


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama2", "qwen2", "t5"])
def test_ids_are_those_of_auto_tokenizer(shrunk, name):
    path = shrunk(name, 3000).path
    auto = AutoTokenizer.from_pretrained(path)

    read = read_ids(path)

    named = {f"{role}_id": auto.convert_tokens_to_ids(token) for role, token in auto.special_tokens_map.items()
             if role.endswith("_token")}  # fmt: skip
    assert (read.size, read.named) == (len(auto), named)
    assert read.tokens == auto.get_added_vocab()


def test_a_models_own_tokens_are_named_too(source, tmp_path):
    model = json.loads((source("added-at-the-end") / "tokenizer.json").read_bytes())
    place = next(token["id"] for token in model["added_tokens"] if token["content"] == "<left>")
    grow(tmp_path, {
        "tokenizer.json": json.dumps(model),
        "tokenizer_config.json": json.dumps({
            "eos_token": {"content": "<end>"}, "image_token": "<left>", "extra_special_tokens": {"audio_token": "tiny"},
            "add_bos_token": True, "pad_token": None, "sep_token": "<nowhere>",
        }),
    })  # fmt: skip

    read = read_ids(tmp_path)

    ids = {"eos_token_id": place - 1, "image_token_id": place, "audio_token_id": place + 1, "sep_token_id": place + 2}
    tokens = {"<begin>": place - 2, "<end>": place - 1, "<left>": place, "tiny": place + 1, "<nowhere>": place + 2}
    assert (read.size, read.named) == (place + 3, ids)
    assert read.tokens == tokens  # `AutoTokenizer` adds what only a config names


def test_a_class_without_a_vocabulary_has_none(tmp_path):
    grow(tmp_path, {"tokenizer_config.json": json.dumps({"tokenizer_class": "ByT5Tokenizer"})})

    with pytest.raises(NothingToShrink):
        read_ids(tmp_path)
