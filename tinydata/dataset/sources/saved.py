"""Folders that `save_to_disk` of `datasets` writes: one dataset, or one in a folder for each split."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import features_of, to_storage
from tinydata.dataset.loader import to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.arrow import ArrowRows
from tinydata.dataset.sources.local_media import take_along
from tinydata.dataset.sources.nested import empty_table
from tinydata.dataset.sources.source import Claim, PlaceSource, no_config, pick_split
from tinydata.errors import DamagedSource, NoSuchRecord
from tinydata.fetch import LocalFile

STATE, SPLITS, INFO = "state.json", "dataset_dict.json", "dataset_info.json"


def open_saved(path: Path, config: str | None, split: str | None) -> Records:
    """Open a folder that holds a saved Dataset or DatasetDict."""
    if not (path / SPLITS).is_file():
        return _open_dataset(path, config, split, None)
    splits = _read_json(path / SPLITS).get("splits")
    if not isinstance(splits, list) or not splits or not all(isinstance(name, str) for name in splits):
        raise DamagedSource(path / SPLITS, "it lists no splits")
    picked = pick_split(path, split, tuple(splits))
    return _open_dataset(path / str(picked), config, picked, tuple(splits))


def _open_dataset(path: Path, config: str | None, split: str | None, splits: tuple[str, ...] | None) -> Records:
    state = _read_json(path / STATE)
    info = _read_json(path / INFO) if (path / INFO).is_file() else {}
    named = info.get("config_name") or None
    no_config(path, config, named)
    if splits is None:
        own = state.get("_split")
        splits = (str(own),) if own else ()
        picked = pick_split(path, split, splits)
        split = picked if splits else split
    files = _listed(path, state, "_data_files")
    if not files:
        raise DamagedSource(path / STATE, "it lists no data files")
    rows = _Shards(files)
    order = _listed(path, state, "_indices_data_files")
    features = features_of(rows.first.stated_schema)
    source: _Shards | _Reordered = _Reordered(rows, _Shards(order)) if order else rows

    def take(ids: Sequence[int]) -> pa.Table:
        return take_along(to_storage(source.take(ids), features), features, LocalFile(path))

    return Records(
        features,
        take,
        source.count,
        lambda: (*rows.touched, *order),
        config=named,
        split=split,
        splits=splits,
        license=_text(info.get("license")),
        citation=_text(info.get("citation")),
    )


class _Shards:
    """Several Arrow files, one after the other; a later one is not touched before a row of it is asked for."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._opened = [ArrowRows(LocalFile(paths[0]))]

    @property
    def first(self) -> ArrowRows:
        return self._opened[0]

    @property
    def touched(self) -> Sequence[Path]:
        return self._paths[: len(self._opened)]

    def count(self) -> int:
        return sum(shard.count() for shard in self._shards())

    def take(self, ids: Sequence[int]) -> pa.Table:
        if not ids:
            return empty_table(self.first.schema)
        tables, start, wanted = [], 0, list(ids)
        for shard in self._shards():
            here = [row - start for row in wanted]
            try:
                tables.append(shard.take(here))
                return pa.concat_tables(tables)
            except NoSuchRecord as past:
                count = past.count
            inside = [row for row in here if row < count]
            tables.append(shard.take(inside))
            wanted = wanted[len(inside) :]
            start += count
        raise NoSuchRecord(wanted[0], start)

    def _shards(self) -> Iterator[ArrowRows]:
        for place, path in enumerate(self._paths):
            if place == len(self._opened):
                self._opened.append(ArrowRows(LocalFile(path)))
            yield self._opened[place]


class _Reordered:
    """Rows in the order of an indices mapping, which older versions save beside the data."""

    def __init__(self, rows: _Shards, order: _Shards) -> None:
        self._rows, self._order = rows, order

    def count(self) -> int:
        return self._order.count()

    def take(self, ids: Sequence[int]) -> pa.Table:
        order: list[int] = self._order.take(ids).column(0).to_pylist()
        places = {row: place for place, row in enumerate(sorted(set(order)))}
        return self._rows.take(list(places)).take(to_array([places[row] for row in order], pa.int64()))


def _listed(path: Path, state: dict[str, Any], key: str) -> list[Path]:
    try:
        names = [str(entry["filename"]) for entry in state.get(key) or ()]
    except (TypeError, KeyError):
        raise DamagedSource(path / STATE, f"no list of files in {key}") from None
    files = [path / Path(name).name if Path(name).is_absolute() else path / name for name in names]
    for file in files:
        if not file.is_file():
            raise DamagedSource(file, f"{STATE} names it, but it is not there")
    return files


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DamagedSource(path, "it is not there") from None
    except ValueError as error:
        raise DamagedSource(path, f"no JSON: {error}") from error
    if not isinstance(content, dict):
        raise DamagedSource(path, "no JSON object")
    return content


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _claims(path: Path, _: Sequence[str]) -> Claim:
    is_saved = path.is_dir() and ((path / STATE).is_file() or (path / SPLITS).is_file())
    return Claim.CONTENT if is_saved else Claim.NO


SAVED = PlaceSource(name="save_to_disk", claims=_claims, open=open_saved)
