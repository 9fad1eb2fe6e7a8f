"""Captioned pictures to try things on, drawn here so that a demo needs no network and no licence."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from io import BytesIO
from math import cos, pi, sin
from typing import NamedTuple

from PIL import ExifTags, Image, ImageColor, ImageDraw, ImageOps

_Point = tuple[float, float]


class _Scene(NamedTuple):
    image: Image.Image
    caption: str


def draw_captioned(count: int, rng_seed: int = 0) -> list[tuple[bytes, str]]:
    """Draw pictures the size of photographs, each with a caption that is true of it.

    Ten scenes take turns, and their colours, numbers and places differ each time. Eight come as JPEG, one of them stored
    lying and turned by its EXIF; the balloon is an RGBA PNG, the board a palette PNG. Captions are from one word to a
    paragraph long, three of them not in English.

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


class _Canvas:
    """Shapes in pixels, drawn at twice the size, since Pillow smooths no edges itself."""

    def __init__(self, width: int, height: int, top: str, bottom: str | None = None) -> None:
        column = ImageOps.colorize(Image.linear_gradient("L").resize((1, 2 * height)), top, bottom or top)
        self.image = column.resize((2 * width, 2 * height), Image.Resampling.NEAREST)
        self.draw = ImageDraw.Draw(self.image)

    def clear(self) -> None:
        self.image = Image.new("RGBA", self.image.size)
        self.draw = ImageDraw.Draw(self.image)

    def disc(self, x: float, y: float, radius: float, colour: str, height: float | None = None) -> None:
        tall = radius if height is None else height
        self.draw.ellipse((2 * (x - radius), 2 * (y - tall), 2 * (x + radius), 2 * (y + tall)), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, corner: float = 0) -> None:
        self.draw.rounded_rectangle((2 * left, 2 * top, 2 * right, 2 * bottom), 2 * corner, colour)

    def shape(self, points: Sequence[_Point], colour: str) -> None:
        self.draw.polygon([(2 * x, 2 * y) for x, y in points], colour)

    def line(self, points: Sequence[_Point], width: float, colour: str) -> None:
        self.draw.line([(2 * x, 2 * y) for x, y in points], colour, round(2 * width), joint="curve")

    def done(self) -> Image.Image:
        return self.image.reduce(2)


def _circles(rng: random.Random) -> _Scene:
    canvas = _Canvas(640, 480, "#dcebf7")
    name, colour = rng.choice([("red", "#d1493f"), ("green", "#3f9b63"), ("orange", "#ec8b33")])
    big_left = rng.random() < 0.5
    for x, radius in ((190, 120), (400, 66), (535, 42)):
        canvas.disc(x if big_left else 640 - x, 240, radius, colour)
    side = "left" if big_left else "right"
    return _Scene(canvas.done(), f"Three {name} circles on a pale blue ground, the largest one at the {side}.")


def _sunset(rng: random.Random) -> _Scene:
    canvas = _Canvas(720, 400, "#4b3f72", "#f7a072")
    x = rng.randrange(200, 520)
    canvas.disc(x, 250, 78, "#ffe3a3")
    canvas.box(0, 250, 720, 400, "#35476b")
    for step in range(9):
        half = 84 - 7 * step + rng.randrange(-10, 11)
        canvas.box(x - half, 258 + 15 * step, x + half, 263 + 15 * step, "#e9b384", 2.5)
    return _Scene(canvas.done(), "The sun sets over a calm sea.")


def _mountains(rng: random.Random) -> _Scene:
    canvas = _Canvas(640, 427, "#f6d9cf", "#fdf3e7")
    canvas.disc(rng.randrange(120, 520), 96, 40, "#fffdf8")
    for base, colour in ((215, "#a9bcd3"), (265, "#7391b5"), (320, "#46688f"), (370, "#27466b")):
        phase = rng.uniform(0, 2 * pi)
        ridge = [
            (x, base - 42 * sin(x / 90 + phase) - 16 * sin(x / 37 + 2 * phase) - 5 * sin(x / 11)) for x in range(0, 645, 4)
        ]
        canvas.shape([(0, 427), *ridge, (644, 427)], colour)
    return _Scene(canvas.done(), "青い山々の上に、白い月が出ている。")


