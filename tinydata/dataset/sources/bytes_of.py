"""Bytes of files: exact reads anywhere in one, and a file's complaints told apart from the system's."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import File, LocalFile, RemoteFile, Span, read_spans

Fetch = Callable[[int, int], bytes]
"""Offset and length -> exactly these bytes of the file; EOFError where it ends before."""


class Bytes:
    """The bytes of a file, anywhere.

    Args:
        size: Their number.
        upto: Offset and length -> so many bytes, fewer where the file ends before.
        is_far: Whether each reading is a request to a server.
    """

    def __init__(self, size: int, upto: Callable[[int, int], bytes], *, is_far: bool = False) -> None:
        self.size, self.upto, self.is_far = size, upto, is_far

    def exact(self, offset: int, length: int) -> bytes:
        """Read `length` bytes at `offset`.

        Raises:
            EOFError: The file ends before.
        """
        data = self.upto(offset, length)
        if len(data) != length:
            raise EOFError(f"the file breaks off before byte {offset + length}")
        return data

    def each(self, spans: Sequence[Span]) -> list[bytes]:
        """Read several spans; of a file that lies elsewhere, neighbours together and all at once.

        Raises:
            EOFError: The file ends before.
        """
        return read_spans(self.exact, spans) if self.is_far else read_spans(self.exact, spans, gap=0, threads=1)


@contextmanager
def bytes_of(file: File) -> Iterator[Bytes]:
    """The bytes of a file, which is opened once where it lies here.

    Raises:
        DamagedSource: On leaving: what was read out of it is damaged.
        UnknownSource: On leaving: pyarrow cannot read it.
    """
    with damage(file):
        if not isinstance(file, LocalFile):
            yield Bytes(file.size(), file.read, is_far=isinstance(file, RemoteFile))
            return
        with file.path.open("rb", buffering=0) as opened:
            yield Bytes(file.size(), lambda offset, length: _upto(opened, offset, length))


@contextmanager
def damage(file: File) -> Iterator[None]:
    """Turn pyarrow's complaints about what is in a file into ours; what the system says of the file itself goes through.

    Raises:
        DamagedSource: The content is damaged.
        UnknownSource: The content is more than pyarrow can read.
    """
    try:
        yield
    except pa.ArrowNotImplementedError as error:
        raise UnknownSource(file.name, f"pyarrow cannot read it: {_first_line(error)}") from error
    except (pa.ArrowException, EOFError, UnicodeDecodeError) as error:
        raise DamagedSource(file.name, _first_line(error)) from error
    except OSError as error:
        if type(error) is not OSError or error.errno is not None:
            raise
        raise DamagedSource(file.name, _first_line(error)) from error


def _upto(opened: io.FileIO, offset: int, length: int) -> bytes:
    opened.seek(offset)
    parts = []
    while length and (part := opened.read(length)):  # an unbuffered read may come back early
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
