"""Choice: which records of a stream are kept, asked one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class Choice:
    """The records with some ascending ids.

    Args:
        ids: Which; None keeps none and goes on to the end, to count them.
        told: Called with the number of records kept, now and then.

    Attributes:
        seen: How many were asked for so far.
        kept: How many of them are kept.
        is_done: Whether no further one will be kept.
    """

    def __init__(self, ids: Iterable[int] | None, told: Callable[[int], None] = lambda _: None) -> None:
        self._ids = iter(()) if ids is None else iter(ids)
        self._next = -1 if ids is None else next(self._ids, None)
        self._told = told
        self.seen = self.kept = 0

    @property
    def is_done(self) -> bool:
        """Whether no further record will be kept."""
        return self._next is None

    def take(self) -> bool:
        """Whether the next record is kept."""
        wanted = self.seen == self._next
        self.seen += 1
        if wanted:
            self.kept += 1
            self._next = next(self._ids, None)
            if self.kept % 100 == 0 or self._next is None:
                self._told(self.kept)
        return wanted
