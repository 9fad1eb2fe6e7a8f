"""Samples: a seeded bijection of row numbers, so that a small sample is the beginning of a larger one."""

from __future__ import annotations

import hashlib

import numpy as np

_ROUNDS = 8
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def draw(count: int, total: int, rng_seed: int = 0) -> np.ndarray:
    """Draw numbers below `total`, no two alike, each as likely as any other; at most all of them.

    Those drawn for a smaller `count` are the first of these, and no library's random numbers are depended on.

    >>> draw(3, 10, rng_seed=0).tolist(), draw(5, 10, rng_seed=0).tolist()
    ([6, 7, 9], [6, 7, 9, 2, 5])

    Source:
        A Feistel network over the next power of four, walked until it lands below `total`: Black and Rogaway, "Ciphers
        with Arbitrary Finite Domains", 2002.
    """
    places = np.arange(min(count, total), dtype=np.uint64)
    half = max(1, ((max(total, 2) - 1).bit_length() + 1) // 2)
    keys = [_key(rng_seed, turn) for turn in range(_ROUNDS)]
    outside = np.arange(len(places))
    while len(outside):
        places[outside] = _shuffled(places[outside], half, keys)
        outside = outside[places[outside] >= total]
    return places.astype(np.int64)


def _shuffled(places: np.ndarray, half: int, keys: list[np.uint64]) -> np.ndarray:
    """A bijection of the numbers of twice `half` bits."""
    bits, mask = np.uint64(half), np.uint64((1 << half) - 1)
    left, right = places >> bits, places & mask
    for key in keys:
        left, right = right, left ^ (_mixed(right + key) & mask)
    whole: np.ndarray = (left << bits) | right
    return whole


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """The finish of SplitMix64."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MIX[0]
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _MIX[1]
    mixed: np.ndarray = numbers ^ (numbers >> np.uint64(31))
    return mixed


def _key(rng_seed: int, turn: int) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(f"{rng_seed} {turn}".encode()).digest()[:8], "little"))
