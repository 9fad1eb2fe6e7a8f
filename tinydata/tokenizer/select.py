"""Select: which tokens stay, so that every text which the original encodes in them alone is encoded the same.

Of BPE a kept token brings all tokens on the way to it, of Unigram the scores stay and with them the lowest.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from tinydata.errors import BadSize, BelowFloor
from tinydata.tokenizer.families import FAMILIES, Tree
from tinydata.tokenizer.layout import named_tokens
from tinydata.tokenizer.used import prune
from tinydata.tokenizer.vocabulary import Vocabulary

RESERVED = re.compile(r"(?i)[\[<|]+(unused|reserved|dummy|placeholder|special_)[\w\- |]*[\]>|]+")
ROOM_FOR_CHARACTERS = 0.7  # of what is left: up to it all characters stay, above it half of what is left is theirs


@dataclass(frozen=True)
class Selection:
    """Which tokens stay.

    Args:
        tokens: Those that stay.
        floor: How many there are at least.
        specials: How many of them are special or added.
        characters: Of the characters that may go, how many stay.
        all_characters: How many there are; 0 where bytes carry every character.
    """

    tokens: frozenset[str]
    floor: int
    specials: int
    characters: int
    all_characters: int


def select(
    vocabulary: Vocabulary, size: int | None, used: Counter[str] | None = None, *, drop_reserved: bool = False
) -> Selection:
    """Choose the tokens that stay.

    Args:
        size: How many; None: those that are used and what they stand on, or, where nothing is known of use, the fewest.
        used: How often a corpus uses each token; else the original order decides.
        drop_reserved: Let `<|reserved...|>` and `[unused...]` go too.

    Raises:
        BadSize: `size` is below 1, or above what there is.
        BelowFloor: `size` is below the floor.
    """
    if size is not None and not 1 <= size <= vocabulary.size:
        raise BadSize("vocab_size", size, vocabulary.size)
    chosen = _Choice(vocabulary, drop_reserved)
    floor = len(chosen.kept)
    if size is not None and size < floor:
        rest = floor - chosen.specials
        raise BelowFloor(size, floor, f"{chosen.specials} special and added tokens, {rest} of the alphabet")
    room = (vocabulary.size if size is None else size) - floor
    if used is not None:
        room -= chosen.take_used(used, room)
    if size is not None:
        chosen.take_characters(room)
        chosen.fill(size - len(chosen.kept))
    kept = sum(token in chosen.kept for token in chosen.alphabet.may)
    all_characters = 0 if vocabulary.byte_complete else len(chosen.alphabet.may)
    return Selection(frozenset(chosen.kept), floor, chosen.specials, kept if all_characters else 0, all_characters)


def must_stay(vocabulary: Vocabulary, drop_reserved: bool = False) -> set[str]:
    """The special and added tokens, those that the frame names, and those that the model needs."""
    found = {*FAMILIES[vocabulary.family].needs(vocabulary), *named_tokens(vocabulary.frame)}
    marked = {*(token["content"] for token in vocabulary.added), *vocabulary.pinned}
    found |= {token for token in marked if not (drop_reserved and RESERVED.fullmatch(token))}
    return {token for token in found if token in vocabulary.ids}


class _Choice:
    """What is kept so far."""

    def __init__(self, vocabulary: Vocabulary, drop_reserved: bool) -> None:
        family = FAMILIES[vocabulary.family]
        self.vocabulary = vocabulary
        self.alphabet = family.alphabet(vocabulary)
        self.tree: Tree = family.tree(vocabulary)
        self.kept = must_stay(vocabulary, drop_reserved)
        self.gone = {token["content"] for token in vocabulary.added} - self.kept
        self.specials = len(self.kept - set(self.alphabet.must))
        self.kept |= set(self.alphabet.must)
        # An added token, or what a config names, may be a word that merges make too: it brings what it stands on.
        for token in sorted(token for token in self.kept if token in vocabulary.pieces):
            self.kept |= self.tree(token) or frozenset()

    def take(self, token: str, room: int) -> int:
        """Keep a token and what it stands on, if there is room; says how much it took."""
        way = self.tree(token)
        new = (way or frozenset()) - self.kept
        if len(new) > room:
            return 0
        self.kept |= new
        return len(new)

    def take_used(self, used: Counter[str], room: int) -> int:
        before = len(self.kept)
        counts = Counter({token: count for token, count in used.items() if token in self.vocabulary.pieces})
        self.kept |= prune(self.vocabulary, self.tree, counts, frozenset(self.kept), room)
        return len(self.kept) - before

    def take_characters(self, room: int) -> None:
        if self.vocabulary.byte_complete:
            return
        missing = [token for token in self.alphabet.may if token not in self.kept]
        most = len(missing) if len(missing) <= ROOM_FOR_CHARACTERS * room else room // 2
        for token in missing[:most]:
            self.take(token, 1)

    def fill(self, room: int) -> None:
        """Take tokens in their order until there is no room: first those that come up, then what nothing ever yields."""
        order = self.vocabulary.order
        for token in order:
            if not room:
                return
            if token not in self.kept and not RESERVED.fullmatch(token):
                room -= self.take(token, room)
        for token in order:
            if room and token not in self.kept and token not in self.gone and self.tree(token) in (None, {token}):
                self.kept.add(token)
                room -= 1
