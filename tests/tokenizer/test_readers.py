"""What the libraries of the native files make of the results: sentencepiece, tiktoken, CLIP's numbering, AutoTokenizer."""

from __future__ import annotations

import base64
import gzip
import io
import json

import pytest
import sentencepiece
import tiktoken
from tiktoken.load import load_tiktoken_bpe
from tokenizers import Tokenizer
from transformers import AutoTokenizer

import tinydata
from tests.helpers import grow
from tests.tokenizer.world import HOUSE, WORLDS
from tinydata.errors import UnknownSource
from tinydata.tokenizer.files.sentencepiece_model import CONTROL, NORMAL, UNKNOWN, new_model
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


@pytest.mark.parametrize("name", ["tokenizer.model", "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ranks_are_known_by_their_first_line(tmp_path, name, end):
    lines = [f"{base64.b64encode(bytes([byte])).decode()} {byte}" for byte in range(256)]
    (tmp_path / name).write_bytes("".join(f"{line}{end}" for line in lines).encode())

    made = tinydata.make_tokenizer(tmp_path / name, tmp_path / "out", like="llama3")

    assert (made.family, made.vocab_size, name in made.files) == ("BPE", (512, 512), True)
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []


def test_the_names_of_openai_are_those_of_its_own_files(source, tmp_path):
    for name, known in (("encoder.json", "vocab.json"), ("vocab.bpe", "merges.txt")):
        (tmp_path / name).write_bytes((source("gpt2") / known).read_bytes())

    made = tinydata.make_tokenizer(tmp_path / "vocab.bpe", tmp_path / "out", vocab_size=1000)

    same = tinydata.make_tokenizer(source("gpt2"), tmp_path / "same", vocab_size=1000)
    assert (made.path / "encoder.json").read_bytes() == (same.path / "vocab.json").read_bytes()
    assert (made.path / "vocab.bpe").read_bytes() == (same.path / "merges.txt").read_bytes()
    assert tinydata.check(made.path)[0].fact == "BPE, 1000 tokens"


def test_a_piece_that_only_looks_like_a_special_token_is_none(tmp_path):
    pieces = [("<unk>", 0.0, UNKNOWN), ("<s>", 0.0, CONTROL), ("</s>", 0.0, CONTROL), ("▁", -2.0, NORMAL), ("<sep>", -1.0, NORMAL)]  # fmt: skip
    (tmp_path / "m.model").write_bytes(new_model([*pieces, *((char, -3.0, NORMAL) for char in "<>abcdefps")]))

    made = tinydata.make_tokenizer(tmp_path / "m.model", tmp_path / "out", vocab_size=15)

    config = json.loads((made.path / "tokenizer_config.json").read_bytes())
    assert [name for name in config if name.endswith("_token")] == ["bos_token", "eos_token", "unk_token"]
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []


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


@pytest.mark.parametrize(
    ("name", "config", "tokens"),
    [
        ("llama2", {"tokenizer_class": "LlamaTokenizer"}, ["<s>", "▁the"]),
        ("llama2", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": False, "add_eos_token": True}, ["▁the", "</s>"]),
        ("llama2", {"add_bos_token": True, "bos_token": "<s>"}, ["<s>", "▁the"]),
        ("llama2", {}, ["▁the"]),
        ("t5-model", {"tokenizer_class": "T5Tokenizer"}, ["▁the", "</s>"]),
        ("albert", {"tokenizer_class": "AlbertTokenizer", "cls_token": "[CLS]"}, ["[CLS]", "▁the", "[SEP]"]),
    ],
)  # fmt: skip
def test_a_model_in_a_folder_gets_the_template_of_its_class_and_its_flags(source, tmp_path, name, config, tokens):
    found = source(name)
    file = found if found.is_file() else next(found.glob("*.model"))
    grow(tmp_path / "whole", {file.name: file.read_bytes(), "tokenizer_config.json": json.dumps(config)})

    made = tinydata.make_tokenizer(tmp_path / "whole", tmp_path / "small", vocab_size=1000)

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert read.encode("the").tokens == tokens
    assert (
        json.loads((made.path / "tokenizer_config.json").read_bytes())["tokenizer_class"] == "PreTrainedTokenizerFast"
    )
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []


@pytest.mark.parametrize(
    ("file", "config", "tokens"),
    [
        ("t5-model", {"model_type": "t5"}, ["▁the", "</s>"]),
        ("albert", {"model_type": "albert"}, ["[CLS]", "▁the", "[SEP]"]),
        ("albert", {"tokenizer_class": "AlbertTokenizer"}, ["[CLS]", "▁the", "[SEP]"]),
    ],
)
def test_without_a_tokenizer_config_the_model_tells_the_class(source, tmp_path, file, config, tokens):
    found = source(file)
    file = found if found.is_file() else next(found.glob("*.model"))
    grow(tmp_path / "whole", {file.name: file.read_bytes(), "config.json": json.dumps(config)})

    made = tinydata.make_tokenizer(tmp_path / "whole", tmp_path / "small", vocab_size=1000)

    assert Tokenizer.from_file(str(made.path / "tokenizer.json")).encode("the").tokens == tokens


def test_t5s_own_tokens_are_numbered_from_the_end(source, tmp_path):
    grow(tmp_path / "whole", {
        "spiece.model": source("t5-model").read_bytes(), "tokenizer_config.json": '{"tokenizer_class": "T5Tokenizer"}',
    })  # fmt: skip

    made = tinydata.make_tokenizer(tmp_path / "whole", tmp_path / "small", vocab_size=1000)

    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert [read.token_to_id(f"<extra_id_{number}>") for number in (0, 99)] == [999, 900]


FAIRSEQ = [
    ("<unk>", 0.0, UNKNOWN),
    ("<s>", 0.0, CONTROL),
    ("</s>", 0.0, CONTROL),
    ("▁", -2.0, NORMAL),
    ("▁the", -1.0, NORMAL),
]


def of_fairseq(folder, name, **config):
    letters = [(char, -4.0 - place / 100, NORMAL) for place, char in enumerate("thesmall,ätokenizer".replace("l", "L"))]
    pieces = {text: (text, score, kind) for text, score, kind in (*FAIRSEQ, *letters)}
    grow(folder, {
        "sentencepiece.bpe.model": new_model(pieces.values()),
        "tokenizer_config.json": json.dumps({"tokenizer_class": name, **config}),
    })  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("XLMRobertaTokenizer", {}),
        ("MBartTokenizer", {}),
        ("NllbTokenizer", {"additional_special_tokens": ["eng_Latn", "fra_Latn"]}),
    ],
)
def test_a_class_that_numbers_the_pieces_itself_is_asked(tmp_path, name, config):
    whole = of_fairseq(tmp_path / "whole", name, **config)

    made = tinydata.make_tokenizer(whole, tmp_path / "small")

    old, new = AutoTokenizer.from_pretrained(whole), AutoTokenizer.from_pretrained(made.path)
    kept = json.loads((made.path / "token_map.json").read_bytes())["new_to_old"]
    assert type(new) is type(old)
    assert [old.convert_ids_to_tokens(place) for place in kept] == new.convert_ids_to_tokens(range(len(kept)))
    assert [kept[place] for place in new("small one").input_ids] == old("small one").input_ids
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []
    (made.path / "tokenizer.json").unlink()
    assert AutoTokenizer.from_pretrained(made.path)("the ätoken").input_ids == new("the ätoken").input_ids


def test_a_class_that_cannot_be_asked_is_refused(tmp_path):
    whole = of_fairseq(tmp_path / "whole", "PLBartTokenizer")

    with pytest.raises(UnknownSource, match=r"a tokenizer\.json is wanted: PLBartTokenizer is of Python alone"):
        tinydata.make_tokenizer(whole, tmp_path / "small")


def test_a_model_of_characters_is_one_of_pieces(tmp_path):
    written = io.BytesIO()
    lines = (HOUSE / "LICENSE").read_text(encoding="utf-8").splitlines()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=written, vocab_size=60, model_type="char", minloglevel=2
    )
    (tmp_path / "spm_char.model").write_bytes(written.getvalue())

    made = tinydata.make_tokenizer(tmp_path / "spm_char.model", tmp_path / "out", vocab_size=60)

    old = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    new = sentencepiece.SentencePieceProcessor(model_file=str(made.path / "spm_char.model"))
    read = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    texts = [*lines, "ä狐狸 the  fox"]
    assert [old.encode(text) for text in texts] == [new.encode(text) for text in texts]
    assert [old.encode(text) for text in texts] == [read.encode(text).ids for text in texts]
