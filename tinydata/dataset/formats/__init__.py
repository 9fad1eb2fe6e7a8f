"""The formats of generated files: each is one file that ends in one `Format` or in a few, named in this table."""

from __future__ import annotations

from tinydata.dataset.formats.arrow import ARROW
from tinydata.dataset.formats.csv import CSV
from tinydata.dataset.formats.folder import AUDIOFOLDER, IMAGEFOLDER, VIDEOFOLDER
from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.formats.jsonl import JSONL
from tinydata.dataset.formats.parquet import PARQUET
from tinydata.dataset.formats.webdataset import WEBDATASET

FORMATS: dict[str, Format] = {
    format.name: format for format in (PARQUET, ARROW, JSONL, CSV, WEBDATASET, IMAGEFOLDER, AUDIOFOLDER, VIDEOFOLDER)
}

__all__ = ["FORMATS", "Format", "Shard"]
