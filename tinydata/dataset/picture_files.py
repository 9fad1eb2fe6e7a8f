"""Write frames as one picture file, in a format that holds their mode."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image

from tinydata.dataset.animations import join_gif, join_png, join_webp

_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2", "SUN": ".ras"}
_PNM_SUFFIXES = {b"P1": ".pbm", b"P4": ".pbm", b"P2": ".pgm", b"P5": ".pgm", b"Pf": ".pfm", b"PF": ".pfm"}
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90, "subsampling": 0},
    "MPO": {"quality": 90, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},
    "AVIF": {"quality": 90, "subsampling": "4:4:4", "max_threads": 1},
    "GIF": {"optimize": False},
}


def encode_frames(
    frames: Sequence[Image.Image], durations_ms: Sequence[float], source: Image.Image
) -> tuple[bytes, str]:
    """Write frames as the file that their source was, or as PNG or TIFF where that cannot be.

    Args:
        frames: At least one; `info` holds the colour profile and the transparent colour that are to be written.
        durations_ms: How long each is shown; 0 for pages.
        source: What they were read from: its format, its loop and its background are kept.

    Returns:
        The file, and the suffix of its format.
    """
    made_as = _format_for(str(source.format), {frame.mode for frame in frames})
    suffix = suffix_for(made_as)
    first, rest = frames[0], frames[1:]
    loop = source.info.get("loop")
    if made_as == "GIF":
        frames = [_indexed(frame) for frame in frames]
    elif made_as == "PNG" and len({frame.mode for frame in frames}) > 1:
        frames = [frame.convert("RGBA") for frame in frames]
    if not rest:
        return _saved(frames[0], made_as), suffix
    if made_as == "GIF":
        return join_gif([_saved(frame, made_as) for frame in frames], durations_ms, loop), suffix
    if made_as == "PNG":
        cover = bool(source.info.get("default_image"))
        return join_png([_saved(frame, made_as) for frame in frames], durations_ms, loop, cover=cover), suffix
    if made_as == "WEBP":
        return join_webp(
            [_saved(frame, made_as) for frame in frames],
            durations_ms,
            loop,
            size=first.size,
            alpha=first.mode == "RGBA",
            background=source.info.get("background", (255, 255, 255, 255)),
            icc_profile=first.info.get("icc_profile"),
        ), suffix
    for page in rest:  # Pillow gives a page the options of the first where it brings none of its own
        page.encoderinfo = {"icc_profile": None} | _options(page, made_as)
    extra = {"duration": list(durations_ms)} if made_as == "AVIF" else {}
    return _saved(first, made_as, save_all=True, append_images=rest, **extra), suffix


def suffix_for(format_name: str, data: bytes = b"") -> str:
    """The suffix of a format that Pillow names; `data` tells the kinds of PNM apart."""
    if format_name == "PPM":
        return _PNM_SUFFIXES.get(data[:2], ".ppm")
    return _SUFFIXES.get(format_name, f".{format_name.lower()}")


def _format_for(source: str, modes: set[str]) -> str:
    if source in ("GIF", "TIFF") or (source in ("WEBP", "AVIF") and source in Image.SAVE):
        return source
    if source in ("JPEG", "MPO") and modes <= {"L", "RGB", "CMYK"}:
        return source
    return "PNG" if modes <= _PNG_MODES and source != "DCX" else "TIFF"


def _indexed(frame: Image.Image) -> Image.Image:
    """A frame as GIF holds it: up to 256 colours, one of them for what is transparent."""
    if frame.mode == "L":
        return frame
    colours = frame.convert("RGB")
    used = len(colours.getcolors(frame.width * frame.height) or ())
    if frame.mode == "RGB":
        return colours.quantize(min(used, 256), Image.Quantize.MEDIANCUT, kmeans=1)
    indexed = colours.quantize(count := min(used, 255), Image.Quantize.MEDIANCUT, kmeans=1)
    indexed.putpalette([*(indexed.getpalette() or ())[: 3 * count], 0, 0, 0])
    indexed.paste(count, mask=frame.getchannel("A").point([255] * 128 + [0] * 128))
    indexed.info["transparency"] = count
    return indexed


def _options(frame: Image.Image, made_as: str) -> dict[str, Any]:
    kept = {key: frame.info[key] for key in ("icc_profile", "transparency") if key in frame.info}
    grey = {"subsampling": "4:0:0"} if made_as == "AVIF" and frame.mode == "L" else {}
    return _OPTIONS.get(made_as, {}) | grey | kept


def _saved(frame: Image.Image, made_as: str, **extra: Any) -> bytes:
    out = BytesIO()
    frame.save(out, made_as, **_options(frame, made_as), **extra)
    return out.getvalue()
