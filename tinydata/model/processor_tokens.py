"""Tokens: what a tokenizer's own config has to say so that processor and model can work with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tinydata.model.processor_sizes import said
from tinydata.model.token_names import called

NAME, LENGTH = "tokenizer_config.json", "model_max_length"
PLACES = ("max_position_embeddings", "n_positions", "max_target_positions")
PADDING = 8  # a model may have a few places more than its texts have tokens
UNNAMED = re.compile(r"has no attribute '?((\w+_token)(_ids?)?)\b")


def shorten_texts(values: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Let no text be longer than its model has places for.

    Args:
        values: The tokenizer_config.json.
        old: The model's config as it was.
        new: The config as it is.
    """
    length = values.get(LENGTH)
    before, now = next((pair for pair in said(PLACES, old, new) if type(pair[1]) is int), (None, None))
    if type(length) is not int or before is None or now is None:
        return dict(values)
    spare = before - length if 0 <= before - length <= PADDING else 0
    return {**values, LENGTH: min(length, max(1, now - spare))}


def name_token(values: Mapping[str, Any], problem: str, tokens: Iterable[str]) -> dict[str, Any] | None:
    """Name the token that a processor asked its tokenizer for in vain.

    Args:
        values: The tokenizer_config.json.
        problem: What the processor said.
        tokens: The added tokens.

    Returns:
        The config with the token named; None where none is called so, or that was not what the processor said.
    """
    wanted = UNNAMED.search(problem)
    token = called(wanted[2], tokens) if wanted else None
    named = values.get("extra_special_tokens") or {}
    if wanted is None or token is None or not isinstance(named, Mapping) or wanted[2] in named:
        return None
    return {**values, "extra_special_tokens": {**named, wanted[2]: token}}
