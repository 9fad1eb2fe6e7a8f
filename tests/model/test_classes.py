"""Which class a config becomes a model of."""

from __future__ import annotations

import pytest
from transformers import CONFIG_MAPPING

from tinydata.errors import NoSuchClass
from tinydata.model.classes import class_of

FIRST = {
    "llama": "LlamaForCausalLM",
    "bert": "BertForMaskedLM",
    "t5": "T5ForConditionalGeneration",
    "clip": "CLIPModel",
    "vit": "ViTForImageClassification",
    "whisper": "WhisperForConditionalGeneration",
    "llava": "LlavaForConditionalGeneration",
    "exaone": "LlamaForCausalLM",  # has no class of its own
}


@pytest.mark.parametrize("model_type", FIRST)
def test_a_type_becomes_what_it_is_best_known_for(model_type):
    assert class_of(CONFIG_MAPPING[model_type]()).__name__ == FIRST[model_type]


def test_the_class_that_a_config_names_comes_first():
    assert class_of(CONFIG_MAPPING["bert"](), ("BertForTokenClassification",)).__name__ == "BertForTokenClassification"


def test_capitals_may_be_told_otherwise():
    assert class_of(CONFIG_MAPPING["xclip"](), ("XClipModel",)).__name__ == "XCLIPModel"


def test_an_auto_class_is_the_class_that_it_stands_for():
    name = "AutoModelForSequenceClassification"

    assert class_of(CONFIG_MAPPING["bert"](), name=name).__name__ == "BertForSequenceClassification"


@pytest.mark.parametrize("name", ["T5Model", "AutoModelForCTC", "BertTokenizer", "BertConfig", "pipeline", "logging"])
def test_what_does_not_take_the_config_is_refused(name):
    with pytest.raises(NoSuchClass, match=f"no class '{name}' of transformers takes a config of bert"):
        class_of(CONFIG_MAPPING["bert"](), name=name)
