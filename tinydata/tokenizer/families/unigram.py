"""Unigram: scored pieces, of which the best row is taken."""

from __future__ import annotations

from typing import Any

from tinydata.extras import need
from tinydata.tokenizer.families.family import Family, Tree, alone, characters
from tinydata.tokenizer.vocabulary import Vocabulary


def needs(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The unknown piece, and the lowest score: what is unknown costs 10 more than that.

    Without it known text falls apart, though all its pieces were kept (`▁us ef ul` becomes `▁u se <unk> ul`).
    """
    least = min(vocabulary.scores.values())
    lowest = next(place for place, score in vocabulary.scores.items() if score == least)
    found = [vocabulary.names.get(lowest), vocabulary.names.get(vocabulary.model.get("unk_id", -1))]
    return tuple(token for token in found if token is not None)


def tree(vocabulary: Vocabulary) -> Tree:
    """A piece stands for itself; where nothing is unknown, `tokenizers` wants the piece of each of its characters too."""
    if vocabulary.model.get("unk_id") is not None:
        return alone(vocabulary)
    pieces = vocabulary.pieces
    return lambda token: frozenset((token, *(char for char in token if char in pieces))) if token in pieces else None


def build(vocabulary: Vocabulary) -> Any:
    """The model in `tokenizers`."""
    models = need("tokenizers.models", extra="tokenizer")
    if len(vocabulary.pieces) == len(vocabulary.scores):
        scored = list(zip(vocabulary.order, map(vocabulary.scores.__getitem__, range(vocabulary.end)), strict=False))
    else:  # of equal pieces the last counts: the others get a name that no text holds
        names = {place: token for token, place in vocabulary.pieces.items()}
        scored = [(names.get(place) or f"\0{place}", score) for place, score in vocabulary.scores.items()]
    return models.Unigram(scored, vocabulary.model.get("unk_id"), bool(vocabulary.model.get("byte_fallback")))


UNIGRAM = Family(name="Unigram", alphabet=characters, needs=needs, tree=tree, build=build)
