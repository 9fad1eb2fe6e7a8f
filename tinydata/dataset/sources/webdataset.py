"""Webdataset tars: members that share a name up to its first dot are one record, each suffix a column.

The tar is walked by its headers, no further than the last record asked for; only the members of these are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from tinydata.dataset.columns import Features, features_of, to_storage
from tinydata.dataset.loader import arrow_type, is_media, to_array
from tinydata.dataset.records import Records
from tinydata.dataset.sources.python_values import conform, type_of
from tinydata.dataset.sources.source import Claim, FileSource, paths_of
from tinydata.dataset.sources.webdataset_fields import decode, media_kind
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownSource
from tinydata.fetch import File
from tinydata.fetch.tar import Member, is_tar, tar_members

KEY, URL = "__key__", "__url__"
_FIRST = 5  # so many samples tell `datasets` the types
_MEDIUM = arrow_type({"_type": "Image"})
_NAME = re.compile(r"((?:.*/)?[^./]+)\.([^/]*)", re.DOTALL)

Sample = dict[str, Any]
"""The fields of a record, decoded, and its key."""


class Samples:
    """The records of a tar, read forward; a later reading goes on where the last stopped."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._start()

    def take(self, ids: Sequence[int]) -> list[Sample]:
        """The records with these ascending ids.

        Raises:
            NoSuchRecord: The tar ends before.
        """
        if ids and ids[0] < self._count:
            self._start()
        found: list[Sample] = []
        for record in ids:
            sample = self._go_to(record)
            if sample is None:
                raise NoSuchRecord(record, self._count)
            found.append(sample)
        return found

    def count(self) -> int:
        """Their number; walks the tar to its end."""
        self._go_to(None)
        return self._count

    def _start(self) -> None:
        self._members = _fields(self._file)
        self._ahead = next(self._members, None)
        self._count = 0  # the records that are behind

    def _go_to(self, record: int | None) -> Sample | None:
        while self._ahead is not None:
            is_wanted, key, sample = self._count == record, self._ahead[0], {}
            try:
                while self._ahead is not None and self._ahead[0] == key:
                    _, field, member = self._ahead
                    if is_wanted:
                        if field in sample:
                            raise DamagedSource(self._file.name, f"{member.name}: a second {field!r} of one sample")
                        sample[field] = self._decoded(field, member)
                    self._ahead = next(self._members, None)
            except Exception:
                self._start()  # a tar that fails has not ended
                raise
            self._count += 1
            if is_wanted:
                return sample | {KEY: key}
        return None

    def _decoded(self, field: str, member: Member) -> Any:
        content = member.read()
        try:
            return decode(field, content)
        except ImportError as error:
            problem = f"{member.name}: to read it, `datasets` needs {error.name}, which is not installed"
            raise UnknownSource(self._file.name, problem) from error
        except (ValueError, RecursionError) as error:
            raise DamagedSource(self._file.name, f"{member.name}: {error}") from error


def open_webdataset(file: File) -> Records:
    """Open one tar of samples.

    Raises:
        UnknownSource: Its first samples do not have the same fields, so that it is some other tar.
    """
    samples = Samples(file)
    try:
        first = samples.take(range(_FIRST))
    except NoSuchRecord as past:
        first = samples.take(range(past.count))
    if not first:
        raise UnknownSource(file.name, "a tar that holds neither seeds nor samples")
    for sample in first[1:]:
        other = set(sample) ^ set(first[0])
        if other:
            raise UnknownSource(
                file.name,
                f"a tar that holds neither seeds nor samples of a webdataset: of {first[0][KEY]!r} and {sample[KEY]!r}, which "
                f"would be samples, only one has a .{min(other)}",
            )
    names = [name for name in first[0] if name != KEY]
    features, schema = _features(file, names, first)
    names = [name for name in names if name in features]
    url = file.name if "://" in file.name else PurePosixPath(file.name.replace("\\", "/")).name

    def take(ids: Sequence[int]) -> pa.Table:
        near = [first[record] for record in ids if record < len(first)]
        rows = near + samples.take([record for record in ids if record >= len(first)])
        columns = {name: _column(file, name, rows, schema, is_media(features[name])) for name in names}
        columns[KEY] = to_array([row[KEY] for row in rows], pa.string())
        columns[URL] = to_array([url] * len(rows), pa.string())
        return to_storage(pa.table(columns), features)

    return Records(features, take, samples.count, lambda: paths_of(file))


def _fields(file: File) -> Iterator[tuple[str, str, Member]]:
    """The key and the field of each member that has them."""
    for member in tar_members(file):
        parts = member.name.split("/")
        if not member.is_file or parts[-1].startswith((".", "__")):
            continue
        if ".." in parts or member.name.startswith("/"):
            raise DamagedSource(file.name, f"{member.name}: a member that points out of the tar")
        named = _NAME.fullmatch(member.name)
        if named:
            yield named[1], named[2], member


def _features(file: File, names: Sequence[str], samples: Sequence[Sample]) -> tuple[Features, pa.Schema]:
    """The features, and the types of what is decoded."""
    fields = []
    for name in names:
        try:
            fields.append((name, type_of([sample[name] for sample in samples])))
        except ValueError as error:
            raise UnknownSource(file.name, f"the .{name} of the first {len(samples)} samples: {error}") from error
    schema = pa.schema(fields)
    features = features_of(schema)
    for name in names:
        kind = media_kind(name)
        if kind is not None:
            features[name] = {"_type": kind}
    text = {"dtype": "string", "_type": "Value"}
    ends = {KEY: text, URL: text}
    # `datasets` moves them behind the fields when the next sample begins.
    ordered = {**features, **ends} if len(samples) > 1 else {**ends, **features}
    return Features(ordered, features.refused), schema


def _column(file: File, name: str, rows: Sequence[Sample], schema: pa.Schema, is_medium: bool) -> pa.Array:
    values, stored = [], schema.field(name).type
    for row in rows:
        try:
            values.append(conform(row.get(name), stored))
        except ValueError as error:
            problem = f"{row[KEY]}.{name}: {error}, as in the first {_FIRST} samples"
            raise DamagedSource(file.name, problem) from error
    if not is_medium:
        return to_array(values, stored)
    media = [
        None if value is None else {"bytes": value, "path": f"{row[KEY]}.{name}"}
        for row, value in zip(rows, values, strict=True)
    ]
    return to_array(media, _MEDIUM)


def _claims(file: File, head: bytes) -> Claim:
    return Claim.CONTENT if is_tar(head) else Claim.SUFFIX if file.suffix == ".tar" else Claim.NO


WEBDATASET = FileSource(name="webdataset", claims=_claims, open=lambda file, _: open_webdataset(file))
