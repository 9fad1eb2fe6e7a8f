"""The drawings of the demo are photographs in all but content."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image

from tinydata.dataset.drawings import draw_captioned
from tinydata.dataset.pictures import open_image, shrink_image

TEN = draw_captioned(10)


def test_the_same_bytes_each_time_and_others_for_another_seed():
    assert draw_captioned(10) == TEN
    assert draw_captioned(4) == TEN[:4]
    assert draw_captioned(10, rng_seed=1) != TEN


def test_twenty_are_twenty_different_ones():
    assert len({picture for picture, _ in draw_captioned(19)}) == 19


def test_they_come_as_pictures_come():
    images = [Image.open(BytesIO(picture)) for picture, _ in TEN]

    assert Counter((image.format, image.mode) for image in images) == {
        ("JPEG", "RGB"): 8,
        ("PNG", "RGBA"): 1,
        ("PNG", "P"): 1,
    }
    assert [image.getexif().get(ExifTags.Base.Orientation, 1) for image in images].count(6) == 1
    assert all(400 <= max(image.size) <= 720 for image in images)
    assert {open_image(picture).width > open_image(picture).height for picture, _ in TEN} == {True, False}


def test_captions_are_long_and_short_and_not_only_ascii():
    captions = [caption for _, caption in TEN]

    assert len(set(captions)) == 10
    assert min(map(len, captions)) < 10
    assert max(map(len, captions)) > 200
    assert sum(not caption.isascii() for caption in captions) == 2


@pytest.mark.parametrize("rng_seed", range(4))
def test_the_largest_circle_is_where_the_caption_says(rng_seed):
    picture, caption = draw_captioned(1, rng_seed)[0]
    ground = np.asarray(Image.new("RGB", (1, 1), "#dcebf7"))
    drawn = np.abs(np.asarray(open_image(picture), dtype=int) - ground).max(axis=2) > 60

    left, right = drawn[:, :320].sum(), drawn[:, 320:].sum()

    assert caption.endswith("left." if left > right else "right.")


@pytest.mark.parametrize("rng_seed", range(4))
def test_as_many_pieces_stand_on_the_board_as_the_caption_says(rng_seed):
    picture, caption = draw_captioned(7, rng_seed)[6]
    pixels = np.asarray(open_image(picture).convert("RGB"), dtype=int)[32::64, 32::64]

    pieces = (pixels[..., 0] - pixels[..., 1] > 60).sum()

    assert caption.split()[0] == ("Three", "Four", "Five", "Six", "Seven")[pieces - 3]


def test_they_shrink_like_any_others():
    assert all(max(open_image(shrink_image(picture)[0]).size) == 32 for picture, _ in TEN)
