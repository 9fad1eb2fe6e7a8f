"""Follow: the vocabulary sizes and token ids of a model, once a tokenizer is given to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinydata.errors import BadSource, MoreTokens
from tinydata.model.token_names import MEDIA, called, words_of
from tinydata.model.tree import ConfigTree
from tinydata.model.tree import Path as Place
from tinydata.tokenizer.document import parse_json
from tinydata.tokenizer.id_keys import IDS, LISTS_OF_ANY, SIZES, follow_ids
from tinydata.tokenizer.ids import TokenizerIds, read_ids

TOKEN_MAP = "token_map.json"
SPECIALS = ("bos", "eos", "pad", "unk", "sep", "cls", "mask")
STAND_INS = {  # what is taken where one is missing
    "bos": ("cls", "eos"),
    "eos": ("sep", "pad"),
    "pad": ("eos", "unk"),
    "cls": ("bos",),
    "sep": ("eos",),
    "decoder": ("bos", "cls", "pad", "eos"),  # decoder_start_token_id
}
# Of two vocabularies in one config those are the same that differ by no more than padding and added tokens.
SAME = 0.985


@dataclass(frozen=True)
class Follow:
    """What a config has to say so that a model takes a tokenizer.

    Args:
        settings: Place in the config -> value.
        vocab_size: How many rows the embedding has.
        ids: Old id -> new id.
        named: Key -> id, where no map leads from the old ids to those of the tokenizer.
        notes: What a person should know, a line each.
    """

    settings: Mapping[Place, Any]
    vocab_size: int
    ids: Mapping[int, int]
    named: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def follow_tokenizer(
    tree: ConfigTree,
    tokenizer: str | os.PathLike[str],
    *,
    source: str | os.PathLike[str] | None = None,
    vocab_size: int | None = None,
) -> Follow:
    """Find what a config has to say so that its model takes a tokenizer.

    A tokenizer that was shrunk from the model's own brings a map of ids, and all follow it. Of any other the special tokens
    follow by their names, and all else, such as the place of a picture, by what the token is called.

    Args:
        tree: The config as it was.
        tokenizer: The folder of the tokenizer.
        source: The folder with the tokenizer that the model had; where there is none, ids are told apart by their keys alone.
        vocab_size: How many rows the embedding shall have; None: as many as there are tokens.

    Raises:
        MoreTokens: There are more tokens than `vocab_size`.
        BadSource: The tokenizer cannot be read.
    """
    new = read_ids(tokenizer)
    text_size = _text_size(tree)
    told = _read_map(Path(tokenizer), text_size)
    if told:
        ids, old_size, named = dict(told[0]), told[1], {}
    else:
        ids, old_size, named = _by_content(source, new), int(text_size * SAME), _named(new)
    spare = _resolve(tree, ids, named or _named(new), new)
    if vocab_size is not None and vocab_size < new.size + len(spare):
        raise MoreTokens(vocab_size, new.size + len(spare))
    size = vocab_size or new.size + len(spare)
    values = _with_names(tree.values)
    followed = follow_ids(values, ids, old_size, size)
    settings = {
        place: value
        for place, old, value in _differences(values, followed.config)
        if not (SIZES.fullmatch(str(place[-1])) and isinstance(old, int) and old < old_size)
    }
    for node in tree.nodes:
        if not node.path or any(place[:-1] == node.path for place in settings):
            settings |= {(*node.path, key): place for key, place in _renamed(node.values, named)}
    notes = [f"no token for {key}: it is {place}, past the tokenizer" for key, place in spare.items()]
    return Follow(settings, size, ids, named, (*notes, *followed.unmapped))


def follow_generation(generation: Mapping[str, Any], follow: Follow) -> dict[str, Any]:
    """Give a generation_config.json the ids that its model has now; what none is left of goes."""
    followed = follow_ids(generation, follow.ids, 0, follow.vocab_size).config
    return followed | dict(_renamed(generation, follow.named))


def _text_size(tree: ConfigTree) -> int:
    """The largest vocabulary; smaller ones are of sounds, of questions or of labels."""
    sizes = [value for node in tree.nodes for key, value in node.values.items() if SIZES.fullmatch(key)]
    return max((value for value in sizes if isinstance(value, int)), default=0)


def _read_map(folder: Path, text_size: int) -> tuple[dict[int, int], int] | None:
    """The map that shrinking left beside a tokenizer, if it leads from this model's vocabulary."""
    file = folder / TOKEN_MAP
    if not file.is_file():
        return None
    table = parse_json(file.read_bytes(), file)
    old_size = int(table["old_size"])
    if not SAME * text_size <= old_size <= text_size / SAME:
        return None
    return {old: place for place, old in enumerate(table["new_to_old"]) if old is not None}, old_size


def _named(new: TokenizerIds) -> dict[str, int]:
    return {key: place for key, place in new.named.items() if key.removesuffix("_token_id") in SPECIALS}


def _renamed(values: Mapping[str, Any], named: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """The keys of special tokens that hold one id or none; of several, each follows by itself."""
    for key, place in named.items():
        if key in values and not isinstance(values[key], list):
            yield key, place


def _by_content(source: str | os.PathLike[str] | None, new: TokenizerIds) -> dict[int, int]:
    if source is None:
        return {}
    try:
        old = read_ids(source)
    except BadSource:  # a folder that holds a config and no tokenizer
        return {}
    return {place: new.tokens[token] for token, place in old.tokens.items() if token in new.tokens}


def _resolve(tree: ConfigTree, ids: dict[int, int], named: Mapping[str, int], new: TokenizerIds) -> dict[str, int]:
    """Find a new id for each old one that the config names, and return those that no token stands behind."""
    wanted = [(key, old) for node in tree.nodes for key, old in _single_ids(node.values) if old not in ids]
    spare: dict[str, int] = {}
    for key, old in sorted(wanted, key=lambda found: _special(found[0]) is None):
        if old in ids:
            continue
        token = called(key, new.tokens)
        special = _special(key)
        names = [f"{name}_token_id" for name in (special, *STAND_INS.get(special, ()))] if special else []
        found = new.tokens[token] if token else next((named[name] for name in names if name in named), None)
        if found is None:
            found = spare[key] = new.size + len(spare)
        ids[old] = found
    return spare


def _special(key: str) -> str | None:
    parts = key.split("_")
    return None if MEDIA & words_of(key) else next((name for name in (*SPECIALS, "decoder") if name in parts), None)


def _single_ids(values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for key, value in values.items():
        if IDS.fullmatch(key) and key not in LISTS_OF_ANY:
            for place in value if isinstance(value, list) else [value]:
                if type(place) is int and place >= 0:
                    yield key, place


def _with_names(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Without the tables, such as id2label, whose keys are numbers until they are written."""
    return {
        key: _with_names(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if isinstance(key, str)
    }


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], way: Place = ()) -> Iterator[tuple[Place, Any, Any]]:
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            yield from _differences(before, value, (*way, key))
        elif value != before:
            yield (*way, key), before, value