def _flowers(rng: random.Random) -> _Scene:
    canvas = _Canvas(420, 600, "#f3e9dc", "#ead7c3")
    name, colour, shade = rng.choice(
        [("red", "#d64545", "#b23333"), ("yellow", "#f0b93a", "#d99a1c"), ("purple", "#8659a5", "#6b4288")]
    )
    canvas.box(0, 500, 420, 600, "#9c6b4a")
    for number in range(5):
        x, y = 90 + 60 * number, 190 + 40 * abs(number - 2) + rng.randrange(-12, 13)
        canvas.line([(210 + 8 * (number - 2), 400), (x, y)], 5, "#4d7c4a")
        canvas.disc(x, y, 25, colour, 33)
        canvas.shape([(x - 25, y - 2), (x - 22, y - 46), (x - 8, y - 20)], colour)
        canvas.shape([(x + 25, y - 2), (x + 22, y - 46), (x + 8, y - 20)], colour)
        canvas.disc(x, y - 6, 12, shade, 32)
    canvas.shape([(165, 370), (255, 370), (275, 540), (145, 540)], "#4f8aa8")
    canvas.disc(210, 540, 65, "#4f8aa8", 14)
    canvas.disc(210, 370, 45, "#3b6d87", 9)
    canvas.box(165, 430, 255, 442, "#e8f1f4")
    return _Scene(
        canvas.done(),
        f"A blue vase with five {name} tulips stands on a brown table. The wall behind it is cream. The flowers lean away "
        "from one another like the fingers of an open hand, and the one in the middle is the tallest. Around the vase "
        "runs a single white band, a little below the rim.",
    )


def _cup(rng: random.Random) -> _Scene:
    canvas = _Canvas(600, 450, "#5b4636", "#7a5c45")
    canvas.box(0, 300, 600, 450, "#c89b6c")
    name, colour = rng.choice([("blanche", "#f7f4ee"), ("bleue", "#6f9fc8"), ("jaune", "#f1cf6b")])
    canvas.disc(300, 352, 160, "#eee6da", 36)
    canvas.draw.ellipse((2 * 370, 2 * 220, 2 * 458, 2 * 308), outline=colour, width=2 * 16)
    canvas.shape([(200, 200), (400, 200), (380, 300), (350, 344), (250, 344), (220, 300)], colour)
    canvas.disc(300, 200, 100, colour, 24)
    canvas.disc(300, 202, 86, "#3e2618", 17)
    for x in (262, 300, 338):
        wave = [(x + 9 * sin(y / 15 + x), y) for y in range(70, 172, 3)]
        canvas.line(wave, 5, "#a58f7c")
    return _Scene(canvas.done(), f"Une tasse {name} de café brûlant, posée sur sa soucoupe.")


def _city(rng: random.Random) -> _Scene:
    canvas = _Canvas(480, 640, "#0d1433", "#3b3a6b")
    for _ in range(70):
        canvas.disc(rng.randrange(480), rng.randrange(330), rng.choice((0.8, 1.2, 1.6)), "#cfd6ee")
    canvas.disc(370, 110, 46, "#f4efd8")
    lit = 0
    for number in range(7):
        left, top = 10 + 66 * number, rng.randrange(260, 470)
        canvas.box(left, top, left + 62, 640, rng.choice(("#141a2e", "#1a2138", "#10152a")))
        for y in range(top + 16, 620, 28):
            for x in (left + 9, left + 26, left + 43):
                if rng.random() < 0.35:
                    canvas.box(x, y, x + 9, y + 14, "#ffd97a")
                    lit += 1
    return _Scene(
        canvas.done(),
        f"A city at night: seven dark towers side by side, {lit} windows still lit, and a full moon at the upper right.",
    )


