"""Two vocabularies in one folder: FSMT's, Marian's and two `.tiktoken`; the size is for each."""

from __future__ import annotations

import json

import pytest
from transformers import AutoTokenizer

import tinydata
from tests.helpers import grow
from tests.tokenizer import world
from tests.tokenizer.world import FSMT_SPECIALS, HOUSE
from tinydata.errors import BelowFloor, DamagedSource, UnknownMethod
from tinydata.tokenizer.ids import read_ids
from tinydata.tokenizer.probes import probes

pytestmark = pytest.mark.filterwarnings("ignore:.*sacremoses|.*swig.*|.*SwigPy.*")


@pytest.fixture(scope="module")
def fsmt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fsmt") / "fsmt"
    folder.mkdir()
    return world.fsmt(folder, folder)


@pytest.fixture(scope="module", params=[False, True], ids=["one vocabulary", "separate vocabularies"])
def marian(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("marian") / "marian"
    folder.mkdir()
    return (world.separate_marian if request.param else world.marian)(folder, folder)


def maps(path):
    table = json.loads((path / "token_map.json").read_bytes())
    return table.get("vocabularies", {"vocab.json": table})


def same(source, made, map_name, without=None):
    """How many texts of kept tokens alone, without one of them, transformers encodes; all of them must come out the same."""
    old, new = AutoTokenizer.from_pretrained(source), AutoTokenizer.from_pretrained(made.path)
    ids = {before: after for after, before in enumerate(maps(made.path)[map_name]["new_to_old"])}
    words = [token.replace("</w>", " ").replace("▁", " ") for token in new.get_vocab()]
    count = 0
    for text in probes(words, 500):
        before = old(text).input_ids
        if all(place in ids and place != without for place in before):
            count += 1
            assert new(text).input_ids == [ids[place] for place in before], text
    return count


@pytest.mark.parametrize("size", [None, 300])
def test_fsmt_encodes_a_text_of_kept_tokens_the_same(fsmt, tmp_path, size):
    made = tinydata.make_tokenizer(fsmt, tmp_path / "out", vocab_size=size)

    assert {*made.files} == {"config.json", "merges.txt", "token_map.json", "tokenizer_config.json", "vocab-src.json", "vocab-tgt.json"}  # fmt: skip
    assert same(fsmt, made, "vocab-src.json", without=3) > 20  # what was unknown may become known: its parts are left
    sides = [json.loads((made.path / f"vocab-{side}.json").read_bytes()) for side in ("src", "tgt")]
    assert [sorted(side.values()) for side in sides] == [list(range(len(side))) for side in sides]
    assert all(list(side)[:4] == FSMT_SPECIALS for side in sides)
    assert size is None or [len(side) for side in sides] == [size, size]
    config = json.loads((made.path / "config.json").read_bytes())
    assert (config["src_vocab_size"], config["tgt_vocab_size"], config["eos_token_id"]) == (*map(len, sides), 2)


@pytest.mark.parametrize("size", [None, 200])
def test_marian_encodes_a_text_of_kept_tokens_the_same(marian, tmp_path, size):
    made = tinydata.make_tokenizer(marian, tmp_path / "out", vocab_size=size)

    assert same(marian, made, "vocab.json") > 20
    read = json.loads((made.path / "vocab.json").read_bytes())
    assert list(read)[:3] == ["</s>", "<unk>", ">>fra<<"]
    assert list(read)[-1] == "<pad>"
    assert size is None or {entry["new_size"] for entry in maps(made.path).values()} == {size}
    config = json.loads((made.path / "config.json").read_bytes())
    if "vocab_size" in config:
        assert (config["vocab_size"], config["pad_token_id"], config["bad_words_ids"]) == (len(read), len(read) - 1, [[len(read) - 1]])  # fmt: skip


def test_check_finds_nothing_wrong_and_a_recipe_makes_the_same_again(fsmt, marian, tmp_path):
    for number, source in enumerate((fsmt, marian)):
        made = tinydata.make_tokenizer(source, tmp_path / f"out{number}", vocab_size=250)

        assert [found for found in tinydata.check(made.path) if found.problem] == []
        assert tinydata.rebuild(made.path).differences == ()
        assert read_ids(made.path).size == 250


def test_a_corpus_is_encoded_the_same(fsmt, marian, tmp_path):
    for number, source in enumerate((fsmt, marian)):
        made = tinydata.make_tokenizer(source, tmp_path / f"out{number}", corpus=[HOUSE / "LICENSE"])

        assert made.corpus.same == made.corpus.texts
        assert made.corpus.cost[0] == made.corpus.cost[1]


def test_two_tiktoken_files_are_cut_each(real, tmp_path):
    made = tinydata.make_tokenizer(real / "tokenizers" / "whisper_tiktoken", tmp_path / "out", vocab_size=1000)

    assert {entry["new_size"] for entry in maps(made.path).values()} == {1000}
    assert all(len((made.path / name).read_bytes().splitlines()) == 1000 for name in maps(made.path))
    assert [found for found in tinydata.check(made.path) if found.problem] == []


def test_below_the_floor_of_either_is_refused(fsmt, tmp_path):
    with pytest.raises(BelowFloor, match="the smallest is"):
        tinydata.make_tokenizer(fsmt, tmp_path / "out", vocab_size=50)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("merges.txt", "a b c d\n", r"merges.txt, line 1: a merge has two parts, not 4"),
        ("vocab-tgt.json", "{", r"vocab-tgt.json: no JSON: .* at byte 1"),
        ("vocab-src.json", '{"a": 0}', r"vocab-src.json: the unk token '<unk>' is not in the vocabulary"),
        ("vocab-src.json", '{"<unk>": 0, "a": 0}', r"vocab-src.json: '<unk>' and 'a' have one id, 0"),
        ("vocab-src.json", '{"<unk>": "x"}', r"vocab-src.json: token '<unk>' has the id 'x'"),
    ],
)
def test_a_damaged_file_is_named(fsmt, tmp_path, file, content, told):
    copy = {path.name: path.read_bytes() for path in fsmt.iterdir()}
    grow(tmp_path / "bad", {**copy, file: content})

    with pytest.raises(DamagedSource, match=told):
        tinydata.make_tokenizer(tmp_path / "bad", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("method", ["retrain", "scratch"])
def test_two_vocabularies_are_not_made_anew(fsmt, tmp_path, method):
    corpus = [HOUSE / "LICENSE"] if method == "retrain" else []

    with pytest.raises(UnknownMethod, match=f"no method '{method}': there is truncate, corpus"):
        tinydata.make_tokenizer(fsmt, tmp_path / "out", method=method, corpus=corpus)
