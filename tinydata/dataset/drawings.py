"""Captioned pictures to try things on, drawn here so that a demo needs no network and no licence."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO

from PIL import ExifTags, Image

from tinydata.dataset import scenes


def draw_captioned(count: int, rng_seed: int = 0) -> list[tuple[bytes, str]]:
    """Draw pictures the size of photographs, each with a caption that is true of it.

    Ten scenes take turns, and their colours, numbers and places differ each time. Eight come as JPEG, one of them stored
    lying and turned by its EXIF; the balloon is an RGBA PNG, the board a palette PNG. Captions are from one word to a
    paragraph long, one in Japanese and one in French.

    Args:
        count: How many.
        rng_seed: The start of the random numbers.

    Returns:
        Encoded picture and caption; the same bytes each time for one version of Pillow.
    """
    drawn = []
    for index in range(count):
        draw_scene, encode = _SCENES[index % len(_SCENES)]
        scene = draw_scene(random.Random(f"{rng_seed} {index}"))
        drawn.append((encode(scene.image), scene.caption))
    return drawn


def _as_jpeg(image: Image.Image, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=90, **options)
    return out.getvalue()


def _as_lying_jpeg(image: Image.Image) -> bytes:
    """As a camera held upright stores it: lying, with a note to turn it a quarter to the right."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return _as_jpeg(image.transpose(Image.Transpose.ROTATE_90), exif=exif)


def _as_png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _as_palette_png(image: Image.Image) -> bytes:
    return _as_png(image.quantize(64, Image.Quantize.MEDIANCUT))


_SCENES: list[tuple[Callable[[random.Random], scenes.Scene], Callable[[Image.Image], bytes]]] = [
    (scenes.draw_circles, _as_jpeg),
    (scenes.draw_sunset, _as_jpeg),
    (scenes.draw_boat, _as_lying_jpeg),
    (scenes.draw_balloon, _as_png),
    (scenes.draw_mountains, _as_jpeg),
    (scenes.draw_flowers, _as_jpeg),
    (scenes.draw_board, _as_palette_png),
    (scenes.draw_cup, _as_jpeg),
    (scenes.draw_city, _as_jpeg),
    (scenes.draw_rainbow, _as_jpeg),
]
