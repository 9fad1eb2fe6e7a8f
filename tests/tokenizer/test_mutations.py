"""Whatever is changed in the files of a tokenizer, what comes out is a tokenizer or one line that says what is wrong."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinydata
from tests.helpers import grow
from tinydata.errors import TinydataError
from tinydata.tokenizer.files.sentencepiece_model import CONTROL, NORMAL, UNKNOWN, USER_DEFINED, new_model

FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
LETTERS = {token: place for place, token in enumerate(["<unk>", "<s>", "</s>", "a", "b", "c", "ab", "abc"])}
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
}
SPACES = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
MODELS = {
    "BPE": {"type": "BPE", "vocab": LETTERS, "merges": [["a", "b"], ["ab", "c"]], "unk_token": "<unk>", "dropout": None},
    "Unigram": {"type": "Unigram", "unk_id": 0, "vocab": [[token, -float(place)] for token, place in LETTERS.items()]},
    "WordPiece": {"type": "WordPiece", "vocab": {**LETTERS, "##b": 8}, "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9},
    "WordLevel": {"type": "WordLevel", "vocab": LETTERS, "unk_token": "<unk>"},
}  # fmt: skip
CONFIGS = {
    "config.json": {"vocab_size": 10, "eos_token_id": 2, "text_config": {"vocab_size": 10, "bad_words_ids": [[3, 4]]}},
    "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "added_tokens_decoder": {"1": {"content": "<s>", **FLAGS}},
        "additional_special_tokens": ["<x>"],
        "eos_token": {"content": "</s>", **FLAGS},
    },
}
PIECES = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL), ("▁", -2.0, NORMAL), ("a", -1.0, NORMAL), ("<x>", 0.0, USER_DEFINED)]  # fmt: skip
ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from(
    ["<s>", "ab", [], {}, ["a"], [None], [["a", "b"]], {"a": 1}, {"type": "Magic"}, {"type": "ByteLevel"}]
)  # fmt: skip
QUICK = settings(max_examples=30, deadline=None, derandomize=True)  # a change of ours decides, not chance


def document(family):
    names = ("<s>", "</s>", "<x>")
    added = [{"id": place, "content": name, **FLAGS} for name, place in zip(names, (1, 2, 9), strict=True)]
    return {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": "BatchLongest", "direction": "Right", "pad_id": 2, "pad_type_id": 0, "pad_token": "</s>"},
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [SPACES]},
        "post_processor": {"type": "Sequence", "processors": [TEMPLATE]},
        "decoder": {"type": "Sequence", "decoders": [SPACES]},
        "model": MODELS[family],
    }  # fmt: skip


def ways(found, way=()):
    """The way to each thing within a JSON value."""
    if way:
        yield way
    for key in found if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ():
        yield from ways(found[key], (*way, key))


def change(draw, whole):
    """One thing dropped, replaced, doubled or put elsewhere."""
    changed = copy.deepcopy(whole)
    *way, last = draw(st.sampled_from(list(ways(changed))))
    place = changed
    for key in way:
        place = place[key]
    how = draw(st.sampled_from(["drop", "replace", "swap", "double"]))
    if how == "drop":
        del place[last]
    elif how == "replace":
        place[last] = draw(ODD)
    elif how == "swap":
        other = copy.deepcopy(changed)
        for key in draw(st.sampled_from(list(ways(changed)))):
            other = other[key]
        place[last] = other
    elif isinstance(place, list):
        place.insert(last, copy.deepcopy(place[last]))
    else:
        place[f"{last} "] = copy.deepcopy(place[last])
    return changed


def outcome(files, **words):
    """Shrink; only an error of ours may come, in one line, and then nothing is there."""
    with tempfile.TemporaryDirectory() as scratch:
        grow(Path(scratch) / "whole", files)
        told = None
        try:
            tinydata.make_tokenizer(Path(scratch) / "whole", Path(scratch) / "small", **words)
        except TinydataError as error:
            told = str(error)
        left = sorted(path.name for path in Path(scratch).iterdir())
    assert told is None or ("\n" not in told and len(told) < 600 and left == ["whole"])


@pytest.mark.parametrize("family", MODELS)
@pytest.mark.parametrize("words", [{}, {"dry_run": True}, {"method": "scratch"}], ids=["floor", "dry run", "scratch"])
def test_a_tokenizer_json_that_is_changed_is_read_or_named(family, words):
    @QUICK
    @given(st.data())
    def law(data):
        changed = change(data.draw, document(family))
        outcome({"tokenizer.json": json.dumps(changed)}, **words)

    law()


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_is_changed_is_read_or_named(name):
    files = {"tokenizer.json": document("BPE"), **CONFIGS}

    @QUICK
    @given(st.data())
    def law(data):
        changed = {**files, name: change(data.draw, files[name])}
        outcome({file: json.dumps(content) for file, content in changed.items()})

    law()


NATIVE = {
    "tokenizer.json": json.dumps(document("BPE")).encode(),
    "spiece.model": new_model(PIECES),
    "a.tiktoken": b"IQ== 0\nIg== 1\nIWI= 2\n",
    "vocab.txt": b"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nab\n",
    "bpe_simple_vocab.txt": b"#version\na b\nb c</w>\n",
    "vocab.json": json.dumps(LETTERS).encode(),
    "tekken.json": json.dumps({"config": {"pattern": "a", "default_num_special_tokens": 1, "default_vocab_size": 3}, "vocab": [{"token_bytes": "YQ=="}, {"token_bytes": "Yg=="}]}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", NATIVE)
def test_a_file_that_is_cut_or_overwritten_is_read_or_named(name):
    content = NATIVE[name]
    beside = {"merges.txt": b"a b\nab c\n"} if name == "vocab.json" else {}

    @QUICK
    @given(st.integers(0, len(content)), st.binary(max_size=4), st.booleans())
    def law(place, put, cut):
        changed = content[:place] + put + (b"" if cut else content[place + len(put) :])
        outcome({name: changed, **beside})

    law()
