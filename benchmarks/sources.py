"""Ten records out of a compressed file, a tar and a folder of files, against a bare reader that stops at the same record.

    python benchmarks/sources.py [--lines 1000000] [--members 100000] [--files 200] [--work FOLDER]

Seconds, and bytes read, of ten records drawn at random and of the first ten. The bare readers write nothing; ours opens the
source, as `unpack` does, and takes the records. Imports do not count. Before each run the system is made to forget the files.

The types of JSON lines are those that `datasets` tells from the first 10 MB: a later line of these may bring a new column, or
make whole numbers fractions. So what is read of the first ten lines is 10 MB, by us and by whoever is to know their types; their
rival is pyarrow over the same lines. Ten lines drawn at random lie beyond, and there the rival keeps no types at all.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measure import Cost, Row, best, forget, fresh, measured, print_table

RUNS = 9
FLOOR = 1.3


@dataclass
class Read(Cost):
    """What reading cost.

    Args:
        read_bytes: Bytes that the process read from files.
    """

    read_bytes: int = 0


def main() -> None:
    """Make the sources, read each both ways and print the table."""
    parser = argparse.ArgumentParser(description="Ten records out of many, and of many files.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the .jsonl.gz")
    parser.add_argument("--members", type=int, default=100_000, help="of the tar; two make a record")
    parser.add_argument("--files", type=int, default=200, help="of the folder; each has 20,000 records")
    parser.add_argument("--work", type=Path, help="a folder for the sources; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work, rows = Path(scratch), []
        for name, rival, size, count in (
            (f"{given.lines:,} lines of .jsonl.gz", "gzip and json", given.lines, given.lines),
            (f"tar of {given.members:,} members", "tarfile", given.members, given.members // 2),
            (f"folder of {given.files} Parquet files", "pyarrow", given.files, given.files * 20_000),
        ):
            make, bare = BARE[rival]
            big, small = (fresh(make, work / f"{make.__name__}-{many}", many) for many in (size, 4))
            drawn = sorted(random.Random(0).sample(range(count), 10))
            rows += compare(f"{name}, drawn", rival, bare, big, small, drawn)
            if bare is run_lines:
                bare, rival = run_types, "gzip and pyarrow"
            rows += compare(f"{name}, 0-9", rival, bare, big, small, range(10))
        print_table(rows)


def compare(figure: str, name: str, bare: Callable[..., Any], big: Path, small: Path, ids: Sequence[int]) -> list[Row]:
    """The rows of the table about one source."""
    ours, rival = (best(RUNS, partial(fresh, run, big, small, ids)) for run in (run_ours, bare))
    return [
        _row(f"{figure}, seconds", ours.wall_s, rival.wall_s, name, lambda value: f"{value * 1000:,.1f} ms"),
        _row(f"{figure}, bytes read", ours.read_bytes, rival.read_bytes, name, lambda value: f"{value / 1e6:,.2f} MB"),
    ]


def make_lines(place: Path, count: int) -> Path:
    """A file of JSON objects, compressed."""
    import gzip

    choose = random.Random(0)
    place.mkdir()
    with gzip.open(place / "x.jsonl.gz", "wt", compresslevel=6) as file:
        for number in range(max(count, 10)):
            row = {"id": number, "text": f"{choose.random()} of {choose.random()}", "score": choose.random()}
            file.write(json.dumps(row) + "\n")
    return place / "x.jsonl.gz"


def make_tar(place: Path, count: int) -> Path:
    """A webdataset of pictures and captions."""
    import io
    import tarfile

    choose = random.Random(0)
    place.mkdir()
    with tarfile.open(place / "x.tar", "w") as tar:
        for number in range(max(count // 2, 10)):
            for suffix, content in (("jpg", choose.randbytes(3_000)), ("txt", b"A picture of noise.")):
                member = tarfile.TarInfo(f"{number:07}.{suffix}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return place / "x.tar"


def make_folder(place: Path, count: int) -> Path:
    """A folder of Parquet files, as `datasets` writes shards."""
    import pyarrow as pa
    from pyarrow import parquet

    choose = random.Random(0)
    (place / "data").mkdir(parents=True)
    texts = [f"{choose.random()} of {choose.random()}" for _ in range(20_000)]
    for number in range(count):
        table = pa.table({"id": range(number * 20_000, number * 20_000 + 20_000), "text": texts})
        parquet.write_table(table, place / "data" / f"train-{number:05}-of-{count:05}.parquet", write_page_index=True)
    return place


def run_ours(source: Path, small: Path, ids: Sequence[int]) -> Read:
    """Open a source and take records, not for the first time."""
    from tinydata.dataset.sources import open_source

    open_source(small).take(range(10))
    return _measured(source, lambda: open_source(source).take(ids))


def run_lines(source: Path, small: Path, ids: Sequence[int]) -> Read:
    """Decompress and part lines by the standard library, up to the last that is wanted."""
    import gzip

    def read(path: Path, ids: Sequence[int]) -> list[Any]:
        wanted, found = set(ids), []
        with gzip.open(path) as file:
            for number, line in enumerate(file):
                if number in wanted:
                    found.append(json.loads(line))
                    if number == ids[-1]:
                        break
        return found

    read(small, range(10))
    return _measured(source, lambda: read(source, ids))


def run_types(source: Path, small: Path, ids: Sequence[int]) -> Read:
    """Have pyarrow tell the types of the first 10 MB, as `datasets` does, and take the first records of these."""
    import gzip
    import io

    from pyarrow import json as arrow_json

    def read(path: Path) -> Any:
        with gzip.open(path) as file:
            return arrow_json.read_json(io.BytesIO(file.read(10 << 20) + file.readline())).take(list(ids))

    read(small)
    return _measured(source, lambda: read(source))


def run_tar(source: Path, small: Path, ids: Sequence[int]) -> Read:
    """Go through the members by tarfile, up to the last that is wanted."""
    import tarfile

    def read(path: Path, ids: Sequence[int]) -> list[bytes]:
        wanted, found = set(ids), []
        with tarfile.open(path) as tar:
            for number, member in enumerate(tar):
                if number // 2 in wanted:
                    content = tar.extractfile(member)
                    found.append(content.read() if content else b"")
                    if number == 2 * ids[-1] + 1:
                        break
        return found

    read(small, range(10))
    return _measured(source, lambda: read(source, ids))


def run_folder(source: Path, small: Path, ids: Sequence[int]) -> Read:
    """Read, by pyarrow, the row groups that hold the rows, file after file."""
    from pyarrow import parquet

    def read(path: Path, ids: Sequence[int]) -> list[Any]:
        start, left, found = 0, list(ids), []
        for file in sorted(path.rglob("*.parquet")):
            with parquet.ParquetFile(file) as opened:
                for group in range(opened.num_row_groups):
                    end = start + opened.metadata.row_group(group).num_rows
                    here = [row - start for row in left if row < end]
                    if here:
                        found.append(opened.read_row_group(group).take(here))
                        left = left[len(here) :]
                    start = end
            if not left:
                break
        return found

    read(small, range(10))
    return _measured(source, lambda: read(source, ids))


BARE = {"gzip and json": (make_lines, run_lines), "tarfile": (make_tar, run_tar), "pyarrow": (make_folder, run_folder)}


def _measured(source: Path, read: Callable[[], object]) -> Read:
    forget(source)
    before = _read_bytes()
    with measured() as cost:
        read()
    return Read(cost.wall_s, cost.cpu_s, cost.peak_bytes, _read_bytes() - before)


def _read_bytes() -> int:
    """What the process has read since it began, out of the memory of the system too."""
    said = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(said["rchar"])


def _row(figure: str, ours: float, rival: float, name: str, spell: Callable[[float], str]) -> Row:
    ratio = ours / rival
    return Row(figure, spell(ours), f"{name} {spell(rival)}", f"{ratio:.2f}x", f"<= {FLOOR}x", ratio <= FLOOR)


if __name__ == "__main__":
    main()
