"""Safetensors: the header of a file, its tensors as bytes, and a file written anew; any type of number, and no library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource

MOST_HEADER = 100 << 20  # what the library of the format takes


@dataclass(frozen=True)
class Tensor:
    """A tensor that lies in a file.

    Args:
        path: The file.
        dtype: As the file spells it.
        shape: Sizes, rows first.
        start: Where it begins in the file.
        size_bytes: How long it is.
    """

    path: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    size_bytes: int

    def read(self) -> bytes:
        """All of it."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.size_bytes)

    def read_rows(self, places: Iterable[int], axis: int) -> bytes:
        """Some places along an axis, in their order."""
        content = memoryview(self.read())
        row = self.size_bytes // prod(self.shape[: axis + 1])
        blocks = range(0, self.size_bytes, row * self.shape[axis])
        chosen = list(places)
        return b"".join(
            content[block + place * row : block + (place + 1) * row] for block in blocks for place in chosen
        )


def read_header(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Find the tensors of a file, and its metadata.

    Raises:
        DamagedSource: It is no safetensors file, or breaks off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, MOST_HEADER):
            raise DamagedSource(path, "no safetensors file: its header does not fit")
        try:
            header = json.loads(file.read(length))
            metadata = header.pop("__metadata__", {})
            found = {name: _tensor(path, entry, 8 + length) for name, entry in header.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedSource(path, f"no safetensors file: {type(error).__name__}: {error}") from error
    for name, tensor in found.items():
        count = prod(tensor.shape)
        if tensor.start + tensor.size_bytes > size or (tensor.size_bytes % count if count else tensor.size_bytes):
            raise DamagedSource(path, f"breaks off in the tensor {name}")
    return found, metadata


def write_file(path: Path, tensors: Mapping[str, tuple[str, tuple[int, ...], Any]], metadata: dict[str, str]) -> int:
    """Write tensors one after the other, so that one at a time is in memory.

    Args:
        tensors: Name -> type, shape and a function that gives the bytes.

    Returns:
        How many bytes the tensors have.
    """
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    place = 0
    with path.open("wb") as file, path.with_suffix(".data").open("w+b") as data:
        for name, (dtype, shape, read) in tensors.items():
            content = read()
            data.write(content)
            header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [place, place + len(content)]}
            place += len(content)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        file.write(len(text).to_bytes(8, "little") + text)
        data.seek(0)
        while block := data.read(1 << 20):
            file.write(block)
    path.with_suffix(".data").unlink()
    return place


def _tensor(path: Path, entry: dict[str, Any], base: int) -> Tensor:
    first, end = entry["data_offsets"]
    if not 0 <= first <= end:
        raise ValueError(f"offsets {first} to {end}")
    return Tensor(path, str(entry["dtype"]), tuple(map(int, entry["shape"])), base + first, end - first)
