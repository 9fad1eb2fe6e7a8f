"""Wish: what somebody wants of a small tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a small tokenizer.

    Args:
        vocab_size: How many tokens; None: the method decides.
        method: How they are chosen.
        texts: The corpus; empty where there is none.
        drop_reserved: Whether reserved tokens may go.
        may_grow: Whether there may be more tokens than there were.
        dry_run: Whether only the choice is of interest: then nothing is loaded and encoded.
    """

    vocab_size: int | None = None
    method: str = "truncate"
    texts: Sequence[str] = ()
    drop_reserved: bool = False
    dry_run: bool = False
    may_grow: bool = False
