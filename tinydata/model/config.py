"""Config: from a folder, a file or a model type to a config object, and from it to a tree and back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinydata.errors import BadConfig, DamagedSource, NoSource, UnknownModelType, UnknownSource
from tinydata.extras import need
from tinydata.garbage import uncollected
from tinydata.model.remote_code import RemoteCode, read_code
from tinydata.model.tree import ConfigTree, grow_tree
from tinydata.model.tree import Path as Place
from tinydata.tokenizer.document import parse_json

NAME = "config.json"
GENERATION = "generation_config.json"
# They tell how weights are stored, and there are none of those.
STORED = ("quantization_config", "compression_config")
_WORD = re.compile(r"[\w.-]+")
_VALIDATOR = re.compile(r"Class validation error for validator '\w+':\s*(?:\w+:\s*)?")


@dataclass(frozen=True)
class Source:
    """What a model is made from.

    Args:
        config: The config object; that of a model type has its defaults.
        architectures: The classes that the config names.
        folder: Where the other files of the model lie; None for a model type.
        files: The files that were read.
        generation: What generation_config.json says.
        notes: What was left out, a line each.
        code: The code that it brings along, where that may be run.
    """

    config: Any
    architectures: tuple[str, ...] = ()
    folder: Path | None = None
    files: tuple[Path, ...] = ()
    generation: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    code: RemoteCode | None = None


def read_source(source: str | Path, *, trust_remote_code: bool = False, offline: bool = False) -> Source:
    """Read the config of a model.

    Args:
        source: The path of a folder with a config.json or of the file, or a word, such as ``llama``, that is a model type.
        trust_remote_code: Run the code that a config with ``auto_map`` brings along.
        offline: Take such code, where it lies in another repo, out of the cache alone.

    Raises:
        NoSource: Neither a path nor a model type.
        UnknownSource: A folder without a config.json.
        UnknownModelType: No model type of transformers.
        DamagedSource: No JSON.
        BadConfig: transformers refuses the config.
        MissingExtra: transformers is not installed.
    """
    if isinstance(source, str):
        return Source(_default(source))
    path = source
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        raise UnknownSource(str(source), f"no {NAME} in it")
    values = _parse(file)
    auto_map = values.get("auto_map")
    code = (
        read_code(auto_map, file.parent, offline=offline) if trust_remote_code and isinstance(auto_map, dict) else None
    )
    config, notes = _read(file, values, code)
    architectures = values.get("architectures")
    generation = file.with_name(GENERATION)
    return Source(
        config,
        architectures=tuple(map(str, architectures)) if isinstance(architectures, list) else (),
        folder=file.parent,
        files=(file, generation) if generation.is_file() else (file,),
        generation=_parse(generation) if generation.is_file() else {},
        notes=notes,
        code=code,
    )


def tree_of(config: Any) -> ConfigTree:
    """The plain nested dict of a config, and what its parts are."""
    maps = {place: getattr(type(part), "attribute_map", None) or {} for place, part in _walk(config, ())}
    return grow_tree(_plain(config), maps)


def config_with(config: Any, values: Mapping[str, Any]) -> Any:
    """A config of the same class from changed values.

    Raises:
        BadConfig: Its class refuses them.
    """
    plain = grow_tree(values).values  # from_dict changes what it is given
    # Whatever a config class raises on values, from its validators or from its arithmetic, is its answer.
    try:
        return type(config).from_dict(plain)
    except Exception as error:
        raise BadConfig(type(config).__name__, shortened(error)) from error


def classes_in(config: Any) -> dict[Place, str]:
    """The name of the class of a config and of each part of it, by where it lies."""
    return {place: type(part).__name__ for place, part in _walk(config, ())}


def model_types() -> tuple[str, ...]:
    """The model types that transformers knows."""
    with uncollected():
        need("transformers", "model")
        from transformers import CONFIG_MAPPING

        return tuple(CONFIG_MAPPING)


def shortened(error: BaseException, most: int = 240) -> str:
    """The words of an error of transformers, in one line."""
    error = cause_of(error)
    words = " ".join(_VALIDATOR.sub("", str(error)).split()) or type(error).__name__
    return words if len(words) <= most else words[: most - 4] + " ..."


def cause_of(error: BaseException) -> BaseException:
    """What went wrong in a module of transformers that could not be imported: its own error says only which one it was."""
    while isinstance(error, ImportError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _default(name: str) -> Any:
    known = model_types()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        if not _WORD.fullmatch(name) or (Path(name).suffix and not near):
            raise NoSource(name)
        raise UnknownModelType(name, near)
    from transformers import CONFIG_MAPPING

    try:
        return CONFIG_MAPPING[name]()
    except Exception as error:  # a config class that cannot do without values
        raise BadConfig(name, f"its default config cannot be made: {shortened(error)}") from error


def _parse(file: Path) -> dict[str, Any]:
    values = parse_json(file.read_bytes(), file)
    if not isinstance(values, dict):
        raise DamagedSource(file, "a JSON object is wanted")
    return values


def _read(file: Path, values: Mapping[str, Any], code: RemoteCode | None) -> tuple[Any, tuple[str, ...]]:
    named = values.get("model_type") or _type_of(values.get("architectures"))
    if not isinstance(named, str) or not named:
        raise BadConfig(str(file), "it names no model_type")
    remote = isinstance(values.get("auto_map"), dict)
    own = code.config_class() if code else None
    if own is None and named not in model_types():
        near = difflib.get_close_matches(named, model_types(), n=3)
        raise UnknownModelType(named, near, str(file), needs_code=remote and code is None)
    from transformers import CONFIG_MAPPING, AutoConfig

    place = str(file.parent if file.name == NAME else file)
    try:
        if own or not values.get("model_type"):
            config = (own or CONFIG_MAPPING[named]).from_pretrained(place)
        else:
            config = AutoConfig.from_pretrained(place, trust_remote_code=False)
    except Exception as error:  # validators of transformers raise whatever they like
        raise BadConfig(str(file), shortened(error)) from error
    notes = [
        f"{'.'.join(map(str, (*place, key)))} left out: a tiny model is not stored that way"
        for place, key in _drop(config)
    ]
    notes += [f"{'.'.join(place)}.return_dict left out: the whole looks outputs up by name" for place in _name(config)]
    notes += [
        f"{'.'.join(place)} left out: unless told to attend eagerly, no such model is saved" for place in _calm(config)
    ]
    if code:
        config.auto_map = dict(code.auto_map)
    elif remote:
        notes.append(f"auto_map left out: transformers has {named} itself")
        config.__dict__.pop("auto_map", None)
    return config, tuple(notes)


def _type_of(architectures: Any) -> str | None:
    """The model type whose config class goes with the class named first, where an old config says no more.

    >>> _type_of(["GPT2LMHeadModel"])
    'gpt2'
    """
    from transformers.models.auto import configuration_auto

    first = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    stems = {
        kind: name.removesuffix("Config") for kind, name in vars(configuration_auto)["CONFIG_MAPPING_NAMES"].items()
    }
    fitting = [kind for kind, stem in stems.items() if stem and first.startswith(stem)]
    # Of several types with one config class, the one that is called as the class is.
    return max(fitting, key=lambda kind: (len(stems[kind]), kind == stems[kind].lower()), default=None)


def _drop(config: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    for key in STORED:
        if config.__dict__.get(key) is not None:
            yield place, key
        config.__dict__.pop(key, None)
    for key, part in _parts(config):
        yield from _drop(part, (*place, key))


def _name(config: Any) -> Iterator[tuple[str, ...]]:
    """Have every part give its outputs by name, as old configs sometimes forbid."""
    for place, part in _walk(config, ()):
        if place and part.__dict__.get("return_dict") is False:
            part.return_dict = True
            yield tuple(map(str, place))


def _calm(config: Any) -> Iterator[tuple[str, ...]]:
    """Have no part ask for attentions by itself: transformers then refuses to save a model that attends in any way but one."""
    for place, part in _walk(config, ()):
        if getattr(part, "output_attentions", False):
            part.output_attentions = False
            yield (*map(str, place), "output_attentions")


def _walk(config: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    yield place, config
    for key, part in _parts(config):
        yield from _walk(part, (*place, key))


def _parts(config: Any) -> Iterator[tuple[str, Any]]:
    for key, value in config.__dict__.items():
        if hasattr(value, "to_diff_dict") and hasattr(value, "attribute_map") and not key.startswith("_"):
            yield key, value


def _plain(config: Any) -> dict[str, Any]:
    values = {str(key): _named(value) for key, value in config.to_dict().items()}
    values.pop("transformers_version", None)
    return values


def _named(value: Any) -> Any:
    """As JSON would have it: the keys of id2label are numbers only in memory."""
    if isinstance(value, dict):
        return {str(key): _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, (list, tuple)) else value
