"""Seeds and packs as a source: records are numbered in the order of the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records, check_ids
from tinydata.dataset.seeds import is_seeds, read_seeds
from tinydata.dataset.sources.source import Claim, PlaceSource, no_config, pick_split


def _open(path: Path, config: str | None, split: str | None) -> Records:
    seeds = read_seeds(path)
    no_config(path, config, seeds.info.get("config_name"))
    splits = tuple(seeds.info.get("splits") or ())
    picked = pick_split(path, split, splits)

    def take(ids: Sequence[int]) -> pa.Table:
        check_ids(ids, len(seeds.names))
        return seeds.table.take(to_array(ids, pa.int64()))

    return Records(
        Features(seeds.features),
        take,
        lambda: len(seeds.names),
        lambda: tuple(sorted(file for file in path.rglob("*") if file.is_file())) if path.is_dir() else (path,),
        config=seeds.info.get("config_name"),
        split=picked if splits else split,
        splits=splits,
        license=seeds.info.get("license"),
        citation=seeds.info.get("citation"),
    )


def _claims(path: Path, _: Sequence[str]) -> Claim:
    return Claim.CONTENT if is_seeds(path) else Claim.NO


SEEDS = PlaceSource(name="seeds", claims=_claims, open=_open)
