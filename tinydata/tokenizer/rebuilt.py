"""Rebuilt: classes of transformers 5 that put normalizer, pre-tokenizer and model together themselves, whatever a tokenizer.json has.

`class_frames.json` has what each makes without arguments. Only classes that do no more than that are there: of the others, such as those
that know languages or boxes, the name is worth more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tinydata.tokenizer.vocabulary import NESTED, flat

OF_BERT = {  # as the class calls it -> as the normalizer does
    "do_lower_case": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
    "clean_text": "clean_text",
}
OF_MODEL = ("fuse_unk", "byte_fallback", "ignore_merges", "continuing_subword_prefix", "end_of_word_suffix", "max_input_chars_per_word")  # fmt: skip
OF_CLASS = ("padding_side", "model_input_names")


def cuts_otherwise(name: str, frame: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether a class cuts texts otherwise than the frame says; one that is not known does not.

    Args:
        frame: Of the vocabulary.
        config: Of the tokenizer; it has the arguments of the class.
    """
    known = class_frames().get(name)
    return known is not None and _configured(known["frame"], config) != frame_of(frame)


def own_settings(name: str) -> dict[str, Any]:
    """What a class sets by itself, and no tokenizer_config.json tells: on which side it pads, and what it gives to a model."""
    known = class_frames().get(name, {})
    return {key: known[key] for key in OF_CLASS if key in known}


def frame_of(frame: Mapping[str, Any]) -> dict[str, Any]:
    """What of a frame decides how a text is cut, spelled in one way."""
    model = frame["model"]
    return {
        "normalizer": [_plain(part) for part in _leaves(frame.get("normalizer")) if part["type"] != "Precompiled"],
        "pre_tokenizer": [_plain(part) for part in _leaves(frame.get("pre_tokenizer"))],
        "model": {key: model[key] for key in OF_MODEL if model.get(key)},
    }


@cache
def class_frames() -> dict[str, dict[str, Any]]:
    """Class -> what it makes, and what it sets by itself."""
    known: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("class_frames.json").read_bytes())
    return known


def _configured(frame: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What a class makes with the arguments that a config has for it."""
    changed = dict(frame)
    for where in ("normalizer", "pre_tokenizer"):
        changed[where] = [_with_arguments(part, config) for part in frame[where]]
    if config.get("do_lower_case") is False:
        changed["normalizer"] = [part for part in changed["normalizer"] if part["type"] != "Lowercase"]
    if config.get("keep_accents"):
        changed["normalizer"] = [part for part in changed["normalizer"] if part["type"] not in ("NFKD", "StripAccents")]
    return changed


def _with_arguments(part: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(part)
    space = config.get("add_prefix_space")
    if part["type"] == "BertNormalizer":
        changed |= {own: config[name] for name, own in OF_BERT.items() if name in config}
    elif part["type"] == "ByteLevel" and space is not None:
        changed["add_prefix_space"] = space
    elif part["type"] == "Metaspace" and space is False:
        changed["prepend_scheme"] = "never"
    elif part["type"] == "Metaspace" and part["prepend_scheme"] == "first" and config.get("legacy"):
        changed["prepend_scheme"] = None  # the class takes another one then, and forgets it when it is saved
    return changed


def _leaves(part: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    return (leaf for leaf in flat(part) if not any(name in leaf for name in NESTED))


def _plain(part: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in part.items() if key not in ("trim_offsets", "str_rep")}
    if part["type"] == "Metaspace":
        always = plain.pop("add_prefix_space", True)
        plain = {"prepend_scheme": "always" if always else "never", "split": True, **plain}
    elif part["type"] == "ByteLevel":
        plain = {"use_regex": True, **plain}
    return plain
