"""The notes' five worked cases come out with the sizes of the notes, from model types alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import transformers

HOUSE = Path(__file__).resolve().parents[2]
SIZES = {
    "mt5": {"d_model": 64, "d_ff": 256, "d_kv": 8, "num_layers": 8, "num_decoder_layers": 8, "num_heads": 4}
    | {"relative_attention_num_buckets": 32, "vocab_size": 5000, "dtype": "float16"},
    "fsmt": {"d_model": 4, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 4, "decoder_ffn_dim": 4}
    | {"encoder_attention_heads": 1, "src_vocab_size": 59, "tgt_vocab_size": 59, "langs": ["en", "ru"]},
    "llama": {"vocab_size": 3000, "bos_token_id": 0, "eos_token_id": 1, "dtype": "bfloat16"},
    "idefics": {"hidden_size": 64, "num_hidden_layers": 5, "vocab_size": 1000, "vision_config.image_size": 30}
    | {"vision_config.patch_size": 2, "vision_config.num_hidden_layers": 5, "perceiver_config.resampler_depth": 2},
    "deeper": {"vocab_size": 3000, "num_hidden_layers": 8, "dtype": "bfloat16"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder that the example fills, as its reader would run it."""
    out = tmp_path_factory.mktemp("models") / "out"
    ran = subprocess.run(
        [sys.executable, "examples/models.py", str(out)],
        cwd=HOUSE,
        env=os.environ | {"PYTHONPATH": str(HOUSE), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return out


def said(folder, key):
    value = json.loads((folder / "config.json").read_text())
    for part in key.split("."):
        value = value[part]
    return value


@pytest.mark.parametrize("name", SIZES)
def test_a_model_has_the_sizes_that_were_asked_for(made, name):
    assert {key: said(made / name, key) for key in SIZES[name]} == SIZES[name]


@pytest.mark.parametrize("name", SIZES)
def test_a_model_takes_a_few_megabytes_at_most(made, name):
    assert sum(file.stat().st_size for file in (made / name).iterdir()) < 3_000_000


@pytest.mark.parametrize("name", ["fsmt", "llama", "deeper"])
def test_a_model_generates_from_what_its_tokenizer_makes(made, name):
    auto = transformers.AutoModelForSeq2SeqLM if name == "fsmt" else transformers.AutoModelForCausalLM
    tokenizer, model = transformers.AutoTokenizer.from_pretrained(made / name), auto.from_pretrained(made / name)

    ids = model.generate(**tokenizer("lower", return_tensors="pt"), max_new_tokens=4)

    assert int(ids.max()) < len(tokenizer)


def test_what_was_small_stays_when_a_tiny_model_grows(made):
    before, after = (json.loads((made / name / "config.json").read_text()) for name in ("llama", "deeper"))

    assert {key for key in before if before[key] != after.get(key)} <= {"num_hidden_layers"}
