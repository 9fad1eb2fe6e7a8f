"""Defaults: the processors that transformers has for a model type, where a source brings none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tinydata.extras import need
from tinydata.model.processor_joined import tell_joined
from tinydata.model.processor_sizes import MELS, said

PREPROCESSOR, PROCESSOR, VIDEO = "preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json"
Files = dict[str, dict[str, Any]]
PARTS = {  # as a processor calls it -> module of transformers.models.auto, its table, what gives a class for a name
    "image_processor": (
        "image_processing_auto",
        "IMAGE_PROCESSOR_MAPPING_NAMES",
        "get_image_processor_class_from_name",
    ),
    "feature_extractor": (
        "feature_extraction_auto",
        "FEATURE_EXTRACTOR_MAPPING_NAMES",
        "feature_extractor_class_from_name",
    ),
    "video_processor": (
        "video_processing_auto",
        "VIDEO_PROCESSOR_MAPPING_NAMES",
        "video_processor_class_from_name",
    ),
}
# What a config tells better than a class: keys of a processor -> keys of a config.
TOLD = {
    ("feature_size", "num_mel_bins"): MELS,
    ("patch_size",): ("patch_size",),
    ("merge_size",): ("spatial_merge_size", "merge_size"),
    ("temporal_patch_size",): ("temporal_patch_size",),
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
    before = _original(config)
    parts: dict[str, dict[str, Any]] = {}
    notes = []
    for part, (module, table, by_name) in PARTS.items():
        try:
            name = _name_of(config, table)
            if name:
                made = getattr(auto(module), by_name)(name)()
                parts[part] = _as_told(json.loads(made.to_json_string()), before)
        except Exception as error:  # any library may be missing that a class wants, and each says so in its own way
            notes.append(f"no {part.replace('_', ' ')}: {first_line(error)}")
    joined = tell_joined(auto("processing_auto").PROCESSOR_MAPPING.get(type(config), None), config.to_dict(), before)
    if "image_processor" in parts and "image_seq_length" in joined:  # some read it there
        parts["image_processor"].setdefault("image_seq_length", joined["image_seq_length"])
    return Defaults(_lay_out(parts), before, joined, tuple(notes))


def first_line(error: Exception) -> str:
    """What an error of another library says, in short."""
    told = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return told.split(". ")[0]


def _as_told(values: dict[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """With the mel bins, patches and pictures of the config, where it has one size of them."""
    told: dict[str, Any] = {}
    for keys, names in TOLD.items():
        numbers = {now for _, now in said(names, config, config) if type(now) is int}
        for key in keys:
            if len(numbers) == 1 and type(values.get(key)) is int and values[key] > 1:
                (told[key],) = numbers
    sides = {tuple(now) if isinstance(now, list) else (now, now) for _, now in said(("image_size",), config, config)}
    for key in ("size", "crop_size") if len(sides) == 1 else ():
        ((height, width),) = sides
        value = values.get(key)
        if isinstance(value, dict) and set(value) == {"height", "width"}:
            told[key] = {"height": height, "width": width}
        elif (
            isinstance(value, dict) and set(value) == {"shortest_edge"} and value["shortest_edge"] < min(height, width)
        ):
            told[key] = {"shortest_edge": min(height, width)}
    return values | told


def _lay_out(parts: dict[str, dict[str, Any]]) -> Files:
    files: Files = {}
    if "video_processor" in parts:
        files[VIDEO] = parts.pop("video_processor")
    if len(parts) == 1:  # the file that every version of transformers knows
        (files[PREPROCESSOR],) = parts.values()
    elif parts:
        files[PROCESSOR] = parts
    return files


def _name_of(config: Any, table: str) -> str | None:
    """The class for a config, or for the first part of it that has one; one that does without torchvision comes first."""
    auto("image_processing_auto")  # fills in what the tables themselves leave out
    auto("feature_extraction_auto")
    known = getattr(auto("auto_mappings"), table)
    for one in _configs(config):
        found = known.get(one.model_type)
        names = [found.get("pil"), *found.values()] if isinstance(found, Mapping) else [found]
        if any(names):
            return next(str(name) for name in names if name)
        if isinstance(found, Mapping):  # the table forgets what could not be imported
            raise ImportError(f"{' and '.join(found)} is not installed")
    return None


def auto(module: str) -> Any:
    """A module of transformers' own tables."""
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
