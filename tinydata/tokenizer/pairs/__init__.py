"""Pairs: one file for each sort of folder with two vocabularies, one name in the table."""

from __future__ import annotations

from tinydata.tokenizer.files.tokenizer_json import NAME as TOKENIZER_JSON
from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.pairs.fsmt import FSMT
from tinydata.tokenizer.pairs.marian import MARIAN
from tinydata.tokenizer.pairs.pair import Pair, Side
from tinydata.tokenizer.pairs.tiktokens import TIKTOKENS

__all__ = ["PAIRS", "Pair", "Side", "find_pair"]

PAIRS: dict[str, Pair] = {pair.name: pair for pair in (FSMT, MARIAN, TIKTOKENS)}


def find_pair(origin: Origin) -> Pair | None:
    """The sort of pair that a source is; None where it is none, or has a tokenizer.json, which is one vocabulary."""
    if TOKENIZER_JSON in origin.files:
        return None
    return next((pair for pair in PAIRS.values() if pair.finds(origin)), None)
