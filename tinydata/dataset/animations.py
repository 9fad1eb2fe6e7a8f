"""Put still pictures behind one another: GIF, APNG and WebP.

Pillow's own writers merge frames that look alike, and frames of 32 pixels often do; here every frame stays a frame.
Each covers the whole canvas and replaces the one before it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def join_gif(stills: Sequence[bytes], durations_ms: Sequence[float], loop: int | None = None) -> bytes:
    """Make one GIF of several.

    Args:
        stills: GIF files of one frame and one size.
        durations_ms: How long each is shown; GIF counts in hundredths of a second.
        loop: How often it plays again, 0 without end, None not again.

    Returns:
        The file; every frame with a colour table of its own.

    Source:
        The GIF89a specification of CompuServe.
    """
    out = [b"GIF89a", stills[0][6:10], b"\0\0\0"]
    if loop is not None:
        out.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", min(loop, 0xFFFF)) + b"\0")
    for still, duration in zip(stills, durations_ms, strict=True):
        table, transparent, interlaced, pixels = _gif_parts(still)
        # What is transparent shows the frame before, unless that one is cleared away (2) and not left (1).
        control = 1 << 2 if transparent is None else 2 << 2 | 1
        delay = min(round(duration / 10), 0xFFFF)
        out += [b"\x21\xf9\x04", struct.pack("<BHBB", control, delay, transparent or 0, 0)]
        shape = 0x80 | interlaced | ((len(table) // 3).bit_length() - 2)
        out += [b"\x2c\0\0\0\0", still[6:10], bytes([shape]), table, pixels]
    return b"".join([*out, b"\x3b"])


def join_png(
    stills: Sequence[bytes], durations_ms: Sequence[float], loop: int | None = None, *, cover: bool = False
) -> bytes:
    """Make one APNG of several PNG.

    Args:
        stills: PNG files of one frame, one size, one mode and one palette.
        durations_ms: How long each is shown.
        loop: How often it plays, 0 or None without end.
        cover: The first is only for those who show no animation.

    Returns:
        The file; its palette, transparency and colour profile are those of the first still.

    Source:
        https://www.w3.org/TR/png-3/#apng-frame-based-animation
    """
    out, number = [_PNG_MAGIC], 0
    for index, (still, duration) in enumerate(zip(stills, durations_ms, strict=True)):
        delay = Fraction(duration / 1000).limit_denominator(0xFFFF)
        timing = struct.pack(">HHBB", min(delay.numerator, 0xFFFF), delay.denominator, 0, 0)
        told = index == 0 and cover
        for kind, body in _png_chunks(still):
            if kind == b"IDAT":
                if not told:
                    told, size = True, still[16:24]
                    out.append(_png_chunk(b"fcTL", struct.pack(">I", number) + size + bytes(8) + timing))
                    number += 1
                if index == 0:
                    out.append(_png_chunk(kind, body))
                else:
                    out.append(_png_chunk(b"fdAT", struct.pack(">I", number) + body))
                    number += 1
            elif index == 0 and kind != b"IEND":
                out.append(_png_chunk(kind, body))
                if kind == b"IHDR":
                    out.append(_png_chunk(b"acTL", struct.pack(">II", len(stills) - cover, loop or 0)))
    return b"".join([*out, _png_chunk(b"IEND", b"")])


def join_webp(
    stills: Sequence[bytes],
    durations_ms: Sequence[float],
    loop: int | None = None,
    *,
    size: tuple[int, int],
    alpha: bool,
    background: tuple[int, int, int, int] = (255, 255, 255, 255),
    icc_profile: bytes | None = None,
) -> bytes:
    """Make one WebP of several.

    Args:
        stills: WebP files of one frame, w x h pixels each.
        durations_ms: How long each is shown; WebP counts in whole milliseconds.
        loop: How often it plays, 0 or None without end.
        size: w, h.
        alpha: Some pixel may be transparent.
        background: The colour behind it, red, green, blue, alpha; most viewers do not show it.
        icc_profile: The colour profile.

    Returns:
        The file.

    Source:
        https://developers.google.com/speed/webp/docs/riff_container
    """
    flags = 0x02 | (0x10 if alpha else 0) | (0x20 if icc_profile else 0)
    canvas = _uint24(size[0] - 1) + _uint24(size[1] - 1)
    red, green, blue, opacity = background
    out = [b"WEBP", _riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + canvas)]
    if icc_profile:
        out.append(_riff_chunk(b"ICCP", icc_profile))
    out.append(_riff_chunk(b"ANIM", bytes([blue, green, red, opacity]) + struct.pack("<H", loop or 0)))
    for still, duration in zip(stills, durations_ms, strict=True):
        pixels = b"".join(
            _riff_chunk(*chunk) for chunk in _riff_chunks(still) if chunk[0] in (b"ALPH", b"VP8 ", b"VP8L")
        )
        replaces = b"\x02"
        out.append(_riff_chunk(b"ANMF", bytes(6) + canvas + _uint24(round(duration)) + replaces + pixels))
    return _riff_chunk(b"RIFF", b"".join(out))


def _gif_parts(still: bytes) -> tuple[bytes, int | None, int, bytes]:
    """The colour table, the transparent index, the interlace flag and the compressed pixels of a GIF of one frame."""
    at, table, transparent = 13, b"", None
    if still[10] & 0x80:
        at += 3 << (still[10] & 7) + 1
        table = still[13:at]
    while still[at] == 0x21:
        if still[at + 1] == 0xF9 and still[at + 3] & 1:
            transparent = still[at + 6]
        at = _after_blocks(still, at + 2)
    flags = still[at + 9]
    at += 10
    if flags & 0x80:
        table = still[at : at + (3 << (flags & 7) + 1)]
        at += len(table)
    return table, transparent, flags & 0x40, still[at : _after_blocks(still, at + 1)]


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _png_chunks(still: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_MAGIC)
    while at < len(still):
        (length,) = struct.unpack_from(">I", still, at)
        yield still[at + 4 : at + 8], still[at + 8 : at + 8 + length]
        at += 12 + length


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _riff_chunks(still: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(still):
        (length,) = struct.unpack_from("<I", still, at + 4)
        yield still[at : at + 4], still[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")
