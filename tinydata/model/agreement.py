"""Agreement: the configs of a tiny model with each other, with its tokenizer, and with its source, which its recipe names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import BadConfig, BadRecipe, BadSource, DamagedSource, NoSource, TinydataError
from tinydata.finding import Finding, unreadable
from tinydata.model.asked import Asked, Wish, find_source, understand
from tinydata.model.changes import Change, Plan
from tinydata.model.config import GENERATION, NAME, Source, config_with, model_types, tree_of
from tinydata.model.differences import differences
from tinydata.model.files import tokenizer_files
from tinydata.model.follow import follow_tokenizer
from tinydata.model.plan import make_plan, shrinkable
from tinydata.model.tree import ConfigTree, is_int, is_list, value_at
from tinydata.model.tree import Path as Place
from tinydata.recipe import HUB, Recipe, read_recipe, unspell
from tinydata.recipe import NAME as RECIPE
from tinydata.tokenizer.id_keys import ids_named
from tinydata.tokenizer.ids import read_ids

ROPES = ("rope_parameters", "rope_scaling")
SPARE = 64  # rows of an embedding past its vocabulary


def compare_with_source(path: Path, tiny: Source) -> Iterator[Finding]:
    """Find what of a config differs from that of its source, and is no size, no token id and nothing that was asked for.

    Args:
        path: The folder of the tiny model; without a recipe there is nothing to compare with.
        tiny: What lies there.
    """
    try:
        recipe = read_recipe(path)
    except BadRecipe as error:
        if (path / RECIPE).exists():
            yield Finding(RECIPE, error.problem)
        return
    verb, places, options = unspell(recipe.commands[0])
    if verb != "model" or not places:
        return
    wish = Wish(
        settings=options.get("set", ()),
        preset=options.get("preset", "tiny"),
        vocab_size=options.get("vocab_size"),
        num_labels=options.get("num_labels"),
        tokenizer=path if tokenizer_files(path) else None,
        shrink_vocab=None,
    )
    try:
        place = _find(places[0], recipe, path.resolve().parent)
        asked = understand(place, wish, path, trust_remote_code=tiny.code is not None, offline=True)
    except TinydataError as error:
        yield Finding(NAME, f"not compared with its source, {places[0]}: {error}", problem=False)
        return
    now = tree_of(tiny.config).values
    for change in unexpected(tiny.config, asked.tree.values, _allowed(asked, now)):
        yield Finding(NAME, f"{change.name} is {change.new!r}, and in the source {change.old!r}: {change.why}")


def unexpected(config: Any, old: Mapping[str, Any], plan: Plan) -> list[Change]:
    """The differences between a config and the original that are neither planned nor its class's own doing.

    Args:
        config: The small one.
        old: The values of the original.
        plan: What was meant to change.
    """
    now = tree_of(config).values
    return [change for change in differences(old, now, plan) if not _is_derived(config, now, change)]


def _is_derived(config: Any, now: Mapping[str, Any], change: Change) -> bool:
    """Whether the class takes its number there from others: put back, it becomes the same again."""
    if not (is_int(change.old) and is_int(change.new)):
        return False
    try:
        again = config_with(config, Plan((replace(change, new=change.old),)).apply(now))
    except BadConfig:
        return False
    return bool(value_at(tree_of(again).values, change.path) == change.new)


def check_ids(tiny: Source, rows: Iterable[int] = ()) -> Iterator[Finding]:
    """Find token ids past the vocabulary.

    Args:
        rows: Of the embeddings of its model; some have a few more than their vocabulary.
    """
    tree = tree_of(tiny.config)
    most = _rows(tree)
    for node in tree.nodes:
        own = node.get("vocab_size")
        end = own if isinstance(own, int) and own > 1 else most  # of one token is what takes no tokens
        end = max([end, *(it for it in rows if end < it <= end + SPARE)]) if end else end
        values = {key: value for key, value in node.values.items() if not isinstance(value, dict) and key[0] != "_"}
        for place in sorted({place for place in ids_named(values) if end is not None and place >= end}):
            name = ".".join(map(str, (NAME, *node.path)))
            yield Finding(name, f"names the id {place}, and the vocabulary ends at {(end or 0) - 1}")
    for place in sorted({place for place in ids_named(tiny.generation) if most is not None and place >= most}):
        yield Finding(GENERATION, f"names the id {place}, and the vocabulary ends at {(most or 0) - 1}")


def _rows(tree: ConfigTree) -> int | None:
    """Of the largest vocabulary."""
    sizes = [size for node in tree.nodes for size in [node.get("vocab_size")] if isinstance(size, int) and size > 1]
    return max(sizes, default=None)


def check_tokenizer_beside(path: Path, tiny: Source) -> Iterator[Finding]:
    """Find what a tokenizer and a config say of each other's tokens that cannot be."""
    if not tokenizer_files(path):
        return
    try:
        ids = read_ids(path)
    except BadSource as error:
        found = unreadable(path, error)
        yield replace(found, path=os.path.relpath(found.path, path), problem=isinstance(error, DamagedSource))
        return
    tree = tree_of(tiny.config)
    sizes = [size for node in tree.nodes for size in [node.get("vocab_size")] if isinstance(size, int)]
    if sizes and ids.size > max(sizes):
        yield Finding(
            "tokenizer", f"has {ids.size} tokens, and the vocabulary {max(sizes)}", "give it with `--tokenizer`"
        )
        return
    follow = follow_tokenizer(tree, path, source=path)
    for place, value in follow.settings.items():
        key, node = str(place[-1]), tree.node_of(place)
        if key in ("bos_token_id", "eos_token_id", "pad_token_id") and node.values.get(key) not in (value, None):
            name = ".".join(map(str, place))
            yield Finding(NAME, f"{name} is {node.values[key]}, and that of the tokenizer {value}")


def _find(name: str, recipe: Recipe, home: Path) -> Path | str:
    if name.startswith(HUB):
        return find_source(name, None, offline=True)
    if name in model_types() and not any(f"{given}/".startswith(f"{name}/") for given in recipe.inputs):
        return name
    if not (home / name).exists():
        raise NoSource(name)
    return home / name


def _allowed(asked: Asked, now: Mapping[str, Any]) -> Plan:
    """All that a plan may change, whichever of them it was that ran."""
    old = asked.tree.values
    aims = [*asked.aims, replace(asked.aims[0], mend=True)]
    planned = {change.path for aim in aims for change in make_plan(asked.tree, aim, asked.settings).changes}
    # How a head is split between the axes of a position may be known to the code alone; its sort is compared all the same.
    ropes = {
        place
        for values in (old, now)
        for node in asked.tree.nodes
        for key in ROPES
        for place in _lists(value_at(values, (*node.path, key)), (*node.path, key))
    }
    # What it lacks altogether was filled, where its model asked for it.
    lacks = {
        (*node.path, key)
        for node in asked.tree.nodes
        for key in value_at(now, node.path) or ()
        if key not in node.values
    }
    places = planned | ropes | lacks | {_key(place) for place, _ in shrinkable(asked.tree)} | set(asked.settings)
    return Plan(
        tuple(
            Change(
                place,
                value_at(old, place),
                value_at(now, place),
                "",
                "set" if place in asked.settings else "planned",
                place[:-1],
            )
            for place in sorted(places, key=str)
        )
    )


def _lists(value: Any, place: Place) -> Iterator[Place]:
    """Where lists lie within a dict."""
    if is_list(value):
        yield place
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lists(inner, (*place, key))


def _key(place: Place) -> Place:
    """Of an item of a list the list."""
    while isinstance(place[-1], int):
        place = place[:-1]
    return place
