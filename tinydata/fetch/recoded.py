"""Files of other encodings, read as UTF-8."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.fetch.chunks import Chunks
from tinydata.fetch.compressed import SpooledFile
from tinydata.fetch.file import File

_CHUNK_CHARACTERS = 1 << 17


class RecodedFile(SpooledFile):
    """A text file in UTF-8, whatever encoding it has.

    Args:
        file: The file.
        encoding: Its encoding, as Python calls it.
        errors: What becomes of bytes that are none of it, as Python calls that.
    """

    def __init__(self, file: File, encoding: str, errors: str = "strict") -> None:
        super().__init__(file.name, file.suffix, file.path)
        self._file, self._encoding, self._errors = file, encoding, errors

    def open(self) -> BinaryIO:
        """A forward stream of it.

        Raises:
            UnknownSource: There is no such encoding.
        """
        try:
            codecs.lookup(self._encoding)
            codecs.lookup_error(self._errors)
        except LookupError as error:
            raise UnknownSource(self.name, str(error)) from error
        text = io.TextIOWrapper(self._file.open(), self._encoding, self._errors, newline="")
        return io.BufferedReader(Chunks(self.name, self._encoding, self._recoded(text), None, text.close))

    def _recoded(self, text: io.TextIOWrapper) -> Iterator[bytes]:
        try:
            while part := text.read(_CHUNK_CHARACTERS):
                yield part.encode()
        except UnicodeDecodeError as error:
            raise DamagedSource(self.name, f"not {self._encoding}: {error.reason}") from error
