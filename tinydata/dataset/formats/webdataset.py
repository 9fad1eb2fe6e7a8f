"""Webdataset: a tar of samples, `007.image.jpg` and `007.text.txt` for row 7; a null slot is a member that is not there."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import Counter
from typing import Any

from tinydata.dataset.formats.format import Format, Shard
from tinydata.dataset.formats.plain import plain_value
from tinydata.dataset.kinds.media import MAGIC, media_suffix
from tinydata.dataset.loader import Feature, Seeds, file_stem, is_media, is_text, suffix_of
from tinydata.dataset.support import types_of
from tinydata.dataset.values import to_values
from tinydata.errors import UnfitFormat

# What the reader puts into each sample by itself.
OWN: dict[str, Feature] = {
    "__key__": {"dtype": "string", "_type": "Value"},
    "__url__": {"dtype": "string", "_type": "Value"},
}

# Suffixes by which a column is a medium already: a source that was a webdataset has columns called `jpg` or `seg.png`.
KNOWN = {suffix for _, _, suffix in MAGIC} | {".jpeg", ".opus"}


def _write(shard: Shard) -> None:
    members = _members(shard.seeds)

    def spell(value: Any, column: str, seed: str) -> tuple[str, bytes] | None:
        if value is None or column not in members:
            return None
        return members[column], _content(value, shard.seeds.features[column], column)

    with tarfile.open(shard.path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for row, slots in shard.rows(spell):
            full = [slot for slot in slots if slot]
            if not full:
                seed = shard.seeds.names[row % len(shard.seeds.names)]
                raise UnfitFormat("webdataset", next(iter(members)), f"seed {seed} has no full slot, so no sample")
            for name, content in full:
                member = tarfile.TarInfo(f"{shard.number(row)}.{name}")
                member.size, member.mode = len(content), 0o644
                tar.addfile(member, io.BytesIO(content))
            tar.getmembers().clear()  # tarfile remembers each: memory would grow with the rows


def _members(seeds: Seeds) -> dict[str, str]:
    """What follows the key in the names of a column's members: its own name where that tells the type already."""
    names = {}
    for column, feature in seeds.features.items():
        if column in OWN:
            continue
        timed = next((name for name in types_of(feature) if name.startswith(("date", "time", "duration", "dec"))), None)
        if timed:
            raise UnfitFormat("webdataset", column, f"{timed}, which its readers would leave a text")
        suffix = _suffix(column, feature, seeds)
        told = re.fullmatch(r"[\w-]+(\.[\w-]+)*", column) and f".{column}".endswith(suffix)
        names[column] = column if told else f"{file_stem(column)}{suffix}"
    return names


def _suffix(column: str, feature: Feature, seeds: Seeds) -> str:
    if is_media(feature):
        own = f".{column.rsplit('.')[-1]}"
        if own in KNOWN:
            return own
        # To its reader a column is what follows the key, so it has one suffix, whatever the files in it are.
        full = [value for value in to_values(seeds.table.column(column)) if value]
        suffixes = Counter(media_suffix(value["bytes"], value["path"], feature) for value in full)
        return suffixes.most_common(1)[0][0] if suffixes else suffix_of(feature)
    if is_text(feature):
        return ".txt"
    if suffix_of(feature) == ".bin":
        return ".bin"
    return ".cls" if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else ".json"


def _content(value: Any, feature: Feature, column: str) -> bytes:
    if is_media(feature):
        if value["bytes"] is None:
            raise UnfitFormat("webdataset", column, f"its seeds hold the name {value['path']!r} and no bytes")
        return bytes(value["bytes"])
    if suffix_of(feature) == ".bin":
        return bytes(value)
    if is_text(feature):
        return str(value).encode()
    return json.dumps(plain_value(value, feature, "webdataset", column), ensure_ascii=False).encode()


def _told(seeds: Seeds) -> dict[str, Feature]:
    return {name: seeds.features[column] for column, name in _members(seeds).items()} | OWN


WEBDATASET = Format("webdataset", ".tar", _write, told=_told)
