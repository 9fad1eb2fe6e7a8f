"""Fields of a webdataset: what the suffix of a member says of its content, as `datasets` 5.2 has it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tinydata.fetch.compressed import SUFFIXES, plain_bytes

_KINDS = {
    "Image": "blp bmp dib bufr cur pcx dcx dds ps eps fit fits fli flc ftc ftu gbr gif grib h5 hdf png apng jp2 j2k jpc jpf jpx "
    "j2c icns ico im iim tif tiff jfif jpe jpg jpeg mpg mpeg msp pcd pxr pbm pgm ppm pnm psd bw rgb rgba sgi ras tga icb vda vst "
    "webp wmf emf xbm xpm",
    "Audio": "aiff au avr caf flac htk svx mat4 mat5 mpc2k ogg paf pvf raw rf64 sd2 sds ircam voc w64 wav nist wavex wve xi mp3 "
    "opus",
    "Video": "mkv mp4 avi mpeg mov",
    "Mesh": "glb ply stl",
}
# In this order `datasets` asks, and the last answer stands: .mpeg is a video.
_KIND_OF = {suffix: kind for kind, suffixes in _KINDS.items() for suffix in suffixes.split()}


def media_kind(field: str) -> str | None:
    """The kind of media that a field holds."""
    return _KIND_OF.get(_suffix(field))


def decode(field: str, content: bytes) -> Any:
    """The value of a member.

    Args:
        field: All of its name behind the first dot.
        content: Its bytes.

    Raises:
        ValueError: They are not what the suffix says.
        ImportError: `datasets` reads such a field with a library that is not installed.
    """
    is_packed, decoder = _read_by(field)
    if is_packed:
        content = plain_bytes(content, field)
    return content if decoder is None else decoder(content)


@lru_cache(maxsize=256)
def _read_by(field: str) -> tuple[bool, Callable[[bytes], Any] | None]:
    """Whether it is compressed, and what reads what is inside."""
    inner, dot, last = field.rpartition(".")
    is_packed = f".{last.lower()}" in SUFFIXES
    if is_packed:
        field = inner if dot else ""
    return is_packed, _DECODERS.get(_suffix(field))


def _suffix(field: str) -> str:
    return field.rpartition(".")[2].lower()


def _array(content: bytes) -> Any:
    return _rows(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False))


def _arrays(content: bytes) -> Any:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: _rows(array) for name, array in arrays.items()}


def _rows(value: Any) -> Any:
    """Arrays as lists down to the last dimension, which keeps its type."""
    if isinstance(value, np.ndarray):
        return value[()] if value.ndim == 0 else value if value.ndim == 1 else [_rows(row) for row in value]
    if isinstance(value, dict):
        return {key: _rows(inner) for key, inner in value.items()}
    return [_rows(inner) for inner in value] if isinstance(value, list | tuple) else value


def _by_datasets(suffix: str) -> Callable[[bytes], Any]:
    def decoded(content: bytes) -> Any:
        from datasets.packaged_modules.webdataset.webdataset import WebDataset

        return _rows(WebDataset.DECODERS[suffix](content))

    return decoded


_DECODERS: dict[str, Callable[[bytes], Any]] = {
    **dict.fromkeys(("txt", "text", "transcript"), bytes.decode),
    **dict.fromkeys(("cls", "cls2", "index", "inx", "id"), int),
    **dict.fromkeys(("json", "jsn"), json.loads),
    "npy": _array,
    "npz": _arrays,
    **{suffix: _by_datasets(suffix) for suffix in ("ten", "tb", "mp", "msg", "cbor", "pth")},
}
