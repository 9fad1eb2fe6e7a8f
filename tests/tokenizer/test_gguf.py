"""The vocabulary of a GGUF file encodes as the files that it was made of."""

from __future__ import annotations

import json

import numpy as np
import pytest
from gguf import GGUFWriter
from tokenizers import Tokenizer

import tinydata
from tinydata.errors import BadSource, DamagedSource
from tinydata.tokenizer.files import find_forms
from tinydata.tokenizer.files.gguf_words import PRE_TOKENIZERS
from tinydata.tokenizer.files.sentencepiece_model import BYTE, CONTROL, NORMAL, UNKNOWN, read_model
from tinydata.tokenizer.origin import open_origin
from tinydata.tokenizer.probes import probes
from tinydata.tokenizer.raw import to_tokenizer
from tinydata.tokenizer.single import read_vocabulary
from tinydata.tokenizer.vocabulary import BYTE_CHARS


def vocabulary_of(path):
    origin = open_origin(path)
    return read_vocabulary(origin, find_forms(origin))


def write(path, model, **facts):
    writer = GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    for name, value in facts.items():
        getattr(writer, f"add_{name}")(value)
    writer.add_tensor("token_embd.weight", np.zeros((2, 2), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def of_merges(source, path, pre, **facts):
    known = vocabulary_of(source)
    tokens = sorted(known.ids, key=known.ids.get)
    special = {token["content"] for token in known.added}
    return write(
        path,
        "gpt2",
        tokenizer_pre=pre,
        token_list=tokens,
        token_types=[CONTROL if token in special else NORMAL for token in tokens],
        token_merges=[" ".join(pair) for pair in known.merges],
        **facts,
    )


def of_model(source, path, model, **facts):
    read = read_model(source.read_bytes(), source)
    if read.charsmap:
        facts["precompiled_charsmap"] = read.charsmap
    return write(path, model, token_list=read.texts, token_scores=read.scores, token_types=read.kinds, **facts)


@pytest.mark.parametrize(("name", "pre"), [("gpt2", "gpt-2"), ("qwen2", "qwen2")])
def test_byte_level_merges_are_read_with_the_pattern_that_is_named(shrunk, tmp_path, name, pre):
    folder = shrunk(name, 3000).path
    path = of_merges(folder, tmp_path / "a.gguf", pre, eos_token_id=2999, add_bos_token=False)

    known, read = vocabulary_of(folder), vocabulary_of(path)

    old, new = to_tokenizer(known, path), to_tokenizer(read, path)
    assert read.ids == known.ids
    assert all(old.encode(text).ids == new.encode(text).ids for text in probes(sorted(known.ids), 1000))


@pytest.mark.parametrize(
    ("pre", "words"),
    [
        ("gpt-2", ["a", " 1234", "\n\n", " b", "!?"]),
        ("starcoder", ["a", " ", "1", "2", "3", "4", "\n\n", " b", "!?"]),
        ("qwen2", ["a", " ", "1", "2", "3", "4", "\n\n", " b", "!?"]),
        ("llama-bpe", ["a", " ", "123", "4", "\n\n", " b", "!?"]),
        ("deepseek-llm", ["a", " ", "1234", "\n", "\n", " b", "!?"]),
        ("deepseek-coder", ["a", " ", "1", "2", "3", "4", "\n", "\n", " b", "!?"]),
        ("deepseek-v3", ["a", " ", "123", "4", "\n\n", " b", "!?"]),
        ("falcon", ["a", " ", "123", "4", "\n\n", " b", "!?"]),
        ("bloom", ["a", " 1234", "\n\n", " b", "!?"]),
        (None, ["a", " ", "123", "4", "\n\n", " b", "!?"]),
    ],
)
def test_each_pre_tokenizer_cuts_as_llama_cpp_does(tmp_path, pre, words):
    facts = {"tokenizer_pre": pre} if pre else {}
    tokens = [*BYTE_CHARS.values()]
    path = write(tmp_path / "a.gguf", "gpt2", token_list=tokens, token_types=[NORMAL] * 256, **facts)

    made = to_tokenizer(vocabulary_of(path), path)

    text = "a 1234\n\n b!?"
    assert [text[first:end] for _, (first, end) in made.pre_tokenizer.pre_tokenize_str(text)] == words


@pytest.mark.parametrize("pre", sorted(PRE_TOKENIZERS))
def test_no_pattern_is_refused_by_tokenizers(tmp_path, pre):
    path = write(tmp_path / "a.gguf", "gpt2", tokenizer_pre=pre, token_list=[*BYTE_CHARS.values()])

    made = to_tokenizer(vocabulary_of(path), path)

    assert made.decode(made.encode("x² Größe, 123 狐狸").ids) in ("x² Größe, 123 狐狸", "x² Größe, 123 狐狸")


def test_berts_words_get_their_mark_back(source, tmp_path):
    known = vocabulary_of(source("bert"))
    tokens = [
        token if token.startswith("[") and token.endswith("]") else token.removeprefix("##") if token.startswith("##") else f"▁{token}"
        for token in known.order
    ]  # fmt: skip
    special = {token["content"] for token in known.added}
    kinds = [CONTROL if token in special else NORMAL for token in known.order]
    path = write(tmp_path / "bert.gguf", "bert", token_list=tokens, token_types=kinds, unk_token_id=100)

    read = vocabulary_of(path)

    assert (read.pieces, read.frame) == (known.pieces, known.frame | {"normalizer": read.frame["normalizer"]})
    assert read.frame["normalizer"] == {**known.frame["normalizer"], "strip_accents": True}


def test_gemmas_merges_are_of_characters(tmp_path):
    tokens = ["<unk>", "<bos>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "▁a", "▁ab"]
    kinds = [UNKNOWN, CONTROL, *[BYTE] * 256, *[NORMAL] * 5]
    merges = ["▁ a", "▁a b"]
    facts = {"bos_token_id": 1, "unk_token_id": 0}
    path = write(tmp_path / "a.gguf", "gemma4", token_list=tokens, token_types=kinds, token_merges=merges, **facts)

    made = to_tokenizer(vocabulary_of(path), path)

    assert made.encode("b ab c").tokens == ["<bos>", "b", "▁ab", "▁", "<0x63>"]
    assert made.decode(made.encode("b ab ç").ids) == "b ab ç"


@pytest.mark.parametrize(("name", "model"), [("llama2", "llama"), ("albert", "t5")])
def test_pieces_are_read_as_sentencepiece_has_them(source, tmp_path, name, model):
    folder = source(name)
    file = next(folder.glob("*.model"))
    space = {"add_space_prefix": True, "remove_extra_whitespaces": name == "albert"}
    path = of_model(file, tmp_path / f"{name}.gguf", model, add_bos_token=False, add_eos_token=False, **space)

    known, read = vocabulary_of(file), vocabulary_of(path)

    old, new = to_tokenizer(known, path), to_tokenizer(read, path)
    words = [token.replace("▁", " ") for token in list(known.pieces)[:5000]]
    assert all(old.encode(text).ids == new.encode(text).ids for text in probes(words, 1000))


def test_it_is_written_as_a_tokenizer_json_with_its_names_and_its_template(source, tmp_path):
    path = of_model(
        source("llama2") / "tokenizer.model",
        tmp_path / "llama.gguf",
        "llama",
        bos_token_id=1,
        eos_token_id=2,
        unk_token_id=0,
        add_eos_token=True,
        chat_template="{{ messages }}",
    )

    made = tinydata.make_tokenizer(path, tmp_path / "out", vocab_size=1000)

    config = json.loads((made.path / "tokenizer_config.json").read_bytes())
    assert made.files == ("token_map.json", "tokenizer.json", "tokenizer_config.json")
    assert (config["bos_token"], config["eos_token"], config["unk_token"]) == ("<s>", "</s>", "<unk>")
    assert config["chat_template"] == "{{ messages }}"
    assert Tokenizer.from_file(str(made.path / "tokenizer.json")).encode("the").tokens == ["<s>", "▁the", "</s>"]
    assert [found for found in tinydata.check(made.path) if found.problem] == []
    assert list(made.recipe.inputs) == ["llama.gguf"]
    assert tinydata.rebuild(made.path).differences == ()


def test_llama_3_begins_a_text_unless_the_file_says_no(shrunk, tmp_path):
    for told, begins in ((None, True), (False, False), (True, True)):
        facts = {} if told is None else {"add_bos_token": told}
        path = of_merges(shrunk("gpt2", 1000).path, tmp_path / f"{told}.gguf", "llama-bpe", bos_token_id=999, **facts)

        ids = to_tokenizer(vocabulary_of(path), path).encode("hi").ids

        assert (ids[0] == 999) == begins


@pytest.mark.parametrize(
    ("model", "facts", "told"),
    [
        ("gpt2", {"tokenizer_pre": "magic"}, "the pre-tokenizer 'magic' cannot be written as a tokenizer.json exactly: there is gpt-2, "),
        ("rwkv", {}, "a vocabulary of 'rwkv', which no tokenizer.json holds: there is gpt2, gemma4, bert, llama, t5"),
        ("bert", {}, r"no vocabulary of BERT's: \[UNK\] is not in it"),
    ],
)  # fmt: skip
def test_what_cannot_be_named_exactly_is_refused(tmp_path, model, facts, told):
    path = write(tmp_path / "a.gguf", model, token_list=["a", "b"], **facts)

    with pytest.raises(BadSource, match=told):
        tinydata.make_tokenizer(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"GGUF", b"no gguf at all, but long enough", b"GGUF\x03\0\0\0" + b"\1\0\0\0\0\0\0\0" * 2 + b"\xff" * 8],
)
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "a.gguf").write_bytes(content)

    with pytest.raises(DamagedSource, match=r"a\.gguf: no GGUF file: "):
        tinydata.make_tokenizer(tmp_path / "a.gguf", tmp_path / "out")


def test_a_file_without_a_vocabulary_is_named(tmp_path):
    path = write(tmp_path / "a.gguf", "gpt2")

    with pytest.raises(DamagedSource, match=r"a\.gguf: no vocabulary in it"):
        tinydata.make_tokenizer(path, tmp_path / "out")
