"""Other ways to choose: by a corpus, learned anew."""

from __future__ import annotations

import json

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import tinydata
from tests.tokenizer.world import HOUSE, WORLDS
from tinydata.errors import BadCorpus

CORPUS = HOUSE / "LICENSE"
NAMES = ["added-at-the-end", "bert", "clip", "gpt2", "llama2", "specials-last", "t5", "t5-model", "word-level"]
LEARNED = {
    "added-at-the-end": 700,
    "bert": 500,
    "clip": 800,
    "gpt2": 700,
    "llama2": 700,
    "specials-last": 300,
    "t5": 400,
    "word-level": 300,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_corpus_without_a_size_is_encoded_the_same(source, tmp_path, name):
    made = tinydata.make_tokenizer(source(name), tmp_path / "out", corpus=[CORPUS])

    assert made.corpus.same == made.corpus.texts
    assert made.corpus.cost[0] == made.corpus.cost[1]
    assert made.vocab_size[1] <= made.vocab_size[0]


@pytest.mark.parametrize("name", ["gpt2", "llama2", "clip"])
def test_a_corpus_with_a_size_costs_less_than_the_first_tokens(source, tmp_path, name):
    first = tinydata.make_tokenizer(source(name), tmp_path / "first", vocab_size=800)
    used = tinydata.make_tokenizer(source(name), tmp_path / "used", vocab_size=800, corpus=[CORPUS])

    texts = [line for line in CORPUS.read_text(encoding="utf-8").splitlines() if line.strip()]
    costs = [
        sum(len(made.encode(text).ids) for text in texts)
        for made in (Tokenizer.from_file(str(made.path / "tokenizer.json")) for made in (first, used))
    ]
    assert used.vocab_size[1] == 800
    assert costs[1] == used.corpus.cost[1] < costs[0]


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_learned_has_the_size_the_specials_and_the_alphabet(source, tmp_path, name):
    size = LEARNED[name]
    made = tinydata.make_tokenizer(source(name), tmp_path / "out", vocab_size=size, method="retrain", corpus=[CORPUS])

    assert made.vocab_size[1] == size
    assert made.corpus.cost[1] < 4 * made.corpus.cost[0]
    assert [finding for finding in tinydata.check(made.path) if finding.problem] == []
    table = json.loads((made.path / "token_map.json").read_bytes())["new_to_old"]
    assert len(table) == size
    assert set(table) <= {None, *range(made.vocab_size[0])}


def test_what_is_learned_may_know_characters_that_the_original_dropped(tmp_path):
    whole = Tokenizer(models.BPE())
    whole.pre_tokenizer, whole.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    whole.train_from_iterator(
        CORPUS.read_text(encoding="utf-8").splitlines(), trainers.BpeTrainer(vocab_size=800, show_progress=False)
    )
    whole.save(str(tmp_path / "tokenizer.json"))

    made = tinydata.make_tokenizer(
        tmp_path / "tokenizer.json", tmp_path / "out", vocab_size=500, method="retrain", corpus=[CORPUS]
    )

    small = Tokenizer.from_file(str(made.path / "tokenizer.json"))
    assert (whole.encode("狐狸").ids, small.decode(small.encode("狐狸").ids)) == ([], "狐狸")


def test_a_corpus_too_small_to_learn_from_is_refused(source, tmp_path):
    (tmp_path / "few.txt").write_text("a few words\n")

    with pytest.raises(BadCorpus, match="tokens at most, and 3000 are wanted"):
        tinydata.make_tokenizer(
            source("gpt2"), tmp_path / "out", vocab_size=3000, method="retrain", corpus=[tmp_path / "few.txt"]
        )


@pytest.mark.parametrize("words", [{"vocab_size": 300}, {"corpus": [CORPUS], "vocab_size": 500, "method": "retrain"}])
def test_a_recipe_makes_the_same_again(source, tmp_path, words):
    made = tinydata.make_tokenizer(source("added-at-the-end"), tmp_path / "out", **words)

    assert tinydata.rebuild(made.path).differences == ()


def test_nothing_is_written_in_a_dry_run(source, tmp_path):
    made = tinydata.make_tokenizer(source("gpt2"), tmp_path / "out", dry_run=True)

    assert (made.floor, made.recipe, list(tmp_path.iterdir())) == (WORLDS["gpt2"].floor, None, [])


def test_the_files_that_cannot_hold_what_is_learned_are_named(source, tmp_path):
    made = tinydata.make_tokenizer(
        source("llama2"), tmp_path / "out", vocab_size=500, method="retrain", corpus=[CORPUS]
    )

    assert "not written, since its tokens are made anew: tokenizer.model" in made.notes
    assert "tokenizer.model" not in made.files


def test_a_dry_run_tells_the_floor_and_what_would_go_without_a_trial(source, tmp_path):
    made = tinydata.make_tokenizer(source("gpt2"), tmp_path / "out", vocab_size=300, dry_run=True)

    assert (made.floor, made.vocab_size, made.texts, made.cost) == (257, (50257, 300), (0, 0), (0, 0))
    assert made.dropped
