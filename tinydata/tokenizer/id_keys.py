"""Id keys: which keys of a config hold token ids, and configs that follow a vocabulary.

Gathered from the config classes of transformers 5; `id_defaults.json` has the defaults of 100 and above of each model type,
which a config that leaves the key out would bring back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

# Ids of acoustic codebooks are of another vocabulary.
IDS = re.compile(
    r"(?!.*(codec|codebook|t2u|acoustic))(.*(_token_ids?|_token_id_list|_tokens_ids|_token_ind(ex|ices)|_id_token"
    r"|_token_type_to_id)|lang_to_id|task_to_id|im_(start|end|newline)_id|image_patch_id"
    r"|(begin_)?suppress_tokens|forced_decoder_ids|bad_words_ids|force_words_ids)"
)
SIZES = re.compile(r"((text|src|tgt|decoder|encoder|text_encoder|unpadded)_)?vocab_size")
PER_LAYER = "vocab_size_per_layer_input"  # of a second table, with no rows for what is no text
LISTS_OF_ANY = (
    "suppress_tokens",
    "begin_suppress_tokens",
    "bad_words_ids",
)  # a token that is gone need not be suppressed
PAIRS = ("forced_decoder_ids",)  # place in the text, id


@dataclass
class Followed:
    """A config that follows a vocabulary.

    Args:
        config: The config with the new ids.
        size: How many tokens there are.
        unmapped: What could not follow, a line each.
        written_out: Keys that were left out of the config and whose defaults would be old ids.
    """

    config: dict[str, Any]
    size: int
    unmapped: list[str] = field(default_factory=list)
    written_out: list[str] = field(default_factory=list)


def follow_ids(
    config: Mapping[str, Any], ids: Mapping[int, int], old_size: int, size: int, least: int | None = None
) -> Followed:
    """Give a model or generation config, however nested, the new ids and size.

    Args:
        config: As config.json or generation_config.json has it.
        ids: Old id -> new id of the kept tokens.
        old_size: How many tokens there were.
        size: How many there are.
        least: A part within the config that has fewer tokens has a vocabulary of its own, such as codes of sounds, and stays;
            None: `old_size`. Models were often not told of tokens that were added.
    """
    followed = Followed({}, size)
    followed.config = _follow(config, ids, "", followed, old_size, old_size if least is None else least)
    return followed


def ids_named(config: Mapping[str, Any]) -> Iterator[int]:
    """The ids that a config cannot do without: those of single tokens, such as bos and eos."""
    for name, value in config.items():
        if isinstance(value, Mapping) and not IDS.fullmatch(name):
            yield from ids_named(value)
        elif name in LISTS_OF_ANY or not IDS.fullmatch(name):
            continue
        elif name in PAIRS and isinstance(value, list):
            yield from (pair[1] for pair in value if isinstance(pair, list) and _is_id(pair[-1]))
        else:
            yield from _leaves(value)


def _follow(
    config: Mapping[str, Any], ids: Mapping[int, int], way: str, followed: Followed, old_size: int, least: int
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name, value in {**config, **_defaults(config, ids, way, followed, old_size)}.items():
        place = f"{way}{name}"
        if SIZES.fullmatch(name) and _is_id(value):
            changed[name] = followed.size
        elif name == PER_LAYER and _is_id(value):
            changed[name] = sum(place < value for place in ids)
        elif name in LISTS_OF_ANY and isinstance(value, list):
            changed[name] = _thin(value, ids)
        elif name in PAIRS and isinstance(value, list):
            changed[name] = [
                [pair[0], _one(pair[1], ids, place, followed)]
                for pair in value
                if isinstance(pair, list) and len(pair) == 2
            ]
        elif IDS.fullmatch(name):
            changed[name] = _one(value, ids, place, followed)
        elif isinstance(value, Mapping) and not _is_other(value, least):
            changed[name] = _follow(value, ids, f"{place}.", followed, old_size, least)
        else:
            changed[name] = value
    return changed


def _is_other(part: Mapping[str, Any], least: int) -> bool:
    """Whether a part of a config is of another vocabulary, such as that of a codec of sounds."""
    return _is_id(part.get("vocab_size")) and int(part["vocab_size"]) < least


@cache
def _known_defaults() -> dict[str, dict[str, int]]:
    known: dict[str, dict[str, int]] = json.loads(Path(__file__).with_name("id_defaults.json").read_bytes())
    return known


def _defaults(
    config: Mapping[str, Any], ids: Mapping[int, int], way: str, followed: Followed, old_size: int
) -> dict[str, int]:
    """Those that were ids of this vocabulary, and are others now; one beyond its end never was one."""
    known = _known_defaults().get(str(config.get("model_type")), {})
    missing = {
        name: value
        for name, value in known.items()
        if name not in config and value < old_size and ids.get(value) != value
    }
    followed.written_out += [f"{way}{name}" for name in missing]
    return missing


def _one(value: Any, ids: Mapping[int, int], place: str, followed: Followed) -> Any:
    if isinstance(value, list):
        return [_one(inner, ids, place, followed) for inner in value]
    if isinstance(value, Mapping):
        return {name: _one(inner, ids, f"{place}.{name}", followed) for name, inner in value.items()}
    if not _is_id(value):
        return value
    if value not in ids:
        followed.unmapped.append(f"{place}: {value} is no token that was kept, and is null now")
    return ids.get(value)


def _thin(value: list[Any], ids: Mapping[int, int]) -> list[Any]:
    """Of a list of ids those that are kept; of a list of rows of ids the rows that are kept whole."""
    rows = [item if isinstance(item, list) else [item] for item in value]
    kept = [row for row in rows if all(not _is_id(place) or place in ids for place in row)]
    mapped = [[ids[place] if _is_id(place) else place for place in row] for row in kept]
    return mapped if any(isinstance(item, list) for item in value) else [place for row in mapped for place in row]


def _leaves(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        value = list(value.values())
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, (list, Mapping)):
            yield from _leaves(item)
        elif _is_id(item):
            yield item


def _is_id(value: Any) -> bool:
    return type(value) is int and value >= 0
