"""Template: the special tokens that every text begins and ends with, as tokenizer.json has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def wrap(ids: Mapping[str, int], before: str | None, after: str | None) -> dict[str, Any] | None:
    """A post-processor that puts a token before each text, after it, or both; None where there is neither.

    Of a pair each text gets its own.
    """

    def one(sequence: str, kind: int) -> list[dict[str, Any]]:
        around = [{"SpecialToken": {"id": token, "type_id": kind}} if token else None for token in (before, after)]
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
