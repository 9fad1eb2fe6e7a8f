"""Defaults: the processors that transformers has for a model type, where a source brings none."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tinydata.extras import need
from tinydata.model.processor_sizes import ALIASES, COUNTS, IMAGE_SIZES, MELS, PATCHES, said, shrink_sizes

PREPROCESSOR, PROCESSOR, VIDEO = "preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json"
Files = dict[str, dict[str, Any]]
PARTS = {  # as a processor calls it -> module of the table, name of the table
    "image_processor": ("image_processing_auto", "IMAGE_PROCESSOR_MAPPING"),
    "feature_extractor": ("feature_extraction_auto", "FEATURE_EXTRACTOR_MAPPING"),
    "video_processor": ("video_processing_auto", "VIDEO_PROCESSOR_MAPPING"),
}


@dataclass(frozen=True)
class Defaults:
    """The processors that transformers has for a model type, in its sizes.

    Args:
        files: Name -> config.
        before: The model's config in the same sizes.
        joined: What the class that joins tokenizer and processors has to be told of the model.
        notes: What there is none of and why, a line each.
    """

    files: Files
    before: Mapping[str, Any] = field(default_factory=dict)
    joined: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def default_processors(config: Any) -> Defaults:
    """Find the processors that transformers has for the type of a config, or for the types of its parts."""
    parts: dict[str, dict[str, Any]] = {}
    notes = []
    for part, table in PARTS.items():
        named = _class_of(config, table)
        if named is None:
            continue
        try:
            parts[part] = _with_mels(json.loads(named().to_json_string()), config.to_dict())
        except Exception as error:  # any library may be missing that a class wants, and each says so in its own way
            notes.append(f"no {part.replace('_', ' ')}: {first_line(error)}")
    before = _original(config)
    return Defaults(_lay_out(parts), before, _joined(config, before), tuple(notes))


def first_line(error: Exception) -> str:
    """What an error of another library says, in short."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _with_mels(values: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """As many mel bins as the config has, if it has one number of them."""
    bins = {now for _, now in said(MELS, config, config) if type(now) is int}
    keys = [key for key in ("feature_size", "num_mel_bins") if type(values.get(key)) is int and values[key] > 1]
    return values | dict.fromkeys(keys, *bins) if len(bins) == 1 else values


def _lay_out(parts: dict[str, dict[str, Any]]) -> Files:
    files: Files = {}
    if "video_processor" in parts:
        files[VIDEO] = parts.pop("video_processor")
    if len(parts) == 1:  # the file that every version of transformers knows
        (files[PREPROCESSOR],) = parts.values()
    elif parts:
        files[PROCESSOR] = parts
    return files


def _class_of(config: Any, table: tuple[str, str]) -> Any:
    """The class of the config, or of the first part of it that has one."""
    module, name = table
    try:
        known = getattr(_auto(module), name)
    except ImportError:  # all that is of videos wants torchvision
        known = dict.fromkeys(
            (
                type(one)
                for one in _configs(config)
                if one.model_type in getattr(_auto("auto_mappings"), f"{name}_NAMES")
            ),
            _Missing,
        )
    for one in _configs(config):
        found = known.get(type(one), None)
        classes = list(found.values()) if isinstance(found, Mapping) else [found]
        classes = [each for each in classes if each is not None]
        if classes:
            # What needs torchvision is a dummy where there is none; what stands in for it needs Pillow alone.
            return next((each for each in reversed(classes) if not getattr(each, "is_dummy", False)), classes[0])
    return None


class _Missing:
    def __init__(self) -> None:
        raise ImportError("torchvision is not installed")


def _joined(config: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the class that joins tokenizer and processors has to be told of the model."""
    named = _auto("processing_auto").PROCESSOR_MAPPING.get(type(config), None)
    if named is None:
        return {}
    now, told = config.to_dict(), {}
    for name, parameter in inspect.signature(named.__init__).parameters.items():
        value = next((new for _, new in said(ALIASES.get(name, (name,)), now, now)), None)
        if value is None and isinstance(parameter.default, int):
            value = shrink_sizes({name: parameter.default}, before, now)[name]
        if value is not None and value != parameter.default:
            told[name] = value
    if "num_additional_image_tokens" in inspect.signature(named.__init__).parameters:
        told |= _additional(now)
    return {"processor_class": named.__name__, **told}


def _additional(config: Mapping[str, Any]) -> dict[str, int]:
    """How many tokens of a picture are none of its patches, such as CLIP's first, if the config tells."""
    numbers = [next((now for _, now in said(keys, config, config)), None) for keys in (COUNTS, IMAGE_SIZES, PATCHES)]
    count, side, patch = (number if type(number) is int else 0 for number in numbers)
    if not (count and side and patch):
        return {}
    dropped = config.get("vision_feature_select_strategy") == "default"
    extra = count - (side // patch) ** 2 + dropped
    return {"num_additional_image_tokens": extra} if extra in (0, 1) else {}


def _auto(module: str) -> Any:
    need("transformers", "model")
    return import_module(f"transformers.models.auto.{module}")


def _original(config: Any) -> dict[str, Any]:
    """The config in the sizes that the defaults are made for."""
    try:
        original: dict[str, Any] = type(config)().to_dict()
    except Exception:  # some classes have no defaults that they accept
        original = config.to_dict()
    return original


def _configs(config: Any) -> Iterator[Any]:
    base = need("transformers", "model").PreTrainedConfig
    yield config
    for value in vars(config).values():
        if isinstance(value, base):
            yield from _configs(value)
