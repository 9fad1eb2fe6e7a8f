"""A sample of architectures of all kinds, made tiny by their model types and checked; all of them: benchmarks/model_coverage.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tinydata
from tests.helpers import grow

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "model_coverage.py"

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


def test_the_coverage_of_real_configs_is_counted_gone_on_with_and_its_failures_named(real, tmp_path):
    named = "qwen3__Qwen__Qwen3-0.6B"
    config = (real / "configs" / named / "config.json").read_text()
    broken = json.dumps(json.loads(config) | {"hidden_size": 1023, "head_dim": None})
    grow(tmp_path, {f"all/{named}/config.json": config, "all/broken/config.json": broken})
    words = ["--configs", "all", "--results", "results.jsonl", "--failures", "failures.md", "--workers", "1"]

    def cover():
        return subprocess.run(
            [sys.executable, BENCHMARK, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        )

    first, again = cover(), cover()

    results = {it["name"]: it for it in map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())}
    assert {name: it["passed"] for name, it in results.items()} == {named: True, "broken": False}
    assert results[named]["parameters"] < SMALL
    assert "1 of 1 (100.0 %)" in first.stdout
    assert (again.stdout, again.stderr) == (first.stdout, "")
    assert "| broken | transformers cannot build it | class |" in (tmp_path / "failures.md").read_text()
