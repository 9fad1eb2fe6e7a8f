"""Asked: what a person wants of a tiny model, understood against its source; what cannot be is refused before anything is built."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tinydata.errors import (
    BadConfig,
    BadMix,
    BadRecipe,
    BadSetting,
    BadSize,
    BelowFloor,
    MoreTokens,
    NoSource,
    UnknownSource,
)
from tinydata.fetch import fetch
from tinydata.model.aims import AIMS, PRESETS, STAY, Aim
from tinydata.model.changes import Change
from tinydata.model.config import Source, config_with, model_types, read_source, tree_of
from tinydata.model.differences import merged_tokens
from tinydata.model.files import TOKENIZER_FILES, WANTED, small_tokenizer, tokenizer_files
from tinydata.model.follow import Follow, follow_tokenizer
from tinydata.model.plan import Plan, make_plan
from tinydata.model.remote_code import CODE
from tinydata.model.roles import role_of
from tinydata.model.settings import check_settings, parse_settings
from tinydata.model.tree import ConfigTree
from tinydata.model.tree import Path as Place
from tinydata.recipe import read_recipe, unspell
from tinydata.tokenizer.ids import read_ids
from tinydata.tokenizer.make import make_tokenizer


@dataclass(frozen=True)
class Wish:
    """What is wanted of the config and its vocabulary; see `make_model`."""

    settings: tuple[str, ...]
    preset: str
    vocab_size: int | None
    num_labels: int | None
    tokenizer: str | os.PathLike[str] | None
    shrink_vocab: int | None


@dataclass(frozen=True)
class Asked:
    """What was asked for, once it is understood.

    Args:
        origin: What the model is made from.
        tree: Its config.
        settings: Place in the config -> value that stands.
        said: Those of these places that a person set.
        words: By which words.
        aims: How small it may be, in the order of trying.
        plan: The first plan.
        tokenizer: The folder of the tokenizer that it takes; None: it takes none.
        follow: What the config has to say for that.
        notes: What a person should know, a line each.
    """

    origin: Source
    tree: ConfigTree
    settings: Mapping[Place, Any]
    said: frozenset[Place]
    words: tuple[str, ...]
    aims: tuple[Aim, ...]
    plan: Plan
    tokenizer: Path | None
    follow: Follow | None
    notes: tuple[str, ...]


def find_source(
    source: str | os.PathLike[str], revision: str | None, *, offline: bool = False, code: bool = False
) -> Path | str:
    """A path of this machine, or the model type that a word is.

    Args:
        code: Fetch the code of a repo, too.
    """
    if isinstance(source, str) and source in model_types():
        return source
    place = fetch(source, (*WANTED, *(CODE if code else ())), revision=revision, offline=offline)
    if not place.exists() and isinstance(source, str):
        return source
    return place


def understand(
    place: Path | str, wish: Wish, scratch: Path, *, trust_remote_code: bool = False, offline: bool = False
) -> Asked:
    """Read the source, and plan what was asked for.

    Args:
        place: A path of this machine, or a model type.
        scratch: An empty folder, for a tokenizer that is to be shrunk.

    Raises:
        BadSetting: It cannot be.
        MoreTokens: The tokenizer has more tokens than the vocabulary is to have.
        BadSource, HubError: See `read_source`.
    """
    origin = read_source(place, trust_remote_code=trust_remote_code, offline=offline)
    words, notes = _tokenizer(origin, wish, scratch / "tokenizer", offline=offline)
    tree = tree_of(origin.config)
    follow = follow_tokenizer(tree, words, source=origin.folder, vocab_size=wish.vocab_size) if words else None
    settings = _settings(tree, wish, follow)
    rows = wish.vocab_size or (follow.vocab_size if follow else None)
    tiny = wish.preset == "tiny" and _is_tiny(origin.folder)
    aims = tuple(
        replace(aim, vocab_size=rows or aim.vocab_size) for aim in (*([STAY] if tiny else ()), *PRESETS[wish.preset])
    )
    plan = make_plan(tree, aims[0], settings)
    check_settings(tree, plan.apply(tree.values), settings)
    if wish.settings:
        _refuse_impossible(origin.config, tree, plan, aims[0], wish.settings)
    if wish.settings or wish.vocab_size is not None:
        _refuse_merged(tree, plan, wish, lambda size: make_plan(tree, replace(aims[0], vocab_size=size), settings))
    return Asked(
        origin,
        tree,
        settings,
        frozenset(parse_settings(wish.settings, tree)),
        wish.settings,
        aims,
        plan,
        tokenizer=words,
        follow=follow,
        notes=(*origin.notes, *notes, *(follow.notes if follow else ())),
    )


def _tokenizer(origin: Source, wish: Wish, scratch: Path, *, offline: bool) -> tuple[Path | None, tuple[str, ...]]:
    """The folder of the tokenizer that the model is to take, and what is to be told of it."""
    if wish.tokenizer is not None:
        if wish.shrink_vocab is not None:
            raise BadMix("shrink_vocab", "does not go with a tokenizer that is given")
        place = fetch(wish.tokenizer, TOKENIZER_FILES, offline=offline)
        if not place.exists():
            raise NoSource(str(wish.tokenizer))
        return place if place.is_dir() else place.parent, ()
    if wish.shrink_vocab is not None:
        if origin.folder is None or not tokenizer_files(origin.folder):
            raise UnknownSource(str(origin.folder or origin.config.model_type), "no tokenizer in it to shrink")
        try:
            made = make_tokenizer(origin.folder, scratch, vocab_size=wish.shrink_vocab)
        except BelowFloor as error:
            raise BelowFloor(error.given, error.floor, error.made_of, name="shrink_vocab") from error
        except BadSize as error:
            raise BadSize("shrink_vocab", error.given, error.most) from error
        return made.path, made.notes
    own = small_tokenizer(origin.folder)
    return own, (f"its tokenizer of {read_ids(own).size:,} tokens goes along",) if own else ()


def _is_tiny(folder: Path | None) -> bool:
    """Whether a recipe says that this is a tiny model already."""
    try:
        return folder is not None and unspell(read_recipe(folder).commands[0])[0] == "model"
    except BadRecipe:
        return False


def spelled(settings: Mapping[str, Any] | Iterable[str]) -> tuple[str, ...]:
    """Settings as the command line spells them.

    >>> spelled({"tie_word_embeddings": True})
    ('tie_word_embeddings=true',)
    """
    if isinstance(settings, Mapping):
        return tuple(f"{key}={json.dumps(value)}" for key, value in settings.items())
    return tuple(settings)


def _settings(tree: ConfigTree, wish: Wish, follow: Follow | None) -> dict[Place, Any]:
    """What stands in the config: what the tokenizer asks for, and over it what was asked for by name."""
    labels: dict[Place, Any] = {}
    if wish.num_labels is not None and "id2label" in tree.values:
        names = [f"LABEL_{number}" for number in range(wish.num_labels)]
        labels = {
            ("id2label",): {str(place): name for place, name in enumerate(names)},
            ("label2id",): {name: place for place, name in enumerate(names)},
        }
    said = parse_settings(wish.settings, tree)
    followed = follow.settings if follow else {}
    for place in said.keys() & followed.keys():
        if role_of(tree.node_of(place), str(place[-1])) == "vocab" and said[place] < followed[place]:
            raise MoreTokens(said[place], followed[place])
    return {**followed, **labels, **said}


def _refuse_merged(tree: ConfigTree, plan: Plan, wish: Wish, planned: Callable[[int], Plan]) -> None:
    """Refuse a vocabulary so small that two tokens would be one."""

    def merged(made: Plan) -> Change | None:
        by_user = {change.path for change in made.changes if change.role == "set"}
        return next(merged_tokens(tree.values, made.apply(tree.values), by_user), None)

    if not (found := merged(plan)):
        return
    if wish.vocab_size is not None:
        sizes = range(wish.vocab_size + 1, AIMS[0].vocab_size)
        if least := next((size for size in sizes if not merged(planned(size))), None):
            raise BadSize("vocab_size", wish.vocab_size, least=least)
    if wish.settings and not merged(make_plan(tree)):
        raise BadSetting(" ".join(wish.settings), f"{found.name} {found.new} {found.why}")


def _refuse_impossible(config: Any, tree: ConfigTree, plan: Plan, aim: Aim, said: tuple[str, ...]) -> None:
    """Refuse what was set where the config's own class does, and does not without it."""
    try:
        config_with(config, plan.apply(tree.values))
    except BadConfig as error:
        try:
            config_with(config, make_plan(tree, aim).apply(tree.values))
        except BadConfig:
            return  # it is not for what was set, and the search may find a way
        raise BadSetting(" ".join(said), error.problem) from error
