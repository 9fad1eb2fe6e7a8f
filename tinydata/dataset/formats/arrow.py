"""An Arrow stream, uncompressed, as `datasets` keeps it and maps it into memory: each row holds its own bytes."""

from __future__ import annotations

import pyarrow as pa

from tinydata.dataset.formats.format import Format, Shard


def _write(shard: Shard) -> None:
    with pa.ipc.new_stream(shard.path, shard.seeds.table.schema) as stream:
        for batch in shard.batches:
            stream.write_batch(batch)


ARROW = Format("arrow", ".arrow", _write)
