"""A config that brings code along: it runs on request alone, and goes along with the tiny model."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
import transformers
from click.testing import CliRunner

import tinydata
from tests.helpers import grow
from tinydata.cli import main
from tinydata.errors import BadConfig, NoSuchClass, UnknownModelType, UntrustedCode

CONFIGURATION = """
from pathlib import Path

from transformers import PreTrainedConfig


class MineConfig(PreTrainedConfig):
    model_type = "mine"

    def __init__(self, vocab_size=32000, hidden_size=4096, num_hidden_layers=32, act="gelu", **kwargs):
        self.vocab_size, self.hidden_size, self.num_hidden_layers, self.act = vocab_size, hidden_size, num_hidden_layers, act
        super().__init__(**kwargs)
"""
BLOCKS = """
import torch


class Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = torch.nn.Linear(width, width)

    def forward(self, states):
        return states + self.inner(states).tanh()
"""
MODELING = """
import torch
from transformers import GenerationMixin, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput, SequenceClassifierOutput

from .blocks_mine import Block
from .configuration_mine import MineConfig


class MineModel(PreTrainedModel):
    config_class = MineConfig

    def __init__(self, config, out=None):
        super().__init__(config)
        self.embed = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = torch.nn.ModuleList([Block(config.hidden_size) for _ in range(config.num_hidden_layers)])
        self.head = torch.nn.Linear(config.hidden_size, out or config.vocab_size)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **kwargs):
        states = self.embed(input_ids)
        for layer in self.layers:
            states = layer(states)
        return CausalLMOutput(logits=self.head(states))


class MineForCausalLM(MineModel, GenerationMixin):
    pass


class MineForSequenceClassification(MineModel):
    def __init__(self, config):
        super().__init__(config, config.num_labels)

    def forward(self, input_ids, attention_mask=None, **kwargs):
        return SequenceClassifierOutput(logits=super().forward(input_ids).logits.mean(1))
"""
LEAVES_A_TRACE = """
from pathlib import Path

from transformers import PreTrainedTokenizerFast

Path({ran!r}).touch()


class MineTokenizer(PreTrainedTokenizerFast):
    pass
