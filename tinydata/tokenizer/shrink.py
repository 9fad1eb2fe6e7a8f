"""Shrink: a vocabulary without the tokens that go; a new id is the rank of the old one, so that order and blocks stay."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from functools import cached_property

from tinydata.tokenizer.families.bpe import product, symbols_of
from tinydata.tokenizer.layout import follow_layout
from tinydata.tokenizer.vocabulary import Vocabulary


@dataclass(frozen=True)
class Cut:
    """A vocabulary before and after.

    Args:
        old: As it was.
        new: What is left of it, ids 0..n-1.
        new_to_old: At each new id the old one; -1 for a token that there was not.
    """

    old: Vocabulary
    new: Vocabulary
    new_to_old: tuple[int, ...]

    @cached_property
    def old_to_new(self) -> dict[int, int]:
        """The other way round."""
        return {old: new for new, old in enumerate(self.new_to_old) if old >= 0}


def shrink(vocabulary: Vocabulary, kept: Set[str], hidden: Set[str] = frozenset()) -> Cut:
    """Leave out all tokens but those that are kept.

    Args:
        kept: The tokens that stay; those that they stand on must be among them.
        hidden: Of what is no token, that to which merges must go on leading.
    """
    names = sorted(kept, key=vocabulary.ids.__getitem__)
    order = [vocabulary.ids[token] for token in names]
    ids = {token: place for place, token in enumerate(names)}
    pieces = {token: place for token, place in ids.items() if token in vocabulary.pieces}
    # `tokenizers` appends an added token that the model does not know: one that would land elsewhere joins the model.
    outside = {token: place for token, place in ids.items() if token not in pieces}
    if outside and min(outside.values()) < len(pieces):
        pieces, joined = ids, set(outside)
    else:
        joined = set()
    symbols = {*pieces, *(symbols_of(vocabulary, {*pieces, *hidden}) if vocabulary.hidden else ())}
    frame = follow_layout(vocabulary.frame, ids)
    scores: dict[int, float] = {}
    if vocabulary.family == "Unigram":
        lowest = min(vocabulary.scores.values())
        scores = {
            place: lowest if token in joined else vocabulary.scores[vocabulary.pieces[token]]
            for token, place in pieces.items()
        }
        unk = vocabulary.names.get(vocabulary.model.get("unk_id", -1))
        frame["model"] = {**frame["model"], "unk_id": ids.get(unk) if unk is not None else None}
    new = replace(
        vocabulary,
        frame=frame,
        pieces=pieces,
        added=sorted(
            ({**token, "id": ids[token["content"]]} for token in vocabulary.added if token["content"] in ids),
            key=lambda token: int(token["id"]),
        ),
        merges=[
            (left, right)
            for left, right in vocabulary.merges
            if left in symbols and right in symbols and product(vocabulary, left, right) in symbols
        ],
        hidden=frozenset(symbols - set(pieces)),
        scores=scores,
        pinned=vocabulary.pinned & kept,
    )
    return Cut(vocabulary, new, tuple(order))
