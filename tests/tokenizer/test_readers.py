"""What the libraries of the native files make of the results: sentencepiece, tiktoken, CLIP's numbering, AutoTokenizer."""

from __future__ import annotations

import gzip
import json

import pytest
import sentencepiece
import tiktoken
from tiktoken.load import load_tiktoken_bpe
from tokenizers import Tokenizer

import tinydata
from tests.helpers import grow
from tests.tokenizer.world import WORLDS
from tinydata.tokenizer.probes import probes
from tinydata.tokenizer.vocabulary import BYTE_CHARS

MODELS = ["albert", "llama2", "mistral", "t5", "t5-model", "uri250k", "xlnet"]


@pytest.mark.parametrize("size", [None, 3000])
@pytest.mark.parametrize("name", MODELS)
def test_sentencepiece_encodes_a_text_of_kept_pieces_the_same(source, shrunk, name, size):
    model = next(shrunk(name, size).path.glob("*.model"))
    at = source(name) / model.name if source(name).is_dir() else source(name)
    old = sentencepiece.SentencePieceProcessor(model_file=str(at))
    new = sentencepiece.SentencePieceProcessor(model_file=str(model))
    pieces = [new.id_to_piece(place) for place in range(new.get_piece_size())]
    ids = {old.piece_to_id(piece): place for place, piece in enumerate(pieces)}

    for text in probes([piece.replace("▁", " ") for piece in pieces], 1000):
        before = old.encode(text)
        assert not all(place in ids for place in before) or new.encode(text) == [ids[place] for place in before], text
    for role in ("unk_id", "bos_id", "eos_id", "pad_id"):
        assert getattr(new, role)() == ids.get(getattr(old, role)(), -1)


@pytest.mark.parametrize("name", ["whisper", "whisper-gpt2"])
def test_tiktoken_encodes_a_text_of_kept_tokens_the_same(source, shrunk, name):
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    (written,) = shrunk(name, 3000).path.glob("*.tiktoken")
    old, new = (
        tiktoken.Encoding("tried", pat_str=pattern, mergeable_ranks=load_tiktoken_bpe(str(at)), special_tokens={})
        for at in (source(name), written)
    )
    tokens = {new.decode_single_token_bytes(place): place for place in range(new.n_vocab)}
    ids = {old.encode_single_token(token): place for token, place in tokens.items() if token}

    for text in probes([token.decode("utf-8", "replace") for token in tokens], 1000):
        before = old.encode_ordinary(text)
        assert not all(place in ids for place in before) or new.encode_ordinary(text) == [
            ids[place] for place in before
        ]
        assert new.decode(new.encode_ordinary(text)) == text


def test_a_tiktoken_file_alone_gives_no_layout_and_says_so(shrunk):
    made = shrunk("whisper", 3000)

    assert made.files == ("multilingual.tiktoken", "token_map.json")
    assert made.notes == ("no tokenizer.json: multilingual.tiktoken tells neither pattern nor special tokens",)


def test_clip_numbers_the_merges_as_the_map_does(shrunk):
    path = shrunk("clip", 3000).path
    merges = gzip.decompress((path / "bpe_simple_vocab_16e6.txt.gz").read_bytes()).decode().split("\n")[1:-1]
    chars = list(BYTE_CHARS.values())

    tokens = [*chars, *(char + "</w>" for char in chars), *("".join(merge.split()) for merge in merges)]

    vocab = json.loads((path / "tokenizer.json").read_bytes())["model"]["vocab"]
    assert vocab == {token: place for place, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


@pytest.mark.parametrize("name", [name for name in WORLDS if name != "whisper"])
def test_check_finds_nothing_wrong_in_tokenizers_and_auto_tokenizer(shrunk, name):
    findings = tinydata.check(shrunk(name, WORLDS[name].sizes[-1]).path)

    assert [finding for finding in findings if finding.problem] == []
    assert len(findings) == 1  # the family and the size


def test_robertas_template_is_put_around_its_vocabulary(source, tmp_path):
    vocab = json.loads((source("gpt2") / "vocab.json").read_bytes())
    specials = {token: place for place, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])}
    moved = {token: place + 5 for token, place in vocab.items() if token != "<|endoftext|>"}
    (tmp_path / "vocab.json").write_text(json.dumps({**specials, **moved}))
    (tmp_path / "merges.txt").write_bytes((source("gpt2") / "merges.txt").read_bytes())

    made = tinydata.make_tokenizer(tmp_path, tmp_path / "small", vocab_size=1000)

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert (made.floor, made.specials) == (261, 5)
    assert read.encode("on the").tokens == ["<s>", "on", "Ġthe", "</s>"]
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []


def test_a_folder_of_a_llama_class_comes_out_as_sentencepiece_has_it(source, tmp_path):
    grow(tmp_path, {
        "tokenizer.model": (source("llama2") / "tokenizer.model").read_bytes(),
        "tokenizer_config.json": json.dumps({"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>"}),
    })  # fmt: skip

    made = tinydata.make_tokenizer(tmp_path, tmp_path / "small", vocab_size=1000)

    config = json.loads((made.path / "tokenizer_config.json").read_bytes())
    assert config == {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []
