"""Candidates: what to try a model on, from rich (every modality) to poor (text alone), each under a label of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any
from zlib import crc32

from torch import nn

from tinydata.model.inputs.audio import sounds
from tinydata.model.inputs.facts import CONVOLUTIONS, LENGTH, ROWS, Facts
from tinydata.model.inputs.images import images
from tinydata.model.inputs.named import named
from tinydata.model.inputs.recipes import Draw, Recipe, given, ids, normal
from tinydata.model.inputs.series import episodes, series
from tinydata.model.inputs.text import texts
from tinydata.model.inputs.videos import videos

MOST = 150
ALL_THREE = 24
SAMPLES = 3200
CHANNELS_OF_LATENTS = 3  # from here on it is no wave, but what a decoder makes one of
SIDE = 16
LATENTS = 4


@dataclass(frozen=True)
class Candidate:
    """Inputs that are worth a try."""

    label: str
    kind: str
    recipe: Recipe

    def make(self, facts: Facts) -> dict[str, Any]:
        """The tensors: the same on every run, whatever was tried before."""
        draw = Draw(facts, crc32(self.label.encode()))
        return {name: make(draw) for name, make in self.recipe.items()}


Modality = Callable[[Facts], Iterator[Recipe]]

# What a model takes beside text, rich to poor; the word is the label.
MODALITIES: dict[str, Modality] = {
    "image": images,
    "video": videos,
    "audio": sounds,
    "series": series,
    "episode": episodes,
}


def candidates(facts: Facts) -> list[Candidate]:
    """Everything to try, in order, at most `MOST`; the poorest are never cut off."""
    found = list(_candidates(facts))
    poor = [it for it in found if it.kind in ("text", "name", "own")]
    rich = [it for it in found if it not in poor][: max(0, MOST - len(poor))]
    return rich + poor


def _candidates(facts: Facts) -> Iterator[Candidate]:
    counts: dict[str, int] = {}

    def named_as(kind: str, *recipes: Recipe) -> Iterator[Candidate]:
        joined = {name: make for recipe in recipes for name, make in recipe.items() if facts.takes(name) or facts.open}
        joined |= {name: make for name in facts.required if name not in joined and (make := named(facts, name))}
        if joined:
            counts[kind] = counts.get(kind, 0) + 1
            yield Candidate(f"{kind} {counts[kind]}", kind, joined)

    spoken = list(texts(facts))
    heard = {kind: list(modality(facts)) for kind, modality in MODALITIES.items()}
    if spoken:
        for sound, image in islice(product(heard["audio"][:6], heard["image"][:4]), ALL_THREE):
            yield from named_as("text + image + audio", spoken[0], sound, image)
    for kind, recipes in heard.items():
        texts_beside = spoken[:2] if kind == "image" else spoken[:1]
        for text in texts_beside:
            for recipe in recipes:
                yield from named_as(f"text + {kind}", text, recipe)
        for recipe in recipes:
            yield from named_as(kind, recipe)
    for text in spoken:
        yield from named_as("text", text)
    if spoken and (facts.takes("use_cache") or facts.open):
        yield from named_as("text", spoken[0] | {"use_cache": given(False)})
    for recipe in _named_main(facts):
        yield from named_as("name", recipe)
    if own := _own(facts):
        yield from named_as("own", own)


def _named_main(facts: Facts) -> Iterator[Recipe]:
    """By the names of the signature alone."""
    if "hidden_states" in facts.required:
        first = facts.layer((nn.Linear, *CONVOLUTIONS))
        if isinstance(first, nn.Linear):
            yield {"hidden_states": normal(ROWS, LENGTH, first.in_features)}
        elif first is not None:
            wave = isinstance(first, nn.Conv1d) and first.in_channels < CHANNELS_OF_LATENTS
            sides = [SAMPLES if wave else LATENTS] if isinstance(first, nn.Conv1d) else [SIDE] * len(first.kernel_size)
            yield {"hidden_states": normal(ROWS, first.in_channels, *sides)}
        widths = facts.numbers("hidden_size", "d_model", "decoder_hidden_size", "input_size", "mel_dim")
        for width in widths:
            yield {"hidden_states": normal(ROWS, LENGTH, width)}
            yield {"hidden_states": normal(ROWS, width, LENGTH)}
    if facts.takes("inputs"):
        yield {"inputs": ids(ROWS, LENGTH)}
    if facts.takes("audio_codes"):
        books = facts.number("num_quantizers", "num_codebooks", "n_codebooks") or 1
        yield {"audio_codes": ids(ROWS, books, LENGTH, size=facts.number("codebook_size"))}
    recipe = {name: make for name in facts.required if (make := named(facts, name))}
    if recipe and len(recipe) == len(facts.required):
        yield recipe


def _own(facts: Facts) -> Recipe:
    """What the class itself calls its dummy inputs, where it offers some of its own."""
    own = getattr(facts.model, "dummy_inputs", None)
    if not isinstance(own, dict):
        return {}
    return {name: given(value) for name, value in own.items()}
