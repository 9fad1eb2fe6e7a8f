"""What a built model is run on: found for every sort of model, the same on every run, and left as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import transformers

from tinydata.errors import NoInputs
from tinydata.model.inputs import (
    call,
    describe,
    forward_runs,
    generate,
    generation_inputs,
    run_forward,
    tensors_of,
)
from tinydata.model.inputs.candidates import MODALITIES, candidates
from tinydata.model.inputs.facts import Facts

TEXT: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 256,
}
GQA = TEXT | {"num_key_value_heads": 2, "head_dim": 8}
SEQ2SEQ: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "vocab_size": 256,
}
PICTURE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 8,
}
T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4, "vocab_size": 256}
WAVE = TEXT | {
    "conv_dim": [16, 16],
    "conv_kernel": [10, 3],
    "conv_stride": [5, 2],
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
}

# Class: the values of a tiny config of its own.
SAMPLE: dict[str, dict[str, Any]] = {
    "LlamaForCausalLM": GQA,
    "MistralForCausalLM": GQA,
    "Qwen3MoeForCausalLM": GQA | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
    "GPT2LMHeadModel": {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 256},
    "Gemma3ForCausalLM": GQA,
    "MambaForCausalLM": {"hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 256},
    "BertForMaskedLM": TEXT,
    "BertForMultipleChoice": TEXT,
    "RobertaForSequenceClassification": TEXT,
    "ElectraForPreTraining": TEXT | {"embedding_size": 16},
    "DebertaV2Model": TEXT,
    "LongformerForQuestionAnswering": TEXT | {"attention_window": [8, 8], "sep_token_id": 2},
    "SplinterForPreTraining": TEXT | {"question_token_id": 104},
    "XmodModel": TEXT | {"languages": ["en_XX", "de_DE"]},
    "CanineModel": TEXT,
    "T5ForConditionalGeneration": T5,
    "MT5ForConditionalGeneration": T5,
    "BartForConditionalGeneration": SEQ2SEQ,
    "BartForSequenceClassification": SEQ2SEQ,
    "MarianMTModel": SEQ2SEQ | {"decoder_start_token_id": 3, "pad_token_id": 3},
    "LayoutLMModel": TEXT,
    "ViTForImageClassification": PICTURE,
    "DeiTModel": PICTURE,
    "BeitForMaskedImageModeling": PICTURE | {"vocab_size": 64},
    "ResNetForImageClassification": {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]},
    "SegformerForSemanticSegmentation": {"hidden_sizes": [8, 8, 8, 8], "decoder_hidden_size": 8},
    "Dinov2Model": PICTURE,
    "VideoMAEModel": PICTURE | {"num_frames": 4},
    "CLIPModel": {"text_config": TEXT, "vision_config": PICTURE, "projection_dim": 32},
    "SiglipModel": {"text_config": TEXT, "vision_config": PICTURE},
    "BlipForConditionalGeneration": {
        "text_config": TEXT | {"encoder_hidden_size": 32, "bos_token_id": 1, "eos_token_id": 2, "sep_token_id": 2},
        "vision_config": PICTURE,
    },
    "Pix2StructForConditionalGeneration": {
        "text_config": {"hidden_size": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4, "vocab_size": 256},
        "vision_config": {
            "hidden_size": 32,
            "patch_embed_hidden_size": 768,
            "d_ff": 64,
            "d_kv": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 4,
        },
    },
    "WhisperForConditionalGeneration": SEQ2SEQ
    | {"num_mel_bins": 16, "max_source_positions": 32, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    | {"decoder_start_token_id": 3, "begin_suppress_tokens": None},
    "Wav2Vec2ForCTC": WAVE,
    "HubertModel": WAVE,
    "ASTForAudioClassification": PICTURE | {"num_mel_bins": 32, "max_length": 64},
    "Speech2TextForConditionalGeneration": SEQ2SEQ | {"input_feat_per_channel": 16, "conv_channels": 16},
    "EncodecModel": {"num_filters": 4, "hidden_size": 16, "codebook_dim": 16, "codebook_size": 16},
    "TimeSeriesTransformerForPrediction": {
        "prediction_length": 4,
        "context_length": 8,
        "lags_sequence": [1, 2],
        "num_time_features": 1,
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
    },
    "PatchTSTForPrediction": {"d_model": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 16},
    "DecisionTransformerModel": {"hidden_size": 32, "n_layer": 1, "n_head": 2},
}
GENERATES = [
    "LlamaForCausalLM",
    "MambaForCausalLM",
    "T5ForConditionalGeneration",
    "BartForConditionalGeneration",
    "WhisperForConditionalGeneration",
    "BlipForConditionalGeneration",
]


def build(name: str) -> Any:
    cls = getattr(transformers, name)
    torch.manual_seed(0)
    return cls(cls.config_class(**SAMPLE[name])).eval()


def same(one: Any, other: Any) -> bool:
    pairs = list(zip(tensors_of(one), tensors_of(other), strict=True))
    return len(pairs) > 0 and all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", SAMPLE)
def test_inputs_are_found_and_again_and_stay_as_they_were(name):
    model = build(name)

    ran, again = run_forward(model), run_forward(model)
    before = describe(ran.inputs), [it.clone() for it in tensors_of(ran.inputs)]
    call(model, ran.inputs)

    assert tensors_of(ran.outputs)
    assert ran.label == again.label
    assert same(ran.inputs, again.inputs)
    assert (describe(ran.inputs), True) == (before[0], same(ran.inputs, before[1]))


@pytest.mark.parametrize("name", [name for name, values in SAMPLE.items() if "vocab_size" in values])
def test_ids_lie_below_the_vocabulary_and_outside_the_special_ids(name):
    model = build(name)
    facts = Facts(model, model.forward)

    for candidate in candidates(facts):
        ids = candidate.make(facts).get("input_ids")
        if ids is not None and candidate.kind != "own":
            assert int(ids.max()) < facts.vocabulary
            assert not set(ids.flatten().tolist()) & facts.special


@pytest.mark.parametrize("name", GENERATES)
def test_what_generate_takes_follows_from_what_forward_takes(name):
    model = build(name)

    inputs = generation_inputs(model, run_forward(model))

    assert same([generate(model, inputs)], [generate(model, inputs)])


def test_the_richest_inputs_come_first_and_each_kind_once():
    kinds = [ran.label.rsplit(" ", 1)[0] for ran in forward_runs(build("CLIPModel"))]

    assert kinds[0] == "text + image"
    assert len(kinds) == len(set(kinds))


def test_the_label_of_what_ran_comes_first_again():
    model = build("WhisperForConditionalGeneration")
    ran = run_forward(model)

    again = run_forward(model, first=ran.label, calls=0)

    assert same(ran.inputs, again.inputs)


def test_torchs_own_random_state_is_left_alone():
    model = build("LlamaForCausalLM")
    before = torch.get_rng_state()

    generation_inputs(model, run_forward(model))

    assert torch.equal(before, torch.get_rng_state())


def test_inputs_are_described_in_words_that_json_holds():
    inputs = {"ids": torch.zeros(2, 16, dtype=torch.long), "use_cache": False, "parts": {"a": torch.tensor(1.0)}}

    assert json.loads(json.dumps(describe(inputs))) == {
        "ids": "2x16 int64",
        "use_cache": False,
        "parts": {"a": "one float32"},
    }


def test_a_modality_has_nothing_for_a_model_that_does_not_take_it():
    facts = Facts(build("LlamaForCausalLM"), build("LlamaForCausalLM").forward)

    assert [kind for kind, modality in MODALITIES.items() if list(modality(facts))] == []


class Config:
    model_type = "toy"
    vocab_size = 32

    def to_dict(self):
        return {}


class Toy(torch.nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.config, self.error = Config(), error

    def forward(self, input_ids, riddle=None):
        raise self.error


class Puzzle(Toy):
    def forward(self, riddle):
        raise self.error


@pytest.mark.parametrize(
    ("model", "needs", "unknown", "words"),
    [
        (Toy(ImportError("Toy requires the rocket library but it was not found")), "rocket", None, "rocket"),
        (Puzzle(ValueError("what is it")), None, "riddle", "riddle"),
        (Toy(ValueError("sizes are wrong")), None, None, "sizes are wrong"),
    ],
    ids=["a library", "an input", "neither"],
)
def test_what_is_lacking_is_told_apart(model, needs, unknown, words):
    with pytest.raises(NoInputs, match=words) as raised:
        run_forward(model)

    assert (raised.value.needs, raised.value.unknown) == (needs, unknown)
