"""Ids: which records are meant, as ``1,4-10`` or ``5-``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from tinydata.errors import BadIds, NoSuchRecord


@dataclass(frozen=True)
class Ids:
    """Ranges of record numbers, sorted, apart and never empty; only the last one may be open."""

    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Ids:
        """The ids of single numbers.

        >>> str(Ids.of([7, 1, 2, 3, 2]))
        '1-3,7'
        """
        return cls(_joined([(number, number) for number in numbers]))

    @property
    def last(self) -> int | None:
        """The greatest id; None where the last range is open."""
        return self.ranges[-1][1]

    def resolve(self, count: int | None = None) -> Sequence[int]:
        """The ids one by one, ascending.

        Args:
            count: Records in the source. None where it is not known: nothing is checked then, and an open range cannot be
                resolved.

        Raises:
            NoSuchRecord: An id lies past the end.

        >>> list(parse_ids("0,3-").resolve(5))
        [0, 3, 4]
        """
        if count is None:
            if self.last is None:
                raise BadIds(str(self), "an open range needs the number of records")
            ends = [(first, last) for first, last in self.ranges if last is not None]
        else:
            for first, last in self.ranges:
                if first >= count or (last is not None and last >= count):
                    raise NoSuchRecord(max(first, count), count)
            ends = [(first, count - 1 if last is None else last) for first, last in self.ranges]
        spans = [range(first, last + 1) for first, last in ends]
        return spans[0] if len(spans) == 1 else tuple(chain.from_iterable(spans))

    def __str__(self) -> str:
        return ",".join(
            str(first) if first == last else f"{first}-{'' if last is None else last}" for first, last in self.ranges
        )


def parse_ids(text: str) -> Ids:
    """Read ranges of ids, each a number, ``first-last`` or ``first-``; duplicates collapse.

    Raises:
        BadIds: A part is none of these, or runs backwards.

    >>> str(parse_ids("4-10, 1, 5-6"))
    '1,4-10'
    """
    ranges: list[tuple[int, int | None]] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]+)\s*(?:(-)\s*([0-9]+)?\s*)?", part)
        if not match:
            raise BadIds(text, f"{part.strip()!r} is no number and no range" if part.strip() else "a part is empty")
        try:
            first = int(match[1])
            last = (int(match[3]) if match[3] else None) if match[2] else first
        except ValueError:  # Python refuses to read thousands of digits
            raise BadIds(text, "a number is too long") from None
        if last is not None and last < first:
            raise BadIds(text, f"{part.strip()!r} runs backwards")
        ranges.append((first, last))
    return Ids(_joined(ranges))


def _joined(ranges: Iterable[tuple[int, int | None]]) -> tuple[tuple[int, int | None], ...]:
    joined: list[tuple[int, int | None]] = []
    for first, last in sorted(ranges, key=lambda ends: ends[0]):
        if first < 0:
            raise BadIds(str(first), "ids count from 0")
        if joined:
            start, end = joined[-1]
            if end is None:
                break
            if first <= end + 1:
                joined[-1] = (start, None if last is None else max(end, last))
                continue
        joined.append((first, last))
    if not joined:
        raise BadIds("", "there is none")
    return tuple(joined)
