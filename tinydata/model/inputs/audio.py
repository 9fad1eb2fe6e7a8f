"""Audio: mel spectrograms in both orders, waveforms, and the masks that go with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import torch
from torch import nn

from tinydata.model.inputs.facts import ROWS, Facts
from tinydata.model.inputs.recipes import Recipe, normal, ones

NEAR = ("audio", "speech", "sound", "acoustic", "encoder", "feature")
SPECTRA = (
    "input_features",
    "audio_mel",
    "audio_features",
    "audio_input_features",
    "input_audio_embeds",
    "spectrogram",
    "features",
)
WAVES = ("input_values", "audio_values", "waveform", "audio")
MASKS = ("input_features_mask", "feature_attention_mask", "audio_mel_mask", "audio_attention_mask", "audio_mask")
BINS = (
    "num_mel_bins",
    "input_feat_per_channel",
    "feature_size",
    "input_feat_size",
    "n_mels",
    "feature_projection_input_dim",
    "input_dim",
    "mel_dim",
    "n_mel_bins",
    "spectrogram_bins",
    "model_in_dim",
    "input_size",
)
BESIDE = 6  # spectra that are tried beside each wave
STEPS = (96, 128, 200, 100, 400)


def bins_of(facts: Facts) -> list[int]:
    """How many values a moment of sound may have: by the config, then by the first layers."""
    counts = [facts.number(name, near=NEAR) for name in BINS]
    line = facts.layer((nn.Linear,), NEAR)
    wave = facts.layer((nn.Conv1d,), NEAR)
    counts += [line.in_features] if line is not None else []
    counts += [wave.in_channels] if wave is not None else []
    return [it for it in dict.fromkeys(counts) if it and it > 1] or [80, 128]


def sounds(facts: Facts) -> Iterator[Recipe]:
    """Spectra, then waves."""
    spectrum, wave = facts.takes(*SPECTRA), facts.takes(*WAVES)
    if spectrum and wave:
        for one, other in product(_waves(facts, wave), islice(_spectra(facts, spectrum), BESIDE)):
            yield other | one
    if spectrum:
        yield from _spectra(facts, spectrum)
    if wave:
        yield from _waves(facts, wave)


def _spectra(facts: Facts, name: str) -> Iterator[Recipe]:
    places = facts.number("max_source_positions", near=NEAR)
    steps = [2 * places, places] if places and places <= 3000 else []
    mask = facts.takes(*MASKS)
    for count in bins_of(facts)[:3]:
        for length in dict.fromkeys([*steps, *STEPS]):
            for shape in ((ROWS, count, length), (ROWS, length, count)):
                sound: Recipe = {name: normal(*shape)}
                if mask:
                    yield sound | {mask: ones(ROWS, length)}
                    yield sound | {mask: ones(ROWS, length, dtype=torch.bool)}
                elif facts.takes("attention_mask") and not facts.takes("input_ids"):
                    yield sound | {"attention_mask": ones(ROWS, length)}
                    yield sound | {"attention_mask": ones(ROWS, length, dtype=torch.bool)}
                yield sound
    for count in bins_of(facts)[:2]:
        yield {name: normal(ROWS, 1, 1001, count)}
        yield {name: normal(ROWS, 1, 128, count)}


def _waves(facts: Facts, name: str) -> Iterator[Recipe]:
    for samples in (4000, 16000):
        yield {name: normal(ROWS, samples)}
        if facts.takes("padding_mask"):
            yield {name: normal(ROWS, 1, samples), "padding_mask": ones(ROWS, samples, dtype=torch.bool)}
        yield {name: normal(ROWS, 1, samples)}
    counts = bins_of(facts)
    if longest := facts.number("max_length", near=NEAR):
        yield {name: normal(ROWS, longest, counts[0])}
    yield {name: normal(ROWS, 24, counts[0])}
    yield {name: normal(ROWS, counts[0], 24)}
    yield {name: normal(ROWS, 2, 4000)}
    yield {name: normal(ROWS, 24000)}
