"""What a format is: how generated rows are written to files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from tinydata.dataset.loader import Feature, Seeds
from tinydata.dataset.values import to_values

Spelled = TypeVar("Spelled")


@dataclass(frozen=True)
class Shard:
    """Rows that go into one file, or into one folder of a format that has many.

    Args:
        path: What to write; its folder is there.
        seeds: What the rows were generated from: row j is seed j % n.
        batches: The rows.
        stamp: The way to the stamped text, no two of which are alike; empty where rows repeat.
        first: The number of the first row.
        total: How many rows all shards hold.
    """

    path: Path
    seeds: Seeds
    batches: Iterable[pa.RecordBatch]
    stamp: tuple[str, ...]
    first: int
    total: int

    def number(self, row: int) -> str:
        """A row's number, as wide as the last one's: names in their order are rows in theirs."""
        return f"{row:0{len(str(self.total - 1))}}"

    def rows(self, spell: Callable[[Any, str, str], Spelled]) -> Iterator[tuple[int, list[Spelled]]]:
        """Each row's number and its slots, spelled by a function of a value, its column and its seed.

        What repeats is spelled once for each seed, so that a row costs no more than its stamped text.
        """
        names, columns = self.seeds.names, list(self.seeds.features)
        slots = [to_values(self.seeds.table.column(column)) for column in columns]
        spelled = [
            [spell(values[place], column, name) for values, column in zip(slots, columns, strict=True)]
            for place, name in enumerate(names)
        ]
        row = self.first
        for batch in self.batches:
            stamped = to_values(batch.column(self.stamp[0])) if self.stamp else ()
            for place in range(len(batch)):
                seed = row % len(names)
                line = list(spelled[seed])
                if self.stamp:
                    line[columns.index(self.stamp[0])] = spell(stamped[place], self.stamp[0], names[seed])
                yield row, line
                row += 1


@dataclass(frozen=True)
class Format:
    """How generated rows are written.

    Args:
        name: What `--format` calls it.
        suffix: The suffix of its files; empty where a shard is a folder.
        write: Write a shard. Raises `UnfitFormat` where the format cannot hold one.
        encode: Whether strings and bytes in the batches shall be dictionaries.
        told: The features that a card tells its reader; None where the files tell them themselves.
        read: Read a file as its usual reader does, whatever types that takes it for; None where it cannot be mistaken.
    """

    name: str
    suffix: str
    write: Callable[[Shard], None]
    encode: bool = False
    told: Callable[[Seeds], dict[str, Feature]] | None = None
    read: Callable[[Path], pa.Table] | None = None
