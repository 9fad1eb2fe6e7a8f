"""The formats of generated files: each is one file that ends in one `Format`, named in this table."""

from __future__ import annotations

from tinydata.dataset.formats.format import Format
from tinydata.dataset.formats.parquet import PARQUET

FORMATS: dict[str, Format] = {format.name: format for format in (PARQUET,)}

__all__ = ["FORMATS", "Format"]
