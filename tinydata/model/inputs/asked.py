"""Asked: repairs that add an input which a model asks for, or a token that its text lacks."""

from __future__ import annotations

import inspect
import linecache
import re
from typing import Any

import torch

from tinydata.model.inputs.attempt import WORD, Attempt

# Another input, or none at all, is meant where one of these is None.
NEVER = frozenset(
    "labels use_cache past_key_values cache config return_dict output_attentions output_hidden_states position_ids"
    " cache_position inputs_embeds input_ids encoder_outputs image_hidden_states input self return_loss".split()
)
MAIN = ("input_values", "input_features", "pixel_values")
HANDED_ON = frozenset({"hidden_states", "input", "bias", "weight", "attention_mask"})  # made by the model on the way
COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}
_SPECIAL = re.compile(r"\w+_token_(?:id|index)")
_LINES_ABOVE = 6


def add_missing(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """The arguments that Python finds missing."""
    return attempt.made(re.findall(r"'(\w+)'", match["names"]))


def drop_unknown(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """Without the argument that the signature does not have."""
    if match["name"] not in attempt.inputs:
        return None
    return {name: value for name, value in attempt.inputs.items() if name != match["name"]}


def add_asked(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """The first input that the message names and that is not there."""
    words = re.findall(r"`(\w+)`", attempt.message) + [word for word in match.groups() if word]
    words += WORD.findall(attempt.message)
    asked = [word for word in dict.fromkeys(words) if attempt.facts.takes(word) and word not in attempt.inputs]
    return _first_made(attempt, [word for word in asked if word != "labels"])


def add_both(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """Both of two inputs that a model cannot do without."""
    return attempt.made([name for name in match.groups() if attempt.facts.takes(name)])


def add_none(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """The input that is None where the failure lies: innermost frame first, words of its line first."""
    names = _nones(attempt)
    inner = [name for name in names if not attempt.facts.takes(name)]
    # What the failing function calls input_values may be called decoder_input_values where it came in.
    longer = [name for name in names if name.endswith(tuple(f"_{it}" for it in inner))]
    made = _first_made(attempt, longer + names)
    if made is None and attempt.facts.open:
        # Handed on without a name in the signature: only what the failing functions themselves take.
        made = attempt.made([name for name in names if name not in NEVER | HANDED_ON][:1])
    return made


def add_main(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """The sound or the picture that is None where generation fails."""
    names = [name for name in dict.fromkeys(_nones(attempt)) if name in MAIN]
    return attempt.made(names[:1]) if names else None


def add_special(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """The special token that the failing function looks for, into every row of the text."""
    text = attempt.inputs.get("input_ids")
    if not isinstance(text, torch.Tensor) or text.dim() < 2:
        return None
    said = re.search(r"(?:exactly|at least) (\w+) .*?tokens?:? *(\d+)?", attempt.message)
    count = COUNTS.get(said[1], 1) if said else 1
    ids = [int(said[2])] if said and said[2] else []
    ids += [it for it in _looked_for(attempt) if not bool((text == it).any(-1).all())]
    ids = [it for it in ids if 0 <= it < attempt.facts.vocabulary]
    if not ids or attempt.count(("special", ids[0])):
        return None
    new = text.clone()
    new[new == ids[0]] = int(next(it for it in range(attempt.facts.vocabulary) if it != ids[0]))
    new[..., 1 : 1 + 2 * count : 2] = ids[0]
    return attempt.with_({"input_ids": new})


def add_guarded(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """The input whose absence a guard above the failing line complains of."""
    return _first_made(attempt, _guarded(attempt))


def _looked_for(attempt: Attempt) -> list[int]:
    found = []
    for frame in attempt.frames[:8]:
        if "transformers" not in frame.f_code.co_filename and "self" not in frame.f_locals:
            continue
        try:
            source = inspect.getsource(frame.f_code)
        except (OSError, TypeError):
            continue
        if "==" not in source and ".eq(" not in source:
            continue
        holder = getattr(frame.f_locals.get("self"), "config", attempt.facts.config)
        for name in dict.fromkeys(_SPECIAL.findall(source)):
            value = getattr(holder, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and "pad" not in name:
                found.append(value)
    return list(dict.fromkeys(found))


def _nones(attempt: Attempt) -> list[str]:
    names = []
    for frame, line in zip(attempt.frames, attempt.lines, strict=False):
        words = WORD.findall(linecache.getline(frame.f_code.co_filename, line))
        names += [word for word in words if frame.f_locals.get(word, 0) is None]
    names += _guarded(attempt)
    for frame in attempt.frames:
        names += [name for name, value in frame.f_locals.items() if value is None]
    return names


def _guarded(attempt: Attempt) -> list[str]:
    names = []
    for frame, line in zip(attempt.frames[:3], attempt.lines[:3], strict=False):
        above = "".join(linecache.getline(frame.f_code.co_filename, it) for it in range(line - _LINES_ABOVE, line + 1))
        names += [name for name in re.findall(r"(\w+) is None", above) if frame.f_locals.get(name, 0) is None]
    return names


def _first_made(attempt: Attempt, names: list[str]) -> dict[str, Any] | None:
    for name in dict.fromkeys(names):
        if attempt.facts.takes(name) and name not in attempt.inputs and name not in NEVER:
            made = attempt.made([name])
            if made is not None:
                return made
    return None
