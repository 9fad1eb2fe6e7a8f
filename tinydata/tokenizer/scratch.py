"""Scratch: a vocabulary made up, with the special tokens and the alphabet of another, and a few words that are no more than pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from typing import Any

from tinydata.errors import BadSize
from tinydata.tokenizer.retrain import assemble, fixed_tokens
from tinydata.tokenizer.select import Selection
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

WORDS = 3  # what is made up where no size is given
FIRST = (("t", "h"), ("th", "e"), ("i", "n"))
WORD_SCORE, LETTER_SCORE = -3.0, -10.0


def scratch(vocabulary: Vocabulary, size: int | None, *, drop_reserved: bool = False) -> tuple[Cut, Selection]:
    """Make up a vocabulary: special and added tokens, alphabet and frame stay, all words are pairs of letters.

    Args:
        size: How many tokens; None: the fewest, and three words.

    Raises:
        BadSize: `size` is below 1, or above what pairs give.
        BelowFloor: It leaves no room for the special tokens and the alphabet.
    """
    specials, alphabet = fixed_tokens(vocabulary, size, drop_reserved=drop_reserved)
    floor = len(specials) + len(alphabet)
    fixed = {*specials, *alphabet}
    room = WORDS if size is None else size - floor
    chosen: dict[str, tuple[str, str] | None] = {}
    for token, pair in _words(vocabulary, alphabet):
        if len(chosen) == room:
            break
        if token not in fixed:
            chosen[token] = pair
    if size is not None and len(chosen) < room:
        raise BadSize("vocab_size", size, floor + len(chosen))
    learned: dict[str, Any] = {"merges": [pair for pair in chosen.values() if pair]}
    if vocabulary.family == "Unigram":
        scores = {token: WORD_SCORE - number / len(chosen) for number, token in enumerate(chosen)}
        learned["vocab"] = [*scores.items(), *((token, LETTER_SCORE) for token in alphabet)] or [("", LETTER_SCORE)]
    cut = assemble(vocabulary, specials, [*alphabet, *chosen], learned)
    return cut, Selection(frozenset(cut.new.ids), floor, len(specials), 0, 0)


def _words(vocabulary: Vocabulary, alphabet: list[str]) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """Words, each with the merge that makes it; None where the family knows no merges."""
    single = [token for token in alphabet if len(token) == 1 and token.isalpha() and token.isascii()]
    letters = sorted(single, key=lambda letter: (not letter.islower(), letter)) or list("abcdefghijklmnopqrstuvwxyz")
    known, there = set(letters), set(alphabet)
    for left, right in chain(FIRST, product(letters, letters), _pairs_of_pairs(letters)):
        if left not in known or right not in known:
            continue
        known.add(left + right)
        if vocabulary.family == "BPE":
            for part in {left: None, right: None}:  # where bytes are the alphabet, the letters are made up too
                if len(part) == 1 and part not in there:
                    there.add(part)
                    yield part, None
            inner = vocabulary.prefix + right if vocabulary.prefix else right
            yield left + right, (left, inner)
        else:
            yield left + right, None
            if vocabulary.prefix:
                yield vocabulary.prefix + left + right, None
            elif "▁" in vocabulary.pieces:
                yield "▁" + left + right, None


def _pairs_of_pairs(letters: list[str]) -> Iterator[tuple[str, str]]:
    pairs = ["".join(pair) for pair in product(letters, repeat=2)]
    return product(pairs, pairs)
