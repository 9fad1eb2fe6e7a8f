"""Sizes: what a processor of pictures or sounds says of them, made to fit a smaller model. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

IMAGE_SIZES = ("image_size", "img_size", "input_image_size", "image_resolution", "input_size", "resolution")
PATCHES = ("patch_size", "encoder_patch_size")
MERGES = ("spatial_merge_size", "merge_size", "downsample_factor", "pooling_kernel_size")
MELS = ("num_mel_bins", "n_mels", "mel_bins", "feature_size", "input_feat_per_channel", "input_feat_size", "mel_dim")
COUNTS = (
    "image_seq_len",
    "image_seq_length",
    "num_image_tokens",
    "image_tokens_per_image",
    "mm_tokens_per_image",
    "num_patches",
    "max_num_patches",
    "input_size_patches",
)
# A key of a processor and those of a config that may say the same; any other key may only meet its own name.
ALIASES = {
    **dict.fromkeys(PATCHES, PATCHES),
    **dict.fromkeys(MERGES, MERGES),
    **dict.fromkeys(MELS, MELS),
    **dict.fromkeys(COUNTS, COUNTS),
}
# Lengths of an edge in pixels; the first that is there stands for the picture that the model sees.
EDGES = (
    "crop_size",
    "max_image_size",
    "size",
    "image_size",
    "pad_size",
    "tile_size",
    "scale_resolution",
    "target_size",
    "target_height",
    "target_width",
    "high_res_size",
    "min_image_size",
    "max_size",
    "_max_size",
    "mask_size",
    "mask_pad_size",
    "codebook_size",
    "codebook_crop_size",
    "image_grid_pinpoints",
    "split_resolutions",
)
MULTIPLES = ("ensure_multiple_of", "size_divisor")
AREAS = {"min_pixels": 4, "shortest_edge": 4, "max_pixels": 16, "longest_edge": 16}  # in patches
MOST_EDGE = 16_384  # what is longer and called an edge is an area
FRAMES = ("max_source_positions", "max_position_embeddings", "max_length")


@dataclass(frozen=True)
class Picture:
    """How large a picture was, and is now.

    Args:
        exact: Old edge -> new edge, as the config has them.
        old: The edge that stands for all others, in pixels.
        new: The same, now.
        unit: What an edge is a multiple of: a patch, or several that are merged into one.
        grid: How many patches an edge had, and has.
    """

    exact: Mapping[int, int]
    old: int
    new: int
    unit: int
    grid: tuple[int, int]

    def edge(self, value: int) -> int:
        """The new length of an edge."""
        if value in self.exact or self.new == self.old:
            return self.exact.get(value, value)
        return max(self.unit, round(value * self.new / self.old / self.unit) * self.unit)

    def count(self, value: int) -> int:
        """The new number of patches, if it was that of an edge, of the whole picture, or of it with 4, 9 or 16 merged into one."""
        before, now = self.grid
        if value == before:
            return now
        for merged in (1, 4, 9, 16):
            for first in (0, 1):  # a token for the whole
                if (value - first) * merged == before**2:
                    return max(1, now**2 // merged) + first
        return value


def shrink_sizes(
    values: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], side: int | None = None
) -> dict[str, Any]:
    """Make what a processor says of sizes fit a smaller model.

    What the processor and the config both said they both say again. All lengths of pictures shrink as the config's image size
    does; where it has none, as `side` asks. Means, normalisations and rates stay.

    Args:
        values: A processor's config; parts of it may be configs of processors, too.
        old: The model's config as it was.
        new: The config as it is.
        side: The edge in pixels of a picture that the model is known to take.
    """
    picture = _picture(values, old, new, side)
    shrunk: dict[str, Any] = {}
    for key, value in values.items():
        same = (value, _plain(value))
        told = next((now for before, now in said(ALIASES.get(key, (key,)), old, new) if before in same), None)
        # A number that stayed may be one that no model reads; a list of pictures is read on both sides.
        if told is not None and (told not in same or isinstance(value, list)):
            shrunk[key] = told if type(told) is type(value) else dict.fromkeys(value, told)
        elif key in EDGES:
            shrunk[key] = _edges(value, picture)
        elif key in AREAS and type(value) is int:
            shrunk[key] = min(value, AREAS[key] * picture.unit**2)
        elif key in COUNTS and type(value) is int:
            shrunk[key] = picture.count(value)
        elif isinstance(value, Mapping):
            shrunk[key] = shrink_sizes(value, old, new, side)
        else:
            shrunk[key] = value
    return shrunk | _sound(values, old, new)


def _picture(values: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], side: int | None) -> Picture:
    edges = [edge for key in EDGES for edge in sorted(_numbers(values.get(key))) if edge <= MOST_EDGE]
    pairs = [
        pair
        for before, now in said(IMAGE_SIZES, old, new)
        for pair in zip(_numbers(before), _numbers(now), strict=False)
    ]
    patches = next(((was, now) for was, now in said(PATCHES, old, new) if type(was) is type(now) is int), (1, 1))
    merge = next((now for _, now in said(MERGES, old, new) if type(now) is int), 1)
    exact = {before: now for before, now in pairs if before in edges}
    others = [now for before, now in pairs if before not in exact]
    if edges and edges[0] not in exact and (others or not exact):
        exact = {edges[0]: (not exact and side) or (others or edges)[0], **exact}
    before, now = next(iter((exact or dict(pairs)).items()), (1, 1))
    unit = max(1, patches[1] * merge, *(int(values.get(key) or 0) for key in MULTIPLES))
    return Picture(exact, before, now, unit, (before // patches[0], now // patches[1]))


def _edges(value: Any, picture: Picture) -> Any:
    if isinstance(value, Mapping):
        if any(edge > MOST_EDGE for edge in _numbers(value)):
            return {key: min(edge, AREAS[key] * picture.unit**2) for key, edge in value.items()}
        return {key: _edges(edge, picture) for key, edge in value.items()}
    if isinstance(value, list):
        return [_edges(edge, picture) for edge in value]
    return picture.edge(value) if type(value) is int and value > 0 else value


def _sound(values: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, int]:
    """As many frames as the model has places for, in whole seconds; the hop gives way where they do not come out even."""
    rate, hop, seconds = (values.get(key) for key in ("sampling_rate", "hop_length", "chunk_length"))
    if not (type(rate) is type(hop) is type(seconds) is int):
        return {}
    for before, now in said(FRAMES, old, new):
        frames, rest = divmod(seconds * rate // hop, before) if type(before) is int and before else (0, 1)
        if rest or frames not in (1, 2, 4) or now >= before:
            continue
        seconds = -(-frames * now * hop // rate)
        hop = seconds * rate // (frames * now)
        told = {"chunk_length": seconds, "hop_length": hop, "n_samples": seconds * rate, "nb_max_frames": frames * now}
        return {key: length for key, length in told.items() if key in values}
    return {}


def said(keys: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """What two configs say under some names, wherever in them: the old value and the new one."""
    for key in keys:
        if old.get(key) is not None and new.get(key) is not None:
            yield old[key], new[key]
    for key, value in old.items():
        if isinstance(value, Mapping) and isinstance(new.get(key), Mapping):
            yield from said(keys, value, new[key])


def _plain(value: Any) -> Any:
    """A height and a width that are one number."""
    numbers = set(value.values()) if isinstance(value, Mapping) and set(value) == {"height", "width"} else ()
    return numbers.pop() if len(numbers) == 1 else value


def _numbers(value: Any) -> list[int]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if type(value) is int else []
