"""Imagefolders and their like: a file for each medium, and what else the rows hold in `metadata.parquet` beside them.

Of the three metadata files that `datasets` knows, that one keeps every type; it is read from 3.6 on, and a null among the media from 4.8 on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.kinds.media import media_suffix
from tinydata.dataset.loader import (
    MEDIA,
    Feature,
    Seeds,
    file_stems,
    is_media,
    item_feature,
    schema_of,
    to_array,
    write_parquet,
)
from tinydata.dataset.support import types_of
from tinydata.dataset.values import to_values
from tinydata.errors import UnfitFormat

METADATA = "metadata.parquet"
STRING: Feature = {"dtype": "string", "_type": "Value"}
STRINGS: Feature = {"feature": STRING, "length": -1, "_type": "Sequence"}


def _folder(format: str, sort: str, base: str) -> Format:
    def write(shard: Shard) -> None:
        names = _names(format, sort, base, shard.seeds)
        features = {
            name: feature if name == column else STRING if is_media(feature) else STRINGS
            for (column, feature), name in zip(shard.seeds.features.items(), names, strict=True)
        }
        shard.path.mkdir(parents=True)
        rows = _rows(format, shard, schema_of(features))
        write_parquet(shard.path / METADATA, shard.seeds._replace(features=features), rows)

    return Format(format, "", write)


def _names(format: str, sort: str, base: str, seeds: Seeds) -> list[str]:
    """What the metadata call the columns: by `file_name` and the like their reader sees a medium."""
    names = []
    for column, feature in seeds.features.items():
        name = column
        if _is_of(feature, sort):
            name = "file_name" if column == base else f"{column}_file_name"
        elif _is_of(item_feature(feature), sort):
            name = f"{column}_file_names"
            if seeds.table.column(column).null_count:
                raise UnfitFormat(format, column, "a null list, at which its reader breaks")
        elif MEDIA & set(types_of(feature)):
            raise UnfitFormat(format, column, f"files of {sort} alone, and no deeper than in a list")
        elif re.search(r"(^|_)file_names?$", column):
            raise UnfitFormat(format, column, "its reader would take the texts for names of files")
        elif "timestamp[ns" in str(seeds.table.column(column).type):
            raise UnfitFormat(format, column, "nanoseconds, of which its reader keeps microseconds")
        else:
            try:
                seeds.table.column(column).to_pylist()  # as its reader does
            except (OverflowError, ValueError) as error:
                raise UnfitFormat(format, column, f"a moment that Python has not: {error}") from error
            if isinstance(feature, dict) and str(feature.get("_type")).startswith("Array"):
                _check_shapes(format, column, feature["shape"], to_values(seeds.table.column(column)))
        names.append(name)
    if names == list(seeds.features):
        raise UnfitFormat(format, None, f"there is no column of {sort}")
    return names


def _check_shapes(format: str, column: str, shape: Sequence[int | None], values: Sequence[Any]) -> None:
    """Refuse arrays of which its reader makes none of numpy's: it does so with all of a file at once."""
    if None in shape and None in values:
        raise UnfitFormat(format, column, "a null among arrays of any length, at which its reader breaks")
    for value in values:
        if value is not None and not _has_shape(value, shape):
            raise UnfitFormat(
                format, column, f"an array that is not of its shape {json.dumps(shape)}, as its reader wants them"
            )


def _has_shape(value: Any, shape: Sequence[int | None]) -> bool:
    if not shape:
        return value is not None
    return (
        isinstance(value, list)
        and shape[0] in (None, len(value))
        and all(_has_shape(item, shape[1:]) for item in value)
    )


def _is_of(feature: Feature | None, sort: str) -> bool:
    return isinstance(feature, dict) and feature.get("_type") == sort


def _rows(format: str, shard: Shard, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    def put(value: Any, feature: Feature, column: str, base: str) -> Any:
        """Write the files of a slot; what the metadata call them."""
        if isinstance(value, list):
            return [put(item, item_feature(feature), column, f"{base}_{place:02}") for place, item in enumerate(value)]
        if value is None:
            return None
        if value["bytes"] is None:
            raise UnfitFormat(format, column, f"the name {value['path']!r} without a file")
        name = f"{base}{media_suffix(value['bytes'], value['path'], feature)}"
        (shard.path / name).parent.mkdir(exist_ok=True)
        (shard.path / name).write_bytes(value["bytes"])
        return name

    first, stems = shard.first, file_stems(shard.seeds.features)
    for batch in shard.batches:
        arrays = []
        for (column, feature), field in zip(shard.seeds.features.items(), schema, strict=True):
            array = batch.column(column)
            if field.name != column:
                slots = enumerate(to_values(array), first)
                files = [put(value, feature, column, f"{stems[column]}/{shard.number(row)}") for row, value in slots]
                array = to_array(files, field.type)
            arrays.append(array)
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        first += len(batch)


IMAGEFOLDER = _folder("imagefolder", "Image", "image")
AUDIOFOLDER = _folder("audiofolder", "Audio", "audio")
VIDEOFOLDER = _folder("videofolder", "Video", "video")
