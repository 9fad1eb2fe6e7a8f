"""Many small pictures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from io import BytesIO
from itertools import islice
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from tinydata.dataset.pictures import open_image
from tinydata.errors import BadImage, BadSize

_CELL, _GAP, _LABEL = 128, 20, 24  # pixels
_PAPER, _CHEQUER, _FRAME = "#ffffff", "#e6e9ed", "#d0d7de"
_INK, _FAINT, _BAD = "#24292f", "#8b949e", "#cf222e"
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(pictures: Iterable[tuple[str, bytes | None]], *, columns: int = 5, limit: int = 60) -> bytes:
    """Lay pictures out in a grid, each with its label and its size.

    A small picture is enlarged by a whole factor without smoothing, so that its pixels can be judged; a large one is
    shrunk; transparency shows a chequered ground. A null is an empty crossed frame, and what cannot be read says so.

    Args:
        pictures: Label and encoded picture, or label and None for a null slot. No more than `limit` + 1 are drawn from it.
        columns: How many stand side by side; fewer where there are fewer.
        limit: How many are shown; where there are more, the last line says so.

    Returns:
        A PNG, the same bytes each time for one version of Pillow.

    Raises:
        BadSize: `columns` or `limit` is below 1.
    """
    for name, given in (("columns", columns), ("limit", limit)):
        if given < 1:
            raise BadSize(name, given)
    shown = list(islice(pictures, limit + 1))
    more, shown = len(shown) > limit, shown[:limit]
    columns = max(1, min(columns, len(shown)))
    rows = math.ceil(len(shown) / columns)
    step = _CELL + _GAP
    sheet = Image.new("RGB", (_GAP + columns * step, _GAP + rows * (step + _LABEL) + more * _LABEL), _PAPER)
    font = _font()
    for index, (label, data) in enumerate(shown):
        row, column = divmod(index, columns)
        _draw_cell(sheet, (_GAP + column * step, _GAP + row * (step + _LABEL)), label, data, font)
    if more:
        text = f"the first {limit}"
        ImageDraw.Draw(sheet).text((_GAP, sheet.height - _GAP - _LABEL // 2), text, _FAINT, font)
    out = BytesIO()
    sheet.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_cell(sheet: Image.Image, at: tuple[int, int], label: str, data: bytes | None, font: _Font) -> None:
    left, top = at
    right, bottom = left + _CELL, top + _CELL
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((left - 1, top - 1, right, bottom), outline=_FRAME)
    note = ""
    if data is None:
        note = "null"
        draw.line((left, top, right - 1, bottom - 1), _FRAME)
        draw.line((left, bottom - 1, right - 1, top), _FRAME)
    else:
        try:
            picture = open_image(data, name=label)
        except BadImage:
            word = "unreadable"
            draw.text((left + (_CELL - font.getlength(word)) // 2, top + _CELL // 2 - 8), word, _BAD, font)
        else:
            note = f"{picture.width}x{picture.height}"
            picture = _grounded(_fitted(_visible(picture)))
            sheet.paste(picture, (left + (_CELL - picture.width) // 2, top + (_CELL - picture.height) // 2))
    width = font.getlength(note)
    draw.text((right - width, bottom + 5), note, _FAINT, font)
    draw.text((left, bottom + 5), _shortened(label, _CELL - width - 8, font), _INK, font)


def _visible(picture: Image.Image) -> Image.Image:
    """The picture in RGB or RGBA; numbers stretched from black to white."""
    if picture.mode[0] in "IF":
        picture = picture.convert("F")
        low, high = cast("tuple[float, float]", picture.getextrema())
        if math.isfinite(high - low) and high > low:
            scale = 255 / (high - low)
            picture = picture.point(lambda value: value * scale - low * scale)
        return picture.convert("L").convert("RGB")
    if picture.mode == "LAB":  # would need the colour profile of a screen
        return picture.getchannel("L").convert("RGB")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _fitted(picture: Image.Image) -> Image.Image:
    """Enlarged by a whole factor, or shrunk, to a cell."""
    if max(picture.size) > _CELL:
        picture.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
    factor = _CELL // max(picture.size)
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _grounded(picture: Image.Image) -> Image.Image:
    """Over a chequered ground where it is transparent."""
    if picture.mode == "RGB":
        return picture
    ground = Image.new("RGB", picture.size, _PAPER)
    draw = ImageDraw.Draw(ground)
    for y in range(0, picture.height, 8):
        for x in range(y % 16, picture.width, 16):
            draw.rectangle((x, y, x + 7, y + 7), _CHEQUER)
    ground.paste(picture, mask=picture)
    return ground


def _shortened(text: str, width: float, font: _Font) -> str:
    text = text.encode("ascii", "replace").decode()  # Pillow's own font has few other letters
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}...") > width:
        text = text[:-1]
    return f"{text}..."


def _font() -> _Font:
    try:
        return ImageFont.load_default(13)
    except ImportError:  # a Pillow without FreeType has one small font only
        return ImageFont.load_default()
