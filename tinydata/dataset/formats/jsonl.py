"""JSONL: a line for each row. Media lie in files beside, and the rows name them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.formats.plain import plain_value, told_features
from tinydata.dataset.loader import file_stems


def _write(shard: Shard) -> None:
    features, stems = shard.seeds.features, file_stems(shard.seeds.features)

    def spell(value: Any, column: str, seed: str) -> str:
        beside = (shard.path.parent, f"{seed}/{stems[column]}")
        plain = plain_value(value, features[column], "jsonl", column, beside)
        return f"{json.dumps(column, ensure_ascii=False)}: {json.dumps(plain, ensure_ascii=False)}"

    with shard.path.open("wb") as file:
        for _, slots in shard.rows(spell):
            file.write(f"{{{', '.join(slots)}}}\n".encode())


def _read(path: Path) -> pa.Table:
    import pyarrow.json

    table = pyarrow.json.read_json(path, pyarrow.json.ReadOptions(block_size=1 << 30))
    try:
        table.validate()
    except (
        pa.ArrowInvalid
    ):  # Arrow, up to 26, loses a list's first null after a row without a list; `datasets` sees it too
        lines = path.read_bytes().splitlines()
        return pa.concat_tables([pa.Table.from_pylist([json.loads(line)]) for line in lines], promote_options="default")
    return table


JSONL = Format("jsonl", ".jsonl", _write, told=told_features, read=_read)
