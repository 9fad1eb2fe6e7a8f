"""Weights: the seed alone decides them, they are finite, and what is written comes back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from transformers import (
    AutoConfig,
    CLIPConfig,
    CLIPModel,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    WhisperConfig,
    WhisperForConditionalGeneration,
)

from tinydata.model.classes import class_of
from tinydata.model.inputs import call, tensors_of
from tinydata.model.materialize import build, save, settle_generation
from tinydata.model.search import find_smallest
from tinydata.model.signal import keep_signal

SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
LLAMA = SIZES | {"vocab_size": 256, "bos_token_id": 1, "eos_token_id": 2}
CLIP = {"text_config": SIZES | {"vocab_size": 64, "dtype": "bfloat16"}, "vision_config": SIZES | {"image_size": 32}}


def digest(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_same_seed_gives_the_same_bytes(tmp_path, dtype):
    for name in ("a", "b"):
        torch.rand(7)  # whatever was drawn before
        save(build(LlamaForCausalLM, LlamaConfig(**LLAMA), rng_seed=3, dtype=dtype), tmp_path / name)

    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_another_seed_gives_other_weights():
    one, other = (build(LlamaForCausalLM, LlamaConfig(**LLAMA), rng_seed=seed) for seed in (0, 1))

    assert not torch.equal(one.lm_head.weight, other.lm_head.weight)


def test_building_leaves_the_config_and_the_random_state_alone():
    config = LlamaConfig(**LLAMA)
    before, state = config.to_dict(), torch.random.get_rng_state()

    build(LlamaForCausalLM, config, dtype=torch.bfloat16)

    assert config.to_dict() == before
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_one_dtype_goes_through_all_parts_and_is_named_by_all(tmp_path, dtype):
    model = build(CLIPModel, CLIPConfig(**CLIP), dtype=dtype)
    save(model, tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())

    assert {it.dtype for it in model.parameters()} == {dtype}
    named = {written["dtype"], written["text_config"]["dtype"], written["vision_config"]["dtype"]}
    assert named == {str(dtype).removeprefix("torch.")}


def test_bfloat16_weights_are_those_of_float32_rounded():
    whole = build(LlamaForCausalLM, LlamaConfig(**LLAMA))
    half = build(LlamaForCausalLM, LlamaConfig(**LLAMA), dtype=torch.bfloat16)

    assert torch.equal(whole.lm_head.weight.bfloat16(), half.lm_head.weight)


def test_what_was_saved_loads_without_a_missing_key(tmp_path):
    model = build(LlamaForCausalLM, LlamaConfig(**LLAMA))
    save(model, tmp_path)

    again, told = LlamaForCausalLM.from_pretrained(tmp_path, output_loading_info=True)

    assert not told["missing_keys"]
    assert not told["unexpected_keys"]
    assert torch.equal(model.lm_head.weight, again.lm_head.weight)


def test_how_the_weights_were_stored_and_whose_code_they_had_is_not_written(tmp_path):
    config = LlamaConfig(**LLAMA, quantization_config={"quant_method": "fp8"}, auto_map={"AutoConfig": "it.Config"})
    config.architectures = ["SomethingElse"]

    save(build(LlamaForCausalLM, config), tmp_path)

    written = json.loads((tmp_path / "config.json").read_text())
    assert written["architectures"] == ["LlamaForCausalLM"]
    assert not {"quantization_config", "auto_map"} & set(written)


def test_a_generation_config_that_would_not_be_saved_is_mended_and_said_so(tmp_path):
    model = build(LlamaForCausalLM, LlamaConfig(**LLAMA))

    notes = settle_generation(model, {"temperature": 0.6, "eos_token_id": [2, 128009], "pad_token_id": 0})
    save(model, tmp_path)

    read = GenerationConfig.from_pretrained(tmp_path)
    assert (read.do_sample, read.temperature, read.pad_token_id) == (True, 0.6, 0)
    assert read.eos_token_id[0] == 2
    assert max(read.eos_token_id) < LLAMA["vocab_size"]
    assert len(notes) == 2


def test_every_id_of_a_generation_config_comes_to_lie_in_the_vocabulary(tmp_path):
    ids = {"pad_token_id": 253, "bos_token_id": 254, "eos_token_id": 254, "decoder_start_token_id": 255}
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = WhisperConfig(vocab_size=256, **sizes, **heads, **ids)
    model = build(WhisperForConditionalGeneration, config)
    languages = {"<|en|>": 50259, "<|de|>": 50261}
    told = {
        "eos_token_id": 50257,
        "no_timestamps_token_id": 50363,
        "suppress_tokens": [1, 7, 50360],
        "lang_to_id": languages,
    }

    settle_generation(model, told)
    save(model, tmp_path)

    read = json.loads((tmp_path / "generation_config.json").read_text())
    assert (read["eos_token_id"], read["suppress_tokens"]) == (254, [1, 7])
    assert read["lang_to_id"]["<|en|>"] < read["lang_to_id"]["<|de|>"] < read["no_timestamps_token_id"] < 253


def test_what_generates_by_weights_that_are_not_made_is_left_out_and_said_so():
    model = build(LlamaForCausalLM, LlamaConfig(**LLAMA, use_mtp=True))

    notes = settle_generation(model)

    assert model.generate(torch.ones(1, 2, dtype=torch.long), max_new_tokens=2).shape[1] > 2
    assert "use_mtp" in " ".join(notes)


def test_an_id_that_no_token_has_is_left_out_and_said_so(tmp_path):
    model = build(LlamaForCausalLM, LlamaConfig(**LLAMA, pad_token_id=-1))

    notes = settle_generation(model)
    save(model, tmp_path)

    assert GenerationConfig.from_pretrained(tmp_path).pad_token_id is None
    assert "pad_token_id" in " ".join(notes)


def test_a_generation_config_stays_of_its_class():
    class Own(GenerationConfig):
        pass

    model = build(LlamaForCausalLM, LlamaConfig(**LLAMA))
    model.generation_config = Own()
    settle_generation(model)

    assert type(model.generation_config) is Own


@pytest.mark.parametrize("model_type", ["align", "efficientnet", "mobilenet_v2", "mobilevit"])
def test_a_signal_fades_in_no_batch_norm(model_type):
    config = AutoConfig.for_model(model_type)
    cls = class_of(config)
    found = find_smallest(cls, config)
    model = build(cls, found.config, inputs=found.trial.ran.inputs)

    outputs = [it for it in tensors_of(call(model, found.trial.ran.inputs)) if it.dim() == 2]

    assert found.trial.finite
    assert all(1e-4 < float(it.std()) < 100 for it in outputs)
    assert all(not torch.equal(it[0], it[1]) for it in outputs)


def test_weights_are_scaled_by_powers_of_two():
    layer, norm = torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3)
    model = torch.nn.Sequential(layer, norm).eval()
    with torch.no_grad():
        norm.weight.fill_(0.02)
        layer.weight.mul_(1e-9)
    before = layer.weight.detach().clone()

    assert keep_signal(model, {"input": torch.randn(5, 4)})
    assert not (layer.weight.detach() / before).log2().frac().any()
    assert 0.5 < float(model(torch.randn(500, 4)).detach().std()) < 2


def test_a_model_whose_signal_holds_stays_as_it_is():
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(4)).eval()

    assert not keep_signal(model, {"input": torch.randn(500, 4)})
