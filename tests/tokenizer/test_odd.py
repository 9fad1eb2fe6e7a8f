"""Odd but real: what some tokenizers have and most have not."""

from __future__ import annotations

import json

import pytest
import transformers
from tokenizers import Tokenizer
from transformers import AutoTokenizer

import tinydata
from tests.helpers import grow
from tinydata.errors import BadCorpus, DamagedSource, UnknownSource
from tinydata.tokenizer.rebuilt import class_frames, frame_of
from tinydata.tokenizer.vocabulary import BYTE_CHARS

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


ALWAYS = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}
BYTES = {f"<0x{byte:02X}>": 3 + byte for byte in range(256)}
LLAMA = {
    **bpe(
        [("<unk>", 0), ("<s>", 1), ("</s>", 2)],
        {"<unk>": 0, "<s>": 1, "</s>": 2, **BYTES, "▁": 259, "a": 260, "b": 261, "▁a": 262, "▁▁": 263},
        [("▁", "a"), ("▁", "▁")],
        unk_token="<unk>",
        byte_fallback=True,
        fuse_unk=True,
    ),
    "normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    ]},
    "decoder": {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "whole", "words"),
    [
        ("LlamaTokenizer", LLAMA, {}),
        ("LlamaTokenizerFast", LLAMA, {"legacy": True}),
        ("LlamaTokenizer", {**LLAMA, "normalizer": None, "pre_tokenizer": ALWAYS}, {"legacy": True}),
        ("GPT2Tokenizer", {**bpe(()), "pre_tokenizer": {"type": "Digits", "individual_digits": True}}, {}),
        ("MarianTokenizer", LLAMA, {}),
    ],
)
def test_a_class_that_would_not_encode_as_the_tokenizer_json_says_makes_room(tmp_path, name, whole, words):
    config = {"tokenizer_class": name, "unk_token": "<unk>", **words}

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": config})

    name = name.removesuffix("Fast")
    config = json.loads((made.path / "tokenizer_config.json").read_bytes())
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert config.get("padding_side") == ("left" if name == "LlamaTokenizer" else None)
    assert (
        f"{name} would not encode as the tokenizer.json says: the class named is PreTrainedTokenizerFast" in made.notes
    )
    assert problems(made) == []


@pytest.mark.parametrize(
    ("scheme", "words"),
    [("first", {}), ("never", {"add_prefix_space": False})],
)
def test_a_class_that_encodes_as_the_tokenizer_json_says_stays(tmp_path, scheme, words):
    spaces = {**ALWAYS, "prepend_scheme": scheme}
    config = {"tokenizer_class": "LlamaTokenizer", **words}

    made = shrink(
        tmp_path,
        {"tokenizer.json": {**LLAMA, "normalizer": None, "pre_tokenizer": spaces}, "tokenizer_config.json": config},
    )

    assert json.loads((made.path / "tokenizer_config.json").read_bytes())["tokenizer_class"] == "LlamaTokenizer"
    assert problems(made) == []


@pytest.mark.parametrize("name", class_frames())
def test_what_is_known_of_a_class_is_what_it_makes(name):
    made = getattr(transformers, name)()

    known = class_frames()[name]
    assert known["frame"] == frame_of(json.loads(made.backend_tokenizer.to_str()))
    assert (known.get("padding_side", "right"), known["model_input_names"]) == (
        made.padding_side,
        made.model_input_names,
    )


def test_what_only_a_class_of_python_can_cut_is_refused(tmp_path):
    world = {
        "vocab.txt": "[UNK]\n[CLS]\n[SEP]\na\n",
        "tokenizer_config.json": {"tokenizer_class": "BertJapaneseTokenizer"},
    }

    with pytest.raises(UnknownSource, match=r"a tokenizer\.json is wanted: BertJapaneseTokenizer is of Python alone"):
        shrink(tmp_path, world)


def test_a_token_that_a_config_adds_and_that_gets_an_id_of_the_model_is_refused(tmp_path):
    world = {"tokenizer.json": bpe((), {**LETTERS, "i": 10}), "special_tokens_map.json": {"eos_token": "<x>"}}
    more = {"tokenizer_config.json": {"pad_token": "<y>", "tokenizer_class": "PreTrainedTokenizerFast"}}

    with pytest.raises(DamagedSource, match="have one id, 10"):
        shrink(tmp_path, {**world, **more})


