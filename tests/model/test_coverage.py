"""A sample of architectures of all kinds, made tiny by their model types and checked; all of them: benchmarks/model_coverage.py."""

from __future__ import annotations

import pytest

import tinydata

SAMPLE = """
    llama gpt2 mistral qwen3_moe mixtral deepseek_v3 gemma2 phi3 falcon opt bloom gpt_neox mamba jamba olmo2 cohere2 gpt_oss minimax
    t5 bart pegasus longt5 fsmt bert roberta deberta-v2 electra distilbert modernbert layoutlm
    whisper wav2vec2 speecht5 mimi encodec
    clip siglip blip blip-2 vilt llava llava_next qwen2_5_vl paligemma mllama kosmos-2 instructblip qwen2_5_omni_thinker
    vit swin convnext resnet beit dinov2 segformer sam videomae
    time_series_transformer patchtst patchtsmixer perceiver
""".split()
SMALL = 250_000


@pytest.mark.parametrize("model_type", SAMPLE)
def test_an_architecture_is_made_tiny_with_nothing_wrong_in_it(model_type, tmp_path):
    made = tinydata.make_model(model_type, tmp_path / "tiny")

    assert made.parameters[1] < SMALL
    assert made.unexpected == ()
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []
