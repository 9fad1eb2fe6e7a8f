"""Traits: what tells records apart. They are looked at batch by batch, and nothing of a batch is kept but that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tinydata.dataset.kinds.media import media_suffix
from tinydata.dataset.loader import Feature, is_media, is_text, list_item, struct_fields
from tinydata.dataset.pick import Mask, Measure, Numbers, Traits
from tinydata.dataset.picture_heads import picture_heads
from tinydata.dataset.values import literal

FEW = 20  # values up to so many are classes,
SHORT = 50  # and each has up to so many characters,
OFTEN = 5  # and occurs so often, on the average
TOGETHER_BYTES = 4 << 20  # small batches are looked at together: each look takes its time, however little it sees
WIDE = 1.2  # a picture beyond this ratio is wide, or else tall

# By RE2, and only in texts that go beyond ASCII.
ODD = {
    "right to left": r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}]",
    "East Asian": r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]",
    "emoji": r"[\x{1F000}-\x{1FAFF}\x{2600}-\x{27BF}]",
    "combining characters": r"\p{M}",
}

Rows = np.ndarray[Any, np.dtype[np.int64]]


class Teller:
    """Gathers the traits of records that come in batches.

    Args:
        features: By column.
    """

    def __init__(self, features: Mapping[str, Feature]) -> None:
        self._features = dict(features)
        self._count = 0
        self._full: dict[str, list[Mask]] = {column: [] for column in features}
        self._classes: dict[str, dict[str, list[Rows]]] = {}
        self._few: set[str] = set()  # texts and numbers, which are classes where their values are few
        self._many: set[str] = set()  # and those whose values are not
        self._marks: dict[str, list[Rows]] = {}
        self._measures: dict[tuple[str, str], _Parts] = {}
        self._waiting: dict[str, list[pa.Array]] = {column: [] for column in features}
        self._waiting_bytes = dict.fromkeys(features, 0)
        self._seen = dict.fromkeys(features, 0)  # so many of the records are not waiting

    def add(self, table: pa.Table) -> None:
        """Look at a batch, its columns in the storage types of the features."""
        for column, waiting in self._waiting.items():
            for chunk in table.column(column).chunks:
                if self._waiting_bytes[column] + chunk.nbytes > TOGETHER_BYTES:
                    self._look_at_waiting(column)
                waiting.append(chunk)
                self._waiting_bytes[column] += chunk.nbytes
        self._count += len(table)

    def traits(self, ids: Iterable[int]) -> Traits:
        """What was seen of all records; they have these numbers."""
        for column in self._waiting:
            self._look_at_waiting(column)
        return Traits(
            ids=tuple(ids),
            full={column: np.concatenate([np.zeros(0, bool), *parts]) for column, parts in self._full.items()},
            classes={
                path: {name: self._mask(parts) for name, parts in names.items()}
                for path, names in self._classes.items()
                if path not in self._few or self._are_classes(path, len(names))
            },
            marks={name: self._mask(parts) for name, parts in self._marks.items()},
            measures=[parts.measure(name, self._count) for (name, _), parts in self._measures.items()],
        )

    def _are_classes(self, path: str, count: int) -> bool:
        return path not in self._many and count * OFTEN <= self._count

    def _mask(self, parts: Sequence[Rows]) -> Mask:
        mask = np.zeros(self._count, bool)
        mask[np.concatenate(parts)] = True
        return mask

    def _look_at_waiting(self, column: str) -> None:
        waiting = self._waiting[column]
        if not waiting:
            return
        array, start = pa.concat_arrays(waiting) if len(waiting) > 1 else waiting[0], self._seen[column]
        self._full[column].append(_is_valid(array))
        self._look(column, array, self._features[column], np.arange(start, start + len(array)))
        self._seen[column] += len(array)
        self._waiting_bytes[column] = 0
        waiting.clear()

    def _look(self, path: str, array: pa.Array, feature: Feature, rows: Rows, inside: bool = False) -> None:
        """Look at values and the rows that they lie in; `inside` a list or a struct a null is no slot's."""
        if inside and array.null_count:
            self._mark(f"{path} null inside", rows[~_is_valid(array)])
        if is_media(feature):
            self._look_at_media(path, array, feature, rows)
            return
        if array.null_count:
            full = _is_valid(array)
            array, rows = array.filter(_to_mask(full)), rows[full]
        fields, item = struct_fields(feature), list_item(feature)
        if fields is not None:
            for child, (name, inner) in zip(array.flatten(), fields.items(), strict=True):
                self._look(f"{path}.{name}", child, inner, rows, inside=True)
        elif item is not None:
            lengths = _numbers(pc.list_value_length(array))
            self._measure(path, "fewest", "most", "items", rows, lengths)
            self._mark(f"{path} an empty list", rows[lengths == 0])
            self._look(path, array.flatten(), item, np.repeat(rows, lengths.astype(np.int64)), inside=True)
        elif is_text(feature) or feature.get("_type") == "Json":
            self._look_at_texts(path, array.cast(pa.large_string()), rows)
        elif "binary" in str(array.type):
            self._measure(path, "shortest", "longest", "bytes", rows, _numbers(pc.binary_length(array)))
        elif not pa.types.is_null(array.type):
            self._look_at_scalars(path, array, feature, rows)

    def _look_at_texts(self, path: str, array: pa.Array, rows: Rows) -> None:
        characters = _numbers(pc.utf8_length(array))
        self._measure(path, "shortest", "longest", "characters", rows, characters)
        self._mark(f"{path} empty", rows[characters == 0])
        self._mark(f"{path} of several lines", rows[_is_true(pc.match_substring(array, "\n"))])
        beyond = ~_is_true(pc.string_is_ascii(array))
        if beyond.any():
            odd, where = array.filter(_to_mask(beyond)), rows[beyond]
            self._mark(f"{path} beyond ASCII", where)
            for name, pattern in ODD.items():
                self._mark(f"{path} {name}", where[_is_true(pc.match_substring_regex(odd, pattern))])
        if len(array) and characters.max() > SHORT:
            self._many.add(path)
        self._look_at_few(path, array, rows, str)
        self._few.add(path)

    def _look_at_scalars(self, path: str, array: pa.Array, feature: Feature, rows: Rows) -> None:
        if pa.types.is_floating(array.type):
            numbers = _numbers(array)
            self._mark(f"{path} not finite", rows[~np.isfinite(numbers)])
            self._mark(f"{path} negative", rows[numbers < 0])
        elif pa.types.is_integer(array.type) or pa.types.is_boolean(array.type):
            self._look_at_few(path, array, rows, lambda value: literal(value, feature))
            if feature["_type"] != "ClassLabel" and not pa.types.is_boolean(array.type):
                self._few.add(path)

    def _look_at_few(self, path: str, array: pa.Array, rows: Rows, spell: Callable[[Any], str]) -> None:
        """Gather which rows have which value, as long as there are few."""
        if path in self._many:
            return
        encoded = array.dictionary_encode()
        names, codes = encoded.dictionary.to_pylist(), _numbers(encoded.indices)
        if len(names) > FEW or len({*self._classes.get(path, ()), *map(spell, names)}) > FEW:
            self._many.add(path)
            return
        for code, name in enumerate(names):
            self._class(path, spell(name), rows[codes == code])

    def _look_at_media(self, path: str, array: pa.Array, feature: Feature, rows: Rows) -> None:
        full = np.flatnonzero(_is_valid(array))
        names, (starts, ends, data) = array.field("path"), _places(array.field("bytes"))
        starts, ends, rows = starts[full], ends[full], rows[full]
        self._measure(path, "smallest", "largest", "bytes", rows, (ends - starts).astype(float))
        heads = picture_heads(data, starts, ends) if feature["_type"] == "Image" else [None] * len(rows)
        kinds: dict[tuple[str, str], list[int]] = {}
        for place, head in enumerate(heads):
            suffix, mode = (head.suffix, head.mode) if head else (None, "")
            if suffix is None:
                begin = data[starts[place] : ends[place]][:512].tobytes()
                suffix = media_suffix(begin or None, names[int(full[place])].as_py(), feature)
            kinds.setdefault((suffix, mode), []).append(place)
        for (suffix, mode), places in kinds.items():
            self._class(f"{path} suffix", suffix, rows[places])
            if mode:
                self._class(f"{path} mode", mode, rows[places])
        sides = np.array([head[:2] for head in heads if head is not None], np.int64).reshape(-1, 2)
        if len(sides):
            where = rows[[head is not None for head in heads]]
            ratio = sides[:, 0] / np.maximum(sides[:, 1], 1)
            self._measure(path, "smallest", "largest", "pixels", where, sides.max(axis=1).astype(float))
            self._measure(path, "tallest", "widest", "", where, ratio)
            self._class(f"{path} shape", "wide", where[ratio > WIDE])
            self._class(f"{path} shape", "tall", where[ratio < 1 / WIDE])
            self._class(f"{path} shape", "square", where[(ratio <= WIDE) & (ratio >= 1 / WIDE)])

    def _mark(self, name: str, rows: Rows) -> None:
        if len(rows):
            self._marks.setdefault(name, []).append(rows)

    def _class(self, path: str, name: str, rows: Rows) -> None:
        if len(rows):
            self._classes.setdefault(path, {}).setdefault(name, []).append(rows)

    def _measure(self, name: str, least: str, most: str, unit: str, rows: Rows, values: Numbers) -> None:
        self._measures.setdefault((name, unit), _Parts(least, most, unit)).parts.append((rows, values))


