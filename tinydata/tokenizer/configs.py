"""Configs: what the files beside a vocabulary must look like before their tokens are looked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.origin import LISTED, OWN, Origin, content_of


def refuse_configs(origin: Origin) -> None:
    """Raise `DamagedSource` for a config whose tokens could not be read, and name the key."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        config = origin.config(name)
        shapes: dict[str, tuple[Callable[[Any], bool], str]] = {
            "added_tokens_decoder": (_is_decoder, "an object of ids and tokens"),
            **dict.fromkeys((*LISTED, *OWN), (_is_listed, "a list or an object of tokens")),
            "extra_ids": (lambda found: type(found) is int and found >= 0, "a number"),
        }
        for key, (fits, wanted) in shapes.items():
            if config.get(key) is not None and not fits(config[key]):
                raise DamagedSource(origin.files[name], f"{key}: {wanted} is wanted, not {str(config[key])[:60]}")
    added = "added_tokens.json"
    origin.numbers(added)


def _is_decoder(found: Any) -> bool:
    return isinstance(found, dict) and all(
        place.isdecimal() and isinstance(token, dict) and content_of(token) is not None
        for place, token in found.items()
    )


def _is_listed(found: Any) -> bool:
    tokens = list(found.values()) if isinstance(found, dict) else found
    return isinstance(tokens, list) and all(isinstance(token, (str, dict)) for token in tokens)
