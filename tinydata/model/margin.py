"""Margin: have a model's best next token lead by far, so that greedy texts are the same in float32 and bfloat16.

Scaling the head does nothing: bfloat16 floats, so the error grows with the gap. What helps is to plant a permutation: the embedding of
the last token is made to dominate what reaches the head, and the head's row for the token that follows it points the same way.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from tinydata.errors import NoMargin

POSITIONS = 2048
ROWS = 16
# Standard deviations of an embedding: 1 is enough where the residual stream is what it is; where each layer's output is
# brought to size 1 by a norm of its own, the embedding has to be larger than that.
DEVIATIONS = (1.0, 8.0, 32.0)
ROOM = 1.1  # beyond what was asked for, since both dtypes are held to it


@dataclass(frozen=True)
class Margin:
    """What was measured after a permutation was planted.

    Args:
        asked: By how much the best logit was to lead.
        least: By how much it leads at least, over all positions and both dtypes.
        median: The same, in the middle.
        flips: Positions at which bfloat16 prefers another token than float32.
        positions: How many were measured.
        deviation: Of the embedding.
        tied: Head and embedding are one: each token is followed by itself.
    """

    asked: float
    least: float
    median: float
    flips: int
    positions: int
    deviation: float
    tied: bool


def plant(model: Any, gap: float, *, rng_seed: int = 0) -> Margin:
    """Plant a permutation into a causal language model, in place, so that the best logit leads by `gap`.

    Args:
        model: Just built, in float32; ``logits`` come out of it for ``input_ids``.
        gap: By how much, in float32 and in bfloat16, at every position measured.
        rng_seed: Decides embedding and permutation.

    Raises:
        NoMargin: It has no head over an embedding, or the gap does not hold.
    """
    name = type(model).__name__
    embedding, head = _ends(model)
    tied = head is embedding
    original = {it: it.detach().clone() for it in {embedding, head}}
    margin: Margin | None = None
    for deviation in DEVIATIONS:
        strength = 1.0
        for _ in range(3):  # how much is planted is told by what it brings
            _restore(original)
            _sow(embedding, head, deviation, strength, rng_seed)
            margin = _measure(model, embedding.shape[0], gap, deviation, tied, rng_seed)
            if margin.flips == 0 and margin.least >= gap:
                return margin
            if margin.flips or margin.least <= 0:
                break
            strength *= ROOM * gap / margin.least
    _restore(original)
    assert margin is not None
    raise NoMargin(
        name,
        f"the best logit leads by {margin.least:.3g} at the least, not by {gap:g}, and bfloat16 prefers another token at "
        f"{margin.flips} of {margin.positions} positions",
    )


def _ends(model: Any) -> tuple[torch.nn.Parameter, torch.nn.Parameter]:
    """The weights of embedding and head."""
    name = type(model).__name__
    given, told = model.get_input_embeddings(), model.get_output_embeddings()
    embedding, head = getattr(given, "weight", None), getattr(told, "weight", None)
    if not isinstance(embedding, torch.nn.Parameter) or not isinstance(head, torch.nn.Parameter):
        raise NoMargin(name, "a margin needs a causal language model: an embedding and a head over the same tokens")
    if getattr(model.config, "is_encoder_decoder", False):
        raise NoMargin(name, "a margin needs a causal language model, and this one has an encoder of its own")
    if embedding.shape != head.shape:
        raise NoMargin(
            name, f"an embedding of {tuple(embedding.shape)} and a head of {tuple(head.shape)} do not fit for a margin"
        )
    return embedding, head


@torch.no_grad()
def _sow(embedding: Any, head: Any, deviation: float, strength: float, rng_seed: int) -> None:
    random = torch.Generator().manual_seed(rng_seed)
    rows = torch.randn(embedding.shape, generator=random)
    directions = rows / rows.norm(dim=1, keepdim=True)
    if head is embedding:  # of equal length, or a longer row that points nearly the same way would win
        embedding.copy_(directions * embedding.shape[1] ** 0.5 * deviation * strength)
        return
    embedding.copy_(rows * deviation)
    follows = torch.randperm(embedding.shape[0], generator=random)
    head[follows] += strength * directions


@torch.no_grad()
def _measure(model: Any, tokens: int, gap: float, deviation: float, tied: bool, rng_seed: int) -> Margin:
    """Both dtypes over the same random tokens; the model itself stays in float32."""
    random = torch.Generator().manual_seed(rng_seed + 1)
    ids = torch.randint(tokens, (ROWS, POSITIONS // ROWS), generator=random)
    whole = _logits(model, ids)
    half = _logits(copy.deepcopy(model).to(torch.bfloat16), ids)
    leads = torch.cat([_leads(whole), _leads(half)])
    return Margin(
        asked=gap,
        least=float(leads.min()),
        median=float(leads.median()),
        flips=int((whole.argmax(-1) != half.argmax(-1)).sum()),
        positions=ids.numel(),
        deviation=deviation,
        tied=tied,
    )


def _logits(model: Any, ids: torch.Tensor) -> torch.Tensor:
    longest = next(_lengths(model.config), None) or ids.shape[1]
    rows = ids.reshape(-1, min(ids.shape[1], _power(longest)))
    with torch.random.fork_rng(devices=[]):
        logits: torch.Tensor = torch.cat([model(input_ids=some).logits for some in torch.split(rows, ROWS)])
    return logits.float().reshape(-1, logits.shape[-1])


def _lengths(config: Any) -> Iterator[int]:
    """How many tokens a text may have."""
    for name in ("max_position_embeddings", "n_positions", "max_seq_len"):
        value = getattr(config.get_text_config(decoder=True), name, None)
        if isinstance(value, int) and value > 1:
            yield value


def _power(most: int) -> int:
    return 1 << (most.bit_length() - 1)


def _leads(logits: torch.Tensor) -> torch.Tensor:
    best = logits.topk(2, dim=-1).values
    return best[:, 0] - best[:, 1]


@torch.no_grad()
def _restore(original: dict[torch.nn.Parameter, torch.Tensor]) -> None:
    for parameter, value in original.items():
        parameter.copy_(value)
