"""Kept: the records that a cut keeps, once more, so that they become rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from tinydata.dataset.columns import Features
from tinydata.dataset.loader import schema_of, to_array
from tinydata.dataset.records import TABLE_BYTES
from tinydata.dataset.sources import open_file
from tinydata.dataset.sources.csv import open_csv
from tinydata.dataset.sources.jsonl import open_jsonl
from tinydata.errors import DamagedSource
from tinydata.fetch import LocalFile

SEPARATORS = {".csv": ",", ".tsv": "\t"}
TEXT_SUFFIXES = (".txt", ".text")
TEXT = Features({"text": {"dtype": "string", "_type": "Value"}})
_BOM = b"\xef\xbb\xbf"


class Sort(Enum):
    """What a record is."""

    JSON_LINES = "a JSON object on a line"
    TABLE = "a row of a table"
    TEXT_LINES = "a line of a text"
    FILES = "a file, or several of one name"


class Kept:
    """Collects records, in a folder.

    Attributes:
        sort: What a record is, once one was seen.
        suffixes: Of the files that hold records.
        are_samples: Whether they are files that are not, each by itself, a text.
    """

    def __init__(self, folder: Path) -> None:
        self.sort: Sort | None = None
        self.are_samples = False
        self.suffixes: set[str] = set()
        self._lines, self._texts = folder / "lines", folder / "texts"
        self._header, self._separator = b"", ","
        self._open_lines: BinaryIO | None = None
        self._open_texts: Any = None
        self._waiting: list[str] = []
        self._size = 0

    def header(self, line: bytes, name: str) -> None:
        """The names of a table's columns.

        Raises:
            DamagedSource: Those of another table differ.
        """
        names = line.removeprefix(_BOM).strip()
        if self._header and names != self._header:
            raise DamagedSource(name, "its columns differ from those of the first table")
        if not self._header:
            self._separator = SEPARATORS.get(Path(name).suffix.lower(), ",")
            self.line(line)
        self._header = names

    def line(self, line: bytes) -> None:
        """A JSON object or a row of a table."""
        if self._open_lines is None:
            self._open_lines = self._lines.open("wb")
        self._open_lines.write(line.removeprefix(_BOM))
        if not line.endswith(b"\n"):
            self._open_lines.write(b"\n")

    def text(self, content: bytes, name: str) -> None:
        """A text.

        Raises:
            DamagedSource: It is not UTF-8.
        """
        try:
            self._waiting.append(content.decode())
        except UnicodeDecodeError as error:
            problem = f"not UTF-8: byte {error.start} is {content[error.start]:#04x}"
            raise DamagedSource(name, problem) from error
        self._size += len(content) + 64
        if self._size > TABLE_BYTES:
            self._flush()

    def rows(self, name: str, archive: Path) -> tuple[Features, Iterator[pa.Table]]:
        """The features of all records, and the records.

        Args:
            name: What errors call their source.
            archive: What was cut.
        """
        self._flush()
        self.close()
        if self.sort is Sort.JSON_LINES:
            records = open_jsonl(_Named(self._lines, name))
        elif self.sort is Sort.TABLE:
            records = open_csv(_Named(self._lines, name), {"sep": self._separator})
        elif self.are_samples:
            records = open_file(_Named(archive, name))
        else:
            return TEXT, self._read_texts()
        return records.features, records.tables()

    def close(self) -> None:
        """Let go of the files."""
        for opened in (self._open_lines, self._open_texts):
            if opened is not None:
                opened.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        schema = schema_of(TEXT)
        if self._open_texts is None:
            self._open_texts = pa.ipc.new_stream(self._texts, schema)
        self._open_texts.write_table(pa.table([to_array(self._waiting, pa.string())], schema=schema))
        self._waiting, self._size = [], 0

    def _read_texts(self) -> Iterator[pa.Table]:
        with pa.ipc.open_stream(self._texts) as stream:
            for batch in stream:
                yield pa.Table.from_batches([batch])


@dataclass(frozen=True)
class _Named(LocalFile):
    """A file of this machine under the name of what it was made from; nothing lies beside it."""

    label: str = ""

    @property
    def name(self) -> str:
        return self.label
