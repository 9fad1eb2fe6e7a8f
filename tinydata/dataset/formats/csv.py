"""CSV with a header, where every column is flat: texts in quotes, a null as nothing. Media lie beside, as for JSONL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.formats.plain import plain_value, told_features
from tinydata.dataset.loader import file_stems, suffix_of
from tinydata.errors import UnfitFormat


def _write(shard: Shard) -> None:
    features, stems = shard.seeds.features, file_stems(shard.seeds.features)
    for column, feature in features.items():
        if suffix_of(feature) == ".json":
            raise UnfitFormat("csv", column, "it has no lists and no objects")

    def spell(value: Any, column: str, seed: str) -> str:
        beside = (shard.path.parent, f"{seed}/{stems[column]}")
        plain = plain_value(value, features[column], "csv", column, beside)
        if isinstance(plain, str):
            return _quoted(plain)
        return "" if plain is None else json.dumps(plain)

    with shard.path.open("wb") as file:
        file.write(f"{','.join(map(_quoted, features))}\n".encode())
        for _, slots in shard.rows(spell):
            file.write(f"{','.join(slots)}\n".encode())


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _read(path: Path) -> pa.Table:
    import pandas

    return pa.Table.from_pandas(pandas.read_csv(path), preserve_index=False)


CSV = Format("csv", ".csv", _write, told=told_features, read=_read)