def _balloon(rng: random.Random) -> _Scene:
    canvas = _Canvas(480, 640, "#ffffff")
    canvas.clear()
    name, colour = rng.choice([("red", "#d8503f"), ("blue", "#3f78bf"), ("green", "#3d9a6c")])
    canvas.line([(150, 360), (212, 520)], 3, "#6d5138")
    canvas.line([(330, 360), (268, 520)], 3, "#6d5138")
    for number, half in enumerate((190, 142, 86, 30)):
        paint = colour if number % 2 == 0 else "#fbf3e4"
        canvas.disc(240, 215, half, paint, 190)
        canvas.shape([(240 - half * 0.92, 290), (240 + half * 0.92, 290), (240 + half / 4, 450), (240 - half / 4, 450)], paint)
    canvas.box(202, 520, 278, 585, "#a8763e", 8)
    canvas.box(198, 514, 282, 528, "#7f5529", 6)
    return _Scene(canvas.done(), f"A hot-air balloon with {name} and white stripes, cut out: around it there is nothing.")


def _board(rng: random.Random) -> _Scene:
    canvas = _Canvas(512, 512, "#efe6d2")
    for square in range(64):
        x, y = square % 8, square // 8
        if (x + y) % 2:
            canvas.box(64 * x, 64 * y, 64 * x + 63.5, 64 * y + 63.5, "#6f8f72")
    pieces = rng.randrange(3, 8)
    for square in rng.sample([square for square in range(64) if (square % 8 + square // 8) % 2], pieces):
        x, y = 64 * (square % 8) + 32, 64 * (square // 8) + 32
        canvas.disc(x, y + 3, 23, "#7c2f28")
        canvas.disc(x, y, 23, "#c2493d")
    words = {3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven"}
    return _Scene(canvas.done(), f"{words[pieces]} red pieces on the dark squares of a board")


def _boat(rng: random.Random) -> _Scene:
    canvas = _Canvas(480, 640, "#9fd0ea", "#e3f3f7")
    name, colour = rng.choice([("orange", "#ee8a3c"), ("red", "#cf4437"), ("white", "#fffdf7")])
    canvas.box(0, 470, 480, 640, "#2f7f98")
    canvas.box(236, 140, 242, 480, "#6b4a2f")
    canvas.shape([(248, 150), (248, 450), (385, 450)], colour)
    canvas.shape([(230, 190), (230, 450), (130, 450)], colour)
    canvas.shape([(105, 465), (385, 465), (335, 525), (150, 525)], "#7a4d2b")
    for row in range(6):
        phase = rng.uniform(0, 2 * pi)
        canvas.line([(x, 530 + 18 * row + 4 * sin(x / 18 + phase)) for x in range(0, 484, 4)], 3, "#64a9bd")
    return _Scene(canvas.done(), f"A small boat under two {name} sails, seen from the side, on choppy water.")


def _rainbow(_rng: random.Random) -> _Scene:
    canvas = _Canvas(720, 360, "#b8dcf2", "#eef7fb")
    for number, colour in enumerate(("#e4574e", "#f2994a", "#f5d15b", "#67b56f", "#4a90c9", "#7d5fb0", "#d3e9f5")):
        canvas.disc(360, 350, 300 - 20 * number, colour)
    hill = [(x, 300 - 34 * sin(pi * x / 720) - 8 * cos(x / 60)) for x in range(0, 725, 5)]
    canvas.shape([(0, 360), *hill, (720, 360)], "#6ba368")
    return _Scene(canvas.done(), "Rainbow")


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


_SCENES: list[tuple[Callable[[random.Random], _Scene], Callable[[Image.Image], bytes]]] = [
    (_circles, _as_jpeg),
    (_sunset, _as_jpeg),
    (_boat, _as_lying_jpeg),
    (_balloon, _as_png),
    (_mountains, _as_jpeg),
    (_flowers, _as_jpeg),
    (_board, _as_palette_png),
    (_cup, _as_jpeg),
    (_city, _as_jpeg),
    (_rainbow, _as_jpeg),
]