"""
AUTO_MAP = {
    "AutoConfig": "configuration_mine.MineConfig",
    "AutoModel": "modeling_mine.MineModel",
    "AutoModelForCausalLM": "modeling_mine.MineForCausalLM",
    "AutoModelForSequenceClassification": "modeling_mine.MineForSequenceClassification",
}
CONFIG = {"model_type": "mine", "architectures": ["MineForCausalLM"], "hidden_size": 2048, "auto_map": AUTO_MAP}
CODE = {"configuration_mine.py": CONFIGURATION, "blocks_mine.py": BLOCKS, "modeling_mine.py": MODELING}
UPSTREAM = {auto: f"org/code--{named}" for auto, named in AUTO_MAP.items()}


@pytest.fixture(autouse=True, scope="module")
def _own_modules(tmp_path_factory):
    """The copies of code that transformers keeps go to a folder of these tests."""
    from transformers import dynamic_module_utils

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path_factory.mktemp("modules")))
        yield


@pytest.fixture
def big(tmp_path):
    """A folder as the Hub would have it."""
    return grow(tmp_path / "big", {"config.json": json.dumps(CONFIG), **CODE, "train.py": "raise SystemExit"})


def logits(folder, auto="AutoModelForCausalLM"):
    model = getattr(transformers, auto).from_pretrained(folder, trust_remote_code=True)
    with torch.no_grad():
        return model(input_ids=torch.tensor([[1, 2, 3]])).logits


def test_without_a_word_no_code_is_run(big, tmp_path):
    grow(big, {"configuration_mine.py": LEAVES_A_TRACE.format(ran=str(tmp_path / "ran"))})

    with pytest.raises(UnknownModelType) as caught:
        tinydata.make_model(big, tmp_path / "tiny")

    assert caught.value.needs_code
    assert not (tmp_path / "ran").exists()


def test_on_request_it_is_made_of_the_code_that_goes_along(big, tmp_path):
    made = tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True)

    assert made.model_class == "MineForCausalLM"
    assert made.unexpected == ()
    assert {name for name in made.files if name.endswith(".py")} == set(CODE)
    assert json.loads((made.path / "config.json").read_text())["auto_map"] == AUTO_MAP
    assert (
        'AutoModelForCausalLM.from_pretrained("REPO", trust_remote_code=True)' in (made.path / "README.md").read_text()
    )


def test_the_result_stands_alone(big, tmp_path):
    made = tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True)
    before = logits(made.path)
    shutil.rmtree(big)
    moved = shutil.move(made.path, tmp_path / "moved")

    assert torch.equal(logits(moved), before)
    assert before.shape == (1, 3, 256)


@pytest.mark.parametrize("class_", ["MineModel", "MineForSequenceClassification"])
def test_another_class_of_the_code_may_be_named(class_, big, tmp_path):
    made = tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True, class_=class_)

    assert made.model_class == class_
    auto = next(auto for auto, named in AUTO_MAP.items() if named.endswith(f".{class_}"))
    assert torch.isfinite(logits(made.path, auto)).all()


def test_a_class_that_the_code_has_not_is_told(big, tmp_path):
    with pytest.raises(NoSuchClass, match="MineForCausalLM"):
        tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True, class_="LlamaModel")


def test_it_is_checked_and_rebuilt_on_request_alone(big, tmp_path):
    made = tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True)

    (refused,) = [finding for finding in tinydata.check(made.path) if finding.problem]
    assert "--trust-remote-code" in refused.mend
    with pytest.raises(UntrustedCode):
        tinydata.rebuild(made.path)
    assert not [finding for finding in tinydata.check(made.path, trust_remote_code=True) if finding.problem]
    assert tinydata.rebuild(made.path, trust_remote_code=True).differences == ()


def test_code_of_the_hub_is_pinned_to_its_commit(hub, tmp_path):
    commit = hub.add("org/big", {"config.json": json.dumps(CONFIG), **CODE})
    made = tinydata.make_model("org/big", tmp_path / "tiny", trust_remote_code=True)
    before = logits(made.path)
    hub.add("org/big", {"config.json": json.dumps(CONFIG), **CODE, "blocks_mine.py": "raise SystemExit"})

    assert made.recipe.commands[0][1] == f"hf://org/big@{commit}"
    assert tinydata.rebuild(made.path, trust_remote_code=True, offline=True).differences == ()
    assert torch.equal(logits(made.path), before)


def test_code_of_another_repo_comes_to_lie_beside(hub, tmp_path):
    commit = hub.add("org/code", CODE)
    grow(tmp_path / "big", {"config.json": json.dumps({**CONFIG, "auto_map": UPSTREAM})})

    made = tinydata.make_model(tmp_path / "big", tmp_path / "tiny", trust_remote_code=True)

    assert json.loads((made.path / "config.json").read_text())["auto_map"] == AUTO_MAP
    assert f"hf://org/code@{commit}/modeling_mine.py" in made.recipe.inputs
    hub.forget()
    assert logits(made.path).shape == (1, 3, 256)
    assert hub.asked() == 0


def test_the_code_of_a_small_tokenizer_goes_along_and_is_not_run(big, tmp_path):
    words = {
        "version": "1.0",
        "added_tokens": [],
        "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1}},
    }
    auto_map = {"AutoTokenizer": ["tokenization_mine.MineTokenizer", "tokenization_mine.MineTokenizer"]}
    code = LEAVES_A_TRACE.format(ran=str(tmp_path / "ran"))
    config = json.dumps({"tokenizer_class": "MineTokenizer", "auto_map": auto_map, "unk_token": "a"})
    grow(big, {"tokenizer.json": json.dumps(words), "tokenizer_config.json": config, "tokenization_mine.py": code})

    made = tinydata.make_model(big, tmp_path / "tiny", trust_remote_code=True)

    assert "tokenization_mine.py" in made.files
    assert not (tmp_path / "ran").exists()
    tokenizer = transformers.AutoTokenizer.from_pretrained(made.path, trust_remote_code=True)
    assert (type(tokenizer).__name__, tokenizer("b").input_ids) == ("MineTokenizer", [1])


FAULTS = {
    "a file that is not there": ({"modeling_mine.py": None}, "modeling_mine.py"),
    "a file that another needs": ({"blocks_mine.py": None}, "blocks_mine.py"),
    "a class that is not there": ({"modeling_mine.py": "class Other: pass"}, "MineForCausalLM"),
    "code that breaks": ({"configuration_mine.py": "raise RuntimeError('no luck')"}, "no luck"),
    "a library that is missing": ({"blocks_mine.py": "import not_there\n" + BLOCKS}, "not_there"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_code_that_does_not_do_is_told_in_one_line(name, big, tmp_path):
    files, said = FAULTS[name]
    for file, text in files.items():
        (big / file).unlink() if text is None else (big / file).write_text(text)

    ran = CliRunner().invoke(main, ["model", str(big), "--trust-remote-code", "-o", str(tmp_path / "tiny")])

    assert ran.exit_code == 1
    assert said in ran.stderr
    assert ran.stderr.startswith("Error: ")
    assert len(ran.stderr.splitlines()) == 1
    assert not (tmp_path / "tiny").exists()


def test_two_repos_with_files_of_one_name_are_refused(hub, tmp_path):
    hub.add("org/code", CODE)
    hub.add("org/other", {**CODE, "blocks_mine.py": BLOCKS + "\n"})
    auto_map = {**UPSTREAM, "AutoModel": "org/other--modeling_mine.MineModel"}
    grow(tmp_path / "big", {"config.json": json.dumps({**CONFIG, "auto_map": auto_map})})

    with pytest.raises(BadConfig, match=r"blocks_mine\.py"):
        tinydata.make_model(tmp_path / "big", tmp_path / "tiny", trust_remote_code=True)
