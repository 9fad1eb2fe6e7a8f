"""`tinydata model`: what it says, what it makes, and what it refuses; a failure leaves nothing."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import shutil
import subprocess
import sys
import termios

import pytest
from click.testing import CliRunner
from transformers import AutoConfig

import tinydata
from tests.helpers import HOUSE, grow
from tinydata.cli import main
from tinydata.errors import UnknownModelType

LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "num_attention_heads": 32}


def run(*words):
    return CliRunner().invoke(main, ["model", *words])


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    """A llama made by its model type."""
    return tinydata.make_model("llama", tmp_path_factory.mktemp("made") / "tiny")


def test_a_model_type_is_made_tiny(llama):
    assert llama.model_class == "LlamaForCausalLM"
    assert llama.parameters[0] > 6_000_000_000
    assert llama.parameters[1] < 100_000
    assert llama.unexpected == ()
    assert set(llama.files) == {
        "README.md",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tinydata.yaml",
    }


def test_it_is_made_again_byte_for_byte(llama):
    assert tinydata.rebuild(llama.path).differences == ()


def test_it_is_the_same_under_another_name(llama, tmp_path):
    assert tinydata.rebuild(shutil.copytree(llama.path, tmp_path / "renamed")).differences == ()


def test_the_card_tells_the_command(llama):
    assert "\n```bash\ntinydata model llama\n```\n" in (llama.path / "README.md").read_text()


@pytest.mark.parametrize("words", [{"vocab_size": 1000}, {"settings": {"num_hidden_layers": 3, "hidden_act": "relu"}}])
def test_what_is_asked_for_makes_no_difference_to_the_size_of_the_original(llama, tmp_path, words):
    assert tinydata.make_model("llama", tmp_path / "tiny", **words).parameters[0] == llama.parameters[0]


def test_a_terminal_is_told_what_is_being_done_for_as_long_as_it_is(tmp_path):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    words = [sys.executable, "-m", "tinydata", "model", "gpt2", "-o", "tiny"]
    subprocess.run(words, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(HOUSE)}, stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()

    assert "\rsearch ...\rweights ..." in re.sub(" +\r", "\r", shown)
    assert not shown.splitlines()[-1].endswith("...")


def test_a_seed_decides_the_weights(llama, tmp_path):
    other = tinydata.make_model("llama", tmp_path / "other", rng_seed=1)

    assert (llama.path / "config.json").read_bytes() == (other.path / "config.json").read_bytes()
    assert (llama.path / "model.safetensors").read_bytes() != (other.path / "model.safetensors").read_bytes()
    assert tinydata.rebuild(other.path).differences == ()


def test_a_tiny_model_is_a_source_and_what_was_small_stays(llama, tmp_path):
    made = tinydata.make_model(llama.path, tmp_path / "again")

    assert made.changes == ()
    assert (llama.path / "config.json").read_bytes() == (made.path / "config.json").read_bytes()


@pytest.mark.parametrize("words", [{"preset": "vllm"}, {"settings": {"hidden_size": 96}}, {"vocab_size": 1500}])
def test_a_tiny_model_grows_in_what_was_set_alone(words, tmp_path):
    tiny = tinydata.make_model("qwen3_moe", tmp_path / "tiny", **words)

    made = tinydata.make_model(tiny.path, tmp_path / "more", settings={"num_hidden_layers": 8})

    assert {change.name for change in made.changes} <= {"num_hidden_layers", "layer_types", "mlp_layer_types"}
    assert made.parameters[1] > 2 * tiny.parameters[1] - 100_000
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []
    assert tinydata.rebuild(made.path).differences == ()


def test_a_tiny_model_is_made_smaller_on_request(llama, tmp_path):
    made = tinydata.make_model(llama.path, tmp_path / "less", max_params=20_000, vocab_size=100)

    assert made.parameters[1] <= 20_000


def test_settings_stand_and_are_repeated(tmp_path):
    made = tinydata.make_model("gpt2", tmp_path / "tiny", settings={"hidden_size": 48, "activation_function": "relu"})

    config = json.loads((made.path / "config.json").read_text())
    assert (config["n_embd"], config["activation_function"]) == (48, "relu")
    assert tinydata.rebuild(made.path).differences == ()


def test_what_names_how_weights_are_stored_is_left_out_and_told(tmp_path):
    grow(tmp_path, {"big/config.json": json.dumps({**LLAMA, "quantization_config": {"quant_method": "fp8"}})})

    made = tinydata.make_model(tmp_path / "big", tmp_path / "tiny")

    assert any("quantization_config" in note for note in made.notes)
    assert "quantization_config" not in json.loads((made.path / "config.json").read_text())


def test_labels_are_cut_only_on_request(tmp_path):
    names = {str(place): f"name {place}" for place in range(50)}
    config = {"model_type": "vit", "architectures": ["ViTForImageClassification"], "id2label": names}
    grow(tmp_path, {"big/config.json": json.dumps(config)})

    whole = tinydata.make_model(tmp_path / "big", tmp_path / "whole")
    cut = tinydata.make_model(tmp_path / "big", tmp_path / "cut", num_labels=3)

    assert [len(json.loads((made.path / "config.json").read_text())["id2label"]) for made in (whole, cut)] == [50, 3]


def test_a_config_may_hold_what_python_calls_infinity(tmp_path):
    source = grow(tmp_path / "source", {"config.json": '{"model_type": "mamba2", "time_step_limit": [0.0, Infinity]}'})

    made = tinydata.make_model(source, tmp_path / "tiny")

    again = tinydata.make_model(made.path, tmp_path / "again")

    assert [AutoConfig.from_pretrained(it.path).time_step_limit for it in (made, again)] == [[0.0, math.inf]] * 2


def test_a_dry_run_needs_no_torch_and_makes_nothing(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from tinydata.cli import main\n"
        "main(['model', 'mixtral', '--dry-run', '-o', 'never'], standalone_mode=False)"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "hidden_size" in ran.stderr
    assert "only a plan" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_path_and_tells_on_stderr(tmp_path):
    ran = run("bert", "-o", str(tmp_path / "tiny"))

    assert ran.exit_code == 0, ran.stderr
    assert ran.stdout == f"{tmp_path / 'tiny'}\n"
    assert "768 -> 32" in ran.stderr
    assert "BertForMaskedLM, float32" in ran.stderr


def test_json_has_the_plan(tmp_path):
    ran = run("bert", "--json", "-q", "-o", str(tmp_path / "tiny"))

    facts = json.loads(ran.stdout)
    changes = {".".join(map(str, change["path"])): change["new"] for change in facts["changes"]}
    assert changes["hidden_size"] == 32
    assert facts["parameters"][1] < 100_000
    assert ran.stderr == ""


def head_dim(config):
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


SPLIT = (
    "num_attention_heads",
    "num_key_value_heads",
    "intermediate_size",
    "moe_intermediate_size",
    "vocab_size",
    "num_experts",
)
PROMISES = {
    "flash": lambda config: head_dim(config.get_text_config()) % 8 == 0,
    "vllm": lambda config: head_dim(config.get_text_config()) == 32,
    "tp2": lambda config: all(getattr(config.get_text_config(), key, 2) % 2 == 0 for key in SPLIT),
}


@pytest.mark.parametrize("preset", PROMISES)
@pytest.mark.parametrize("model_type", ["qwen3", "gemma2", "mistral3"])
def test_a_preset_holds_its_promise(model_type, preset, tmp_path):
    made = tinydata.make_model(model_type, tmp_path / "tiny", preset=preset)

    assert PROMISES[preset](AutoConfig.from_pretrained(made.path))


@pytest.mark.parametrize("most", [20_000, 50_000])
def test_no_more_parameters_than_were_asked_for(most, tmp_path):
    assert tinydata.make_model("llama", tmp_path / "tiny", max_params=most).parameters[1] <= most


def test_a_config_older_than_model_types_is_known_by_its_class(tmp_path):
    old = {"architectures": ["BertForMaskedLM"], "hidden_size": 768, "num_attention_heads": 12, "vocab_size": 30522}
    grow(tmp_path, {"old/config.json": json.dumps(old)})

    made = tinydata.make_model(tmp_path / "old", tmp_path / "tiny")

    assert (made.model_type, made.model_class) == ("bert", "BertForMaskedLM")


BAD = {
    "no such type": (["lama"], 1, "transformers knows no model type 'lama'", "did you mean `llama`"),
    "no such path": (["./lama/config.json"], 1, "no source ", ""),
    "no config": (["empty"], 1, "empty: no config.json in it", ""),
    "no JSON": (["broken"], 1, "config.json: no JSON: ", ""),
    "JSON that is a list": (["listed"], 1, "config.json: a JSON object is wanted", ""),
    "a type with a dot": (["qwen2.5"], 1, "transformers knows no model type 'qwen2.5'", "did you mean"),
    "a width that transformers refuses": (
        ["llama", "--dry-run", "--set", "hidden_size=30", "--set", "num_attention_heads=4"],
        2,
        "The hidden size (30) is not a multiple of the number of attention heads (4)",
        "",
    ),
    "a margin below nothing": (["llama", "--margin", "-1"], 2, "--margin", ""),
    "a margin that is no number": (["llama", "--margin", "nan"], 2, "--margin", ""),
    "no model type in it": (["nameless"], 1, "config.json: it names no model_type", ""),
    "code of its own": (["foreign"], 1, "transformers knows no model type 'mine'", "--trust-remote-code"),
    "a config that transformers refuses": (["refused"], 1, "config.json: ", ""),
    "a key with a slip": (["llama", "--set", "hiden_size=8"], 2, "hiden_size", "did you mean `hidden_size`"),
    "no value": (["llama", "--set", "hidden_size"], 2, "not KEY=VALUE", ""),
    "heads that do not divide": (
        ["bert", "--set", "hidden_size=30", "--set", "num_attention_heads=4"],
        2,
        "does not divide",
        "",
    ),
    "a size of nothing": (["llama", "--vocab-size", "0"], 2, "vocab_size 0", ""),
    "labels of nothing": (["vit", "--num-labels", "0"], 2, "--num-labels", ""),
    "no such class": (["llama", "--class", "BertModel"], 2, "no class 'BertModel'", ""),
    "a tokenizer larger than asked": (
        ["llama", "--tokenizer", "words", "--vocab-size", "4"],
        2,
        "vocab_size 4: the tokenizer has",
        "",
    ),
    "no tokenizer to shrink": (["llama", "--shrink-vocab", "300"], 1, "no tokenizer in it to shrink", ""),
    "a target that is there": (["llama", "-o", "empty"], 1, "empty exists", "--overwrite"),
    "fewer parameters than can be": (["bert", "--max-params", "100"], 1, "parameters", ""),
    "a seed that torch cannot have": (["llama", "--seed", "-1"], 2, "'--seed': rng_seed -1: at least 0 is needed", ""),
    "a seed past all numbers": (["llama", "--seed", str(2**64)], 2, "'--seed': rng_seed", ""),
    "two tokenizers": (
        ["llama", "--tokenizer", "words", "--shrink-vocab", "300"],
        2,
        "'--shrink-vocab': shrink_vocab does not go with a tokenizer",
        "",
    ),
    "no such tokenizer": (["llama", "--tokenizer", "wrods"], 1, "no source wrods", "did you mean `words`"),
    "a vocabulary without room for its tokens": (
        ["llama", "--vocab-size", "1"],
        2,
        "'--vocab-size': vocab_size 1: at least 2 is needed",
        "",
    ),
    "a vocabulary set without room for its tokens": (
        ["llama", "--set", "vocab_size=1"],
        2,
        "'--set': setting 'vocab_size=1': eos_token_id 0 is the token of bos_token_id now",
        "",
    ),
    "fewer rows than the tokenizer has tokens": (
        ["llama", "--tokenizer", "words", "--set", "vocab_size=4"],
        2,
        "vocab_size 4: the tokenizer has",
        "",
    ),
    "an activation that there is not": (
        ["llama", "--set", "hidden_act=relux"],
        2,
        "'--set': setting 'hidden_act=relux': it does not run with it: KeyError: 'relux'",
        "",
    ),
    "a width that nothing holds": (
        ["llama", "--set", "hidden_size=1000000"],
        2,
        "'--set': setting 'hidden_size=1000000': it does not run with it: ",
        "",
    ),
    "another model type": (["llama", "--set", "model_type=gpt2"], 2, "'--set': setting 'model_type=gpt2': ", ""),
    "a class as a setting": (["llama", "--set", 'architectures=["LlamaModel"]'], 2, "a word of its own", ""),
    "a dtype as a setting": (["llama", "--set", "dtype=bfloat16"], 2, "a word of its own", ""),
    "labels as a setting": (["vit", "--set", "num_labels=3"], 2, "no such key", "`--num-labels` sets it"),
}
WORDS = json.dumps(
    {
        "version": "1.0",
        "model": {
            "type": "WordLevel",
            "unk_token": "a",
            "vocab": {word: place for place, word in enumerate("abcdefgh")},
        },
    }
)
WORLD = {
    "empty/notes.md": "",
    "broken/config.json": '{"model_type": "llama",',
    "listed/config.json": "[1]",
    "nameless/config.json": "{}",
    "foreign/config.json": '{"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}}',
    "refused/config.json": '{"model_type": "llama", "hidden_size": 4095, "num_attention_heads": 32}',
    "words/tokenizer.json": WORDS,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_line_and_leaves_nothing(name, tmp_path, monkeypatch):
    words, code, fact, hint = BAD[name]
    grow(tmp_path, WORLD)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    ran = run(*words, *([] if "-o" in words else ["-o", "out"]))

    assert (ran.exit_code, ran.stdout) == (code, "")
    assert fact in ran.stderr
    assert hint in ran.stderr
    assert "Traceback" not in ran.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("raise RuntimeError('operator torchvision::nms does not exist')", "operator torchvision::nms does not exist"),
        ("import no_such_library", "no_such_library"),
    ],
)
@pytest.mark.parametrize("source", ["clip", "its folder"])
def test_a_library_that_cannot_be_imported_is_named_and_not_the_class_that_wants_it(source, broken, said, tmp_path):
    """As where torchvision is of another torch: transformers says only what it could not import itself."""
    grow(
        tmp_path,
        {
            "torchvision/__init__.py": broken,
            "torchvision-0.28.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: torchvision\nVersion: 0.28.0\n",
            "its folder/config.json": json.dumps({"model_type": "altclip", "architectures": ["AltCLIPModel"]}),
        },
    )

    ran = subprocess.run(
        [sys.executable, "-m", "tinydata", "model", source, "-o", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{HOUSE}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Set the logging verbosity" not in ran.stderr
    assert not (tmp_path / "out").exists()


def test_before_stands_what_the_source_has_and_a_kind_that_no_layer_is_left_for_is_told(llama, tmp_path):
    made = tinydata.make_model("mixtral", tmp_path / "tiny", settings={"num_hidden_layers": 1})
    whole = tinydata.make_model("jamba", tmp_path / "jamba", settings={"num_hidden_layers": 1})

    assert made.parameters[0] > 40_000_000_000
    assert not [note for note in made.notes if "left out by what is set" in note]
    assert [note for note in whole.notes if "left out by what is set" in note and "JambaAttention" in note]


def test_a_config_that_asks_for_attentions_is_made_and_told(tmp_path):
    grow(tmp_path, {"big/config.json": json.dumps(LLAMA | {"output_attentions": True})})

    made = tinydata.make_model(tmp_path / "big", tmp_path / "tiny")

    assert [note for note in made.notes if note.startswith("output_attentions left out")]
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []


def test_an_unknown_type_has_its_neighbours():
    with pytest.raises(UnknownModelType) as caught:
        tinydata.make_model("lama", "never")

    assert "llama" in caught.value.near


def test_a_repo_of_the_hub_gives_its_config_and_no_weights(hub, tmp_path):
    hub.add(
        "org/big",
        {"config.json": json.dumps(LLAMA), "model.safetensors": "heavy", "README.md": "---\nlicense: mit\n---\n"},
    )

    made = tinydata.make_model("org/big", tmp_path / "tiny")

    assert "license: mit" in (made.path / "README.md").read_text()
    assert hub.asked("model.safetensors") == 0
    assert tinydata.rebuild(made.path).differences == ()
