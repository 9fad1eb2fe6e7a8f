"""Placeholders: ids in the text at whose places the features of another modality are put."""

from __future__ import annotations

import re
from typing import Any

import torch

from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.facts import Facts

MOST = 5000
AROUND = 8
KINDS = {
    "image": ("image", "vision", "visual", "img", "media"),
    "video": ("video",),
    "audio": ("audio", "speech", "sound"),
}
_PLACE = re.compile(r"token_(id|index)$|_patch_id$|placeholder")
_NO_PLACE = re.compile(r"start|end|bos|eos|begin|newline|boi|eoi|pad|delay|prompt|stream|break|row|col")


def placeholder_ids(facts: Facts, kind: str) -> list[int]:
    """The ids that may stand for this modality, likeliest first."""
    words = KINDS.get(kind, tuple(word for some in KINDS.values() for word in some))
    pattern = re.compile(rf"(?=.*(?:{'|'.join(words)}))(?=.*(?:{_PLACE.pattern}))(?!.*(?:{_NO_PLACE.pattern}))")
    return [it for it in facts.ids_of(pattern) if 0 <= it < facts.vocabulary]


def put_placeholders(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    """As many placeholders as there are features, evenly over the rows."""
    text = attempt.inputs.get("input_ids")
    if not isinstance(text, torch.Tensor) or text.dim() != 2:
        return None
    kind = (match["kind"] or "").lower()
    kind = next((name for name, words in KINDS.items() if kind in words), "")
    kind = kind or next((it for it in KINDS if it in attempt.label), "image")
    count = int(match["features"])
    if int(match["tokens"]) == count and count % attempt.facts.width == 0:
        count //= attempt.facts.width  # elements were counted, not places
    ids = placeholder_ids(attempt.facts, kind)
    nth = attempt.count((kind, count))
    if nth >= len(ids) or not 0 < count < MOST:
        return None
    return attempt.with_(with_placeholders(attempt, ids[nth], count))


def with_placeholders(attempt: Attempt, place: int, count: int) -> dict[str, Any]:
    """The text with `count` places in all, and everything that is as long as the text."""
    text = attempt.inputs["input_ids"]
    rows = text.shape[0]
    counts = [count // rows + (row < count % rows) for row in range(rows)]
    length = max(counts) + AROUND
    plain = [row[row != place] for row in text]
    new = torch.full((rows, length), int(plain[0][0]) if len(plain[0]) else 0, dtype=text.dtype)
    for row, (words, places) in enumerate(zip(plain, counts, strict=True)):
        kept = words[: length - places]
        line = torch.cat([kept[:2], torch.full((places,), place, dtype=text.dtype), kept[2:]])
        new[row, : len(line)] = line
    changes: dict[str, Any] = {"input_ids": new}
    for name, value in attempt.inputs.items():
        if name.endswith("token_type_ids") or name == "image_attention_mask":
            continue
        if not isinstance(value, torch.Tensor) or value.is_floating_point():
            continue  # features are as many as before
        if value.shape[:2] == text.shape and name != "input_ids":
            changes[name] = value[:, :1].expand(rows, length, *value.shape[2:]).contiguous()
        if name == "cross_attention_mask" or name == "image_attention_mask":
            changes[name] = torch.ones(rows, length, *value.shape[2:], dtype=value.dtype)
    if attempt.facts.takes("mm_token_type_ids"):
        kinds = torch.zeros_like(new)
        for number, kind in enumerate(KINDS, 1):
            for it in placeholder_ids(attempt.facts, kind)[:1]:
                kinds[new == it] = number
        changes["mm_token_type_ids"] = kinds
    elif "token_type_ids" in attempt.inputs:
        changes["token_type_ids"] = (new == place).long()
    return changes
