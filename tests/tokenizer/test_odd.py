"""Odd but real: what some tokenizers have and most have not."""

from __future__ import annotations

import json

import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

import tinydata
from tests.helpers import grow
from tinydata.errors import DamagedSource

FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
LETTERS = {letter: place for place, letter in enumerate("abcdefgh")}
FAST = '{"tokenizer_class": "PreTrainedTokenizerFast"}'


def bpe(added=(), vocab=LETTERS, merges=(), **settings):
    tokens = [{"id": place, "content": content, **FLAGS} for content, place in added]
    model = {"type": "BPE", "vocab": dict(vocab), "merges": [list(pair) for pair in merges], **settings}
    return {"version": "1.0", "added_tokens": tokens, "model": model}


def shrink(tmp_path, world, **words):
    world = {
        name: json.dumps(content) if isinstance(content, (dict, list)) else content for name, content in world.items()
    }
    grow(tmp_path / "whole", world)
    return tinydata.make_tokenizer(tmp_path / "whole", tmp_path / "small", **words)


def problems(made):
    return [finding.fact for finding in tinydata.check(made.path) if finding.problem]


@pytest.mark.parametrize(
    ("added", "vocab"),
    [
        ([("<x>", 20), ("<y>", 30)], LETTERS),
        ([("<y>", 9), ("<x>", 8)], LETTERS),
        ([("<x>", 1), ("<y>", 3)], LETTERS),
        ([("<x>", 8), ("<y>", 8)], LETTERS),
        ([("<x>", 8), ("<x>", 9)], LETTERS),
        ([("a", 5), ("<x>", 8)], LETTERS),
        ([("<x>", 8)], {**LETTERS, "i": 12}),
    ],
    ids=["gaps", "backwards", "an id of the model", "one id for two", "twice", "a letter", "gaps in the model"],
)
def test_the_map_has_the_ids_that_tokenizers_gives_whatever_the_file_says(tmp_path, added, vocab):
    whole = bpe(added, vocab)

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": FAST})

    old, new = Tokenizer.from_str(json.dumps(whole)), Tokenizer.from_file(str(made.path / "tokenizer.json"))
    table = json.loads((made.path / "token_map.json").read_bytes())["new_to_old"]
    assert [old.id_to_token(place) for place in table] == [new.id_to_token(place) for place in range(len(table))]
    assert (len(table), problems(made)) == (old.get_vocab_size(), [])


def test_ids_that_the_file_has_otherwise_are_told(tmp_path):
    made = shrink(tmp_path, {"tokenizer.json": bpe([("<x>", 20)])})

    assert made.notes == ("`tokenizers` gives added tokens other ids than the file: '<x>' 8, not 20",)


def test_a_list_of_added_tokens_that_is_null_is_none(tmp_path):
    made = shrink(tmp_path, {"tokenizer.json": bpe(()), "tokenizer_config.json": '{"added_tokens_decoder": null}'})

    assert problems(made) == []


def test_an_added_token_that_gets_an_id_of_the_model_is_refused(tmp_path):
    with pytest.raises(DamagedSource, match="'i' and '<x>' have one id, 9"):
        shrink(tmp_path, {"tokenizer.json": bpe([("<x>", 10)], {**LETTERS, "i": 9})})


def test_dropout_stays_and_disturbs_no_trial(tmp_path):
    merges = [("a", "b"), ("c", "d"), ("ab", "cd"), ("e", "f")]
    vocab = {**LETTERS, "ab": 8, "cd": 9, "abcd": 10, "ef": 11}

    made = shrink(tmp_path, {"tokenizer.json": bpe((), vocab, merges, dropout=0.5)}, vocab_size=11)

    assert json.loads((made.path / "tokenizer.json").read_bytes())["model"]["dropout"] == 0.5
    assert problems(made) == []


def test_bytes_that_are_not_all_there_are_letters_like_others(tmp_path):
    vocab = {"<unk>": 0, **{letter: place + 1 for letter, place in LETTERS.items()}, "<0xC3>": 9, "<0xA4>": 10}

    made = shrink(tmp_path, {"tokenizer.json": bpe((), vocab, byte_fallback=True, unk_token="<unk>")})

    assert Tokenizer.from_file(str(made.path / "tokenizer.json")).encode("aä").tokens == ["a", "<0xC3>", "<0xA4>"]
    assert problems(made) == []


def test_templates_of_chats_stay_those_in_a_folder_too(tmp_path):
    made = shrink(tmp_path, {
        "tokenizer.json": bpe([("<x>", 8)]),
        "tokenizer_config.json": FAST,
        "chat_template.jinja": "{{ 'one' }}",
        "additional_chat_templates/tools.jinja": "{{ 'two' }}",
    })  # fmt: skip

    read = AutoTokenizer.from_pretrained(made.path)
    chat = [{"role": "user", "content": "a"}]
    chats = [read.apply_chat_template(chat, chat_template=name, tokenize=False) for name in ("default", "tools")]
    assert chats == ["one", "two"]
    assert tinydata.rebuild(made.path).differences == ()


