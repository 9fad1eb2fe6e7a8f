"""Series: what was measured over time, and what an agent saw and did."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tinydata.model.inputs.facts import ROWS, Facts
from tinydata.model.inputs.recipes import Draw, Maker, Recipe, fixed, normal, ones

PAST, STEPS, WINDOW = 24, 4, 64


def series(facts: Facts) -> Iterator[Recipe]:
    """Values of the past with what is known beside them; then the plainest."""
    if not facts.takes("past_values"):
        return
    past = facts.number("context_length") or PAST
    ahead = facts.number("prediction_length") or STEPS
    lags = facts.setting("lags_sequence") or [0]
    columns = facts.number("num_input_channels")
    if columns:
        yield {"past_values": normal(ROWS, past, columns)}
    length, known = past + max(lags), facts.number("num_time_features") or 0
    size = facts.number("input_size") or 1
    for values in ((), (size,)) if size == 1 else ((size,), ()):
        everything: Recipe = {
            "past_values": normal(ROWS, length, *values),
            "past_time_features": normal(ROWS, length, known),
            "past_observed_mask": ones(ROWS, length, *values),
            "future_values": normal(ROWS, ahead, *values),
            "future_time_features": normal(ROWS, ahead, known),
            "static_categorical_features": _categories(facts),
            "static_real_features": normal(ROWS, facts.number("num_static_real_features") or 0),
        }
        if not facts.number("num_static_categorical_features"):
            del everything["static_categorical_features"]
        if not facts.number("num_static_real_features"):
            del everything["static_real_features"]
        yield {name: make for name, make in everything.items() if facts.takes(name)}
    yield {"past_values": lambda draw: [draw.normal(WINDOW) for _ in range(ROWS)]}
    yield {"past_values": normal(ROWS, WINDOW)}


def episodes(facts: Facts) -> Iterator[Recipe]:
    """States, actions and rewards, a step each."""
    if facts.takes("states"):
        steps = torch.arange(STEPS).repeat(ROWS, 1).tolist()
        yield {
            "states": normal(ROWS, STEPS, facts.number("state_dim") or 17),
            "actions": normal(ROWS, STEPS, facts.number("act_dim") or 4),
            "rewards": normal(ROWS, STEPS, 1),
            "returns_to_go": normal(ROWS, STEPS, 1),
            "timesteps": fixed(steps),
            "attention_mask": ones(ROWS, STEPS),
        }


def _categories(facts: Facts) -> Maker:
    sizes = facts.setting("cardinality") or [1]

    def make(draw: Draw) -> torch.Tensor:
        return torch.stack([draw.below(size, ROWS) for size in sizes], -1)

    return make
