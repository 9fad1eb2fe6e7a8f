"""The margin: the best token leads by what was asked for, and both dtypes choose the same."""

from __future__ import annotations

import copy

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Olmo3Config,
    Olmo3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTModel,
)

from tinydata.errors import NoMargin
from tinydata.model.margin import plant
from tinydata.model.materialize import build

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 256,
}
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SIZES)),
    "gpt2, head and embedding tied": (GPT2LMHeadModel, GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=256)),
    "olmo3, norms on every layer": (Olmo3ForCausalLM, Olmo3Config(**SIZES, pad_token_id=0, eos_token_id=1)),
}


@pytest.fixture(params=MODELS)
def model(request):
    cls, config = MODELS[request.param]
    return build(cls, config)


@pytest.mark.parametrize("gap", [0.5, 3.0])
def test_the_best_token_leads_by_what_was_asked_for_in_both_dtypes(model, gap):
    margin = plant(model, gap)

    assert margin.least >= gap
    assert margin.flips == 0
    assert margin.positions >= 2000


def test_greedy_texts_are_the_same_in_both_dtypes(model):
    plant(model, 1.0)
    half = copy.deepcopy(model).to(torch.bfloat16)
    prompts = torch.arange(32).reshape(8, 4) + 10

    def text(of):
        return of.generate(prompts, max_new_tokens=16, do_sample=False, eos_token_id=None, pad_token_id=0)

    assert torch.equal(text(model), text(half))


def test_a_token_is_followed_by_the_same_whatever_came_before():
    model = build(*MODELS["llama"])
    plant(model, 1.0)

    after = model(torch.tensor([[3, 7], [9, 7], [200, 7]])).logits[:, -1].argmax(-1)

    assert len(set(after.tolist())) == 1


def test_the_same_seed_plants_the_same():
    one, other = build(*MODELS["llama"]), build(*MODELS["llama"])

    assert plant(one, 1.0, rng_seed=4) == plant(other, 1.0, rng_seed=4)
    assert torch.equal(one.lm_head.weight, other.lm_head.weight)


@pytest.mark.parametrize(
    ("cls", "config"),
    [
        (T5ForConditionalGeneration, T5Config(d_model=32, d_ff=64, d_kv=8, num_layers=1, num_heads=4, vocab_size=64)),
        (ViTModel, ViTConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)),
    ],
    ids=["an encoder of its own", "no tokens"],
)
def test_a_model_that_continues_no_text_has_no_margin(cls, config):
    with pytest.raises(NoMargin, match="causal language model"):
        plant(build(cls, config), 1.0)
