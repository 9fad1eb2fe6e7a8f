"""Documented: the shape that the docstring of forward gives an input, worked out with the config."""

from __future__ import annotations

import re

import torch

from tinydata.model.inputs.facts import LENGTH, ROWS, Facts
from tinydata.model.inputs.pictures import picture_of
from tinydata.model.inputs.recipes import Draw, Maker

_WORD = re.compile(r"(config\.)?[A-Za-z_][\w.]*")
_SAFE = re.compile(r"[\d\s+*/()-]+")


def documented(facts: Facts, name: str) -> Maker | None:
    """An input as its docstring describes it, `of shape (batch_size, ...)`; None where it tells no shape."""
    found = re.search(rf"^\s*{name} \((.*?of shape `?\((.*?)\)`?.*?)\):?\s*$", facts.document, re.MULTILINE)
    if found is None:
        return None
    sizes = [_size(facts, it.strip()) for it in re.split(r",(?![^()]*\))", found[2]) if it.strip()]
    if any(size is None for size in sizes):
        return None
    shape = [size for size in sizes if size is not None]
    kind = found[1].lower()

    def make(draw: Draw) -> torch.Tensor:
        if "bool" in kind or "mask" in name:
            return torch.ones(*shape, dtype=torch.bool if "bool" in kind else torch.long)
        if "long" in kind or "int" in kind:
            return draw.below(2, *shape)
        return draw.normal(*shape)

    return make


def _size(facts: Facts, words: str) -> int | None:
    picture = picture_of(facts)
    side = picture.side or (64, 64)
    known = {
        "batch_size": ROWS,
        "batch": ROWS,
        "num_images": ROWS,
        "sequence_length": LENGTH,
        "seq_len": LENGTH,
        "target_sequence_length": LENGTH // 2,
        "num_channels": picture.channels,
        "channels": picture.channels,
        "height": side[0],
        "width": side[1],
        "image_size": side[0],
        "patch_size": picture.patch[0],
        "num_patches": side[0] // picture.patch[0] * (side[1] // picture.patch[1]),
        "num_frames": picture.frames or 4,
        "hidden_size": facts.width,
        "hidden_dim": facts.width,
        "embed_dim": facts.width,
    }

    def value(found: re.Match[str]) -> str:
        word = found[0].removeprefix("config.").removeprefix("self.config.")
        size = known.get(word) or facts.number(word)
        return str(size) if size else found[0]

    sum_of = _WORD.sub(value, words)
    if not _SAFE.fullmatch(sum_of):
        return None
    return _reckon(sum_of)


def _reckon(words: str) -> int | None:
    total = None
    for term in words.replace("(", " ").replace(")", " ").split("+"):
        product = 1
        for factor in re.split(r"\*+", term):
            if not factor.strip().isdigit():
                return None
            product *= int(factor)
        total = product if total is None else total + product
    return total
