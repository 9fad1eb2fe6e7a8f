"""Retrain: a new vocabulary of the same family, learned from a corpus, in the frame and with the special tokens of the old.

`train_new_from_iterator` of transformers loses the pieces of bytes and the alphabet of words' ends, misses the size, and leaves
old ids in nested post-processors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import BadCorpus, BadSize, BelowFloor
from tinydata.extras import need
from tinydata.tokenizer.families import FAMILIES
from tinydata.tokenizer.families.bpe import product
from tinydata.tokenizer.layout import follow_layout
from tinydata.tokenizer.raw import NO_MODEL, no_panic
from tinydata.tokenizer.select import Selection, must_stay
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import BYTE_CHARS, Vocabulary

SPARE = 300  # trained beyond the size, since some of what is learned stands among the fixed tokens already
MOST_CHARACTERS = 1000


def retrain(
    vocabulary: Vocabulary, texts: Sequence[str], size: int, path: Path, *, drop_reserved: bool = False
) -> tuple[Cut, Selection]:
    """Learn a vocabulary of a given size.

    Args:
        texts: What to learn from.
        size: How many tokens, the special and added ones and the alphabet included.
        path: The source, for errors.

    Raises:
        BadSize: `size` is below 1, or above what there is.
        BelowFloor: It leaves no room for the special tokens and the alphabet.
        BadCorpus: The texts do not give as many tokens.
    """
    specials, alphabet = fixed_tokens(vocabulary, size, drop_reserved=drop_reserved)
    floor = len(specials) + len(alphabet)
    learned = _train(vocabulary, alphabet, texts, size - floor, path)
    body = [token for token in learned["order"] if token not in {*specials, *alphabet}][: size - floor]
    if len(body) < size - floor:
        problem = f"it gives {floor + len(body)} tokens at most, and {size} are wanted"
        raise BadCorpus("corpus", problem)
    cut = assemble(vocabulary, specials, [*alphabet, *body], learned)
    return cut, Selection(frozenset(cut.new.ids), floor, len(specials), 0, 0)


def fixed_tokens(
    vocabulary: Vocabulary, size: int | None, *, drop_reserved: bool = False
) -> tuple[list[str], list[str]]:
    """The tokens that are not learned: special and added ones, with what the frame or the model names, and the alphabet; by id.

    Raises:
        BadSize: `size` is below 1.
        BelowFloor: It leaves no room for them.
    """
    added = {token["content"] for token in vocabulary.added}
    marked = added | vocabulary.pinned
    unk = {vocabulary.model.get("unk_token"), vocabulary.names.get(vocabulary.model.get("unk_id", -1))}
    found = must_stay(vocabulary, drop_reserved)
    if vocabulary.family == "Unigram":  # what stays there for its score alone is learned anew
        lowest = vocabulary.names.get(min(vocabulary.scores, key=vocabulary.scores.__getitem__), "")
        found -= {lowest} - marked - unk
    letters = set(FAMILIES[vocabulary.family].alphabet(vocabulary).must) - added
    found -= letters
    floor = len(found) + len(letters)
    if size is not None and size < 1:
        raise BadSize("vocab_size", size)
    if size is not None and size < floor:
        raise BelowFloor(size, floor, f"{len(found)} special and added tokens, {len(letters)} of the alphabet")
    by_id = vocabulary.ids.__getitem__
    return sorted(found, key=by_id), sorted(letters, key=by_id)


def assemble(vocabulary: Vocabulary, specials: Sequence[str], body: Sequence[str], learned: dict[str, Any]) -> Cut:
    """Put new tokens into the frame of a vocabulary.

    Args:
        specials: The tokens that stay, by id: those that stand in front stay in front, the others come last.
        body: The tokens between.
        learned: The scores (`vocab`) or the merges (`merges`) of the body; merges of what is not there are left out.
    """
    fixed = set(specials)
    first = min((place for token, place in vocabulary.pieces.items() if token not in fixed), default=0)
    head = [token for token in specials if vocabulary.ids[token] < first]
    order = [*head, *body, *specials[len(head) :]]
    ids = {token: place for place, token in enumerate(order)}
    outside = {token for token in order if token not in vocabulary.pieces and token in vocabulary.ids}
    if outside and min(map(ids.__getitem__, outside)) < len(order) - len(outside):
        outside = set()
    pieces = {token: place for token, place in ids.items() if token not in outside}
    frame = follow_layout(vocabulary.frame, ids)
    scores: dict[int, float] = {}
    merges: list[tuple[str, str]] = []
    if vocabulary.family == "Unigram":
        known = dict(learned["vocab"])
        lowest = min(known.values())
        added = {token["content"] for token in vocabulary.added}
        scores = {place: 0.0 if token in added else known.get(token, lowest) for token, place in pieces.items()}
        unk = vocabulary.names.get(vocabulary.model.get("unk_id", -1))
        frame["model"] = {**frame["model"], "unk_id": ids[unk] if unk is not None else None}
    elif vocabulary.family == "BPE":
        pairs = [(left, right) for left, right in learned["merges"]]
        merges = [
            pair for pair in pairs if pair[0] in pieces and pair[1] in pieces and product(vocabulary, *pair) in pieces
        ]
    added_tokens = [{**token, "id": ids[token["content"]]} for token in vocabulary.added if token["content"] in ids]
    new = replace(
        vocabulary,
        frame=frame,
        pieces=pieces,
        added=sorted(added_tokens, key=lambda token: int(token["id"])),
        merges=merges,
        scores=scores,
    )
    return Cut(vocabulary, new, tuple(vocabulary.ids.get(token, -1) for token in order))


def _train(vocabulary: Vocabulary, alphabet: list[str], texts: Sequence[str], room: int, path: Path) -> dict[str, Any]:
    tokenizers = need("tokenizers", extra="tokenizer")
    frame = {**vocabulary.frame, "post_processor": None, "padding": None, "truncation": None, "added_tokens": []}
    unk = "\0unk"
    chars = sorted(BYTE_CHARS.values()) if vocabulary.byte_level else [token for token in alphabet if len(token) == 1]
    settings: dict[str, Any] = {"vocab_size": room + len(chars) + SPARE, "show_progress": False}
    if vocabulary.family != "WordLevel":
        settings["initial_alphabet"] = chars
    if vocabulary.family in ("BPE", "WordPiece"):
        settings["limit_alphabet"] = max(len(chars), min(MOST_CHARACTERS, room // 2))
        if vocabulary.prefix:
            settings["continuing_subword_prefix"] = vocabulary.prefix
    if vocabulary.suffix:
        settings["end_of_word_suffix"] = vocabulary.suffix
    if vocabulary.family == "Unigram":
        settings |= {"special_tokens": [unk], "unk_token": unk}
    trainer = getattr(tokenizers.trainers, f"{vocabulary.family.replace('BPE', 'Bpe')}Trainer")
    with no_panic(path):
        learner = tokenizers.Tokenizer.from_str(json.dumps({**frame, "model": NO_MODEL}))
        learner.model = getattr(tokenizers.models, vocabulary.family)()
        _cut_at_spaces(tokenizers, learner, vocabulary)
        learner.train_from_iterator(texts, trainer(**settings))
        learned: dict[str, Any] = json.loads(learner.to_str())["model"]
    if vocabulary.family == "Unigram":
        learned["order"] = [token for token, _ in learned["vocab"] if token != unk]
    else:
        learned["order"] = sorted(learned["vocab"], key=learned["vocab"].__getitem__)
    return learned


def _cut_at_spaces(tokenizers: Any, learner: Any, vocabulary: Vocabulary) -> None:
    """Learn no token of several words: sentencepiece cuts at spaces when it learns, though not when it encodes."""
    whole = learner.pre_tokenizer
    if "ByteLevel" in vocabulary.parts or "▁" not in vocabulary.pieces:
        return
    cut = tokenizers.pre_tokenizers.Split("▁", "merged_with_next")
    learner.pre_tokenizer = cut if whole is None else tokenizers.pre_tokenizers.Sequence([whole, cut])
