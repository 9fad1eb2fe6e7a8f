"""A picture, a sound, a film ...: `image.jpg`, bytes verbatim; its name in the source goes to `.paths.json`."""

from __future__ import annotations

import re
from typing import Any

from tinydata.dataset.kinds.kind import Files, Kind, Limits
from tinydata.dataset.loader import LEFTOVERS, Feature, is_media, suffix_of
from tinydata.errors import BadMedium

MAGIC = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (0, b"GIF8", ".gif"),
    (0, b"BM", ".bmp"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (8, b"WEBP", ".webp"),
    (8, b"WAVE", ".wav"),
    (8, b"AVI ", ".avi"),
    (4, b"ftypavif", ".avif"),
    (4, b"ftypqt", ".mov"),
    (4, b"ftyp", ".mp4"),
    (0, b"\x1a\x45\xdf\xa3", ".mkv"),
    (0, b"ID3", ".mp3"),
    (0, b"\xff\xfb", ".mp3"),
    (0, b"\xff\xf3", ".mp3"),
    (0, b"fLaC", ".flac"),
    (0, b"OggS", ".ogg"),
    (0, b"%PDF", ".pdf"),
    (0, b"\x1f\x8b", ".nii.gz"),
    (344, b"n+1\0", ".nii"),
    (0, b"glTF", ".glb"),
    (0, b"ply\n", ".ply"),
    (0, b"solid", ".stl"),
)
# Suffixes that mean something else in a folder of seeds.
TAKEN = (".null", ".txt", ".json", *LEFTOVERS)


def media_suffix(content: bytes | None, path: str | None, feature: Feature) -> str:
    """The suffix of a medium's file: its name's, else what its first bytes say, else the usual one of its sort."""
    match = re.search(r"[^/\\](\.nii\.gz|\.[A-Za-z0-9]{1,8})$", path or "")
    if match and match[1].lower() not in TAKEN:
        return match[1].lower().replace(".jpeg", ".jpg")
    for start, magic, suffix in MAGIC:
        if content and content[start : start + len(magic)] == magic:
            return suffix
    if content and feature["_type"] == "Image":
        from tinydata.dataset import pictures

        return pictures.suffix_of(content) or ".bin"
    return suffix_of(feature) if not content else ".bin"


def _write(value: dict[str, Any], feature: Feature, base: str, files: Files) -> None:
    content, path = value["bytes"], value["path"]
    name = f"{base}{media_suffix(content, path, feature)}"
    files.contents[name] = content or b""
    if content is None:
        files.paths[name] = {"path": path}
    elif path is not None:
        files.paths[name] = path


def _shrink(value: dict[str, Any], feature: Feature, limits: Limits, name: str) -> dict[str, Any]:
    content, path, sort = value["bytes"], value["path"], feature["_type"]
    if content is None:
        return value
    try:
        if sort == "Image" and limits.max_side is not None:
            from tinydata.dataset.pictures import shrink_image

            content, suffix = shrink_image(content, limits.max_side)
        elif sort == "Audio" and limits.max_seconds is not None:
            from tinydata.dataset.sounds import cut_sound

            content, suffix = cut_sound(content, limits.max_seconds), None
    except BadMedium as error:
        limits.failures.append(type(error)(f"{name}{media_suffix(content, path, feature)}", error.problem))
    if content == value["bytes"]:
        return value
    if suffix and path is not None and media_suffix(None, path, feature) != suffix:
        path = f"{path.rsplit('.', 1)[0] if '.' in path.rsplit('/', 1)[-1] else path}{suffix}"
    return {"bytes": content, "path": path}


MEDIA = Kind("media", is_media, _write, _shrink)
