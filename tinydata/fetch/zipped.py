"""Zip files, read as the files inside, which are never extracted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch.chunks import BOMB_BYTES, BOMB_RATIO, CHUNK_BYTES, Chunks
from tinydata.fetch.compressed import SpooledFile, suffix_of
from tinydata.fetch.file import File, LocalFile, seekable

_ENCRYPTED = 1


def is_zip(head: bytes) -> bool:
    """Whether a file is a zip, by its first bytes."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


class ZippedFile(SpooledFile):
    """A file inside a zip."""

    def __init__(self, file: File, member: zipfile.ZipInfo) -> None:
        super().__init__(f"{file.name}/{member.filename}", suffix_of(member.filename), file.path)
        self._file, self._member = file, member

    def size(self) -> int:
        """Its length."""
        return self._member.file_size

    def open(self) -> BinaryIO:
        """A forward stream of it."""
        with _opened(self._file) as archive:
            try:
                stream = archive.open(self._member)
            except NotImplementedError as error:
                raise UnknownSource(self.name, f"packed in a way that is not read here: {error}") from error
        packed = self._member.compress_size
        chunks = iter(lambda: stream.read(CHUNK_BYTES), b"")
        return io.BufferedReader(Chunks(self.name, "zip", chunks, lambda: packed, stream.close), CHUNK_BYTES)


def zip_files(file: File) -> dict[str, ZippedFile]:
    """The files inside a zip by their names, hidden ones left out, in the order in which folders are walked.

    Raises:
        DamagedSource: It is no whole zip; or a file in it is a bomb, or has a name that points out of it.
        UnknownSource: A file in it is encrypted.
    """
    with _opened(file) as archive:
        members = archive.infolist()
    found, size = {}, file.size()
    for member in members:
        if not 0 <= member.header_offset < size:
            raise DamagedSource(file.name, f"no whole zip: it puts {member.filename} at byte {member.header_offset:,}")
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or member.filename.startswith("/") or ":" in parts[0]:
            raise DamagedSource(file.name, f"{member.filename}: a member that points out of the zip")
        if not parts[-1] or any(part.startswith((".", "__")) for part in parts):
            continue
        if member.flag_bits & _ENCRYPTED:
            raise UnknownSource(file.name, f"{member.filename} is encrypted")
        if member.file_size > BOMB_BYTES and member.file_size > BOMB_RATIO * member.compress_size:
            problem = f"a bomb: {member.compress_size:,} bytes that say they are {member.file_size:,}"
            raise DamagedSource(file.name, f"{member.filename}: {problem}")
        found["/".join(parts)] = ZippedFile(file, member)
    return {name: found[name] for name in sorted(found, key=_walked)}


def extract(files: Mapping[str, ZippedFile], folder: Path) -> None:
    """Write files below a folder, each where its name says; one that lies there already is left."""
    for name, file in files.items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open() as stream, target.open("wb") as out:
                while chunk := stream.read(CHUNK_BYTES):
                    out.write(chunk)


@contextmanager
def _opened(file: File) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file.path if isinstance(file, LocalFile) else seekable(file)) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise DamagedSource(file.name, f"no whole zip: {error!s:.100}") from error


def _walked(name: str) -> tuple[tuple[bool, str], ...]:
    """Files of a folder before its folders, both by their names."""
    *folders, last = name.split("/")
    return (*((True, folder) for folder in folders), (False, last))
