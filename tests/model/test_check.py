"""`tinydata check` of a model: what is sound passes, and each fault is named."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

import tinydata
from tests.helpers import grow


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A tiny T5."""
    return tinydata.make_model("t5", tmp_path_factory.mktemp("made") / "tiny").path


@pytest.fixture
def tiny(sound, tmp_path):
    """One that may be broken."""
    return shutil.copytree(sound, tmp_path / "tiny")


def problems(folder):
    return [finding.fact for finding in tinydata.check(folder) if finding.problem]


def test_what_was_made_is_sound(sound):
    assert problems(sound) == []


def test_a_weight_that_is_missing_is_named(tiny):
    weights = load_file(tiny / "model.safetensors")
    del weights["encoder.final_layer_norm.weight"]
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})

    assert problems(tiny) == ["missing key: encoder.final_layer_norm.weight"]


def test_a_weight_that_is_no_number_is_named(tiny):
    weights = load_file(tiny / "model.safetensors")
    weights["encoder.final_layer_norm.weight"][3] = torch.nan
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})

    assert "encoder.final_layer_norm.weight holds numbers that are none" in problems(tiny)


def test_a_weight_of_another_shape_is_named(tiny):
    weights = load_file(tiny / "model.safetensors")
    weights["encoder.final_layer_norm.weight"] = torch.ones(3)
    save_file(weights, tiny / "model.safetensors", {"format": "pt"})

    assert "mismatched key: encoder.final_layer_norm.weight is [3], not [32]" in problems(tiny)


@pytest.mark.parametrize(("name", "fact"), [("tokenizer.json", "no JSON"), ("tinydata.yaml", "no YAML")])
def test_a_file_that_is_cut_short_is_named(tiny, name, fact):
    (tiny / name).write_text("{")

    assert any(fact in problem for problem in problems(tiny))


def test_a_model_that_sees_pictures_as_codes_is_sound(real, tmp_path):
    made = tinydata.make_model(real / "configs" / "BAAI__Emu3-Gen-hf", tmp_path / "tiny")

    assert problems(made.path) == []


def test_another_rope_is_a_difference(tmp_path):
    made = tinydata.make_model("qwen2_vl", tmp_path / "tiny")
    config = json.loads((made.path / "config.json").read_text())
    config["text_config"]["rope_parameters"]["rope_theta"] = 5.0
    (made.path / "config.json").write_text(json.dumps(config))

    assert any("rope_theta is 5.0, and in the source" in fact for fact in problems(made.path))


def test_a_model_type_with_a_tokenizer_is_compared_with_its_source(tmp_path):
    model = {"type": "WordLevel", "unk_token": "w0", "vocab": {f"w{place}": place for place in range(30)}}
    grow(tmp_path, {"words/tokenizer.json": json.dumps({"version": "1.0", "model": model})})
    made = tinydata.make_model("llama", tmp_path / "tiny", tokenizer=tmp_path / "words")

    assert [finding.fact for finding in tinydata.check(made.path) if "not compared" in finding.fact] == []


def test_an_id_past_the_vocabulary_is_named(tiny):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, "eos_token_id": 9_999}))

    assert any("9999" in fact for fact in problems(tiny))


@pytest.mark.parametrize(
    ("key", "value"), [("dropout_rate", 0.5), ("layer_norm_epsilon", 0.1), ("feed_forward_proj", "gelu")]
)
def test_what_differs_from_the_source_and_is_no_size_is_named(tiny, key, value):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, key: value}))

    assert any(fact.startswith(f"{key} is {value!r}, and in the source ") for fact in problems(tiny))


@pytest.mark.parametrize("source", ["musicgen", "janus", "qwen3_5_moe"])
def test_what_building_and_the_class_itself_change_is_no_difference(source, tmp_path):
    made = tinydata.make_model(source, tmp_path / "tiny")

    assert made.unexpected == ()
    assert problems(made.path) == []


def test_what_was_asked_for_is_no_difference(tmp_path):
    made = tinydata.make_model("gpt2", tmp_path / "tiny", settings={"activation_function": "relu", "n_embd": 48})

    assert problems(made.path) == []


def test_a_model_type_is_compared_with_whatever_tokenizer_it_was_made(tmp_path):
    words = tinydata.make_tokenizer(None, tmp_path / "words", class_="GPT2Tokenizer").path
    made = tinydata.make_model("gpt2", tmp_path / "tiny", tokenizer=words)
    config = json.loads((made.path / "config.json").read_text())

    assert not any("not compared" in finding.fact for finding in tinydata.check(made.path))
    (made.path / "config.json").write_text(json.dumps({**config, "activation_function": "relu"}))
    assert problems(made.path) == ["activation_function is 'relu', and in the source 'gelu_new': not planned"]


def test_a_finding_tells_the_file_as_seen_from_here(tiny, monkeypatch):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, "eos_token_id": 9_999}))
    monkeypatch.chdir(tiny.parents[1])
    seen = tiny.relative_to(tiny.parents[1])

    places = {finding.path: finding.problem for finding in tinydata.check(seen)}

    assert places == {str(seen / "config.json"): True, str(seen): False}


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_a_file_that_breaks_off_is_told_once(tiny, name):
    (tiny / name).write_text("{")

    (found,) = [finding for finding in tinydata.check(tiny) if finding.problem]

    assert (found.path, found.fact[:9]) == (str(tiny / name), "no JSON: ")


def test_a_source_that_is_gone_is_told_and_is_no_problem(tmp_path):
    grow(tmp_path, {"big/config.json": json.dumps({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]})})
    made = tinydata.make_model(tmp_path / "big", tmp_path / "tiny")
    shutil.rmtree(tmp_path / "big")

    findings = tinydata.check(made.path)

    assert not any(finding.problem for finding in findings)
    assert any("not compared with its source" in finding.fact for finding in findings)


def test_a_tokenizer_that_is_larger_is_named(tiny):
    vocab = {f"w{place}": place for place in range(300)}
    model = {"type": "WordLevel", "unk_token": "w0", "vocab": vocab}
    (tiny / "tokenizer.json").write_text(json.dumps({"version": "1.0", "model": model}))
    (tiny / "tokenizer_config.json").write_text(json.dumps({"extra_ids": 0}))  # else T5's class adds a hundred

    assert "has 300 tokens, and the vocabulary 256" in problems(tiny)


def test_weights_that_are_none_do_not_load(tiny):
    (tiny / "model.safetensors").write_bytes(b"\x00" * 64)

    assert any(fact.startswith("does not load") for fact in problems(tiny))
