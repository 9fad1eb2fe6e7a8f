"""BPE: merges of pairs, of bytes, of characters with bytes to fall back on, or of words that end in a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count, pairwise
from typing import Any

from tinydata.extras import need
from tinydata.tokenizer.families.family import Alphabet, Family, Tree, characters, unknown
from tinydata.tokenizer.vocabulary import Vocabulary


def alphabet(vocabulary: Vocabulary) -> Alphabet:
    """256 characters for the bytes, twice where a word's end is marked; else characters."""
    if not vocabulary.byte_level:
        return characters(vocabulary)
    there = (token for token in vocabulary.byte_chars if token in vocabulary.pieces)
    return Alphabet(tuple(sorted(there, key=vocabulary.pieces.__getitem__)))


def tree(vocabulary: Vocabulary) -> Tree:
    """The way to a token is the one that the merges really take on its characters, not any pair that would give it.

    Vocabularies that came from sentencepiece or tiktoken have up to a dozen merges for one product. Sentencepiece itself goes by
    scores, the leftmost first among equals: where those are known, its way counts too. (Llama 2 has one score for all runs of
    spaces, and grows them one by one where `tokenizers` doubles them.)
    """
    ranks = _ranks(vocabulary)
    ways = [ranks]
    if vocabulary.scores:
        scores = {
            token: -vocabulary.scores[place] for token, place in vocabulary.pieces.items() if place in vocabulary.scores
        }
        ways.append({pair: scores[joined] for pair in ranks if (joined := product(vocabulary, *pair)) in scores})
    known: dict[str, frozenset[str] | None] = {}

    def find(token: str) -> frozenset[str] | None:
        if token not in known:
            found = [way for way in (_climb(vocabulary, ranks, token) for ranks in ways) if way is not None]
            known[token] = frozenset().union(*found) - vocabulary.hidden if found else None
        return known[token]

    return find


def split(vocabulary: Vocabulary, token: str, ranks: Mapping[tuple[str, str], float]) -> list[list[str]]:
    """The symbols of a token before each merge and after the last; empty where a character is missing."""
    symbols = _symbols(vocabulary, token)
    if symbols is None:
        return []
    steps = [symbols]
    while len(symbols) > 1:
        rank, place = min((ranks.get(pair, _NEVER), place) for place, pair in enumerate(pairwise(symbols)))
        if rank == _NEVER:
            break
        joined = product(vocabulary, symbols[place], symbols[place + 1])
        symbols = [*symbols[:place], joined, *symbols[place + 2 :]]
        steps.append(symbols)
    return steps


def symbols_of(vocabulary: Vocabulary, tokens: Iterable[str]) -> frozenset[str]:
    """What merges make on the way to tokens, whether it is a token itself or not."""
    ranks = _ranks(vocabulary)
    ways = (_climb(vocabulary, ranks, token) or () for token in tokens)
    return frozenset(symbol for way in ways for symbol in way)


def product(vocabulary: Vocabulary, left: str, right: str) -> str:
    """What a merge makes."""
    mark = vocabulary.prefix
    return left + (right[len(mark) :] if mark and right.startswith(mark) else right)


def build(vocabulary: Vocabulary) -> Any:
    """The model in `tokenizers`, without dropout, which would encode a text otherwise each time."""
    settings = vocabulary.model
    names = ("unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback")
    given = {name: settings.get(name) for name in (*names, "ignore_merges") if settings.get(name) is not None}
    models = need("tokenizers.models", extra="tokenizer")
    hidden = {symbol: vocabulary.end + place for place, symbol in enumerate(sorted(vocabulary.hidden))}
    return models.BPE(vocab={**vocabulary.pieces, **hidden}, merges=list(vocabulary.merges), **given)


_NEVER = float("inf")


def _ranks(vocabulary: Vocabulary) -> dict[tuple[str, str], float]:
    return dict(zip(vocabulary.merges, count(), strict=False))  # the last of doubles


def _climb(vocabulary: Vocabulary, ranks: Mapping[tuple[str, str], float], token: str) -> frozenset[str] | None:
    steps = split(vocabulary, token, ranks)
    if not steps or steps[-1] != [token]:
        return None
    return frozenset(symbol for step in steps for symbol in step)


def _symbols(vocabulary: Vocabulary, token: str) -> list[str] | None:
    """The characters from which a token is built, each with the mark of its place."""
    prefix, suffix = vocabulary.prefix, vocabulary.suffix
    ends = bool(suffix) and token.endswith(suffix) and len(token) > len(suffix)
    body = token[: -len(suffix)] if ends else token
    within = bool(prefix) and body.startswith(prefix) and len(body) > len(prefix)
    chars = list(body[len(prefix) :] if within else body)
    if prefix:
        chars = [char if place == 0 and not within else prefix + char for place, char in enumerate(chars)]
    if ends:
        chars[-1] += suffix
    symbols: list[str] = []
    for char in chars:
        if char in vocabulary.pieces or char in vocabulary.hidden:
            symbols.append(char)
        elif vocabulary.model.get("byte_fallback"):
            pieces_of_bytes = [f"<0x{byte:02X}>" for byte in char.encode("utf-8", "surrogatepass")]
            if not all(piece in vocabulary.pieces for piece in pieces_of_bytes):
                return None
            symbols += pieces_of_bytes
        else:
            return None
    return symbols


BPE = Family(name="BPE", alphabet=alphabet, needs=unknown, tree=tree, build=build)
