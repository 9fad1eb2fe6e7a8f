"""Cut: a tarball or a compressed file, cut short as it streams by; layout, names and the bytes of each record stay.

Law: nothing is read past the last record that is kept, not even the rest of the member that holds it.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from tinydata.dataset.sources.jsonl import JSONL
from tinydata.dataset.sources.source import Claim
from tinydata.dataset.subset.choice import Choice
from tinydata.dataset.subset.compressor import apart, compressor
from tinydata.dataset.subset.kept import SEPARATORS, TEXT_SUFFIXES, Kept, Sort
from tinydata.dataset.subset.streams import CHUNK_BYTES, Inside, as_binary, buffered
from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch import compression_of, inner_name, open_plain
from tinydata.fetch.tar import Member, is_tar, tar_members

_WHOLE_BYTES = 32 << 20
_TEXT_BYTES = 64 << 20
_LINE_BYTES = 256 << 20
_DEPTH = 8
# Files that lie beside records: they are taken along.
_BESIDE = re.compile(
    r"(readme|licen[cs]e|copying|notice|authors|changelog|manifest)\b.*|.*\.(md|rst|py|sh|ya?ml|toml|cfg|md5|sha\d+)|\..*",
    re.IGNORECASE | re.DOTALL,
)


def sort_of(name: str, head: bytes, *, lines: bool, alone: bool) -> Sort:
    """What the records of a file are, by its name and its first bytes.

    Args:
        name: Its suffix counts.
        head: As much as `buffered` lets peek.
        lines: Whether a text holds a record on each line, rather than being one.
        alone: Whether it is all there is, and not one file of many.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in SEPARATORS:
        return Sort.TABLE
    if suffix in TEXT_SUFFIXES:
        return Sort.TEXT_LINES if lines or alone else Sort.FILES
    claim = JSONL.claims(Inside(name, io.BytesIO()), head)
    # One object by itself may be one of many such files.
    several = alone or b"\n{" in head or (b"\n" not in head and len(head) == CHUNK_BYTES)
    return Sort.JSON_LINES if claim == Claim.SUFFIX or (claim > Claim.NO and several) else Sort.FILES


class Cutter:
    """Cuts streams.

    Args:
        choice: Which records are kept.
        kept: What becomes of them besides; None where nothing does.
        lines: See `sort_of`.
        scratch: A folder for files that are not yet whole.
        packing: What is written is whole once this is left: it is compressed beside other work.
    """

    def __init__(self, choice: Choice, kept: Kept | None, *, lines: bool, scratch: Path, packing: ExitStack) -> None:
        self._choice, self._kept, self._lines, self._scratch = choice, kept, lines, scratch
        self._packing = packing
        self._sort: Sort | None = None
        self._dropped = 0

    def cut(self, stream: BinaryIO, name: str, sink: BinaryIO, depth: int = 0) -> None:
        """Read a stream, and write what is kept of it.

        Args:
            stream: Only read forward.
            name: What errors call it; its suffix tells what it holds.
            sink: Where the shorter one goes.
            depth: In how many others it lies.

        Raises:
            DamagedSource: It breaks off, or is not what it says.
            UnknownSource: It holds no records.
        """
        opened = buffered(stream)
        head = opened.peek()
        packed = compression_of(head)
        if depth > _DEPTH:
            raise UnknownSource(name, f"it is packed more than {_DEPTH} times over")
        if packed is not None:
            with open_plain(Inside(name, as_binary(opened))) as plain, ExitStack() as inner:
                stack = inner if depth else self._packing
                out = stack.enter_context(compressor(packed, sink))
                out = out if depth else stack.enter_context(apart(out))
                self.cut(plain, inner_name(name), out, depth + 1)
        elif is_tar(head):
            self._cut_tar(as_binary(opened), name, sink, depth)
        else:
            sort = sort_of(name, head, lines=self._lines, alone=True)
            if sort is Sort.FILES:
                raise UnknownSource(name, "neither a tarball nor lines of JSON, a table or text")
            self._cut_lines(opened, name, sink, sort)

    def _cut_tar(self, stream: BinaryIO, name: str, sink: BinaryIO, depth: int) -> None:
        group = _Group()
        with tarfile.TarFile.open(fileobj=sink, mode="w:", format=tarfile.PAX_FORMAT) as out:
            for member in tar_members(Inside(name, stream)):
                if self._choice.is_done and not group.holds(member):
                    return
                if member.is_file:
                    self._cut_member(member, f"{name}/{member.name}", out, group, depth)
                if self._choice.is_done and not group.is_open:
                    return
                out.getmembers().clear()  # tarfile remembers all of them

    def _cut_member(self, member: Member, name: str, out: tarfile.TarFile, group: _Group, depth: int) -> None:
        if member.name.startswith("/") or ".." in member.name.split("/"):
            raise DamagedSource(name, "a member that points out of the tarball")
        stream = buffered(member.open())
        head = stream.peek()
        inner, inside = _unwrapped(member.name, head)
        sort = sort_of(inner, inside, lines=self._lines, alone=False)
        is_packed = is_tar(inside) or (inside is not head and sort is not Sort.FILES)
        if _BESIDE.fullmatch(PurePosixPath(member.name).name) or (
            not is_packed and self._sort not in (None, sort)
        ):  # no record, or not of the sort that the first was of
            _add(out, member.name, member.size, stream)
        elif sort is Sort.FILES and not is_packed:
            self._cut_file(stream, member, name, out, group)
        else:
            group.close()
            kept, dropped = self._choice.kept, self._dropped
            with tempfile.SpooledTemporaryFile(_WHOLE_BYTES, dir=str(self._scratch)) as shorter:
                if is_packed:
                    self._cut_packed(stream, name, as_binary(shorter), member.size, depth)
                else:
                    self._cut_lines(stream, name, as_binary(shorter), sort)
                if self._choice.kept > kept or self._dropped == dropped:
                    size = shorter.tell()
                    shorter.seek(0)
                    _add(out, member.name, size, as_binary(shorter))

    def _cut_packed(self, stream: io.BufferedReader, name: str, sink: BinaryIO, size: int, depth: int) -> None:
        """Cut what is packed inside a tarball; it stays as it is where all of it is kept."""
        packed = compression_of(stream.peek())
        if packed is None or size > _WHOLE_BYTES:
            self.cut(as_binary(stream), name, sink, depth + 1)
            return
        # To compress again what is not cut would take longer than all the rest.
        whole, dropped = stream.read(), self._dropped
        with tempfile.SpooledTemporaryFile(_WHOLE_BYTES, dir=str(self._scratch)) as shorter:
            with open_plain(Inside(name, io.BytesIO(whole))) as plain:
                self.cut(plain, inner_name(name), as_binary(shorter), depth + 1)
            if self._dropped == dropped and not self._choice.is_done:
                sink.write(whole)
                return
            shorter.seek(0)
            with compressor(packed, sink) as out:
                shutil.copyfileobj(shorter, out)

    def _cut_lines(self, stream: io.BufferedReader, name: str, sink: BinaryIO, sort: Sort) -> None:
        self._see(sort, name)
        records = _table_rows(stream, name) if sort is Sort.TABLE else _lines(stream, name)
        if sort is Sort.TABLE:
            header = next(records, b"")
            sink.write(header)
            if self._kept:
                self._kept.header(header, name)
        for record in records:
            if sort is not Sort.TEXT_LINES and record.isspace():
                sink.write(record)
            elif not self._choice.take():
                self._dropped += 1
            else:
                sink.write(record)
                if self._kept and sort is Sort.TEXT_LINES:
                    self._kept.text(record.removesuffix(b"\n").removesuffix(b"\r"), name)
                elif self._kept:
                    self._kept.line(record)
            if self._choice.is_done:
                return

    def _cut_file(
        self, stream: io.BufferedReader, member: Member, name: str, out: tarfile.TarFile, group: _Group
    ) -> None:
        self._see(Sort.FILES, name)
        is_first = not group.holds(member)
        if is_first:
            group.begin(member, is_kept=self._choice.take())
            self._dropped += not group.is_kept
        if not group.is_kept:
            return
        if not is_first or not _is_text(member):
            _add(out, member.name, member.size, stream)
            if self._kept:
                self._kept.are_samples = True
            return
        if member.size > _TEXT_BYTES:
            raise UnknownSource(name, f"a text of {member.size:,} bytes is no one record; its lines may be")
        content = stream.read()
        _add(out, member.name, len(content), io.BytesIO(content))
        if self._kept:
            self._kept.text(content, name)

    def _see(self, sort: Sort, name: str) -> None:
        self._sort = sort
        if self._kept:
            self._kept.sort = sort
            self._kept.suffixes.add(PurePosixPath(name).suffix.lower())


