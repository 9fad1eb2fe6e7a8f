"""Made up: out of a class of transformers, or with the special tokens and the alphabet of a real tokenizer."""

from __future__ import annotations

import json
import string

import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer
from transformers import AutoTokenizer

import tinydata
from tests.tokenizer.world import WORLDS
from tinydata.cli import main
from tinydata.errors import BelowFloor, UnknownClass

FAST = {
    "AlbertTokenizer": ("[CLS]", "[SEP]"),
    "BertTokenizer": ("[CLS]", "[SEP]"),
    "CLIPTokenizer": ("<|startoftext|>", "<|endoftext|>"),
    "GPT2Tokenizer": (),
    "GemmaTokenizer": ("<bos>",),
    "LlamaTokenizer": ("<s>",),
    "MBartTokenizer": ("</s>", "en_XX"),
    "PegasusTokenizer": ("</s>",),
    "Qwen2Tokenizer": (),
    "RemBertTokenizer": ("[CLS]", "[SEP]"),
    "RobertaTokenizer": ("<s>", "</s>"),
    "T5Tokenizer": ("</s>",),
    "XLMRobertaTokenizer": ("<s>", "</s>"),
}
COMPLETE = ["CLIPTokenizer", "GPT2Tokenizer", "GemmaTokenizer", "LlamaTokenizer", "Qwen2Tokenizer", "RobertaTokenizer"]
PYTHON = ["CTRLTokenizer", "EsmTokenizer", "FSMTTokenizer", "MarianTokenizer", "PhobertTokenizer", "TapasTokenizer"]


@pytest.mark.parametrize("name", FAST)
def test_a_class_is_loaded_as_itself_with_its_special_tokens_and_an_alphabet(tmp_path, name):
    made = tinydata.make_tokenizer(None, tmp_path / "out", class_=name)

    read = AutoTokenizer.from_pretrained(made.path)
    ids = read(string.ascii_lowercase + " " + string.digits).input_ids
    assert type(read).__name__ in (name, "BartTokenizer")  # of which RoBERTa's is another name
    assert len(read) == made.vocab_size[1] <= 700
    assert read.unk_token_id not in ids[:-1]  # in CLIP it is the end, too
    assert set(FAST[name]) <= set(read.convert_ids_to_tokens(ids))
    assert [found for found in tinydata.check(made.path) if found.problem] == []


@pytest.mark.parametrize("name", COMPLETE)
def test_where_the_class_has_bytes_no_text_is_lost(tmp_path, name):
    read = AutoTokenizer.from_pretrained(tinydata.make_tokenizer(None, tmp_path / "out", class_=name).path)

    text = "größe 敏捷的 👩‍👩‍👧 naïve"

    assert read.decode(read(text).input_ids, skip_special_tokens=True).strip() == text


@pytest.mark.parametrize("name", PYTHON)
@pytest.mark.parametrize("more", [0, 30])
def test_a_class_of_python_alone_gets_files_of_its_own(tmp_path, name, more):
    floor = tinydata.make_tokenizer(None, tmp_path / "floor", class_=name).floor

    made = tinydata.make_tokenizer(None, tmp_path / "out", class_=name, vocab_size=floor + more)

    read = AutoTokenizer.from_pretrained(made.path)
    assert (type(read).__name__, len(read), made.floor) == (name, floor + more, floor)
    assert read.unk_token_id not in read("the tiny thing").input_ids
    assert "tokenizer.json" not in made.files
    assert [found for found in tinydata.check(made.path) if found.problem] == []


@pytest.mark.parametrize("size", [300, 3000])
@pytest.mark.parametrize("name", ["BertTokenizer", "GPT2Tokenizer", "T5Tokenizer"])
def test_the_size_is_filled_with_words(tmp_path, name, size):
    made = tinydata.make_tokenizer(None, tmp_path / "out", class_=name, vocab_size=size)

    assert len(AutoTokenizer.from_pretrained(made.path)) == size == made.vocab_size[1]
    assert Tokenizer.from_file(str(made.path / "tokenizer.json")).token_to_id("the") is not None


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama2", "specials-last", "t5", "whisper-gpt2", "word-level"])
def test_a_source_gives_its_special_tokens_and_its_alphabet(source, tmp_path, name):
    world = WORLDS[name]

    made = tinydata.make_tokenizer(source(name), tmp_path / "out", method="scratch", like=world.like)

    kept = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert made.vocab_size[1] == made.floor + 3 == kept.get_vocab_size()
    assert len(kept.get_added_tokens_decoder()) == made.specials
    assert [found for found in tinydata.check(made.path) if found.problem] == []


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama2", "t5"])
def test_made_up_words_are_used(source, tmp_path, name):
    made = tinydata.make_tokenizer(source(name), tmp_path / "out", method="scratch", vocab_size=1500)

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert "the" in [token.strip("▁Ġ") for token in read.encode("the").tokens]


def test_a_recipe_makes_the_same_again(tmp_path):
    made = tinydata.make_tokenizer(None, tmp_path / "out", class_="T5Tokenizer", vocab_size=250)

    assert made.recipe.commands == (
        ("tokenizer", "--vocab-size", "250", "--method", "scratch", "--class", "T5Tokenizer"),
    )
    assert tinydata.rebuild(made.path).differences == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--class", "T5Tokenizr"], "Invalid value for '--class': class 'T5Tokenizr': transformers has no tokenizer of this name: there is T5Tokenizer"),
        (["--class", "AutoTokenizer"], "Invalid value for '--class': class 'AutoTokenizer': transformers has no tokenizer of this name"),
        (["--class", "MarkupLMTokenizer"], "Invalid value for '--class': class 'MarkupLMTokenizer': cannot be built out of nothing: "),
        (["--class", "ByT5Tokenizer", "--vocab-size", "500"], "Invalid value for '--class': class 'ByT5Tokenizer': always has 384 tokens"),
        (["--class", "GPT2Tokenizer", "--vocab-size", "100"], "Invalid value for '--vocab-size': vocab_size 100: the smallest is 257 (1 special"),
        (["--class", "FSMTTokenizer", "--vocab-size", "100"], "Invalid value for '--vocab-size': vocab_size 100: the smallest is "),
        (["--class", "FSMTTokenizer", "--vocab-size", "0"], "Invalid value for '--vocab-size': vocab_size 0: at least 1 is needed"),
        (["--class", "T5Tokenizer", "there"], "Invalid value for '--class': class goes with no source, and with the method scratch alone"),
        (["--class", "T5Tokenizer", "--method", "truncate"], "Invalid value for '--class': class goes with no source, "),
        ([], "Missing argument 'SOURCE', or '--class'."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_up_is_refused_in_one_line(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["tokenizer", *words, "-o", "out"], prog_name="tinydata")

    assert told in result.stderr
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_the_errors_have_their_fields(tmp_path):
    with pytest.raises(UnknownClass) as caught:
        tinydata.make_tokenizer(None, tmp_path / "out", class_="NoTokenizer")
    assert caught.value.given == "NoTokenizer"
    with pytest.raises(BelowFloor) as below:
        tinydata.make_tokenizer(None, tmp_path / "out", class_="BertTokenizer", vocab_size=10)
    assert below.value.floor == 193


def test_no_path_of_this_machine_is_in_what_is_written(tmp_path):
    made = tinydata.make_tokenizer(None, tmp_path / "out", class_="FSMTTokenizer")

    texts = [file.read_text() for file in made.path.iterdir()]
    assert not any(str(tmp_path.parent.parent) in text or "tmp" in text for text in texts)
    assert json.loads((made.path / "tokenizer_config.json").read_text())["langs"] == ["en", "de"]
