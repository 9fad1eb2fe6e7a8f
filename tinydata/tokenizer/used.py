"""Used: the tokens that a corpus uses and all that they stand on, cut back to a size from the least used leaves."""

from __future__ import annotations

import heapq
from collections import Counter

from tinydata.tokenizer.families import Tree
from tinydata.tokenizer.vocabulary import Vocabulary


def prune(vocabulary: Vocabulary, tree: Tree, counts: Counter[str], kept: frozenset[str], room: int) -> frozenset[str]:
    """Choose at most `room` tokens: the used ones and what they stand on, without the least used.

    A token goes only when nothing that stays stands on it; what was counted for it then counts for its parts.

    Args:
        tree: The way to a token.
        counts: How often each token is used.
        kept: Tokens that stay in any case; they take no room.
    """
    ways = {token: tree(token) or frozenset((token,)) for token in counts}
    forest = {symbol for way in ways.values() for symbol in way} - kept
    below = {token: (tree(token) or frozenset()) - {token} - kept for token in forest}
    freq = Counter({token: counts[token] for token in forest})
    above = Counter(symbol for symbols in below.values() for symbol in symbols)
    leaves = [(freq[token], -vocabulary.ids[token], token) for token in forest if not above[token]]
    heapq.heapify(leaves)
    while len(forest) > room:
        seen, _, token = heapq.heappop(leaves)
        if token not in forest or above[token] or seen != freq[token]:
            continue
        forest.discard(token)
        longest = max(map(len, below[token]), default=0)
        for symbol in below[token]:
            above[symbol] -= 1
            if len(symbol) == longest:  # the merge before: the others stand on it or beside it
                freq[symbol] += freq[token]
            if not above[symbol]:
                heapq.heappush(leaves, (freq[symbol], -vocabulary.ids[symbol], symbol))
    return frozenset(forest)
