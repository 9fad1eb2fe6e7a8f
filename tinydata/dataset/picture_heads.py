"""What the first bytes of pictures say of them: their sizes and modes, without a decoder and of many at once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

Content = np.ndarray[Any, np.dtype[np.uint8]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_PNG_MODES = {2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_GREY_MODES = {1: "1", 16: "I;16"}
_HEAD_BYTES = 26  # of a PNG; no picture that shows anything is shorter
_SEGMENTS = 1_000  # a JPEG has a few; one that had more is left to Pillow


class Head(NamedTuple):
    """What a picture's header says: pixels as they lie in the file, the mode that Pillow would name, the suffix."""

    width: int
    height: int
    mode: str
    suffix: str


def picture_heads(content: Content, starts: Numbers, ends: Numbers) -> list[Head | None]:
    """Read the headers of encoded pictures; None for one that is none, or damaged.

    JPEG, PNG and GIF are read here, all at once; the header of any other is left to Pillow.

    Args:
        content: All bytes.
        starts, ends: Where in them each picture lies.
    """
    heads: list[Head | None] = [None] * len(starts)
    for place, head in (*_jpegs(content, starts, ends), *_pngs(content, starts, ends), *_gifs(content, starts, ends)):
        heads[place] = head
    for place in [place for place, head in enumerate(heads) if head is None]:
        heads[place] = _by_pillow(content[starts[place] : ends[place]])
    return heads


def _jpegs(content: Content, starts: Numbers, ends: Numbers) -> Iterator[tuple[int, Head]]:
    """From segment to segment, all pictures abreast, up to the one that states the size of each."""
    places = _that_begin(content, starts, ends, b"\xff\xd8\xff")
    at, ends = starts[places] + 2, ends[places]
    for _ in range(_SEGMENTS):
        inside = at + 10 <= ends
        inside[inside] = content[at[inside]] == 0xFF
        places, at, ends = places[inside], at[inside], ends[inside]
        if not len(at):
            return
        marker = content[at + 1]
        says = (marker >= 0xC0) & (marker <= 0xCF) & (marker != 0xC4) & (marker != 0xC8) & (marker != 0xCC)
        here = at[says]
        modes = [_JPEG_MODES.get(parts) for parts in content[here + 9].tolist()]
        yield from _heads(places[says], _big(content, here + 7, 2), _big(content, here + 5, 2), modes, ".jpg")
        at = at + np.where(marker == 0xFF, 1, 2 + _big(content, at + 2, 2))  # 0xFF twice is padding
        places, at, ends = places[~says], at[~says], ends[~says]


def _pngs(content: Content, starts: Numbers, ends: Numbers) -> Iterator[tuple[int, Head]]:
    places = _that_begin(content, starts, ends, b"\x89PNG\r\n\x1a\n")
    at = starts[places]
    modes = [
        _GREY_MODES.get(depth, "L") if color == 0 else _PNG_MODES.get(color)
        for depth, color in zip(content[at + 24].tolist(), content[at + 25].tolist(), strict=True)
    ]
    return _heads(places, _big(content, at + 16, 4), _big(content, at + 20, 4), modes, ".png")


def _gifs(content: Content, starts: Numbers, ends: Numbers) -> Iterator[tuple[int, Head]]:
    places = _that_begin(content, starts, ends, b"GIF8")
    width, height = (
        content[starts[places] + at] + 256 * content[starts[places] + at + 1].astype(np.int64) for at in (6, 8)
    )
    return _heads(places, width, height, ["P"] * len(places), ".gif")


def _that_begin(content: Content, starts: Numbers, ends: Numbers, magic: bytes) -> Numbers:
    """The places of the pictures that begin so."""
    places = np.flatnonzero(starts + _HEAD_BYTES <= ends)
    for at, byte in enumerate(magic):
        places = places[content[starts[places] + at] == byte]
    return places


def _big(content: Content, at: Numbers, size: int) -> Numbers:
    """The numbers of so many bytes, the highest first."""
    number = np.zeros(len(at), np.int64)
    for place in range(size):
        number = number * 256 + content[at + place]
    return number


def _heads(
    places: Numbers, width: Numbers, height: Numbers, modes: list[str | None], suffix: str
) -> Iterator[tuple[int, Head]]:
    for place, wide, high, mode in zip(places.tolist(), width.tolist(), height.tolist(), modes, strict=True):
        if mode is not None:
            yield place, Head(wide, high, mode, suffix)


def _by_pillow(content: Content) -> Head | None:
    import warnings

    from PIL import Image

    from tinydata.dataset.picture_files import suffix_for

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content.tobytes())) as opened:
                return Head(*opened.size, opened.mode, suffix_for(str(opened.format), content[:2].tobytes()))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
