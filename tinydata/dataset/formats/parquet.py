"""Parquet: zstd, dictionaries, a page index, row groups of 10,000."""

from __future__ import annotations

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.loader import write_parquet


def _write(shard: Shard) -> None:
    write_parquet(shard.path, shard.seeds, shard.batches, shard.stamp)


PARQUET = Format("parquet", ".parquet", _write, encode=True)
