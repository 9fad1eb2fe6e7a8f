"""Bad tokenizers, through the command line: one line that names the thing, and nothing is written."""

from __future__ import annotations

import base64
import json

import pytest
from click.testing import CliRunner

from tests.helpers import grow
from tinydata.cli import main

BPE = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
UNIGRAM = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]}


def tokenizer(model, **parts):
    return json.dumps({"version": "1.0", "model": model, **parts})


WORLDS = {
    "an empty folder": ({"t/": ""}, "t: an empty folder"),
    "no tokenizer": ({"t/notes.md": "hello"}, "t: no tokenizer: one of tokenizer.json, vocab.json + merges.txt, "),
    "JSON, but no tokenizer": ({"t/tokenizer.json": "{}"}, "t/tokenizer.json: no tokenizer: a model with a vocab is wanted"),
    "a list": ({"t/tokenizer.json": "[1]"}, "t/tokenizer.json: no tokenizer: a model with a vocab is wanted"),
    "an unknown family": (
        {"t/tokenizer.json": tokenizer({"type": "Magic", "vocab": {}})},
        "t/tokenizer.json: a tokenizer of the family Magic: there is BPE, Unigram, WordPiece, WordLevel",
    ),
    "JSON that breaks off": ({"t/tokenizer.json": '{"model": {"vocab": {"ä": 0'}, "t/tokenizer.json: no JSON: expecting ',' delimiter at byte 28"),
    "no UTF-8": ({"t/tokenizer.json": b'{"a": "\xff"}'}, "t/tokenizer.json: no UTF-8 at byte 7"),
    "no token": ({"t/tokenizer.json": tokenizer({**BPE, "vocab": {}, "merges": []})}, "t/tokenizer.json: a vocabulary without a token"),
    "a merge whose product is missing": (
        {"t/tokenizer.json": tokenizer({**BPE, "merges": [["a", "b"], ["b", "a"]]})},
        "t/tokenizer.json: merge 1, 'b' and 'a': 'ba' is not in the vocabulary",
    ),
    "a merge whose part is missing": (
        {"t/tokenizer.json": tokenizer({**BPE, "merges": ["a c"]})},
        "t/tokenizer.json: merge 0, 'a' and 'c': 'c' is not in the vocabulary",
    ),
    "a merge of three": ({"t/tokenizer.json": tokenizer({**BPE, "merges": ["a b c"]})}, "t/tokenizer.json: merge 0 is 'a b c': two parts are wanted"),
    "merges that are no list": (
        {"t/tokenizer.json": tokenizer({**BPE, "merges": {}})},
        "t/tokenizer.json: no tokenizer: the model's merges is {}: a list is wanted",
    ),
    "two tokens with one id": (
        {"t/tokenizer.json": tokenizer({**BPE, "vocab": {"a": 0, "b": 1, "ab": 1}})},
        "t/tokenizer.json: 'b' and 'ab' have one id, 1",
    ),
    "an id that is no number": (
        {"t/tokenizer.json": tokenizer({**BPE, "vocab": {"a": 0, "b": 1, "ab": "2"}})},
        "t/tokenizer.json: token 'ab' has the id '2'",
    ),
    "a sequence of nothing": (
        {"t/tokenizer.json": tokenizer(BPE, post_processor={"type": "Sequence", "processors": None})},
        "t/tokenizer.json: no tokenizer: post_processor.processors is None: a list is wanted",
    ),
    "a score that is no number of JSON": (
        {"t/tokenizer.json": tokenizer({**UNIGRAM, "vocab": [["a", float("-inf")]]})},
        "t/tokenizer.json: no JSON: -Infinity is no number there",
    ),
    "an unk id out of range": ({"t/tokenizer.json": tokenizer({**UNIGRAM, "unk_id": 7})}, "t/tokenizer.json: unk_id 7: the vocabulary ends at 1"),
    "an unk token that is not there": (
        {"t/tokenizer.json": tokenizer({"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[UNK]"})},
        "t/tokenizer.json: the unk token '[UNK]' is not in the vocabulary",
    ),
    "a normalizer that there is not": (
        {"t/tokenizer.json": tokenizer(BPE, normalizer={"type": "Magic"})},
        "t: `tokenizers` refuses it: ",
    ),
    "a pattern that is none": (
        {"t/tokenizer.json": tokenizer(BPE, pre_tokenizer={"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False})},
        "t: `tokenizers` refuses it: ",
    ),
    "a BPE unk token that is not there": (
        {"t/tokenizer.json": tokenizer({**BPE, "unk_token": "<unk>"})},
        "t/tokenizer.json: the unk token '<unk>' is not in the vocabulary",
    ),
    "a template of a token that there is not": (
        {"t/tokenizer.json": tokenizer(BPE, post_processor={"type": "BertProcessing", "sep": ["<s>", 0], "cls": ["<s>", 0]})},
        "t/tokenizer.json: the post-processor names '<s>', and there is no such token",
    ),
    "a template that contradicts itself": (
        {"t/tokenizer.json": tokenizer(BPE, post_processor={"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "a", "type_id": 0}}], "pair": [], "special_tokens": {}})},
        "t: `tokenizers` refuses it: ",
    ),
    "a prefix longer than a token": (
        {"t/tokenizer.json": tokenizer({**BPE, "continuing_subword_prefix": "####"})},
        "t: `tokenizers` refuses it: ",
    ),
    "an id beyond all bounds": (
        {"t/tokenizer.json": tokenizer({**BPE, "vocab": {"a": 0, "b": 1, "ab": 99999999999}})},
        "t/tokenizer.json: token 'ab' has the id 99999999999",
    ),
    "half a character": (
        {"t/tokenizer.json": tokenizer({**BPE, "vocab": {"a": 0, "b": 1, "ab": 2, "\ud800": 3}})},
        "t/tokenizer.json: token '\\ud800' is no text",
    ),
    "an added token without a name": ({"t/tokenizer.json": tokenizer(BPE, added_tokens=[{"id": 3}])}, "t/tokenizer.json: no tokenizer: "),
    "added tokens of another shape": (
        {"t/tokenizer.json": tokenizer(BPE), "t/tokenizer_config.json": '{"added_tokens_decoder": [1, 2]}'},
        "t/tokenizer_config.json: added_tokens_decoder: an object of ids and tokens is wanted, not [1, 2]",
    ),
    "special tokens of another shape": (
        {"t/tokenizer.json": tokenizer(BPE), "t/special_tokens_map.json": '{"additional_special_tokens": 5}'},
        "t/special_tokens_map.json: additional_special_tokens: a list or an object of tokens is wanted, not 5",
    ),
    "an added token whose id is no number": (
        {"t/tokenizer.json": tokenizer(BPE), "t/added_tokens.json": '{"x": "3"}'},
        "t/added_tokens.json: token 'x' has the id '3'",
    ),
    "a vocabulary that is a list": ({"t/vocab.json": '["a"]', "t/merges.txt": "a b\n"}, "t/vocab.json: a JSON object is wanted"),
    "merges that are no UTF-8": ({"t/vocab.json": '{"a": 0}', "t/merges.txt": b"#version\na \xff\n"}, "t/merges.txt: no UTF-8 at byte 11"),
    "a merge in a file whose part is missing": ({"t/vocab.json": '{"a": 0, "b": 1}', "t/merges.txt": "a b\n"}, "t/merges.txt: merge 0, 'a' and 'b': 'ab' is not in the vocabulary"),
    "lines that are no UTF-8": ({"t/vocab.txt": b"[PAD]\n\xff\n"}, "t/vocab.txt: no UTF-8 at byte 6"),
    "a config that is none": ({"t/tokenizer.json": tokenizer(BPE), "t/config.json": "{"}, "t/config.json: no JSON: "),
    "a sentencepiece model that breaks off": ({"t/spiece.model": b"\n\x08\n\x01a\x15\x00\x00\x80?\n\x20\n"}, "t/spiece.model: no sentencepiece model: breaks off at byte 10"),
    "no sentencepiece model": ({"t/spiece.model": b"hello, this is no model"}, "t/spiece.model: no sentencepiece model: "),
    "an empty model": ({"t/spiece.model": b""}, "t/spiece.model: no sentencepiece model: it holds no piece"),
    "no base64": ({"t/a.tiktoken": "IQ== 0\n!!! 1\n"}, "t/a.tiktoken, line 2: a token in base64 and its rank are wanted"),
    "a rank that is none": ({"t/a.tiktoken": "IQ== one\n"}, "t/a.tiktoken, line 1: a token in base64 and its rank are wanted"),
    "no tekken": ({"t/tekken.json": '{"vocab": []}'}, "t/tekken.json: no tekken file: KeyError: 'config'"),
    "a vocabulary of something else": ({"t/vocab.txt": "red\ngreen\n"}, "t/vocab.txt: no vocabulary of BERT's: [UNK] is not in it"),
    "merges of three": ({"t/vocab.json": '{"a": 0}', "t/merges.txt": "#version\na b c\n"}, "t/merges.txt, line 2: a merge has two parts, not 3"),
    "bytes only": ({"t/tokenizer_config.json": '{"tokenizer_class": "ByT5Tokenizer"}'}, "t: nothing to shrink: its tokens are the 256 bytes"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return CliRunner().invoke(main, ["tokenizer", *map(str, words)], prog_name="tinydata", catch_exceptions=False)


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_wrong_is_named_in_one_line(here, name, capfd):
    world, fact = WORLDS[name]
    grow(here, world)

    result = run("t", "--vocab-size", 2, "-o", "out")

    assert capfd.readouterr() == ("", "")  # what Rust says of a panic goes past Python
    assert result.stderr.startswith(f"Error: {fact}"), result.stderr
    assert (result.exit_code, result.stdout, sorted(path.name for path in here.iterdir())) == (1, "", ["t"])


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--vocab-size", 0], 2, "Error: Invalid value for '--vocab-size': vocab_size 0: at least 1 is needed, at most 258\n"),
        (["--vocab-size", 259], 2, "Error: Invalid value for '--vocab-size': vocab_size 259: at least 1 is needed, at most 258\n"),
        (["--vocab-size", 3], 2, "Error: Invalid value for '--vocab-size': vocab_size 3: the smallest is 256 (0 special and added tokens, 256 of the alphabet)\n\nhint: `--vocab-size 256`\n"),
        (["--corpus", "none.txt"], 1, "Error: no source none.txt: no such file or folder\n\nhint: give the path of a file or a folder\n"),
        (["--corpus", "empty.txt"], 1, "Error: empty.txt: no text in it\n"),
        (["--corpus", "latin.txt"], 1, "Error: latin.txt: no UTF-8 at byte 3\n"),
        (["--vocab-size", 260, "--method", "retrain", "--corpus", "words.md", "--like", "gpt2"], 2, "Error: Invalid value for '--vocab-size': vocab_size 260: at least 1 is needed, at most 259\n"),
        (["--vocab-size", 260, "--method", "scratch", "--like", "gpt2"], 2, "Error: Invalid value for '--vocab-size': vocab_size 260: at least 1 is needed, at most 259\n"),
        (["--method", "corpus"], 2, "Error: Invalid value for '--method': method corpus takes a corpus\n"),
        (["--method", "retrain"], 2, "Error: Invalid value for '--method': method retrain takes a corpus\n"),
        (["--method", "truncate", "--corpus", "words.md"], 2, "Error: Invalid value for '--method': method truncate takes no corpus\n"),
        (["--class", "T5Tokenizer"], 2, "Error: Invalid value for '--class': class goes with no source, and with the method scratch alone\n"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else None,
)  # fmt: skip
def test_what_is_asked_for_and_cannot_be_is_refused(here, words, code, told):
    ranks = [*(bytes([byte]) for byte in range(256)), b"th", b"the"]
    lines = "".join(f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(ranks))
    grow(here, {"t/a.tiktoken": lines, "empty.txt": "\n \n", "words.md": "the\n", "latin.txt": b"caf\xe9"})

    result = run("t", "-o", "out", *words)

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", told)
    assert not (here / "out").exists()


def test_a_vocabulary_with_equal_lines_has_its_holes_closed_and_says_so(here):
    grow(here, {"t/vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\na\n##b\n"})

    result = run("t", "--vocab-size", 7, "-o", "out")

    assert "note: holes in the ids closed: 1" in result.stderr
    assert (here / "out" / "vocab.txt").read_text() == "[PAD]\n[UNK]\n[CLS]\n[SEP]\nb\na\n##b\n"


@pytest.mark.parametrize("words", [["--method", "scratch"], ["--method", "retrain", "--corpus", "words.md"]])
def test_a_tiktoken_file_without_a_layout_is_not_made_anew(here, words):
    lines = "".join(f"{base64.b64encode(bytes([byte])).decode()} {byte}\n" for byte in range(256))
    grow(here, {"t/a.tiktoken": lines, "words.md": "the\n"})

    result = run("t", "-o", "out", *words)

    assert (result.exit_code, result.stderr) == (
        1,
        "Error: t: a layout is wanted to make its tokens anew: a.tiktoken tells of none\n",
    )


def test_a_target_that_exists_is_kept(here):
    grow(here, {"t/tokenizer.json": tokenizer(BPE), "out/mine.txt": "mine"})

    result = run("t", "-o", "out")

    assert (result.exit_code, result.stderr.split("\n")[0]) == (1, "Error: out exists")
    assert (here / "out" / "mine.txt").read_text() == "mine"