class _Group:
    """Files that follow one another and have one name up to its first dot: one record, but for texts, each of which is one."""

    def __init__(self) -> None:
        self._key: str | None = None
        self._is_text = self.is_kept = False

    @property
    def is_open(self) -> bool:
        """Whether the next file may belong to it."""
        return self._key is not None

    def begin(self, member: Member, *, is_kept: bool) -> None:
        self._key, self._is_text, self.is_kept = _key(member), _is_text(member), is_kept

    def holds(self, member: Member) -> bool:
        return _key(member) == self._key and not (self._is_text and _is_text(member))

    def close(self) -> None:
        self._key = None


def _key(member: Member) -> str:
    folder, name = PurePosixPath(member.name).parent, PurePosixPath(member.name).name
    return (folder / name.split(".", 1)[0]).as_posix()


def _is_text(member: Member) -> bool:
    return PurePosixPath(member.name).suffix.lower() in TEXT_SUFFIXES


def _unwrapped(name: str, head: bytes) -> tuple[str, bytes]:
    """The name and the first bytes of what is inside a compressed file, by its own first bytes."""
    for _ in range(_DEPTH):
        if compression_of(head) is None:
            break
        plain = cast("io.BufferedReader", open_plain(Inside(name, io.BytesIO(head))))
        name, head = inner_name(name), plain.read1(CHUNK_BYTES)
    return name, head


def _lines(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    while line := stream.readline(_LINE_BYTES):
        if len(line) == _LINE_BYTES:
            raise DamagedSource(name, f"a line of more than {_LINE_BYTES:,} bytes")
        yield line


def _table_rows(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    """The rows of a table as they stand; a quoted field may hold newlines."""
    separator = re.escape(SEPARATORS[PurePosixPath(name).suffix.lower()].encode())
    quoted = re.compile(rb'(^|%s)"(?:[^"]|"")*"' % separator)
    begins = re.compile(rb'(?:^|%s)"' % separator)
    row = b""
    for line in _lines(stream, name):
        row += line
        if len(row) > _LINE_BYTES:
            raise DamagedSource(name, "a quoted field that does not end")
        if b'"' not in row or not begins.search(quoted.sub(rb"\1", row)):
            yield row
            row = b""
    if row:
        yield row


def _add(out: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    """Add a file that is owned by nobody and was made at no time."""
    member = tarfile.TarInfo(name)
    member.size = size
    out.addfile(member, content)
