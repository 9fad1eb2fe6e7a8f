"""The head of a GGUF file: keys and values; what comes after it, the weights, is not read."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource

MAGIC = b"GGUF"
VERSIONS = (2, 3)
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, ROW = 8, 9


def read_head(path: Path, wanted: Callable[[str], bool]) -> dict[str, Any]:
    """Read those values of the head whose keys are wanted.

    Raises:
        DamagedSource: It is no GGUF file, or breaks off; the byte is named.
    """
    with path.open("rb") as file:
        try:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise DamagedSource(path, "no GGUF file: it is empty") from error
        with content:
            head = _Head(content)
            try:
                return dict(head.pairs(wanted))
            except (struct.error, UnicodeDecodeError, RecursionError, _Damage) as error:
                told = str(error) if isinstance(error, _Damage) else "breaks off"
                raise DamagedSource(path, f"no GGUF file: {told} at byte {head.place}") from error


class _Damage(ValueError):
    pass


class _Head:
    """What is read so far: all of it ends at `place`."""

    def __init__(self, content: mmap.mmap) -> None:
        self.content = content
        self.place = 0
        self.order = "<"

    def pairs(self, wanted: Callable[[str], bool]) -> Any:
        if self.content[:4] != MAGIC:
            raise _Damage("another beginning")
        self.place = 4
        version = self.number("I")
        if version not in VERSIONS:
            self.order = ">"  # of machines that write the high byte first
            (version,) = struct.unpack(">I", struct.pack("<I", version))
        if version not in VERSIONS:
            raise _Damage("an unknown version")
        _, count = self.number("Q"), self.number("Q")
        for _ in range(count):
            key = self.text()
            value = self.value(self.number("I"))
            if wanted(key):
                yield key, value

    def number(self, kind: str) -> Any:
        (found,) = struct.unpack_from(self.order + kind, self.content, self.place)
        self.place += struct.calcsize(kind)
        return found

    def text(self) -> str:
        size = self.number("Q")
        if size > len(self.content) - self.place:
            raise _Damage("breaks off")
        self.place += size
        return self.content[self.place - size : self.place].decode()

    def value(self, kind: int) -> Any:
        if kind == TEXT:
            return self.text()
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind != ROW:
            raise _Damage("a value of an unknown kind")
        kind, count = self.number("I"), self.number("Q")
        if count > len(self.content) - self.place:
            raise _Damage("breaks off")
        if kind not in NUMBERS:
            return [self.value(kind) for _ in range(count)]
        found = struct.unpack_from(f"{self.order}{count}{NUMBERS[kind]}", self.content, self.place)
        self.place += count * struct.calcsize(NUMBERS[kind])
        return list(found)
