"""Loads the records of the tarball, or the compressed file, that lies beside it, under each `datasets` from 2.14 on.

`load_dataset("REPO")` needs no code: it reads Parquet files of the same rows. This file is

- a loading script:  load_dataset("REPO/loader.py", trust_remote_code=True)   (`datasets` below 4)
- a builder:         from loader import Subset; Subset().download_and_prepare()

and a beginning for one of your own: what is in the tarball lies there as it does in the large one.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.json

# What a repo sets for itself.
ARCHIVE: str = "corpus.tar.gz"
RECORDS: str = "texts"  # what is one: a file of the "texts", a line of the "text lines" or of the "JSON lines"
SUFFIXES: str = ".txt"  # of the files that hold records
FEATURES: str = '{"text": {"dtype": "string", "_type": "Value"}}'
VERSION: str = "1.0.0"  # tells these rows from others in the caches of `datasets`

BATCH_ROWS = 1_000
HERE = Path(__file__).resolve().parent
BESIDE = re.compile(
    r"(readme|licen[cs]e|copying|notice|authors|changelog|manifest)\b.*|.*\.(md|rst|py|sh|ya?ml|toml|cfg|md5|sha\d+)|\..*",
    re.IGNORECASE | re.DOTALL,
)
PACKED = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"BZh": bz2.open,
    b"\x28\xb5\x2f\xfd": lambda file: pa.CompressedInputStream(file, "zstd"),
    b"\x04\x22\x4d\x18": lambda file: pa.CompressedInputStream(file, "lz4"),
}


def files(stream: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The files inside a stream, however often they are packed: names and streams."""
    stream = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    head = stream.read(512)
    stream = _Joined(head, stream)
    for magic, opener in PACKED.items():
        if head.startswith(magic):
            yield from files(io.BufferedReader(_Plain(opener(stream))), re.sub(r"\.t?(gz|xz|bz2?|zst|lz4)$", "", name))
            return
    if not _is_tar(head):
        yield name, io.BufferedReader(stream)
        return
    with tarfile.open(fileobj=io.BufferedReader(stream), mode="r|") as tar:
        for member in tar:
            if member.isfile() and not BESIDE.fullmatch(member.name.rsplit("/", 1)[-1]):
                yield from files(tar.extractfile(member), member.name)


def records(stream: Any, name: str) -> Iterator[bytes]:
    """The records of the archive, one after the other."""
    for inner, file in files(stream, name):
        if not inner.lower().endswith(tuple(SUFFIXES.split())):
            continue
        if RECORDS == "texts":
            yield file.read()
        else:
            yield from (line for line in file if RECORDS == "text lines" or not line.isspace())


class Subset(datasets.ArrowBasedBuilder):  # type: ignore[misc]
    """The records of the archive as rows."""

    BUILDER_CONFIGS = [datasets.BuilderConfig(name="default", version=VERSION)]

    def _info(self) -> Any:
        return datasets.DatasetInfo(features=datasets.Features.from_dict(json.loads(FEATURES)))

    def _split_generators(self, dl_manager: Any) -> list[Any]:
        # Of a loading script `datasets` takes a copy, and knows itself what lay beside it.
        path = str(HERE / ARCHIVE) if (HERE / ARCHIVE).is_file() else dl_manager.download(ARCHIVE)
        return [datasets.SplitGenerator(name="train", gen_kwargs={"path": path})]

    def _generate_tables(self, path: str) -> Iterator[tuple[int, pa.Table]]:
        rows: list[bytes] = []
        key = 0
        with open(path, "rb") as file:  # the builtin: `datasets` puts its own there to stream from the Hub
            for record in records(file, ARCHIVE):
                rows.append(record)
                if len(rows) == BATCH_ROWS:
                    yield key, self._table(rows)
                    key, rows = key + 1, []
        if rows:
            yield key, self._table(rows)

    def _table(self, rows: list[bytes]) -> pa.Table:
        schema = self.info.features.arrow_schema
        if RECORDS != "JSON lines":
            texts = [
                (row.rstrip(b"\n").removesuffix(b"\r") if RECORDS == "text lines" else row).decode() for row in rows
            ]
            return pa.table([pa.array(texts, schema.field(0).type)], names=schema.names)
        lines = b"\n".join(row.strip().removeprefix(b"\xef\xbb\xbf") for row in rows)
        return pyarrow.json.read_json(
            io.BytesIO(lines),
            pyarrow.json.ReadOptions(block_size=len(lines) + 1),
            pyarrow.json.ParseOptions(schema, unexpected_field_behavior="ignore"),
        )


class _Joined(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, stream: Any) -> None:
        self.head, self.stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.head[: len(buffer)] or self.stream.read(len(buffer))
        self.head = self.head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


class _Plain(_Joined):
    """What a decompressor gives."""

    def __init__(self, stream: Any) -> None:
        super().__init__(b"", stream)


def _is_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
