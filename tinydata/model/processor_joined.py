"""Joined: what a class that joins tokenizer and processors has to be told of its model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from tinydata.model.processor_sizes import ALIASES, COUNTS, IMAGE_SIZES, PATCHES, said, shrink_sizes

FACTORS = ("scale_factor", "spatial_merge_size", "downsample_factor", "projector_scale_factor")


def tell_joined(named: Any, config: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Find in the config of a model what the class of its processor is made with, name by name.

    Args:
        named: The class; None: there is none.
        config: The config of the tiny model.
        before: The same in the sizes that the class's defaults are made for.

    Returns:
        The class's name and what differs from its defaults; empty where there is no class.
    """
    if named is None:
        return {}
    parameters = inspect.signature(named.__init__).parameters
    told: dict[str, Any] = {"processor_class": named.__name__}
    for name, parameter in parameters.items():
        value = next((now for _, now in said(ALIASES.get(name, (name,)), config, config)), None)
        if value is None and type(parameter.default) is int:
            value = shrink_sizes({name: parameter.default}, before, config)[name]
            if name in COUNTS and value == parameter.default:
                value = _count(config)
        if value is not None and value != parameter.default:
            told[name] = value
    if "num_additional_image_tokens" in parameters:
        told |= _additional(config)
    return told


def _count(config: Mapping[str, Any]) -> int | None:
    """How many tokens a picture takes: its patches, some of which are merged into one."""
    side, patch, factor = (_number(keys, config) for keys in (IMAGE_SIZES, PATCHES, FACTORS))
    return max(1, (side // patch) ** 2 // max(1, factor) ** 2) if side and patch else None


def _additional(config: Mapping[str, Any]) -> dict[str, int]:
    """How many tokens of a picture are none of its patches, such as CLIP's first, if the config tells."""
    count, side, patch = (_number(keys, config) for keys in (COUNTS, IMAGE_SIZES, PATCHES))
    if not (count and side and patch):
        return {}
    dropped = config.get("vision_feature_select_strategy") == "default"
    extra = count - (side // patch) ** 2 + dropped
    return {"num_additional_image_tokens": extra} if extra in (0, 1) else {}


def _number(keys: tuple[str, ...], config: Mapping[str, Any]) -> int:
    return next((now for _, now in said(keys, config, config) if type(now) is int), 0)
