"""Columns of file names that are media: every name read is that of a file beside the source, of one media kind."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tinydata.dataset.loader import Feature, is_text, item_feature, to_array
from tinydata.dataset.sources.local_media import file_inside, is_absolute
from tinydata.dataset.sources.nested import lists_over, unsliced

IMAGE_SUFFIXES = frozenset(
    ".apng .bmp .blp .bufr .bw .cur .dcx .dds .dib .emf .eps .fit .fits .flc .fli .ftc .ftu .gbr .gif .grib .icb .icns .ico "
    ".iim .im .j2c .j2k .jfif .jp2 .jpc .jpe .jpeg .jpf .jpg .jpx .mpeg .mpg .msp .pbm .pcd .pcx .pgm .png .pnm .ppm .ps .psd "
    ".pxr .ras .rgb .rgba .sgi .tga .tif .tiff .vda .vst .webp .wmf .xbm .xpm".split()
)
"""The suffixes that the imagefolder of `datasets` takes for pictures; it counts .mpg and .mpeg in."""

_KINDS = {
    "Image": IMAGE_SUFFIXES - {".mpg", ".mpeg"} | {".avif", ".heic", ".mpo", ".pfm", ".qoi"},
    "Audio": ".aac .aif .aiff .au .caf .flac .m4a .mp3 .oga .ogg .opus .w64 .wav .wma".split(),
    "Video": ".avi .m4v .mkv .mov .mp4 .mpeg .mpg .webm .wmv".split(),
    "Pdf": [".pdf"],
    "Nifti": [".nii"],
    "Mesh": ".glb .gltf .ply .stl".split(),
}
_KIND_OF = {suffix: kind for kind, suffixes in _KINDS.items() for suffix in suffixes}
_LOOK_AT = 1000


def find_media(table: pa.Table, features: Mapping[str, Feature], folder: Path) -> dict[str, Feature]:
    """Give the columns of strings, or of lists of strings, that name files of one media kind the feature of that kind.

    A column is judged by the first thousand records: to look for a million files would cost more than the ten asked for.

    Args:
        table: Records from the first on.
        features: Their features; a column without any name stays what it is.
        folder: The source's folder; what lies outside of it, links followed, is no media.
    """
    found = dict(features)
    head = table.slice(0, _LOOK_AT)
    for column, feature in features.items():
        item = item_feature(feature)
        if is_text(feature if item is None else item):
            kind = _kind_of_all(_names(head.column(column)), folder)
            if kind is not None:
                media = {"_type": kind}
                if item is None:
                    found[column] = media
                else:
                    found[column] = {**feature, "feature": media} if isinstance(feature, Mapping) else [media]
    return found


def relative_names(column: pa.ChunkedArray, folder: Path) -> tuple[pa.ChunkedArray, tuple[int, str] | None]:
    """Make absolute names relative to the folder.

    Returns:
        The column, and the row and name of the first that is no file inside the folder.
    """
    missing, row, chunks = None, 0, []
    for chunk in column.chunks:
        is_list = pa.types.is_nested(chunk.type)
        chunk = unsliced(chunk)
        lengths = chunk.value_lengths().to_pylist() if is_list else [1] * len(chunk)
        rows = [row + at for at, length in enumerate(lengths) for _ in range(length or 0)]
        items = chunk.values if is_list else chunk
        names = items.to_pylist()
        for at, name in enumerate(names):
            if name is None:
                continue
            if file_inside(folder, name) is None:
                missing = missing or (rows[at], name)
            elif is_absolute(name):
                names[at] = _below(folder, name)
        row += len(chunk)
        named = to_array(names, items.type)
        chunks.append(lists_over(chunk, named, chunk.type) if is_list else named)
    return pa.chunked_array(chunks, column.type), missing


def media_kind(name: str) -> str | None:
    """The kind of media that a file name's suffix tells."""
    stem, suffix = os.path.splitext(name.lower())
    return _KIND_OF.get(os.path.splitext(stem)[1] if suffix == ".gz" and stem.endswith(".nii") else suffix)


def _names(column: pa.ChunkedArray) -> Iterator[str]:
    for chunk in column.chunks:  # one at a time: the first value of most columns tells that they are text
        for value in chunk:
            plain: Any = value.as_py()
            yield from (one for one in (plain if isinstance(plain, list) else [plain]) if one is not None)


def _kind_of_all(names: Iterator[str], folder: Path) -> str | None:
    kind = None
    for name in names:
        this = media_kind(name) if len(name) < 4096 else None
        if this is None or (kind is not None and this != kind) or file_inside(folder, name) is None:
            return None
        kind = this
    return kind


def _below(folder: Path, name: str) -> str:
    try:
        return Path(name).relative_to(folder.absolute()).as_posix()
    except ValueError:  # the folder was reached by a link
        return Path(name).resolve().relative_to(folder.resolve()).as_posix()