def test_special_tokens_that_only_their_map_names_stay(tmp_path):
    merges = [("a", "b"), ("c", "d")]
    world = {
        "vocab.json": {**LETTERS, "ab": 8, "cd": 9, "<end>": 10},
        "merges.txt": "".join(f"{left} {right}\n" for left, right in merges),
        "special_tokens_map.json": {"eos_token": "<end>"},
    }

    made = shrink(tmp_path, world, vocab_size=10)

    assert Tokenizer.from_file(str(made.path / "tokenizer.json")).encode("a<end>").tokens == ["a", "<end>"]
    assert (made.path / "merges.txt").read_text() == "a b\n"
    assert problems(made) == []


@pytest.mark.parametrize(
    "configs",
    [
        {"special_tokens_map.json": {"pad_token": "<pad>", "eos_token": "h"}},
        {"tokenizer_config.json": {"pad_token": "<pad>", "eos_token": "h", "tokenizer_class": "PreTrainedTokenizerFast"}},
        {"tokenizer_config.json": {"added_tokens_decoder": {"30": {"content": "<pad>", **FLAGS}, "7": {"content": "h", **FLAGS}}}},
        {"added_tokens.json": {"<pad>": 40}, "special_tokens_map.json": {"pad_token": "<pad>", "eos_token": "h"}},
    ],
    ids=["map", "config", "decoder", "added"],
)  # fmt: skip
def test_tokens_that_only_a_config_names_are_added_as_auto_tokenizer_does(tmp_path, configs):
    whole = {"tokenizer.json": bpe([("<x>", 8)]), "tokenizer_config.json": FAST, **configs}

    made = shrink(tmp_path, whole)

    old, new = (AutoTokenizer.from_pretrained(path) for path in (tmp_path / "whole", made.path))
    assert (len(new), len(old)) == (10, 10)
    assert new("a<pad>h<x>").input_ids == old("a<pad>h<x>").input_ids == [0, 9, 7, 8]
    assert problems(made) == []


@pytest.mark.parametrize("lines", [b"\xef\xbb\xbf%s", b"%s"], ids=["with a mark", "plain"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["Windows", "Unix"])
@pytest.mark.parametrize("config", [{}, {"do_lower_case": False}, {"do_lower_case": True, "strip_accents": False}])
def test_berts_lines_are_the_same_with_any_end_and_mark(tmp_path, lines, end, config):
    tokens = [b"[PAD]", b"[UNK]", b"[CLS]", b"[SEP]", b"[MASK]", *(bytes([char]) for char in range(97, 123)), b"\xc3\xa4", b"##b", b"ab"]  # fmt: skip
    world = {"vocab.txt": lines % end.join((*tokens, b"")), "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", **config}}  # fmt: skip

    made = shrink(tmp_path, world, vocab_size=34)

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    lower, accents = config.get("do_lower_case", True), config.get("strip_accents") is False
    letter = "ä" if accents or not lower else "a"
    assert read.encode("A ä").tokens == ["[CLS]", "a" if lower else "[UNK]", letter, "[SEP]"]
    assert problems(made) == []


def test_scores_that_are_all_equal_do(tmp_path):
    vocab = [["<unk>", -1.0], *([token, -1.0] for token in ("▁", *LETTERS, "ab", "abc", "▁ab"))]
    whole = {"model": {"type": "Unigram", "unk_id": 0, "vocab": vocab}, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}}  # fmt: skip

    made = shrink(tmp_path, {"tokenizer.json": whole}, vocab_size=12)

    assert problems(made) == []


def test_a_lone_file_is_checked_as_a_folder_is(tmp_path):
    made = shrink(tmp_path, {"tokenizer.json": bpe(), "tokenizer_config.json": FAST})
    file = made.path / "tokenizer.json"

    assert [(found.path, found.problem) for found in tinydata.check(file)] == [(str(file), False)]


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_what_is_broken_is_told_once_and_where_it_lies(tmp_path, name):
    made = shrink(tmp_path, {"tokenizer.json": bpe(), "tokenizer_config.json": FAST})
    (made.path / name).write_text("{")

    (found,) = tinydata.check(made.path)

    assert (found.path, found.fact[:9], found.problem) == (str(made.path / name), "no JSON: ", True)


def test_a_config_with_an_id_past_the_vocabulary_is_named_where_it_lies(tmp_path):
    made = shrink(tmp_path, {"tokenizer.json": bpe(), "config.json": {"vocab_size": 99}})
    (made.path / "config.json").write_text('{"vocab_size": 4, "eos_token_id": 77}')

    assert {found.path for found in tinydata.check(made.path) if found.problem} == {str(made.path / "config.json")}
