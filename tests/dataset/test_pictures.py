"""Pictures shrink, and lose nothing but pixels."""

from __future__ import annotations

import re
from io import BytesIO

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from PIL import ExifTags, Image, ImageSequence, features

from tinydata.dataset.pictures import open_image, shrink_image, suffix_of
from tinydata.errors import BadImage, BadSize

GREY = Image.linear_gradient("L")
COLOUR = Image.merge("RGB", (GREY, GREY.transpose(Image.Transpose.ROTATE_90), Image.radial_gradient("L")))
VEILED = COLOUR.copy()
VEILED.putalpha(GREY.transpose(Image.Transpose.ROTATE_90))

PICTURES = {
    "1": GREY.convert("1"),
    "L": GREY,
    "LA": Image.merge("LA", (GREY, GREY.transpose(Image.Transpose.ROTATE_90))),
    "P": COLOUR.quantize(200),
    "PA": COLOUR.quantize(200).convert("PA"),
    "RGB": COLOUR,
    "RGBA": VEILED,
    "CMYK": COLOUR.convert("CMYK"),
    "YCbCr": COLOUR.convert("YCbCr"),
    "LAB": Image.merge("LAB", COLOUR.split()),
    "I": GREY.convert("I").point(lambda value: value * 70_000),
    "I;16": GREY.convert("I").point(lambda value: value * 257).convert("I;16"),
    "F": GREY.convert("F").point(lambda value: value * 0.001 - 0.1),
}
AVIF = pytest.param("AVIF", "RGB", marks=pytest.mark.skipif(not features.check("avif"), reason="Pillow without AVIF"))
HOLDS = [
    *(("TIFF", mode) for mode in PICTURES),
    *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
    *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    *(("GIF", mode) for mode in ("L", "P")),
    AVIF,
]
ELSEWHERE = [
    ("BMP", "RGB", "PNG"),
    ("BMP", "P", "PNG"),
    ("PPM", "RGB", "PNG"),
    ("PPM", "1", "PNG"),
    ("PPM", "F", "TIFF"),
    ("TGA", "RGBA", "PNG"),
    ("PCX", "L", "PNG"),
    ("ICO", "RGBA", "PNG"),
    ("DDS", "RGBA", "PNG"),
    ("JPEG2000", "LA", "PNG"),
    ("MPO", "RGB", "JPEG"),
]


def encode(image, format_name, append_images=(), **options):
    out = BytesIO()
    if append_images:  # copies, since saving leaves marks on what is saved
        options["append_images"] = [page.copy() for page in append_images]
    image.copy().save(out, format_name, **options)
    return out.getvalue()


def decode(data):
    image = Image.open(BytesIO(data))
    image.load()
    return image


def mean(image):
    """The mean of each channel, colours and opacity where the mode hides them."""
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")
    return np.asarray(image, dtype="float64").reshape(image.height * image.width, -1).mean(axis=0)


def turned(side_by_side):
    """A picture of two colours and the four orders in which a turn can show them."""
    return [side_by_side.resize((2, 2), Image.Resampling.BOX).getpixel((x, y)) for y in (0, 1) for x in (0, 1)]


@given(
    st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]),
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.integers(1, 70),
)
def test_a_picture_fits_the_box_keeps_its_ratio_and_is_never_enlarged(mode, whole, side):
    small = decode(shrink_image(encode(PICTURES[mode].resize(whole), "PNG"), side)[0])

    scale = min(1, side / max(whole))
    assert small.mode == mode
    assert max(small.size) == min(side, max(whole))
    assert all(abs(now - before * scale) <= 0.5 or now == 1 for now, before in zip(small.size, whole, strict=True))


@pytest.mark.parametrize(("format_name", "mode"), HOLDS)
def test_a_format_that_holds_the_mode_stays_and_so_does_the_mode(format_name, mode):
    data = encode(PICTURES[mode], format_name)
    before = decode(data)

    small, suffix = shrink_image(data)

    after = decode(small)
    assert (after.format, after.mode, after.size) == (format_name, before.mode, (32, 32))
    assert suffix == suffix_of(small) == suffix_of(data)
    spread = np.ptp(np.asarray(before, dtype="float64")) or 255
    assert np.allclose(mean(after), mean(before), atol=0.02 * spread)


