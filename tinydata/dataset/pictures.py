"""Shrink encoded pictures, and lose nothing but pixels: mode, depth, transparency, colours and frames stay."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from tinydata.dataset.picture_files import encode_frames, suffix_for
from tinydata.errors import BadImage, BadSize

# Pillow logs what is wrong with a TIFF, and Python prints logs that nobody handles; what matters is raised as well.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_RUN_PROGRAMS = {"EPS", "WMF"}  # Ghostscript, and Windows' own renderer
_SEQUENCES = {"GIF", "PNG", "WEBP", "AVIF", "FLI", "TIFF", "DCX", "MPO"}  # elsewhere a "frame" is a layer or a size
_TWINS = {"RGBX": "RGB", "RGBa": "RGBA", "La": "LA", "HSV": "RGB"}  # modes that no file holds
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def shrink_image(data: bytes, side: int = 32, *, name: str = "image") -> tuple[bytes, str]:
    """Fit a picture into a square box, keeping its ratio and never enlarging it.

    A picture that fits and stands upright comes back byte for byte. Any other is turned as its EXIF or XMP says, scaled,
    and written in a format that holds its mode: JPEG, GIF, PNG, TIFF, WebP and AVIF stay what they are; the rest
    becomes PNG, or TIFF where PNG does not hold the mode (float, 32-bit, CMYK, LAB ...).

    - Palette indices and colours named transparent are picked, not mixed: a mask keeps its labels. A GIF is a
      picture and gets a new palette for each frame.
    - Numbers (16-bit, 32-bit, float) are averaged, so that they stay within their range. What Pillow reads as 8 bits,
      such as 16-bit RGB, has 8 bits afterwards.
    - All frames and pages stay, with their times. Of an MPO too: its first is the picture that viewers show. The layers
      of a PSD and the smaller sizes of an ICO are not frames: what Pillow shows of these is one picture.
    - The colour profile stays. EXIF, XMP, comments and resolution spoke of the large picture and go.

    Args:
        data: The encoded picture, W x H pixels.
        side: The box, in pixels.
        name: What errors call it.

    Returns:
        The encoded picture of w x h pixels, ``1 <= min(w, h)`` and ``max(w, h) <= side``, and the suffix of its format.

    Raises:
        BadSize: `side` is below 1.
        BadImage: No picture, a damaged one, or one beyond Pillow's bomb limit.

    Source:
        The ``mogrify -resize '32x32>'`` of Stas Bekman's make-tiny notes.
    """
    if side < 1:
        raise BadSize("side", side)
    with _reading(name):
        picture = _open(data)
    frames: list[Image.Image] = []
    durations_ms: list[float] = []
    fits = True
    while _has_frame(picture, len(frames), name):
        with _reading(name):
            # Before load(), which turns a TIFF by itself.
            orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
            whole = picture.size
            draft = picture.draft(None, _fitted(whole, 2 * side)) if picture.format == "JPEG" else None
            picture.load()
            if draft is None:  # load() corrects the size that an icon's directory gives
                whole = picture.size
        turn = _UPRIGHT.get(orientation)
        size = _fitted(whole, side)
        fits = fits and turn is None and size == whole
        frame = _resized(picture, size, draft[1] if draft else None)
        frames.append(frame.transpose(turn) if turn is not None and picture.format != "TIFF" else frame)
        durations_ms.append(picture.info.get("duration", 0))
    return (data, suffix_for(str(picture.format), data)) if fits else encode_frames(frames, durations_ms, picture)


def open_image(data: bytes, *, name: str = "image") -> Image.Image:
    """Decode the first frame of a picture, upright.

    Args:
        data: The encoded picture.
        name: What errors call it.

    Returns:
        The pixels, in the mode that the file holds.

    Raises:
        BadImage: No picture, a damaged one, or one beyond Pillow's bomb limit.
    """
    with _reading(name):
        picture = _open(data)
        turn = None if picture.format == "TIFF" else _UPRIGHT.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
        picture.load()
    return picture if turn is None else picture.transpose(turn)


def suffix_of(data: bytes) -> str | None:
    """The suffix of a picture's format, such as ``.jpg``, by its first bytes; None where Pillow knows none."""
    try:
        with _reading("image"):
            return suffix_for(str(_open(data).format), data)
    except BadImage:
        return None


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever goes wrong inside is the picture's fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except UnidentifiedImageError:  # its message holds a memory address
            raise BadImage(name, "not a picture that Pillow can read") from None
        except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise BadImage(name, str(error).rstrip(".")) from error
        except Exception as error:  # decoders run into bad bytes with KeyError, IndexError, struct.error ...
            raise BadImage(name, f"damaged ({type(error).__name__}: {error})") from error


def _open(data: bytes) -> Image.Image:
    Image.init()
    return Image.open(BytesIO(data), formats=[known for known in Image.ID if known not in _RUN_PROGRAMS])


def _has_frame(picture: Image.Image, index: int, name: str) -> bool:
    """Go to a frame, if there is one."""
    if index == 0 or picture.format not in _SEQUENCES:
        return index == 0
    with _reading(name):
        try:
            picture.seek(index)
        except EOFError:
            if index < (count := getattr(picture, "n_frames", 1)):
                raise OSError(f"breaks off after {index} of {count} frames") from None
            return False
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            if picture.format != "GIF":
                raise
            return False  # a frame that reaches out of the canvas is none, and ends the animation
        except SyntaxError as error:
            # The APNG specification: show the default image. A damaged chunk is a SyntaxError too, and damage.
            if "missing frame data" not in str(error):
                raise
            return False
        if Image.MAX_IMAGE_PIXELS and picture.width * picture.height > Image.MAX_IMAGE_PIXELS:  # Pillow checks page 1
            raise Image.DecompressionBombError(f"page {index + 1} of {picture.width} x {picture.height} pixels")
    return True


def _fitted(whole: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(whole))
    return max(1, round(whole[0] * scale)), max(1, round(whole[1] * scale))


def _resized(picture: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None) -> Image.Image:
    """A frame of `size`, holding no more than what is to be written."""
    info: dict[str | tuple[int, int], Any] = {
        key: value for key, value in picture.info.items() if key in ("icc_profile", "transparency")
    }
    if picture.format in ("GIF", "FLI") and (picture.mode != "L" or "transparency" in info):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        info.pop("transparency", None)
    if picture.mode in _TWINS:
        picture = picture.convert(_TWINS[picture.mode])
    if picture.mode in ("P", "PA") or "transparency" in info:
        frame = picture.resize(size, Image.Resampling.NEAREST, box)
    elif picture.mode == "1":
        frame = picture.convert("L").resize(size, Image.Resampling.BOX, box).convert("1")
    elif picture.mode[0] in "IF":
        frame = picture.resize(size, Image.Resampling.BOX, box)
    else:
        frame = picture.resize(size, Image.Resampling.LANCZOS, box)
    frame.info = info
    return frame
