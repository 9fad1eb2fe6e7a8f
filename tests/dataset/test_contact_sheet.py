"""The contact sheet shows every picture, and every hole."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tinydata.dataset.contact_sheet import contact_sheet
from tinydata.errors import BadSize


def png(image):
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def sheet(pictures, **options):
    return np.asarray(Image.open(BytesIO(contact_sheet(pictures, **options))))


RED = png(Image.new("RGB", (32, 32), (255, 0, 0)))


def test_a_small_picture_is_enlarged_by_a_whole_factor_without_smoothing():
    four = Image.new("RGB", (2, 2), (255, 0, 0))
    four.putpixel((1, 1), (0, 0, 255))

    pixels = sheet([("0", png(four))])

    assert (pixels == (255, 0, 0)).all(axis=2).sum() == 3 * 64 * 64
    assert (pixels == (0, 0, 255)).all(axis=2).sum() == 64 * 64


@pytest.mark.parametrize("size", [(900, 300), (300, 900), (1, 1), (129, 128)])
def test_a_picture_of_any_size_fits_its_cell(size):
    one = Image.open(BytesIO(contact_sheet([("0", RED)]))).size

    assert Image.open(BytesIO(contact_sheet([("0", png(Image.new("L", size)))]))).size == one


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_is_shown(mode):
    image = Image.linear_gradient("L").resize((32, 32)).convert("I" if mode == "I;16" else mode).convert(mode)

    assert len(np.unique(sheet([("", png(image))]).reshape(-1, 3), axis=0)) > (8 if mode != "1" else 2)


@pytest.mark.parametrize("mode", ["F", "I", "CMYK", "LAB", "YCbCr"])
def test_modes_that_screens_do_not_know_are_shown_too(mode):
    image = Image.linear_gradient("L")
    image = (
        Image.merge("LAB", (image,) * 3)
        if mode == "LAB"
        else image.convert("RGB").convert(mode)
        if len(mode) > 1
        else image.convert(mode)
    )
    out = BytesIO()
    image.save(out, "TIFF")

    assert len(np.unique(sheet([("", out.getvalue())]).reshape(-1, 3), axis=0)) > 50


def test_a_null_and_a_picture_that_cannot_be_read_have_their_places():
    whole = sheet([("0", RED), ("1", None), ("2", b"no picture"), ("3", RED)])

    assert (whole == (255, 0, 0)).all(axis=2).sum() == 2 * 128 * 128
    assert not np.array_equal(whole, sheet([("0", RED), ("1", b"no picture"), ("2", None), ("3", RED)]))


def test_the_grid_grows_row_by_row():
    heights = [len(sheet([(str(n), RED) for n in range(count)])) for count in (1, 5, 6, 10, 11)]

    assert heights[0] == heights[1] < heights[2] == heights[3] < heights[4]


def test_no_more_than_the_limit_is_read():
    def endless():
        number = 0
        while True:
            assert number <= 7, "read on"
            yield str(number), RED
            number += 1

    assert (sheet(endless(), limit=7) == (255, 0, 0)).all(axis=2).sum() == 7 * 128 * 128


@pytest.mark.parametrize("label", ["", "a" * 300, "école 山 👩‍👧", "images_00 of 1234567"])
def test_any_label_can_be_written(label):
    assert sheet([(label, None)]).shape == sheet([("0", None)]).shape


def test_the_same_bytes_each_time():
    pictures = [("0", RED), ("1", None), ("2", b"")]

    assert contact_sheet(pictures) == contact_sheet(pictures)


def test_an_empty_sheet_is_a_picture_too():
    assert sheet([]).size


@pytest.mark.parametrize("option", ["columns", "limit"])
def test_a_sheet_without_room_is_an_error(option):
    with pytest.raises(BadSize, match=option):
        contact_sheet([], **{option: 0})