@pytest.mark.parametrize(("format_name", "mode", "becomes"), ELSEWHERE)
def test_any_other_format_becomes_one_that_holds_the_mode(format_name, mode, becomes):
    data = encode(PICTURES[mode], format_name)
    before = decode(data)

    after = decode(shrink_image(data)[0])

    assert (after.format, after.mode, after.size) == (becomes, before.mode, (32, 32))


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "GIF", "BMP", "PPM", "TGA", "TIFF", "WEBP", "ICO"])
def test_a_picture_that_fits_comes_back_byte_for_byte(format_name):
    data = encode(COLOUR.resize((32, 16)), format_name)

    assert shrink_image(data) == (data, suffix_of(data))


@pytest.mark.parametrize(("format_name", "mode"), HOLDS)
def test_shrinking_twice_is_shrinking_once_and_the_same_each_time(format_name, mode):
    data = encode(PICTURES[mode], format_name)

    once = shrink_image(data)

    assert shrink_image(data) == once
    assert shrink_image(once[0]) == once


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("whole", [(24, 16), (240, 160)])
def test_a_picture_stands_upright_afterwards_and_says_so(format_name, orientation, whole):
    four = Image.new("RGB", (2, 2))
    for at, colour in {(0, 0): "red", (1, 0): "lime", (0, 1): "blue", (1, 1): "white"}.items():
        four.putpixel(at, Image.new("RGB", (1, 1), colour).getpixel((0, 0)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encode(four.resize(whole, Image.Resampling.NEAREST), format_name, exif=exif)
    upright = open_image(data)

    after = decode(shrink_image(data)[0])

    assert after.getexif().get(ExifTags.Base.Orientation, 1) == 1
    assert (after.width > after.height) == (upright.width > upright.height) == (orientation < 5)
    assert np.allclose(turned(after), turned(upright), atol=24)


def test_16_bits_stay_16_bits():
    values = np.asarray(decode(shrink_image(encode(PICTURES["I;16"], "PNG"))[0]))

    assert values.dtype == np.uint16
    assert len(np.unique(values >> 8)) > 30
    assert np.any(values % 257)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=40, max_size=40), st.integers(1, 30))
def test_numbers_stay_within_their_range(numbers, side):
    image = Image.fromarray(np.array(numbers, dtype="float32").reshape(1, 40))

    values = np.asarray(decode(shrink_image(encode(image, "TIFF"), side)[0]))

    margin = 1e-6 * (max(numbers) - min(numbers) + 1)
    assert min(numbers) - margin <= values.min() <= values.max() <= max(numbers) + margin


