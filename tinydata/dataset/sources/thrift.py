"""Thrift's compact protocol, as far as Parquet's headers need it: bytes to fields and back."""

from __future__ import annotations

from typing import Any

Struct = dict[int, tuple[int, Any]]
"""Field id -> (type, value); a list's value is (item type, items), and the items of a list of structs are structs."""

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


class Reader:
    """Reads values off `data` from `position` on; IndexError or ValueError where the bytes are no Thrift."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data, self.position = data, position

    def struct(self, until: int = 0) -> Struct:
        """Read one struct, up to and with its stop byte; no further than the field `until`, where that is given."""
        data, fields, field = self.data, {}, 0
        while head := data[self.position]:
            self.position += 1
            sort, delta = head & 15, head >> 4
            field = field + delta if delta else self._zigzag()
            if sort in (I32, I64, I16):
                # Nearly all of a footer are numbers of one to three bytes: this line decides what a footer costs.
                value = self._zigzag()
                fields[field] = (sort, value)
            else:
                fields[field] = (sort, self._value(sort))
            if field == until:
                return fields
        self.position += 1
        return fields

    def varint(self) -> int:
        """Read one unsigned number."""
        data, position = self.data, self.position
        byte = data[position]
        position += 1
        if byte >= 128:
            value, shift = byte & 127, 7
            while True:
                byte = data[position]
                position += 1
                value |= (byte & 127) << shift
                if byte < 128:
                    break
                shift += 7
            byte = value
        self.position = position
        return byte

    def _zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def _value(self, sort: int) -> Any:
        if sort in (TRUE, FALSE):
            return sort == TRUE
        if sort in (I16, I32, I64):
            return self._zigzag()
        if sort == BINARY:
            return self._bytes(self.varint())
        if sort == STRUCT:
            return self.struct()
        if sort in (LIST, SET):
            return self._items()
        if sort == BYTE:
            return self._bytes(1)
        if sort == DOUBLE:
            return self._bytes(8)
        raise ValueError(f"type {sort}")

    def _bytes(self, length: int) -> bytes:
        start = self.position
        self.position = start + length
        if self.position > len(self.data):
            raise IndexError(self.position)
        return self.data[start : self.position]

    def _items(self) -> tuple[int, list[Any]]:
        head = self._bytes(1)[0]
        count, sort = head >> 4, head & 15
        if count == 15:
            count = self.varint()
        if sort == STRUCT:
            return sort, [self.struct() for _ in range(count)]
        if sort in (TRUE, FALSE):
            return sort, [self._bytes(1) == b"\x01" for _ in range(count)]
        return sort, [self._value(sort) for _ in range(count)]


def write_struct(fields: Struct) -> bytes:
    """The bytes of one struct.

    >>> Reader(write_struct({1: (I32, -300), 20: (BINARY, b"x")})).struct()
    {1: (5, -300), 20: (8, b'x')}
    """
    out, last = bytearray(), 0
    for field, (sort, value) in sorted(fields.items()):
        if sort in (TRUE, FALSE):
            sort = TRUE if value else FALSE
        if 0 < field - last < 16:
            out.append((field - last) << 4 | sort)
        else:
            out.append(sort)
            out += _zigzag(field)
        if sort not in (TRUE, FALSE):
            out += _written(sort, value)
        last = field
    out.append(0)
    return bytes(out)


def _written(sort: int, value: Any) -> bytes:
    if sort in (I16, I32, I64):
        return _zigzag(value)
    if sort == BINARY:
        return _varint(len(value)) + bytes(value)
    if sort == STRUCT:
        return write_struct(value)
    if sort in (LIST, SET):
        item, values = value
        head = bytes([len(values) << 4 | item]) if len(values) < 15 else bytes([0xF0 | item]) + _varint(len(values))
        if item in (TRUE, FALSE):
            return head + bytes(TRUE if one else FALSE for one in values)
        return head + b"".join(_written(item, one) for one in values)
    return bytes(value)  # bytes and doubles, kept as they were read


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)
