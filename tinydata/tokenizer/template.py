"""Template: the special tokens that every text begins and ends with, as tokenizer.json has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def wrap(ids: Mapping[str, int], before: str | None, after: str | None, *, once: bool = False) -> dict[str, Any] | None:
    """A post-processor that puts a token before each text, after it, or both; None where there is neither.

    Args:
        once: Of a pair, whether the token before stands before the first text alone.
    """

    def one(sequence: str, kind: int) -> list[dict[str, Any]]:
        first = before if not kind or not once else None
        around = [{"SpecialToken": {"id": token, "type_id": kind}} if token else None for token in (first, after)]
        text = {"Sequence": {"id": sequence, "type_id": kind}}
        return [part for part in (around[0], text, around[1]) if part is not None]

    tokens = [token for token in (before, after) if token]
    if not tokens:
        return None
    return {
        "type": "TemplateProcessing",
        "single": one("A", 0),
        "pair": [*one("A", 0), *one("B", 1)],
        "special_tokens": {token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in tokens},
    }