def test_a_mask_keeps_its_labels():
    labels = np.zeros((200, 200), dtype="uint8")
    labels[50:150, 50:150] = 7
    labels[100:, :] = 255
    mask = Image.fromarray(labels)
    mask.putpalette([value for index in range(256) for value in (index, 255 - index, index // 2)])

    after = decode(shrink_image(encode(mask, "PNG"))[0])

    assert after.mode == "P"
    assert set(np.asarray(after).ravel().tolist()) == {0, 7, 255}
    assert after.getpalette() == mask.getpalette()


@pytest.mark.parametrize(
    ("mode", "transparent"),
    [("P", bytes(range(200))), ("P", 3), ("RGB", (128, 128, 0)), ("L", 9), ("1", 255), ("I;16", 257)],
)
def test_a_transparent_colour_stays_transparent_and_no_other_becomes_it(mode, transparent):
    data = encode(PICTURES[mode], "PNG", transparency=transparent)

    after = decode(shrink_image(data)[0])

    assert after.mode == mode
    assert after.info["transparency"] == decode(data).info["transparency"]


def test_hidden_colours_do_not_bleed_into_the_visible():
    image = Image.new("RGBA", (64, 64), (255, 0, 255, 0))
    image.paste((0, 128, 0, 255), (0, 0, 33, 64))

    after = np.asarray(decode(shrink_image(encode(image, "PNG"), 8)[0]))

    assert after[..., 0][after[..., 3] > 0].max() <= 2


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_colour_profile_stays_and_what_spoke_of_the_large_picture_goes(format_name):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A camera"
    data = encode(COLOUR, format_name, icc_profile=b"a profile " * 20, exif=exif, dpi=(300, 300))

    after = decode(shrink_image(data)[0])

    assert after.info["icc_profile"] == b"a profile " * 20
    assert ExifTags.Base.Make not in after.getexif()


STEPS = ["red", "red", "red", "blue", "lime", "lime"]


def animation(format_name, **options):
    frames = [COLOUR.resize((90, 60)), *(Image.new("RGB", (90, 60), colour) for colour in STEPS)]
    return encode(
        frames[0],
        format_name,
        save_all=True,
        append_images=frames[1:],
        duration=[100 + 20 * n for n in range(7)],
        **options,
    )


def timeline(data):
    image = Image.open(BytesIO(data))
    shown = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        shown.append((frame.info.get("duration"), mean(frame.convert("RGB"))))
    return image.info.get("loop"), shown


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", pytest.param("AVIF", marks=AVIF.marks)])
@pytest.mark.parametrize("loop", [0, 3])
def test_an_animation_keeps_its_frames_its_times_and_its_loop(format_name, loop):
    data = animation(format_name, **({} if format_name == "AVIF" else {"loop": loop}))
    loop_before, before = timeline(data)

    loop_after, after = timeline(shrink_image(data)[0])

    assert loop_after == loop_before
    assert [time for time, _ in after] == [time for time, _ in before]
    assert all(np.allclose(a, b, atol=6) for (_, a), (_, b) in zip(after, before, strict=True))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_frames_that_shrinking_makes_alike_stay_frames(format_name):
    frames = [Image.new("RGB", (640, 640), "red") for _ in range(4)]
    for number, frame in enumerate(frames):
        frame.putpixel((number, 0), (200, 0, 0))
    data = encode(frames[0], format_name, save_all=True, append_images=frames[1:], duration=50)

    after = decode(shrink_image(data, 4)[0])

    assert after.n_frames == decode(data).n_frames == 4


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_what_a_frame_clears_is_clear_in_the_next(format_name):
    frames = []
    for left in (0, 40):
        frame = Image.new("RGBA", (80, 40))
        frame.paste((255, 0, 0, 255), (left, 0, left + 40, 40))
        frames.append(frame)
    data = encode(frames[0], format_name, save_all=True, append_images=frames[1:], duration=50, disposal=2)

    second = []
    for image in (decode(data), decode(shrink_image(data, 8)[0])):
        image.seek(1)
        seen = Image.alpha_composite(Image.new("RGBA", image.size, "blue"), image.convert("RGBA"))
        second.append(np.asarray(seen.resize((8, 4), Image.Resampling.BOX)))

    assert np.allclose(*second, atol=24)


def test_the_cover_of_an_animation_stays_a_cover():
    data = encode(
        COLOUR,
        "PNG",
        save_all=True,
        append_images=[COLOUR.rotate(90), COLOUR.rotate(180)],
        default_image=True,
        duration=40,
    )

    after = decode(shrink_image(data)[0])

    assert (after.n_frames, after.info["default_image"]) == (3, True)


def test_pages_stay_each_in_its_mode():
    pages = [PICTURES[mode] for mode in ("RGB", "1", "F", "I;16")]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    after = Image.open(BytesIO(shrink_image(data)[0]))

    assert [(page.mode, page.size) for page in ImageSequence.Iterator(after)] == [
        (mode, (32, 32)) for mode in ("RGB", "1", "F", "I;16")
    ]


def test_the_second_picture_of_an_mpo_stays_behind_the_first():
    data = encode(COLOUR, "MPO", save_all=True, append_images=[GREY.resize((64, 128))])

    small, suffix = shrink_image(data)

    after = Image.open(BytesIO(small))
    assert (after.format, suffix) == ("MPO", ".jpg")
    assert [(frame.mode, frame.size) for frame in ImageSequence.Iterator(after)] == [("RGB", (32, 32)), ("L", (16, 32))]


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
@pytest.mark.parametrize("side", [16, 512])
def test_a_picture_that_breaks_off_is_named_even_where_it_would_fit(format_name, side):
    data = encode(COLOUR, format_name)

    with pytest.raises(BadImage, match=r"^3/image\.x: .") as caught:
        shrink_image(data[: len(data) // 2], side, name="3/image.x")

    assert (caught.value.path, "0x" in caught.value.problem) == ("3/image.x", False)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_an_animation_that_breaks_off_is_an_error_not_a_shorter_one(format_name):
    frames = [COLOUR, COLOUR.rotate(90), COLOUR.rotate(180)]
    data = encode(frames[0], format_name, save_all=True, append_images=frames[1:])

    with pytest.raises(BadImage):
        shrink_image(data[: len(data) - 60])


@given(st.binary(max_size=60))
def test_bytes_that_are_no_picture_are_an_error_of_ours(data):
    with pytest.raises(BadImage):
        shrink_image(data)


@given(
    st.sampled_from(
        [("PNG", "P"), ("JPEG", "RGB"), ("GIF", "P"), ("WEBP", "RGBA"), ("BMP", "RGB"), ("PPM", "L"), ("TGA", "RGB")]
    ),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_a_damaged_picture_shrinks_or_is_an_error_of_ours(sort, damage):
    format_name, mode = sort
    data = bytearray(encode(PICTURES[mode].resize((48, 40)), format_name))
    for where, value in damage:
        data[int(where * len(data))] = value

    try:
        small, _ = shrink_image(bytes(data))
    except BadImage:
        return
    assert max(decode(small).size) <= 32


@pytest.mark.parametrize("limit", [40_000, 60_000])  # Pillow warns beyond its limit and refuses beyond twice as much
def test_a_bomb_is_an_error(monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit // 2 if limit == 40_000 else limit)

    with pytest.raises(BadImage, match="exceeds limit"):
        shrink_image(encode(COLOUR, "PNG"))


def test_a_bomb_on_the_second_page_is_an_error(monkeypatch):
    data = encode(GREY.resize((8, 8)), "TIFF", save_all=True, append_images=[GREY])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)

    with pytest.raises(BadImage, match=r"page 2|exceeds limit"):
        shrink_image(data)


def test_a_picture_for_which_pillow_would_run_ghostscript_is_none():
    with pytest.raises(BadImage, match="not a picture"):
        shrink_image(encode(COLOUR, "EPS"))


@pytest.mark.parametrize("side", [0, -1])
def test_a_box_without_room_is_an_error(side):
    with pytest.raises(BadSize, match="side"):
        shrink_image(encode(COLOUR, "PNG"), side)


def test_what_was_given_is_left_as_it_was():
    data = encode(COLOUR, "PNG")
    copy = bytes(bytearray(data))

    shrink_image(data)

    assert data == copy


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (encode(COLOUR, "JPEG"), ".jpg"),
        (encode(COLOUR, "TIFF"), ".tif"),
        (encode(COLOUR, "WEBP"), ".webp"),
        (encode(GREY, "PPM"), ".pgm"),
        (encode(PICTURES["F"], "PPM"), ".pfm"),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_the_suffix_follows_the_format(data, suffix):
    assert suffix_of(data) == suffix


def test_every_real_picture_comes_out_as_its_list_lets_expect(real):
    rows = re.findall(
        r"^\| (\S+) \| \d+ \|.*\| (loads|load: \w+|open: \w+) \|",
        (real / "images/SOURCES.md").read_text("utf-8"),
        re.MULTILINE,
    )
    surprises = []
    for name, outcome in rows:
        data = (real / "images" / name).read_bytes()
        try:
            small, suffix = shrink_image(data, name=name)
        except BadImage as error:
            if outcome == "loads":
                surprises.append(str(error))
            continue
        after = decode(small)
        if outcome != "loads":
            surprises.append(f"{name}: shrunk, though {outcome}")
        if max(after.size) > 32 or after.getexif().get(ExifTags.Base.Orientation, 1) != 1 or suffix != suffix_of(small):
            surprises.append(f"{name}: {after.size} {suffix}")

    assert len(rows) > 70
    assert not surprises
