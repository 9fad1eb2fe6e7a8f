"""Aims: how small a model is meant to be, and what is tried in turn until one runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tinydata.model.tree import Path

Images = Literal["few", "scale", "keep"]
ALL = 10**9


@dataclass(frozen=True)
class Aim:
    """How small a model is meant to be.

    Args:
        width: The hidden size; other widths keep their ratio to it.
        heads: Attention heads.
        head_dim: Width of a head.
        layers: Layers, and more where there are more kinds of them.
        vocab_size: Rows of the embedding, and below which all token ids lie.
        experts: Experts of a mixture.
        top_k: Experts that a token is sent to.
        widest: What the last stage of a model in stages is at most to be wide, as far as the first stays at 8.
        positions: Rows of a table of learned positions; None: as many as there were.
        images: "few": fewer patches of the same size; "scale": as many smaller patches; "keep": as they are.
        divide: Divide every width by this, and keep heads as they are: ratios that nobody has named hold.
        cross_modal: Whether parts that speak of the text model's width in words of their own are given it.
        backbone: The timm model that takes the place of another; None: no other does.
        multiple: What a width is still a multiple of once it was polished, where a preset promises something of widths; the hidden
            size and the heads, which it is promised of, are not polished then.
        rope_sections: How the model's code splits a head between the axes of a position, where the config does not say.
        mend: Whether keys that a default config leaves at None are filled first.
        missing: Where keys lie that a model asked for and its config lacks; they are filled along.
    """

    width: int = 32
    heads: int = 4
    head_dim: int = 8
    layers: int = 2
    vocab_size: int = 256
    experts: int = 4
    top_k: int = 2
    widest: int = 64
    positions: int | None = 512
    images: Images = "few"
    divide: int | None = None
    cross_modal: bool = True
    backbone: str | None = "test_resnet"
    multiple: int = 1
    rope_sections: tuple[int, ...] = ()
    mend: bool = False
    missing: tuple[Path, ...] = ()


TINY = Aim()
# What is tiny already stays as it is.
STAY = Aim(
    width=ALL,
    heads=ALL,
    head_dim=ALL,
    layers=ALL,
    vocab_size=ALL,
    experts=ALL,
    top_k=ALL,
    widest=ALL,
    positions=None,
    images="keep",
    backbone=None,
)
FLASH = replace(TINY, width=64, multiple=8)  # FlashAttention wants a head_dim that is a multiple of 8
VLLM = replace(TINY, width=128, head_dim=32, multiple=8)
TP2 = replace(TINY, width=64, multiple=4)  # what is split over two devices is even, with room for a second split


def _family(first: Aim) -> tuple[Aim, ...]:
    """What is tried in turn: nearest to the wish first, then ever fewer of the ideas of what could be made smaller."""
    dim = max(first.head_dim, 16)
    wide = replace(first, width=max(first.width, 4 * dim), head_dim=dim, widest=256, positions=None)
    return (
        first,
        wide,
        replace(wide, heads=8, head_dim=first.head_dim, backbone="test_efficientnet"),
        replace(wide, images="scale", backbone="test_vit"),
        replace(wide, images="keep"),
        replace(wide, width=first.width, heads=2, head_dim=dim, images="keep"),
        replace(wide, cross_modal=False, backbone=None),
        replace(wide, width=128, head_dim=max(32, dim), images="keep"),
        replace(wide, divide=16, images="keep"),
        replace(first, layers=4),  # where a layer is shared there are to be two of its kind
        replace(wide, divide=8),
        replace(wide, divide=4, images="keep"),
        replace(wide, divide=8, images="keep", layers=4),
        replace(wide, divide=2, images="keep"),
    )


PRESETS: dict[str, tuple[Aim, ...]] = {
    "tiny": _family(TINY),
    "flash": _family(FLASH),
    "vllm": _family(VLLM),
    "tp2": _family(TP2),
}
AIMS = PRESETS["tiny"]


def tighter(aim: Aim) -> Aim:
    """Half as wide as another aim, for a model that may have few parameters.

    >>> tighter(TINY).width
    16
    """
    return replace(
        aim,
        width=max(8, aim.width // 2),
        heads=max(1, aim.heads // 2),
        vocab_size=max(64, aim.vocab_size // 2),
        experts=max(2, aim.experts // 2),
        top_k=1,
        widest=max(16, aim.widest // 2),
        positions=min(aim.positions or 128, 128),
    )
