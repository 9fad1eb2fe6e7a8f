"""The scenes of the demo's drawings: each draws itself and says truly what there is to see."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import cos, pi, sin
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageOps


class Scene(NamedTuple):
    """A picture and its caption."""

    image: Image.Image
    caption: str


class _Canvas:
    """Shapes in pixels, drawn at twice the size, since Pillow smooths no edges itself."""

    def __init__(self, width: int, height: int, top: str | None = None, bottom: str | None = None) -> None:
        if top is None:
            self.image = Image.new("RGBA", (2 * width, 2 * height))
        else:
            column = ImageOps.colorize(Image.linear_gradient("L").resize((1, 2 * height)), top, bottom or top)
            self.image = column.resize((2 * width, 2 * height), Image.Resampling.NEAREST)
        self.draw = ImageDraw.Draw(self.image)

    def disc(self, x: float, y: float, radius: float, colour: str, height: float | None = None) -> None:
        tall = radius if height is None else height
        self.draw.ellipse((2 * (x - radius), 2 * (y - tall), 2 * (x + radius), 2 * (y + tall)), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str, corner: float = 0) -> None:
        self.draw.rounded_rectangle((2 * left, 2 * top, 2 * right, 2 * bottom), 2 * corner, colour)

    def shape(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        self.draw.polygon([(2 * x, 2 * y) for x, y in points], colour)

    def line(self, points: Sequence[tuple[float, float]], width: float, colour: str) -> None:
        self.draw.line([(2 * x, 2 * y) for x, y in points], colour, round(2 * width), joint="curve")

    def named(self, caption: str) -> Scene:
        return Scene(self.image.reduce(2), caption)


def draw_circles(rng: random.Random) -> Scene:
    """Three discs of one colour."""
    canvas = _Canvas(640, 480, "#dcebf7")
    name, colour = rng.choice([("red", "#d1493f"), ("green", "#3f9b63"), ("orange", "#ec8b33")])
    side = rng.choice(("left", "right"))
    for x, radius in ((190, 120), (400, 66), (535, 42)):
        canvas.disc(x if side == "left" else 640 - x, 240 + rng.randrange(-50, 51), radius, colour)
    return canvas.named(f"Three {name} circles on a pale blue ground, the largest one at the {side}.")


def draw_sunset(rng: random.Random) -> Scene:
    """A sun half in the sea."""
    canvas = _Canvas(720, 400, "#4b3f72", "#f7a072")
    x = rng.randrange(200, 520)
    canvas.disc(x, 250, 78, "#ffe3a3")
    canvas.box(0, 250, 720, 400, "#35476b")
    for step in range(9):
        half = 84 - 7 * step + rng.randrange(-10, 11)
        canvas.box(x - half, 258 + 15 * step, x + half, 263 + 15 * step, "#e9b384", 2.5)
    return canvas.named("The sun sets over a calm sea.")


def draw_mountains(rng: random.Random) -> Scene:
    """Four ridges and a moon; the caption is Japanese."""
    canvas = _Canvas(640, 427, "#f6d9cf", "#fdf3e7")
    canvas.disc(rng.randrange(120, 520), 96, 40, "#fffdf8")
    for base, colour in ((215, "#a9bcd3"), (265, "#7391b5"), (320, "#46688f"), (370, "#27466b")):
        phase = rng.uniform(0, 2 * pi)
        ridge = [
            (x, base - 42 * sin(x / 90 + phase) - 16 * sin(x / 37 + 2 * phase) - 5 * sin(x / 11))
            for x in range(0, 645, 4)
        ]
        canvas.shape([(0, 427), *ridge, (644, 427)], colour)
    return canvas.named("青い山々の上に、白い月が出ている。")


def draw_flowers(rng: random.Random) -> Scene:
    """Five tulips; the caption is a paragraph."""
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
    canvas.shape([(158, 430), (262, 430), (263.5, 442), (156.5, 442)], "#e8f1f4")
    return canvas.named(
        f"A blue vase with five {name} tulips stands on a brown table. The wall behind it is cream. The flowers lean away "
        "from one another like the fingers of an open hand, and the one in the middle is the tallest. Around the vase "
        "runs a single white band, a little below the rim.",
    )


def draw_cup(rng: random.Random) -> Scene:
    """Coffee; the caption is French."""
    canvas = _Canvas(600, 450, "#5b4636", "#7a5c45")
    canvas.box(0, 300, 600, 450, "#c89b6c")
    name, colour = rng.choice([("blanche", "#f7f4ee"), ("bleue", "#6f9fc8"), ("jaune", "#f1cf6b")])
    canvas.disc(300, 352, 160, "#eee6da", 36)
    canvas.draw.ellipse((2 * 370, 2 * 220, 2 * 458, 2 * 308), outline=colour, width=2 * 16)
    bowl = [(100 * cos((y - 200) / 150), y) for y in range(200, 345, 4)]
    canvas.shape([(300 - half, y) for half, y in bowl] + [(300 + half, y) for half, y in reversed(bowl)], colour)
    canvas.disc(300, 200, 100, colour, 24)
    canvas.disc(300, 202, 86, "#3e2618", 17)
    for x in (262, 300, 338):
        phase = rng.uniform(0, 2 * pi)
        wave = [(x + 9 * sin(y / 15 + phase), y) for y in range(70, 172, 3)]
        canvas.line(wave, 5, "#a58f7c")
    return canvas.named(f"Une tasse {name} de café brûlant, posée sur sa soucoupe.")


def draw_city(rng: random.Random) -> Scene:
    """Towers by night."""
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
    return canvas.named(
        f"A city at night: seven dark towers side by side, {lit} windows still lit, and a full moon at the upper right.",
    )


def draw_balloon(rng: random.Random) -> Scene:
    """RGBA, transparent around the balloon."""
    canvas = _Canvas(480, 640)
    paints = {"red": "#d8503f", "blue": "#3f78bf", "green": "#3d9a6c", "white": "#fbf3e4", "yellow": "#f2c14e"}
    names = rng.sample(sorted(paints), 2)
    x = rng.randrange(205, 276)
    canvas.line([(x - 90, 360), (x - 28, 520)], 3, "#6d5138")
    canvas.line([(x + 90, 360), (x + 28, 520)], 3, "#6d5138")
    for number, half in enumerate((190, 142, 86, 30)):
        paint, waist, hem = paints[names[number % 2]], half * 0.796, half / 4
        canvas.disc(x, 215, half, paint, 190)
        canvas.shape([(x - waist, 330), (x + waist, 330), (x + hem, 450), (x - hem, 450)], paint)
    canvas.box(x - 38, 520, x + 38, 585, "#a8763e", 8)
    canvas.box(x - 42, 514, x + 42, 528, "#7f5529", 6)
    return canvas.named(f"A balloon with {names[0]} and {names[1]} stripes, cut out: around it there is nothing.")


def draw_board(rng: random.Random) -> Scene:
    """Draughts, in few colours."""
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
    word = ("Three", "Four", "Five", "Six", "Seven")[pieces - 3]
    return canvas.named(f"{word} red pieces on the dark squares of a board")


def draw_boat(rng: random.Random) -> Scene:
    """Upright."""
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
    return canvas.named(f"A small boat under two {name} sails, seen from the side, on choppy water.")


def draw_rainbow(rng: random.Random) -> Scene:
    """Wide; the caption is one word."""
    canvas = _Canvas(720, 360, "#b8dcf2", "#eef7fb")
    middle = rng.randrange(300, 421)
    for number, colour in enumerate(("#e4574e", "#f2994a", "#f5d15b", "#67b56f", "#4a90c9", "#7d5fb0", "#d3e9f5")):
        canvas.disc(middle, 350, 300 - 20 * number, colour)
    hill = [(x, 300 - 34 * sin(pi * x / 720) - 8 * cos(x / 60)) for x in range(0, 725, 5)]
    canvas.shape([(0, 360), *hill, (720, 360)], "#6ba368")
    return canvas.named("Rainbow")
