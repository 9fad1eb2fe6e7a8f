"""Repair: what a model says about its inputs, and what to change. A rule is one line in `RULES`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinydata.model.inputs.asked import (
    add_asked,
    add_both,
    add_guarded,
    add_missing,
    add_none,
    add_special,
    drop_unknown,
)
from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.placeholders import put_placeholders
from tinydata.model.inputs.shapes import (
    add_frames,
    enlarge,
    fit_channels,
    fit_image,
    fit_length,
    fit_multiple,
    fit_ratio,
    fit_width,
)
from tinydata.model.inputs.values import bound_index, fill_axes, lengthen_text, one_row, retype_ids, retype_masks

Action = Callable[[Attempt, "re.Match[str]"], "dict[str, Any] | None"]


@dataclass(frozen=True)
class Rule:
    """When a message reads so, do this; None: it does not apply after all."""

    name: str
    pattern: re.Pattern[str]
    action: Action


def _rule(name: str, pattern: str, action: Action) -> Rule:
    return Rule(name, re.compile(pattern, re.DOTALL), action)


def without_cache(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """Nothing is to be kept for the next token, where what keeps it failed."""
    kept = any(frame.f_code.co_filename.endswith("cache_utils.py") for frame in attempt.frames)
    if not kept and not re.search("get_seq_length|[Cc]ache", attempt.message):
        return None
    if "use_cache" in attempt.inputs or not (attempt.facts.takes("use_cache") or attempt.facts.open):
        return None
    return attempt.with_({"use_cache": False})


PLACES = (
    r"(?P<kind>[Ii]mage|[Aa]udio|[Vv]ideo|[Vv]ision|[Ss]peech|[Mm]ultimodal)?[^0-9]{0,60}tokens?:?\s*(?P<tokens>\d+)"
    r"[^0-9]+features:?,?\s*(?:torch\.Size\(\[)?(?P<features>\d+)"
)

# The first that applies is taken; a model that says the same again has not been helped by it.
RULES: tuple[Rule, ...] = (
    _rule("placeholders", PLACES, put_placeholders),
    _rule("missing", r"missing \d+ required (?:keyword-only |positional )?arguments?: (?P<names>.*)", add_missing),
    _rule("unknown", r"unexpected keyword argument '(?P<name>\w+)'", drop_unknown),
    _rule(
        "asked",
        r"`(\w+)`.*(?:specif|provid|pass|requir|must|need|cannot be)|(?:specif|provid|pass|requir|must|need|cannot be).*`(\w+)`"
        r"|(\w+) must be (?:given|provided|specified|passed)|have to specify.*",
        add_asked,
    ),
    _rule("both", r"(\w+) and (\w+) cannot be None", add_both),
    _rule("index", r"index out of range|out of bounds|index \d+ is out", bound_index),
    _rule(
        "ids", r"expected .*(?:Long|Int).*but got .*Float|expected scalar type (?:Long|Int)|indices.*Long", retype_ids
    ),
    _rule("masks", r"attn_mask|bool|expected.*BoolTensor|mask dtype", retype_masks),
    _rule("special", r".*", add_special),
    _rule("text length", r"mask \[\d+, (?P<want>\d+)\] at index 1 .* tensor \[\d+, (?P<got>\d+)", lengthen_text),
    _rule(
        "training length",
        r"axial_pos_shape factors: \((?P<rows>\d+), (?P<columns>\d+)\) multiply .* != sequence_length: (?P<got>\d+)",
        fill_axes,
    ),
    _rule(
        "image size",
        r"\(?(?P<got_h>\d+)\s*[*x]\s*(?P<got_w>\d+)\)? doesn't match model \(?(?P<h>\d+)\s*[*x]\s*(?P<w>\d+)",
        fit_image,
    ),
    _rule(
        "channels", r"to have (?P<want>\d+) channels, but got (?P<got>\d+)|[Mm]ake sure that the channel", fit_channels
    ),
    _rule("width", r"mat1 and mat2|normalized_shape|same (?:size|dtype)|shapes cannot be multiplied", fit_width),
    _rule("multiple", r"(?:multiple of|divisible by)[^\n]*?(?P<step>\d+)", fit_multiple),
    _rule("length", r"length (?:to be|of) (?P<a>\d+)|be of length (?P<b>\d+)", fit_length),
    _rule("too few frames", r"per channel: \((?P<got>\d+) x \d+ x \d+\). Kernel size: \((?P<want>\d+) x", add_frames),
    _rule(
        "too small",
        r"index k out of range|[Kk]ernel size|[Oo]utput size is too small|[Pp]adding size|too short|too small|at least",
        enlarge,
    ),
    _rule("ratio", r"size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)", fit_ratio),
    _rule("ratio", r"Expected size (?P<b>\d+) but got size (?P<a>\d+)", fit_ratio),
    _rule("one row", r"shape '\[2, .*is invalid for input of size", one_row),
    _rule("none", r"None", add_none),
    _rule("guarded", r".*", add_guarded),
    _rule("cache", r".*", without_cache),
)


def repaired(attempt: Attempt, rules: tuple[Rule, ...] = RULES) -> tuple[str, dict[str, Any]] | None:
    """The inputs changed by the first rule that applies, with its name; None: none does."""
    for rule in rules:
        match = rule.pattern.search(attempt.message)
        if match is not None and (inputs := rule.action(attempt, match)) is not None:
            return rule.name, inputs
    return None
