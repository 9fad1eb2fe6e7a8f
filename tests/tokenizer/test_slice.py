"""A real model cut to the tokens that were kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import tinydata
from tests.helpers import grow
from tinydata.errors import DamagedSource, NoSource, UnknownSource
from tinydata.tokenizer.safetensors import read_header, write_file

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
    save_file({"final_logits_bias": random(1, ROWS), "other.weight": random(5, 2)}, source / "model-2.safetensors")
    index = {"model.embed_tokens.weight": "model-1.safetensors", "final_logits_bias": "model-2.safetensors"}
    (source / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    shards = [load_file(tmp_path / "out" / f"model-{number}.safetensors") for number in (1, 2)]
    total = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_bytes())["metadata"]["total_size"]
    assert {name: tensor.shape for shard in shards for name, tensor in shard.items()} == {
        "model.embed_tokens.weight": (400, 2),
        "final_logits_bias": (1, 400),
        "other.weight": (5, 2),
    }
    assert total == sum(tensor.nbytes for shard in shards for tensor in shard.values())


@pytest.mark.parametrize(
    ("rows", "name", "problem"),
    [
        (1200, "wte.weight", "made of one that has the id 1503"),
        (ROWS, "strange.weight", r"strange\.weight has the shape \[1600, 2\], and is no known embedding"),
    ],
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


@pytest.mark.parametrize(
    "tensors",
    [
        {"text_model.embeddings.token_embedding.weight": (ROWS, 2), "position_embedding.weight": (9, 2)},
        {"distilbert.embeddings.word_embeddings.weight": (ROWS, 2), "vocab_projector.bias": (ROWS,)},
        {"transformer.word_embedding.weight": (ROWS, 2), "lm_loss.bias": (ROWS,), "lm_loss.weight": (ROWS, 2)},
        {"transformer.embeddings.weight": (ROWS, 2), "pred_layer.proj.bias": (ROWS,)},
        {"model.decoder.embed_tokens.weight": (ROWS, 2), "proj_out.weight": (ROWS, 2)},
        {"model.embeddings.tok_embeddings.weight": (ROWS, 2), "decoder.bias": (ROWS,)},
    ],
    ids=lambda tensors: next(iter(tensors)),
)
def test_heads_go_by_many_names(small, tmp_path, tensors):
    source = model(tmp_path / "model", {name: random(*shape) for name, shape in tensors.items()})

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    after = load_file(tmp_path / "out" / "model.safetensors")
    cut = {name: tuple(400 if size == ROWS else size for size in shape) for name, shape in tensors.items()}
    assert {name: tensor.shape for name, tensor in after.items()} == cut


def test_a_number_that_the_config_has_twice_cuts_what_is_an_embedding_alone(small, tmp_path):
    tensors = {"wte.weight": random(ROWS, 2), "mlp.proj.weight": random(ROWS, 2), "mlp.fc.bias": random(ROWS)}
    source = model(tmp_path / "model", tensors, intermediate_size=ROWS)

    assert tinydata.slice_embeddings(source, small.path, tmp_path / "out").tensors == ("wte.weight",)


@pytest.mark.parametrize(
    "config",
    [{"encoder": {"vocab_size": ROWS}, "decoder": {"vocab_size": ROWS}}, {}, {"text_config": {"vocab_size": ROWS}}],
)
def test_the_rows_are_those_of_any_part_of_the_config_or_of_the_embedding(small, tmp_path, config):
    source = model(tmp_path / "model", {"wte.weight": random(ROWS, 2)})
    (source / "config.json").write_text(json.dumps({"model_type": "mine", **config}))

    sliced = tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    after = json.loads((tmp_path / "out" / "config.json").read_bytes())
    assert (sliced.vocab_size, sliced.tensors) == ((ROWS, 400), ("wte.weight",))
    assert after == {"model_type": "mine", **({name: {"vocab_size": 400} for name in config} or {"vocab_size": 400})}


def test_a_second_table_with_no_rows_for_what_is_no_text_is_cut_to_what_it_has(small, tmp_path):
    tensors = {"embed_tokens.weight": random(ROWS, 2), "embed_tokens_per_layer.weight": random(1500, 4)}
    source = model(tmp_path / "model", tensors, vocab_size_per_layer_input=1500)

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    kept = json.loads((small.path / "token_map.json").read_bytes())["new_to_old"]
    after = load_file(tmp_path / "out" / "model.safetensors")
    config = json.loads((tmp_path / "out" / "config.json").read_bytes())
    short = [place for place in kept if place < 1500]
    assert np.array_equal(after["embed_tokens_per_layer.weight"], tensors["embed_tokens_per_layer.weight"][short])
    assert (config["vocab_size"], config["vocab_size_per_layer_input"]) == (400, len(short))


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "I8"])
def test_numbers_that_no_library_here_knows_are_cut_byte_by_byte(small, tmp_path, dtype):
    width = 2 if dtype == "BF16" else 1
    content = np.random.default_rng(0).integers(0, 256, ROWS * 3 * width, np.uint8).tobytes()
    (tmp_path / "model").mkdir()
    write_file(tmp_path / "model" / "model.safetensors", {"wte.weight": (dtype, (ROWS, 3), lambda: content)}, {})
    (tmp_path / "model" / "config.json").write_text(json.dumps({"vocab_size": ROWS}))

    tinydata.slice_embeddings(tmp_path / "model", small.path, tmp_path / "out")

    kept = json.loads((small.path / "token_map.json").read_bytes())["new_to_old"]
    (tensor,) = read_header(tmp_path / "out" / "model.safetensors")[0].values()
    rows = [content[place * 3 * width : (place + 1) * 3 * width] for place in kept]
    assert (tensor.dtype, tensor.shape, tensor.read()) == (dtype, (400, 3), b"".join(rows))


@pytest.mark.parametrize(
    ("table", "error", "problem"),
    [
        ({"wte.weight": "gone.safetensors"}, NoSource, "gone.safetensors"),
        ({"wte.weight": "../model.safetensors"}, DamagedSource, "weight_map is wanted"),
        ([], DamagedSource, "weight_map is wanted"),
    ],
)
def test_an_index_that_leads_nowhere_is_refused(small, tmp_path, table, error, problem):
    source = model(tmp_path / "model", {"wte.weight": random(ROWS, 2)})
    (source / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))

    with pytest.raises(error, match=problem):
        tinydata.slice_embeddings(source, small.path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_processes_pictures_goes_along(small, tmp_path):
    source = model(tmp_path / "model", {"wte.weight": random(ROWS, 2)})
    (source / "preprocessor_config.json").write_text('{"size": 9}')

    tinydata.slice_embeddings(source, small.path, tmp_path / "out")

    assert (tmp_path / "out" / "preprocessor_config.json").read_text() == '{"size": 9}'


def test_a_tokenizer_that_kept_all_cuts_off_the_rows_of_none_alone(source, tmp_path):
    made = tinydata.make_tokenizer(source("added-at-the-end"), tmp_path / "all", vocab_size=1504)
    tensor = random(1504, 2)

    sliced = tinydata.slice_embeddings(
        model(tmp_path / "model", {"wte.weight": tensor}, vocab_size=1504), made.path, tmp_path / "out"
    )

    assert sliced.tensors == ("wte.weight",)
    assert np.array_equal(load_file(tmp_path / "out" / "model.safetensors")["wte.weight"], tensor)
