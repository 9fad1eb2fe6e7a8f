"""The judge: what `datasets` itself loads."""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest

from tinydata.dataset.columns import to_storage
from tinydata.dataset.loader import portable
from tinydata.dataset.sources import open_source

_IS_JUDGE = tuple(int(part) for part in datasets.__version__.split(".")[:2]) >= (5, 2)

judge = pytest.mark.skipif(not _IS_JUDGE, reason="files are laid out as by `datasets` 5.2; older ones know fewer sorts")


def load(builder: str, **where: str) -> Any:
    """What `load_dataset` gives; the files that it forgets to close are closed here, where nobody is warned of them."""
    if not _IS_JUDGE:
        pytest.skip("types are inferred as by `datasets` 5.2; older ones know no Json and read CSV otherwise")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        loaded = datasets.load_dataset(builder, **where)
        gc.collect()
    return loaded


def features_of(dataset: datasets.Dataset) -> dict[str, Any]:
    """Features as our records have them; pandas 3 makes texts of a CSV large, and we do not."""
    features = {name: portable(feature) for name, feature in dataset.features.to_dict().items()}
    return json.loads(json.dumps(features).replace('"large_string"', '"string"'))


def table_of(dataset: datasets.Dataset, features: dict[str, Any]) -> pa.Table:
    """The rows in storage types."""
    return to_storage(dataset.data.table, features)


def assert_as_datasets(path: Path, media: frozenset[str] = frozenset()) -> None:
    """Hold all records of a JSON file against `load_dataset`; `media` are the columns that we make more of."""
    loaded = load("json", data_files=str(path))["train"]
    features = features_of(loaded)
    records = open_source(path)
    table = records.take(range(records.count()))
    plain = {name: feature for name, feature in features.items() if name not in media}

    assert {name: feature for name, feature in records.features.items() if name not in media} == plain
    assert table.schema.names == loaded.column_names
    assert table.select(list(plain)).to_pylist() == table_of(loaded.select_columns(list(plain)), plain).to_pylist()
