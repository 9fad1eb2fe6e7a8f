"""Remote files: read by parts, through faults that pass, and never two states of one file mixed.

Law: a byte comes out right or not at all. A part that breaks off is gone on with from where it was; each answer says which file it is
of, and another ETag or another length is an error.

If-Range would have the server say the same, but one that tags what it compresses on the way then sends the whole file.
"""

from __future__ import annotations

import io
import re
import tempfile
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, Protocol, cast

from tinydata.errors import NoAnswer, RemoteError, SourceChanged
from tinydata.fetch.patience import Waits

HEAD_BYTES, TAIL_BYTES = 16 << 10, 64 << 10
"""So much of a file's begin and end is kept: by the one its sort is told, by the other a Parquet file is read."""

_PIECE_BYTES = 64 << 10
_FIRST_WINDOW, _LAST_WINDOW = 512 << 10, 32 << 20


class Passing(Exception):
    """A fault that may pass.

    Attributes:
        told: What to tell if it does not.
        after: Seconds after which the server asks to be tried again; None where it does not say.
    """

    def __init__(self, told: RemoteError, after: float | None = None) -> None:
        super().__init__(str(told))
        self.told, self.after = told, after


class Body(Protocol):
    """The bytes of an answer."""

    def read(self, most: int, /) -> bytes:
        """The next of them; none at the end, or where the answer was cut.

        Raises:
            Passing: It was cut.
        """
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(frozen=True)
class Answer:
    """What came of asking for a part of a file.

    Args:
        start: Where the bytes that come lie in the file.
        stop: Where they end; None where the server does not say. Nothing comes where it is `start`.
        total: The length of the file; None where the server does not say.
        version: What tells this state of the file from others, an ETag or a date; None where nothing does.
        body: The bytes.
        whole: Whether it is the whole file that comes, whatever was asked for.
    """

    start: int
    stop: int | None
    total: int | None
    version: str | None
    body: Body
    whole: bool = False


class Origin(Protocol):
    """Where a remote file comes from."""

    @property
    def name(self) -> str:
        """Its address as errors and recipes have it: no password, no key."""
        ...

    def ask(self, start: int, stop: int | None) -> Answer:
        """Ask once for the bytes from `start`, counted from the end where it is negative, to `stop`.

        Raises:
            Passing: A fault that may pass.
            RemoteError: One that does not.
        """
        ...


