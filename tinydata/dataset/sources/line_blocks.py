"""Blocks of lines: a file read forward, and passed over by the megabyte where none of its lines is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tinydata.fetch import File

BOM = b"\xef\xbb\xbf"
_BLOCK_BYTES = 1 << 20


class Block(NamedTuple):
    """Adjoining lines that are not blank.

    Attributes:
        first: How many such lines lie before.
        text: They, with newlines between.
        numbers: The number of each in the file, from 1.
        are_objects: Whether each begins with a brace.
    """

    first: int
    text: bytes
    numbers: Sequence[int]
    are_objects: bool

    @property
    def end(self) -> int:
        """How many such lines lie before the next block."""
        return self.first + len(self.numbers)


class LineBlocks:
    """The lines of a file that are not blank, by the block.

    The file stays open where the last reading stopped, so that a later one goes on from there.

    Args:
        file: The file.
        first_bytes: So much, up to the end of a line, is the first block.
    """

    def __init__(self, file: File, first_bytes: int) -> None:
        self._file, self._first_bytes = file, first_bytes
        self._rest = _read(file, first_bytes)
        self._last: Block | None = None

    def since(self, line: int) -> Iterator[Block]:
        """All blocks from the one on that holds the line with so many before it."""
        if self._last is not None and line < self._last.first:
            self._rest, self._last = _read(self._file, self._first_bytes), None
        if self._last is not None and line < self._last.end:
            yield self._last
        while (block := self._next()) is not None:
            if line < block.end:
                yield block

    def count(self) -> int:
        """The number of lines; reads on to the end."""
        for _ in self.since(self._last.end if self._last else 0):
            pass
        return self._last.end if self._last else 0

    def _next(self) -> Block | None:
        try:
            block = next(self._rest, None)
        except Exception:
            self._rest, self._last = _read(self._file, self._first_bytes), None  # a file that fails has not ended
            raise
        self._last = block or self._last
        return block


def _read(file: File, first_bytes: int) -> Iterator[Block]:
    with file.open() as stream:
        first, line, size = 0, 1, first_bytes
        while chunk := stream.read(size):
            rest = stream.readline()
            text = chunk + rest[:-1] if rest.endswith(b"\n") else (chunk + rest).removesuffix(b"\n")
            block, count = _block(first, text if first or line > 1 else text.removeprefix(BOM), line)
            yield block
            first, line, size = block.end, line + count, _BLOCK_BYTES


def _block(first: int, text: bytes, line: int) -> tuple[Block, int]:
    """The lines that are not blank, and how many there are with those that are."""
    count = text.count(b"\n") + 1
    if text.startswith(b"{") and text.count(b"\n{") + 1 == count:
        return Block(first, text, range(line, line + count), True), count
    numbered = [
        (number, one.strip()) for number, one in enumerate(text.split(b"\n"), line) if one and not one.isspace()
    ]
    numbers, lines = [number for number, _ in numbered], [one for _, one in numbered]
    return Block(first, b"\n".join(lines), numbers, all(one.startswith(b"{") for one in lines)), count