class _Parts:
    """A measure while it is gathered; of several values in one row the largest counts."""

    def __init__(self, least: str, most: str, unit: str) -> None:
        self.least, self.most, self.unit = least, most, unit
        self.parts: list[tuple[Rows, Numbers]] = []

    def measure(self, name: str, count: int) -> Measure:
        values = np.full(count, -np.inf)
        for rows, part in self.parts:
            np.maximum.at(values, rows, part)
        return Measure(name, np.where(np.isneginf(values), np.nan, values), self.least, self.most, self.unit)


def _is_valid(array: pa.Array) -> Mask:
    return _is_true(array.is_valid())


def _is_true(array: pa.Array) -> Mask:
    bits = np.frombuffer(array.buffers()[1] or b"", np.uint8)
    return np.unpackbits(bits, bitorder="little", count=array.offset + len(array)).astype(bool)[array.offset :]


def _numbers(array: pa.Array) -> Numbers:
    """Numbers without a null among them; by the buffer, `to_numpy` would import pandas."""
    array = array.cast(pa.float64(), safe=False)
    return np.frombuffer(array.buffers()[1] or b"", np.float64)[array.offset : array.offset + len(array)]


def _to_mask(mask: Mask) -> pa.Array:
    return pa.Array.from_buffers(pa.bool_(), len(mask), [None, pa.py_buffer(np.packbits(mask, bitorder="little"))])


def _places(binary: pa.Array) -> tuple[Rows, Rows, np.ndarray[Any, np.dtype[np.uint8]]]:
    """Where each value begins and ends in the bytes of all; a null is empty."""
    _, offsets, data = binary.buffers()
    ends = np.frombuffer(offsets or bytes(4), np.int32)[binary.offset : binary.offset + len(binary) + 1].astype(
        np.int64
    )
    return ends[:-1], ends[1:], np.frombuffer(data or b"", np.uint8)
