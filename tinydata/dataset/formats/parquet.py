"""Parquet: zstd, dictionaries, a page index, row groups of 10,000."""

from __future__ import annotations

from tinydata.dataset.formats.format import Format
from tinydata.dataset.loader import write_parquet

PARQUET = Format(name="parquet", suffix=".parquet", write=write_parquet)
