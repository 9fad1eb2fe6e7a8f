"""Loads the Parquet files that lie beside it, under each `datasets` from 2.14 on.

`load_dataset("REPO", ...)` needs no code; this file is

- a loading script:  load_dataset("REPO/loader.py", CONFIG, trust_remote_code=True)   (`datasets` below 4)
- a builder:         from loader import Subset; Subset(config_name=CONFIG).download_and_prepare()
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

# What a repo sets for itself: the files of each config, split by split, and the config that is meant where none is named.
CONFIGS: dict[str, dict[str, str]] = {
    "default": {
        "train": "default/train-00000-of-00001.parquet",
        "test": "default/test-00000-of-00001.parquet",
    },
}
DEFAULT: str | None = "default"
VERSION: str = "1.0.0"  # tells these rows from others in the caches of `datasets`

BATCH_ROWS = 1_000
HERE = Path(__file__).resolve().parent


class Subset(datasets.ArrowBasedBuilder):  # type: ignore[misc]
    """The configs and splits of the repo."""

    BUILDER_CONFIGS = [datasets.BuilderConfig(name=name, version=VERSION) for name in CONFIGS]
    DEFAULT_CONFIG_NAME = DEFAULT

    def _info(self) -> Any:
        return datasets.DatasetInfo()

    def _split_generators(self, dl_manager: Any) -> list[Any]:
        files = CONFIGS[self.config.name]
        beside = {split: str(HERE / path) for split, path in files.items()}
        # Of a loading script `datasets` takes a copy, and knows itself what lay beside it.
        files = beside if all(map(os.path.isfile, beside.values())) else dl_manager.download(files)
        with open(next(iter(files.values())), "rb") as file:  # the builtin: `datasets` puts its own there to stream
            self.info.features = datasets.Features.from_arrow_schema(pq.read_schema(file))
        return [datasets.SplitGenerator(name=split, gen_kwargs={"path": path}) for split, path in files.items()]

    def _generate_tables(self, path: str) -> Iterator[tuple[int, pa.Table]]:
        with open(path, "rb") as file:
            for key, batch in enumerate(pq.ParquetFile(file).iter_batches(BATCH_ROWS)):
                yield key, pa.Table.from_batches([batch])
