"""What a tiny model is made for: it loads by the Auto classes, trains, and runs in a pipeline."""

from __future__ import annotations

import inspect
import json
import typing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import tinydata

PICTURE = Image.linear_gradient("L").convert("RGB").resize((80, 60))
SOUND = np.sin(np.arange(8_000) / 10).astype("float32")
NAMES = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}


@dataclass(frozen=True)
class Use:
    """How one model is made and used.

    Args:
        source: A model type, or a folder of the real inputs.
        auto: The Auto class that a person would load it with.
        task: The pipeline.
        asked: What the pipeline is asked.
        given: What the processor is given to make a row to train on.
        labels: The key of that row that is learned, or the label itself; None: the model has a loss of its own.
        words: What `make_model` is told; by default a tokenizer.
        tokenizer_class: Of that tokenizer.
    """

    source: str
    auto: str
    task: str
    asked: dict[str, Any]
    given: dict[str, Any]
    labels: str | int | None = "input_ids"
    words: dict[str, Any] | None = None
    tokenizer_class: str = "PreTrainedTokenizerFast"


CODE = {"text": "def f(x):"}
USES = {
    "llama": Use("llama", "AutoModelForCausalLM", "text-generation", {"text_inputs": "def"}, CODE),
    "qwen3_moe": Use("configs/ome__qwen3_30b", "AutoModelForCausalLM", "text-generation", {"text_inputs": "def"}, CODE),
    "t5": Use(
        "tokenizers/t5",
        "AutoModelForSeq2SeqLM",
        "text-classification",
        {"inputs": "a text"},
        CODE,
        words={"shrink_vocab": 500},
    ),
    "bert": Use("bert", "AutoModelForMaskedLM", "fill-mask", {"inputs": "def <mask>"}, CODE),
    "whisper": Use(
        "whisper",
        "AutoModelForSpeechSeq2Seq",
        "automatic-speech-recognition",
        {"inputs": SOUND},
        {"audio": SOUND, "sampling_rate": 16_000, **CODE},
        "labels",
        tokenizer_class="WhisperTokenizer",
    ),
    "clip": Use(
        "clip",
        "AutoModelForZeroShotImageClassification",
        "zero-shot-image-classification",
        {"image": PICTURE, "candidate_labels": ["def", "class"]},
        {"images": PICTURE, **CODE},
        None,
    ),
    "llava": Use(
        "llava",
        "AutoModelForImageTextToText",
        "image-text-to-text",
        {"images": PICTURE, "text": "<image> def"},
        {"images": PICTURE, "text": "<image> def f(x):"},
    ),
    "vit": Use(
        "vit",
        "AutoModelForImageClassification",
        "image-classification",
        {"inputs": PICTURE},
        {"images": PICTURE},
        1,
        words={},
    ),
}


def learn_tokenizer(folder, tokenizer_class):
    """Learn a tokenizer from Python's own sources, with the special tokens that all of these models want."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[*NAMES.values(), "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([inspect.getsource(typing)], trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": tokenizer_class, "model_max_length": 64, **NAMES}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module", params=USES)
def made(request, tmp_path_factory):
    """A use, and the folder of its tiny model."""
    use, folder = USES[request.param], tmp_path_factory.mktemp(request.param)
    source = request.getfixturevalue("real") / use.source if "/" in use.source else use.source
    words = use.words
    if words is None:
        words = {"tokenizer": learn_tokenizer(tmp_path_factory.mktemp("words"), use.tokenizer_class)}
    return use, tinydata.make_model(source, folder / "tiny", **words).path


def test_it_loads_by_the_auto_class(made):
    use, folder = made

    model, report = getattr(transformers, use.auto).from_pretrained(folder, output_loading_info=True)

    assert type(model).__name__ in json.loads((folder / "config.json").read_text())["architectures"]
    assert not any(report.values())


def test_it_trains(made, tmp_path):
    use, folder = made
    processor = transformers.AutoProcessor.from_pretrained(folder)
    model = getattr(transformers, use.auto).from_pretrained(folder, dtype=torch.float32)
    row = {name: value[0] for name, value in processor(**use.given, return_tensors="pt").items()}
    row |= {} if use.labels is None else {"labels": row.get(use.labels, use.labels)}
    more = {"return_loss": True} if use.labels is None else {}
    before = [parameter.detach().clone() for parameter in model.parameters()]

    told = transformers.Trainer(
        model,
        transformers.TrainingArguments(tmp_path, max_steps=3, use_cpu=True, report_to=[], save_strategy="no"),
        data_collator=lambda rows: {**transformers.default_data_collator(rows), **more},
        train_dataset=[row | brightened(row, number) for number in range(8)],
    ).train()

    assert told.global_step == 3
    assert 0 < told.training_loss < float("inf")
    assert any(not torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


def brightened(row, number):
    """A picture that is another one: of equal pairs CLIP learns nothing."""
    return {name: value + number for name, value in row.items() if name == "pixel_values"}


def test_it_runs_in_a_pipeline(made):
    use, folder = made

    assert transformers.pipeline(use.task, model=str(folder), device="cpu")(**use.asked)
