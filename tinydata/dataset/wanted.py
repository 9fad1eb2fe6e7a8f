"""Wanted: which records of a source are taken, which of their columns, and how small they shall be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tinydata.dataset.ids import Ids, parse_ids
from tinydata.dataset.kinds import Limits, limits_of
from tinydata.errors import BadMix, BadSize

AMONG = 10_000  # records that are looked at where some are to be picked


@dataclass(frozen=True)
class Wanted:
    """What is asked of a source; `unpack` says what each means.

    Raises:
        BadSize: A number below 1.
        BadMix: Both `ids` and `pick`.
        BadIds: Ids that are none.
    """

    ids: str | Iterable[int] | None = None
    pick: int | None = None
    among: int = AMONG
    config: str | None = None
    split: str | None = None
    columns: Sequence[str] | None = None
    max_side: int | None = None
    max_chars: int | None = None
    max_items: int | None = None
    max_seconds: int | None = None
    revision: str | None = None

    def __post_init__(self) -> None:
        """Check all before anything is read."""
        if self.ids is not None and not isinstance(self.ids, str):
            object.__setattr__(self, "ids", str(Ids.of(self.ids)))  # an iterator can be gone through but once
        _ = self.records, self.limits
        for name, given in (("pick", self.pick), ("among", self.among)):
            if given is not None and given < 1:
                raise BadSize(name, given)
        if self.ids is not None and self.pick is not None:
            raise BadMix("pick", "does not go with ids: they name the records already")

    @property
    def records(self) -> Ids | None:
        """The records that are named."""
        return None if self.ids is None else parse_ids(str(self.ids))

    @property
    def limits(self) -> Limits:
        """How small they shall be; each time other failures are put in."""
        return limits_of(
            max_side=self.max_side, max_chars=self.max_chars, max_items=self.max_items, max_seconds=self.max_seconds
        )

    @property
    def words(self) -> dict[str, Any]:
        """The options as a command spells them; the recipe knows the revision by the source's address."""
        return {
            "ids": self.ids,
            "pick": self.pick,
            "among": self.among if self.pick is not None else None,
            "config": self.config,
            "split": self.split,
            "columns": tuple(self.columns or ()),
            **self.limits.words,
        }

    @property
    def is_anything(self) -> bool:
        """Whether a record, a column, a size or a revision is asked for at all."""
        return self.revision is not None or any(word not in (None, ()) for word in self.words.values())
