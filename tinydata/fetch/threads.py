"""Threads: the same asked for many things at once, as waiting for servers is most of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MOST_THREADS = 32

One = TypeVar("One")
Result = TypeVar("Result")


def in_threads(call: Callable[[One], Result], things: Sequence[One], most: int = MOST_THREADS) -> list[Result]:
    """What a call gives for each thing, in their order.

    The first that fails, and an interrupt, end it: what is under way is waited for, what is not begun is not begun.

    >>> in_threads(abs, [-1, 2])
    [1, 2]
    """
    if len(things) < 2 or most < 2:
        return [call(one) for one in things]
    with ThreadPoolExecutor(min(most, len(things))) as pool:
        running = [pool.submit(call, one) for one in things]
        try:
            return [future.result() for future in running]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
