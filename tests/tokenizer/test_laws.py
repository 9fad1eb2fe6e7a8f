"""The laws of shrinking, over every tokenizer, in `tokenizers` itself and against the originals."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

import tinydata
from tests.tokenizer.world import CASES, WORLDS
from tinydata.errors import BelowFloor
from tinydata.tokenizer.files import find_forms
from tinydata.tokenizer.origin import open_origin
from tinydata.tokenizer.raw import to_tokenizer
from tinydata.tokenizer.single import read_vocabulary

WITH_LAYOUT = [(name, size) for name, size in CASES if name != "whisper"]
PLAIN = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=20)


def vocabulary_of(path, like=None):
    origin = open_origin(path, like)
    return read_vocabulary(origin, find_forms(origin))


@pytest.fixture(scope="session")
def original(source):
    kept = {}

    def find(name):
        if name not in kept:
            kept[name] = to_tokenizer(vocabulary_of(source(name), WORLDS[name].like), source(name))
        return kept[name]

    return find


@pytest.fixture(scope="session")
def small(shrunk):
    def load(name, size):
        made = Tokenizer.from_file(str(shrunk(name, size).path / "tokenizer.json"))
        made.no_truncation()
        made.no_padding()
        return made

    return load


@pytest.mark.parametrize(("name", "size"), CASES)
def test_the_size_is_the_one_asked_for_and_the_smallest_is_the_floor(shrunk, name, size):
    made = shrunk(name, size)

    assert (made.vocab_size[1], made.floor) == (size or WORLDS[name].floor, WORLDS[name].floor)


@pytest.mark.parametrize(("name", "size"), WITH_LAYOUT)
def test_ids_have_no_holes(small, shrunk, name, size):
    made = small(name, size)

    assert sorted(made.get_vocab(True).values()) == list(range(shrunk(name, size).vocab_size[1]))


@pytest.mark.parametrize("name", [name for name in WORLDS if name != "word-level"])
def test_below_the_floor_is_refused_and_the_floor_named(source, tmp_path, name):
    floor = WORLDS[name].floor

    with pytest.raises(BelowFloor, match=f"the smallest is {floor}"):
        tinydata.make_tokenizer(source(name), tmp_path / "out", vocab_size=floor - 1, like=WORLDS[name].like)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "size"), WITH_LAYOUT)
def test_special_and_added_tokens_keep_name_and_flags(original, small, name, size):
    before, after = original(name).get_added_tokens_decoder(), small(name, size).get_added_tokens_decoder()

    assert sorted(map(repr, after.values())) == sorted(map(repr, before.values()))


@pytest.mark.parametrize(("name", "size"), WITH_LAYOUT)
def test_the_map_tells_the_old_id_of_each_token(original, small, shrunk, name, size):
    old, new = original(name), small(name, size)
    table = json.loads((shrunk(name, size).path / "token_map.json").read_bytes())["new_to_old"]

    assert table == sorted(set(table))
    assert [old.id_to_token(place) for place in table] == [new.id_to_token(place) for place in range(len(table))]


@pytest.mark.parametrize(("name", "size"), WITH_LAYOUT)
def test_a_text_of_kept_tokens_is_encoded_the_same(original, small, name, size):
    old, new = original(name), small(name, size)
    ids = {old.token_to_id(token): place for token, place in new.get_vocab(True).items()}
    words = sorted(new.get_vocab(False))
    join = new.decoder.decode if new.decoder else " ".join

    @PLAIN
    @given(st.lists(st.lists(st.sampled_from(words), max_size=8).map(join), max_size=20) | TEXTS)
    def law(texts):
        for text in texts:
            before = old.encode(text).ids
            if all(token in ids for token in before):
                assert new.encode(text).ids == [ids[token] for token in before], text

    law()


@pytest.mark.parametrize(("name", "size"), [(name, size) for name, size in WITH_LAYOUT if WORLDS[name].complete])
def test_where_bytes_carry_every_character_none_is_lost(original, small, name, size):
    old, new = original(name), small(name, size)

    @PLAIN
    @given(TEXTS)
    def law(texts):
        for text in texts:
            kept = [made.decode(made.encode(text).ids, skip_special_tokens=False) for made in (old, new)]
            assert kept[0] == kept[1]

    law()


@pytest.mark.parametrize("name", ["added-at-the-end", "t5", "bert"])
def test_a_template_yields_the_new_ids(original, small, name):
    size = WORLDS[name].sizes[0]
    old, new = original(name), small(name, size)

    ids = [place for pair in ((), ("",)) for place in new.encode("", *pair).ids]

    assert ids
    assert [new.id_to_token(place) for place in ids] == [
        old.id_to_token(place) for pair in ((), ("",)) for place in old.encode("", *pair).ids
    ]


@pytest.mark.parametrize("name", ["gpt2", "t5", "albert", "word-level"])
def test_the_same_bytes_come_out_twice(shrunk, source, tmp_path, name):
    size = WORLDS[name].sizes[0]
    first = shrunk(name, size).path

    again = tinydata.make_tokenizer(source(name), tmp_path / "again", vocab_size=size).path

    assert {file.name: file.read_bytes() for file in again.iterdir() if file.name != "tinydata.yaml"} == {
        file.name: file.read_bytes() for file in first.iterdir() if file.name != "tinydata.yaml"
    }


@pytest.mark.parametrize("name", ["qwen2", "t5", "llama2", "clip", "whisper", "bert"])
def test_what_was_written_reads_as_what_it_was(shrunk, source, name):
    made = shrunk(name, 3000)
    before = {file.name for file in ([source(name)] if source(name).is_file() else source(name).iterdir())}

    read = [form.read(origin) for origin in [open_origin(made.path)] for form in find_forms(origin)]

    assert before & set(made.files) == before
    assert all({*other.pieces} <= {*read[0].ids} for other in read)
    assert {place for other in read for place in other.ids.values()} <= set(range(3000))


def test_only_reserved_tokens_may_be_dropped(source, tmp_path):
    world = {
        "added_tokens": [
            {"id": 256 + place, "content": token, "special": True, "normalized": False}
            for place, token in enumerate(["<|begin|>", "<|reserved_special_token_0|>", "<|reserved_1|>"])
        ],
        **{name: part for name, part in json.loads((source("added-at-the-end") / "tokenizer.json").read_bytes()).items()
           if name in ("pre_tokenizer", "decoder")},
    }  # fmt: skip
    model = json.loads((source("added-at-the-end") / "tokenizer.json").read_bytes())["model"]
    alphabet = dict(sorted(model["vocab"].items(), key=lambda item: item[1])[:256])
    world["model"] = {**model, "vocab": alphabet, "merges": []}
    (tmp_path / "tokenizer.json").write_text(json.dumps(world))

    kept = tinydata.make_tokenizer(tmp_path, tmp_path / "kept")
    dropped = tinydata.make_tokenizer(tmp_path, tmp_path / "dropped", drop_reserved=True)

    assert (kept.vocab_size, dropped.vocab_size) == ((259, 259), (259, 257))
