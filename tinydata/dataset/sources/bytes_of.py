"""Bytes of files: exact reads, and a file's complaints told apart from the system's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from tinydata.errors import DamagedSource, UnknownSource


def read_upto(file: io.FileIO, offset: int, length: int) -> bytes:
    """Read `length` bytes at `offset`, fewer where the file ends before; an unbuffered read may come back early."""
    file.seek(offset)
    parts = []
    while length and (part := file.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def read_exact(file: io.FileIO, offset: int, length: int) -> bytes:
    """Read `length` bytes at `offset`.

    Raises:
        EOFError: The file ends before.
    """
    data = read_upto(file, offset, length)
    if len(data) != length:
        raise EOFError(f"the file breaks off before byte {offset + length}")
    return data


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn pyarrow's complaints about what is in a file into ours; what the system says of the file itself goes through.

    Raises:
        DamagedSource: The content is damaged.
        UnknownSource: The content is more than pyarrow can read.
    """
    try:
        yield
    except pa.ArrowNotImplementedError as error:
        raise UnknownSource(str(path), f"pyarrow cannot read it: {_first_line(error)}") from error
    except (pa.ArrowException, EOFError, UnicodeDecodeError) as error:
        raise DamagedSource(path, _first_line(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedSource(path, _first_line(error)) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
