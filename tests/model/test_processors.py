"""Processors follow their model: what shrinks, what stays, and what is made up where a source brings nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from transformers import AutoConfig, AutoImageProcessor, ViTConfig, ViTForImageClassification

from tests.helpers import grow
from tests.model.words import tokenizer
from tinydata.model.processor_defaults import default_processors
from tinydata.model.processor_sizes import shrink_sizes
from tinydata.model.processor_tokens import name_token, shorten_texts
from tinydata.model.processors import fit_processors

PICTURE = Image.linear_gradient("L").convert("RGB").resize((80, 60))
VIT = {"image_size": 224, "patch_size": 16}
TINY = {"image_size": 64, "patch_size": 16}


@pytest.mark.parametrize(
    ("said", "shrunk"),
    [
        ({"size": 224}, {"size": 64}),
        ({"size": {"height": 224, "width": 224}}, {"size": {"height": 64, "width": 64}}),
        ({"size": 256, "crop_size": 224}, {"size": 80, "crop_size": 64}),
        ({"size": {"longest_edge": 896}, "crop_size": 224}, {"size": {"longest_edge": 256}, "crop_size": 64}),
        ({"size": [224, 448]}, {"size": [64, 128]}),
        ({"patch_size": {"height": 16, "width": 16}}, {"patch_size": {"height": 16, "width": 16}}),
        ({"image_mean": [0.5, 0.5, 0.5], "resample": 3}, {"image_mean": [0.5, 0.5, 0.5], "resample": 3}),
        ({"image_seq_length": 196}, {"image_seq_length": 16}),
        ({"image_seq_length": 197}, {"image_seq_length": 17}),
        ({"num_image_tokens": 49}, {"num_image_tokens": 4}),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_pictures_shrink_as_the_model_does(said, shrunk):
    assert shrink_sizes(said, VIT, TINY) == shrunk


def test_what_both_said_under_one_name_both_say_again():
    old = {"vision_config": {"patch_size": 14, "spatial_merge_size": 2}, "audio_config": {"num_mel_bins": 80}}
    new = {"vision_config": {"patch_size": 4, "spatial_merge_size": 2}, "audio_config": {"num_mel_bins": 16}}

    shrunk = shrink_sizes({"patch_size": 14, "merge_size": 2, "feature_size": 80}, old, new)

    assert shrunk == {"patch_size": 4, "merge_size": 2, "feature_size": 16}


def test_edges_that_count_pixels_become_a_few_patches():
    config = {"vision_config": {"patch_size": 14, "spatial_merge_size": 2}}
    said = {"size": {"shortest_edge": 12_544, "longest_edge": 9_633_792}, "max_pixels": 9_633_792}

    shrunk = shrink_sizes(said, config, config)

    assert shrunk == {"size": {"shortest_edge": 4 * 28**2, "longest_edge": 16 * 28**2}, "max_pixels": 16 * 28**2}


def test_where_the_config_has_no_picture_size_the_one_that_ran_is_taken():
    said = {"size": {"shortest_edge": 800, "longest_edge": 1333}, "size_divisor": 32}

    assert shrink_sizes(said, {}, {}, 64)["size"] == {"shortest_edge": 64, "longest_edge": 96}


def test_a_part_of_a_processor_is_shrunk_as_it_would_be_alone():
    part = {"size": {"height": 224, "width": 224}, "image_processor_type": "ViTImageProcessor"}

    shrunk = shrink_sizes({"processor_class": "AnyProcessor", "image_processor": part}, VIT, TINY)

    assert shrunk["image_processor"] == shrink_sizes(part, VIT, TINY)


@pytest.mark.parametrize("places", [750, 64, 50, 25])
def test_a_sound_is_as_long_as_the_model_has_places(places):
    whisper = {
        "chunk_length": 30,
        "hop_length": 160,
        "sampling_rate": 16_000,
        "n_samples": 480_000,
        "nb_max_frames": 3000,
    }

    sound = shrink_sizes(whisper, {"max_source_positions": 1500}, {"max_source_positions": places})

    assert sound["chunk_length"] * 16_000 // sound["hop_length"] == sound["nb_max_frames"] == 2 * places
    assert type(sound["chunk_length"]) is int


def test_pictures_grow_with_a_model_that_grows():
    said = {"size": 80, "crop_size": 64, "image_seq_length": 16}

    assert shrink_sizes(said, TINY, VIT) == {"size": 288, "crop_size": 224, "image_seq_length": 196}


def test_nothing_that_is_given_is_changed():
    said = {"size": {"height": 224, "width": 224}, "image_processor": {"size": 224}}
    before = json.dumps(said)

    shrink_sizes(said, VIT, TINY)

    assert json.dumps(said) == before


@pytest.mark.parametrize(
    ("model_type", "name"),
    [
        ("vit", "ViTImageProcessor"),
        ("llava", "LlavaImageProcessor"),
        ("whisper", "WhisperFeatureExtractor"),
        ("t5", None),
    ],
)
def test_a_model_type_alone_brings_the_processors_that_transformers_has_for_it(model_type, name):
    made = default_processors(AutoConfig.for_model(model_type))

    file = made.files.get("preprocessor_config.json", {})
    assert file.get("image_processor_type", file.get("feature_extractor_type")) == name


def test_what_wants_a_missing_library_is_left_out_and_named():
    made = default_processors(AutoConfig.for_model("qwen2_vl"))

    assert ("video_preprocessor_config.json" in made.files) != any("video processor" in note for note in made.notes)


def vit(**sizes):
    """A ViT and what it runs on."""
    torch.manual_seed(0)
    config = ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, **sizes)
    edge = config.image_size
    return ViTForImageClassification(config).eval(), SimpleNamespace(
        inputs={"pixel_values": torch.zeros(2, 3, edge, edge)}
    )


def test_a_model_type_alone_is_given_a_processor_whose_tensors_its_model_takes(tmp_path):
    model, ran = vit(image_size=64)

    made = fit_processors(None, ViTConfig(), model.config, model, ran)
    grow(tmp_path, made.files)

    (note,) = made.notes
    assert note == "processors: the defaults of vit"
    pictures = AutoImageProcessor.from_pretrained(tmp_path)(PICTURE, return_tensors="pt")
    assert model(**pictures).logits.shape == (1, 2)


def test_sizes_that_a_file_leaves_to_its_class_are_written_out(tmp_path):
    model, ran = vit(image_size=64)
    source = grow(tmp_path / "source", {"preprocessor_config.json": '{"image_processor_type": "CLIPImageProcessor"}'})

    made = fit_processors(source, ViTConfig(), model.config, model, ran)

    file = json.loads(made.files["preprocessor_config.json"])
    assert (file["size"], file["crop_size"]) == ({"shortest_edge": 64}, {"height": 64, "width": 64})
    assert made.notes == ()


def test_where_the_config_misleads_the_picture_that_ran_is_followed(tmp_path):
    model, ran = vit(image_size=64)
    source = grow(tmp_path, {"preprocessor_config.json": '{"image_processor_type": "ViTImageProcessor", "size": 384}'})
    old = ViTConfig(image_size=384)
    old.image_size = 96  # a config that says another size than its processor

    made = fit_processors(source, old, model.config, model, ran)

    assert json.loads(made.files["preprocessor_config.json"])["size"] == 64


def test_a_processor_that_its_model_does_not_take_is_told(tmp_path):
    model, ran = vit(image_size=64, num_channels=4)
    ran.inputs["pixel_values"] = torch.zeros(2, 4, 64, 64)

    (_, note) = fit_processors(None, ViTConfig(), model.config, model, ran).notes

    assert note.startswith("the model does not take what its processor makes: ")
    assert "channel" in note


def test_templates_go_with_a_tokenizer(tmp_path):
    model, ran = vit(image_size=64)
    source = grow(tmp_path / "source", {"chat_template.jinja": "{{ messages }}"})
    words = tokenizer(tmp_path / "words")

    alone, together = (fit_processors(source, ViTConfig(), model.config, model, ran, given) for given in (None, words))

    assert together.files.keys() - alone.files.keys() == {"chat_template.jinja"}


@pytest.mark.parametrize(
    ("length", "places", "shorter"),
    [
        (512, (512, 64), 64),
        (512, (514, 66), 64),  # RoBERTa begins after its padding
        (77, (77, 77), 77),
        (1024, (77, 16), 16),
        (10**30, (4096, 4096), 4096),
        (10, (77, 16), 10),
    ],
)
def test_no_text_is_longer_than_its_model_has_places_for(length, places, shorter):
    old, new = ({"text_config": {"max_position_embeddings": count}} for count in places)

    assert shorten_texts({"model_max_length": length}, old, new) == {"model_max_length": shorter}


def test_a_model_without_places_takes_texts_of_any_length():
    assert shorten_texts({"model_max_length": 512}, {"d_model": 512}, {"d_model": 64}) == {"model_max_length": 512}


def test_a_token_that_a_processor_misses_is_named():
    problem = "AutoProcessor does not load: TokenizersBackend has no attribute boi_token_id"

    named = name_token({"model_max_length": 64}, problem, ["<s>", "<image>", "<start_of_image>"])

    assert named == {"model_max_length": 64, "extra_special_tokens": {"boi_token": "<start_of_image>"}}


@pytest.mark.parametrize("problem", ["", "no attribute", "TokenizersBackend has no attribute video_token"])
def test_no_token_is_named_that_nothing_is_called(problem):
    assert name_token({}, problem, ["<s>", "<image>"]) is None
