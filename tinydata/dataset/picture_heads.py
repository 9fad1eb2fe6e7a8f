"""What the first bytes of a picture say of it: its size and its mode, without a decoder."""

from __future__ import annotations

import io
import struct
from typing import NamedTuple

JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}


class Head(NamedTuple):
    """What a picture's header says: pixels as they lie in the file, the mode that Pillow would name, the suffix."""

    width: int
    height: int
    mode: str
    suffix: str


def picture_head(content: memoryview) -> Head | None:
    """Read the header of an encoded picture; None where it is none, or damaged.

    JPEG, PNG and GIF are read here, in microseconds; the header of any other is left to Pillow.
    """
    magic = content[:8].tobytes()
    try:
        if magic.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if magic == b"\x89PNG\r\n\x1a\n":
            width, height, depth, color = struct.unpack_from(">IIBB", content, 16)
            grey = {1: "1", 16: "I;16"}.get(depth, "L")
            return Head(width, height, grey if color == 0 else PNG_MODES[color], ".png")
        if magic.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", content, 6)
            return Head(width, height, "P", ".gif")
    except (struct.error, KeyError, IndexError):
        return None
    return _by_pillow(content)


def _jpeg(content: memoryview) -> Head | None:
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, parts = struct.unpack_from(">HHB", content, at + 5)
            return Head(width, height, JPEG_MODES[parts], ".jpg")
        else:
            at += 2 + int(struct.unpack_from(">H", content, at + 2)[0])
    return None


def _by_pillow(content: memoryview) -> Head | None:
    import warnings

    from PIL import Image

    from tinydata.dataset.picture_files import suffix_for

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content)) as opened:
                return Head(*opened.size, opened.mode, suffix_for(str(opened.format), content[:2].tobytes()))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
