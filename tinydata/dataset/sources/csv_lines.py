"""The lines that the rows of a CSV lie on, by the standard library: pandas does not tell them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice, pairwise

from tinydata.errors import DamagedSource
from tinydata.fetch import File


class CsvLines:
    """Where rows begin, counted from line 1; blank lines are no rows.

    Args:
        file: The file.
        separator: Between two fields, one character; None where the standard library does not read the file as pandas does, so that no
            line is known.
    """

    def __init__(self, file: File, separator: str | None) -> None:
        self._file, self._separator = file, separator

    def of(self, row: int) -> int | None:
        """The line on which a row begins; None where it is not known."""
        return next(islice(self._rows(), row, None), (None, []))[0]

    def rows_before(self, line: int) -> int:
        """How many rows end before a line."""
        return sum(following <= line for (_, _), (following, _) in pairwise(self._rows()))

    def check_header(self) -> None:
        """See to it that names differ, and that the first row has no more fields than there are names.

        Raises:
            DamagedSource: It is not so.
        """
        records = self._records()
        line, names = next(records, (1, []))
        twice = {name for name in names if name and names.count(name) > 1}
        if twice:
            raise DamagedSource(self._file.name, f"two columns are called {min(twice)!r}", line)
        line, fields = next(records, (1, []))
        if len(fields) > len(names):  # pandas would take the first of them for a name of the row
            raise DamagedSource(self._file.name, f"{len(fields)} fields, not {len(names)}", line)

    def long_row(self) -> int | None:
        """The first row that has more fields than there are names."""
        _, names = next(self._records(), (1, []))
        return next((line for line, fields in self._rows() if len(fields) > len(names)), None)

    def last_row(self) -> int | None:
        """The last row."""
        return max((line for line, _ in self._records()), default=None)

    def undecoded(self) -> int | None:
        """The first line that is not UTF-8."""
        with self._file.open() as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return number
        return None

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        return islice(self._records(), 1, None)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """The first line and the fields of each row, the header too."""
        if self._separator is None:
            return
        with io.TextIOWrapper(self._file.open(), "utf-8-sig", "replace", newline="") as text:
            reader = csv.reader(text, delimiter=self._separator)
            line = 1
            try:
                for fields in reader:
                    if fields and not (len(fields) == 1 and fields[0].isspace()):
                        yield line, fields
                    line = reader.line_num + 1
            except csv.Error:  # a field of more than it takes; pandas takes it
                return
