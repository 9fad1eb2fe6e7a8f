"""A real model cut to the tokens that were kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import tinydata
from tests.helpers import grow
from tinydata.errors import DamagedSource, UnknownSource

ROWS = 1600  # the embeddings have some rows more than the tokenizer has tokens


@pytest.fixture
def small(source, tmp_path):
    return tinydata.make_tokenizer(source("added-at-the-end"), tmp_path / "small", vocab_size=400)


def model(folder, tensors, **config):
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2", "vocab_size": ROWS, **config}))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def random(*shape, dtype=np.float32):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_the_logits_on_kept_ids_are_the_same(small, tmp_path, dtype):
    tensors = {
        "wte.weight": random(ROWS, 8, dtype=dtype),
        "lm_head.weight": random(ROWS, 8, dtype=dtype),
        "h.0.weight": random(8, 8),
    }
    source = model(tmp_path / "model", tensors)

    sliced = tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    kept = json.loads((small.path / "token_map.json").read_bytes())["new_to_old"]
    after = load_file(tmp_path / "out" / "model.safetensors")
    hidden = random(3, 8, dtype=dtype)
    assert sliced.tensors == ("lm_head.weight", "wte.weight")
    assert np.array_equal(hidden @ after["lm_head.weight"].T, (hidden @ tensors["lm_head.weight"].T)[:, kept])
    assert np.array_equal(after["wte.weight"], tensors["wte.weight"][kept])
    assert np.array_equal(after["h.0.weight"], tensors["h.0.weight"])


def test_the_configs_follow_and_the_tokenizer_lies_beside(small, tmp_path):
    old = json.loads((small.path / "token_map.json").read_bytes())["new_to_old"]
    source = model(tmp_path / "model", {"wte.weight": random(ROWS, 2)}, eos_token_id=old[399], bos_token_id=old[397])

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    config = json.loads((tmp_path / "out" / "config.json").read_bytes())
    assert (config["vocab_size"], config["eos_token_id"], config["bos_token_id"]) == (400, 399, 397)
    assert (tmp_path / "out" / "tokenizer.json").read_bytes() == (small.path / "tokenizer.json").read_bytes()


def test_shards_and_biases_with_one_row_are_cut_too(small, tmp_path):
    source = model(tmp_path / "model", {"model.embed_tokens.weight": random(ROWS, 2)})
    (source / "model.safetensors").rename(source / "model-1.safetensors")
    save_file({"final_logits_bias": random(1, ROWS), "other.weight": random(ROWS, 2)}, source / "model-2.safetensors")
    index = {"model.embed_tokens.weight": "model-1.safetensors", "final_logits_bias": "model-2.safetensors"}
    (source / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    shards = [load_file(tmp_path / "out" / f"model-{number}.safetensors") for number in (1, 2)]
    total = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_bytes())["metadata"]["total_size"]
    assert {name: tensor.shape for shard in shards for name, tensor in shard.items()} == {
        "model.embed_tokens.weight": (400, 2),
        "final_logits_bias": (1, 400),
        "other.weight": (ROWS, 2),
    }
    assert total == sum(tensor.nbytes for shard in shards for tensor in shard.values())


@pytest.mark.parametrize(
    ("rows", "name", "problem"),
    [(1200, "wte.weight", "made of one that has the id 1503"), (ROWS, "strange.weight", "no tensor has a row")],
)
def test_a_model_that_does_not_fit_is_refused(small, tmp_path, rows, name, problem):
    source = model(tmp_path / "model", {name: random(rows, 2)}, vocab_size=rows)

    with pytest.raises(UnknownSource, match=problem):
        tinydata.slice_embeddings(source, small.path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"\x10", b"\xff" * 40, (4).to_bytes(8, "little") + b"nope"])
def test_a_damaged_file_is_refused(small, tmp_path, content):
    source = grow(tmp_path / "model", {"config.json": json.dumps({"vocab_size": ROWS}), "model.safetensors": content})

    with pytest.raises(DamagedSource, match="no safetensors file"):
        tinydata.slice_embeddings(source, small.path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
