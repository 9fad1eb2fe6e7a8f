"""Protobuf: the wire format, as far as a sentencepiece model takes it; a message is a row of fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Damage(ValueError):
    """The wire breaks; `at` counts bytes from the start of the message."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem, self.at = problem, at


class Field(NamedTuple):
    """A field as it lies: `number` and `value`, a number or bytes; `raw` is all of it, `at` where it begins."""

    number: int
    value: int | bytes
    raw: bytes
    at: int


def fields(message: bytes) -> Iterator[Field]:
    """Yield the fields of a message.

    Raises:
        Damage: It breaks off, or is no message.
    """
    place = 0
    while place < len(message):
        start = place
        key, place = _read_varint(message, place)
        number, wire = key >> 3, key & 7
        value: int | bytes
        if wire == VARINT:
            value, place = _read_varint(message, place)
        else:
            if wire == BYTES:
                length, place = _read_varint(message, place)
            elif wire in (FIXED64, FIXED32):
                length = 8 if wire == FIXED64 else 4
            else:
                raise Damage(f"wire type {wire}", start)
            value, place = message[place : place + length], place + length
        if place > len(message) or not number:
            raise Damage("breaks off" if number else "field 0", start)
        yield Field(number, value, message[start:place], start)


def number_field(number: int, value: int) -> bytes:
    """A field that holds a number."""
    return _varint(number << 3 | VARINT) + _varint(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field that holds bytes, such as a text or a message."""
    return _varint(number << 3 | BYTES) + _varint(len(value)) + value


def _read_varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    for at in range(place, min(place + 10, len(message))):
        value |= (message[at] & 127) << shift
        if message[at] < 128:
            return value, at + 1
        shift += 7
    raise Damage("breaks off within a number", place)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