class RemoteFile:
    """A file that lies elsewhere.

    What of it is read in order is asked for in growing windows, so that who stops early has been sent little more than was read. From a
    server that does not give parts it streams, too; to be read anywhere, it is fetched once as a whole, to a temporary file.

    Args:
        origin: Where it comes from.
        came: Called with the number of bytes that came, piece by piece, from whatever thread asked.

    Attributes:
        version: What told its state from others so far; None where nothing did.
    """

    path = None

    def __init__(self, origin: Origin, came: Callable[[int], None] | None = None) -> None:
        self._origin, self._came = origin, came
        self.version: str | None = None
        self._total: int | None = None
        self._head, self._tail, self._tail_start = b"", b"", 0
        self._whole: IO[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Its address."""
        return self._origin.name

    @property
    def suffix(self) -> str:
        """Of its name, in small letters."""
        found = re.search(r"(?<=[^/])\.[^./]+$", self.name)
        return found[0].lower() if found else ""

    def size(self) -> int:
        """Its length in bytes; its end comes along and is kept, as whoever wants the length mostly reads there next."""
        if self._total is None:
            self.tail(TAIL_BYTES)
        assert self._total is not None
        return self._total

    def tail(self, length: int) -> bytes:
        """Its last bytes, at least so many, fewer where it is shorter; they are kept, and tell its length with one request."""
        if len(self._tail) < length and self._total is None:
            self._read_tail(length)
            if self._total is None:  # the server does not say
                self._fetch_whole()
        if len(self._tail) < min(length, self.size()):
            return self.read(max(0, self.size() - length), length)
        return self._tail

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there; fewer where the file ends before."""
        stop = offset + length if self._total is None else min(offset + length, self._total)
        if offset >= stop:
            return b""
        if self._whole is None:
            held = self._held(offset, stop)
            if held is not None:
                return held
            try:
                if offset == 0 and stop <= HEAD_BYTES:
                    self._head = b"".join(self._pieces(0, HEAD_BYTES, anywhere=True))
                    return self._head[:stop]
                return b"".join(self._pieces(offset, stop, anywhere=True))
            except _NoParts:
                self._fetch_whole()
        assert self._whole is not None
        with self._lock:
            self._whole.seek(offset)
            return self._whole.read(length)

    def open(self) -> BinaryIO:
        """A stream of its bytes, forward only."""
        return cast(BinaryIO, io.BufferedReader(_Stream(self._forward()), _PIECE_BYTES))

    def _held(self, start: int, stop: int) -> bytes | None:
        if stop <= len(self._head):
            return self._head[start:stop]
        if self._tail and start >= self._tail_start:
            return self._tail[start - self._tail_start : stop - self._tail_start]
        return None

    def _forward(self) -> Generator[bytes, None, None]:
        """All bytes."""
        if self._whole is not None:
            for at in range(0, self.size(), _PIECE_BYTES):
                yield self.read(at, _PIECE_BYTES)
            return
        at, window = len(self._head), _FIRST_WINDOW
        if self._head:
            yield self._head
        while self._total is None or at < self._total:
            before = at
            for piece in self._pieces(at, at + window):
                at += len(piece)
                yield piece
            if at == before:
                return
            window = min(2 * window, _LAST_WINDOW)

    def _pieces(self, start: int, stop: int | None, *, anywhere: bool = False) -> Iterator[bytes]:
        """The bytes from `start` to `stop` or the end of the file; where the server gives no parts, all to the end.

        Raises:
            _NoParts: It gives none, and to pass over what lies before is not wanted, as they may lie `anywhere`.
        """
        at, waits = start, Waits()
        while (stop is None or at < stop) and (self._total is None or at < self._total):
            began = at
            try:
                with self._asked(at, stop) as answer:
                    if answer.whole and anywhere and at:
                        raise _NoParts
                    if answer.whole and not anywhere:
                        stop = None
                    for piece in self._poured(answer, at, stop):
                        at += len(piece)
                        yield piece
                    if stop is not None and at >= stop:
                        return
                    end = self._total if answer.stop is None else answer.stop
                    if end is None:  # where no length is said, the end is where nothing more comes
                        self._total = at
                        return
                    if at < end:
                        raise Passing(self._broken(at))
                    if answer.start == answer.stop:
                        if self._total is not None and at < self._total:
                            raise NoAnswer(self.name, f"the server has no more after byte {at:,} of {self._total:,}")
                        return
            except Passing as fault:
                if at > began:  # from now on: whoever reads may have taken long over it
                    waits.anew()
                if not waits.wait(fault.after):
                    raise fault.told from fault

    def _read_tail(self, length: int) -> None:
        waits = Waits()
        while True:
            try:
                with self._asked(-length, None) as answer:
                    # Some servers take so many bytes from the end for so many from the begin.
                    if (
                        answer.whole
                        or answer.total is None
                        or answer.total != answer.stop
                        or answer.start == answer.stop
                    ):
                        return  # no part from the end, or of an empty file
                    tail = b"".join(self._poured(answer, answer.start, answer.total))
                    if answer.start + len(tail) == answer.total:
                        self._tail, self._tail_start = tail, answer.start
                        return
                    raise Passing(self._broken(answer.start + len(tail)))
            except Passing as fault:
                if not waits.wait(fault.after):
                    raise fault.told from fault

    def _fetch_whole(self) -> None:
        with self._lock:
            if self._whole is not None:
                return
            whole = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
            weakref.finalize(self, whole.close)
            for piece in self._pieces(0, None):
                try:
                    whole.write(piece)
                except OSError as error:
                    raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from error
            self._total = whole.tell()
            self._whole = whole

    @contextmanager
    def _asked(self, start: int, stop: int | None) -> Iterator[Answer]:
        """Ask once, and see to it that it is still the same file."""
        answer = self._origin.ask(start, stop)
        try:
            if self.version is not None and answer.version not in (None, self.version):
                raise SourceChanged(self.name, self.version, answer.version)
            if self._total is not None and answer.total not in (None, self._total):
                raise SourceChanged(self.name, f"{self._total:,} bytes", f"{answer.total:,}")
            self.version = self.version or answer.version
            self._total = answer.total if self._total is None else self._total
            yield answer
        finally:
            answer.body.close()

    def _poured(self, answer: Answer, at: int, stop: int | None) -> Iterator[bytes]:
        """What an answer holds from `at` to `stop`."""
        here = answer.start
        if answer.stop is not None:
            stop = answer.stop if stop is None else min(stop, answer.stop)
        while stop is None or here < stop:
            piece = answer.body.read(_PIECE_BYTES if stop is None else min(_PIECE_BYTES, stop - here))
            if not piece:
                return
            if self._came:
                self._came(len(piece))
            if here + len(piece) > at:
                yield piece[max(0, at - here) :]
            here += len(piece)

    def _broken(self, at: int) -> NoAnswer:
        of = "" if self._total is None else f" of {self._total:,}"
        return NoAnswer(self.name, f"the answer breaks off at byte {at:,}{of}, each time")


class Came:
    """Counts the bytes that come, from whatever thread, and tells of them.

    Args:
        progress: Called with the bytes that came, and 0 as nobody knows how many will.
    """

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self._progress, self._done, self._lock = progress, 0, threading.Lock()

    def __call__(self, size: int) -> None:
        """So many more came."""
        with self._lock:
            self._done += size
            if self._progress:
                self._progress(self._done, 0)


class _NoParts(Exception):
    """The server sends whole files alone."""


class _Stream(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")
        self._failed: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._failed is not None:  # a generator that failed looks as if it had ended
            raise self._failed
        while not self._left:
            try:
                piece = next(self._pieces, None)
            except BaseException as error:
                self._failed = error
                raise
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._pieces.close()  # and with it the answer that it reads
        super().close()