SURE = [
    ["▁", -2.0],
    *([token, -3.0] for token in LETTERS),
    ["ab", -1.0],
    ["▁ab", -1.5],
    ["né", -1.0],
    ["é", -9.0],
    ["n", -9.0],
]


@pytest.mark.parametrize("words", [{}, {"vocab_size": 12}, {"method": "scratch"}, {"corpus": True}])
def test_a_unigram_that_knows_no_unknown_stays_one(tmp_path, words):
    spaces = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    whole = {"model": {"type": "Unigram", "unk_id": None, "vocab": SURE}, "pre_tokenizer": spaces}
    if "corpus" in words:
        (tmp_path / "mine.txt").write_text("né ab", encoding="utf-8")
        words = {"corpus": [tmp_path / "mine.txt"]}

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": FAST}, **words)

    assert json.loads((made.path / "tokenizer.json").read_bytes())["model"]["unk_id"] is None
    assert problems(made) == []


def test_a_corpus_that_cannot_be_encoded_is_named(tmp_path):
    whole = {"model": {"type": "Unigram", "unk_id": None, "vocab": SURE}}
    (tmp_path / "mine.txt").write_text("ab\nxyz\n")

    with pytest.raises(BadCorpus, match="corpus: 'xyz' has a character without a token"):
        shrink(tmp_path, {"tokenizer.json": whole}, corpus=[tmp_path / "mine.txt"])


def test_a_corpus_on_which_tokenizers_panics_is_an_error_in_one_line(tmp_path):
    strip = {"type": "Strip", "strip_left": True, "strip_right": True}
    token = {"id": 8, "content": "\n\n", **FLAGS, "normalized": True}  # nothing is left of it
    (tmp_path / "mine.txt").write_text("ab\n")

    with pytest.raises(DamagedSource, match="`tokenizers` refuses it: "):  # its words differ by version
        shrink(
            tmp_path,
            {"tokenizer.json": {**bpe(()), "normalizer": strip, "added_tokens": [token]}},
            corpus=[tmp_path / "mine.txt"],
        )


CHARS = {char: place for place, char in enumerate(BYTE_CHARS.values())}
LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


@pytest.mark.parametrize(
    ("vocab", "merges", "words"),
    [
        ({**CHARS, "th": 256, "the": 257}, [("t", "h"), ("th", "e")], {}),
        (
            {**CHARS, **{f"@@{char}": 256 + place for char, place in CHARS.items()}, "t@@h": 512},
            [],
            {"continuing_subword_prefix": "@@"},
        ),
        ({**CHARS, "@@h": 256, "th": 257}, [("t", "@@h")], {"continuing_subword_prefix": "@@"}),
    ],
    ids=["bytes", "bytes within words", "not all bytes within words"],
)
def test_bytes_that_no_decoder_joins_are_lost_by_none(tmp_path, vocab, merges, words):
    whole = {**bpe((), vocab, merges, **words), "pre_tokenizer": LEVEL}

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": FAST})

    old, new = Tokenizer.from_str(json.dumps(whole)), Tokenizer.from_file(str(made.path / "tokenizer.json"))
    shown = ["".join(read.encode("the thé").tokens).replace("@@", "") for read in (old, new)]
    assert shown[0] == shown[1]
    assert problems(made) == []


def test_a_processor_of_bytes_alone_makes_no_alphabet_of_bytes(tmp_path):
    vocab = {"▁": 0, **{byte: 1 + place for place, byte in enumerate(BYTES)}, "a": 257, "b": 258, "ab": 259, "▁ab": 260}
    whole = {
        **bpe((), vocab, [("a", "b"), ("▁", "ab")], byte_fallback=True),
        "pre_tokenizer": ALWAYS,
        "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
    }

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": FAST})

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert (made.floor, read.encode("ab").tokens) == (257, ["▁", "<0x61>", "<0x62>"])


def test_bytes_spell_the_mark_of_what_goes_on_too(tmp_path):
    vocab = {**{byte: place for place, byte in enumerate(BYTES)}, "a": 256, "@@b": 257, "ab": 258}
    whole = bpe((), vocab, [("a", "@@b")], byte_fallback=True, continuing_subword_prefix="@@")

    made = shrink(tmp_path, {"tokenizer.json": whole, "tokenizer_config.json": FAST})

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert read.encode("ab").tokens == ["<0x61>", "<0x40>", "<0x40>", "<0x62>"]
    assert problems(made) == []
