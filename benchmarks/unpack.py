"""Ten records out of a small and a big local source, against what `datasets` takes to hand out the same ten.

    python benchmarks/unpack.py [--rows 1000000] [--side 32] [--work FOLDER]

The sources are pictures of noise, `--side` pixels wide, with captions: 32 gives about 1 KB a record, 64 about 3 KB. At its
height the work folder holds six times the big source. Before each run the system is made to forget the files that are read.
Imports count where the table says so, and else not: then each Python unpacks the small source first.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from measure import Cost, Row, best, empty, forget, fresh, measured, print_table, race

RUNS = 5
SMALL = 1_000
BARE = "import pyarrow.parquet"
SOURCES = {  # name -> file or folder, and how `datasets` reads it
    "parquet, by datasets": ("datasets.parquet", "load_dataset"),
    "parquet, by pyarrow": ("pyarrow.parquet", "load_dataset"),
    "arrow": ("rows.arrow", "load_dataset"),
    "save_to_disk": ("saved", "load_from_disk"),
}


def main() -> None:
    """Make the sources, run both on each and print the table."""
    parser = argparse.ArgumentParser(description="Ten records out of a big source.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="records of the big source")
    parser.add_argument("--side", type=int, default=32, help="of the pictures, in pixels")
    parser.add_argument("--work", type=Path, help="a folder for the sources; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        small, big = work / "small", work / "big"
        fresh(make_sources, empty(small), SMALL, given.side)
        row_bytes = fresh(make_sources, empty(big), given.rows, given.side) // given.rows
        print(f"{given.rows:,} and {SMALL:,} records of {row_bytes:,} bytes; ids 0-9, and ten at random")
        rows = []
        for name, (file, way) in SOURCES.items():
            rows += compare(name, small / file, big / file, way, given.rows, work)
        print_table(rows)


def compare(name: str, small: Path, big: Path, way: str, count: int, work: Path) -> list[Row]:
    """The rows of the table about one sort of source."""
    draw = random.Random(0)
    first, drawn, drawn_small = range(10), sorted(draw.sample(range(count), 10)), sorted(draw.sample(range(SMALL), 10))
    ours = partial(best, RUNS)
    rows, rival = [], Cost()
    for label, ids, small_ids in (("0-9", first, first), ("random", drawn, drawn_small)):
        figure = f"{name}, {label}"
        if way == "load_from_disk" or not rows:  # load_dataset reads all there is, whichever records are asked for
            rival = best(2, lambda ids=ids: fresh(run_rival, way, big, small, ids, empty(work / "cache")))
        one = ours(lambda ids=ids: fresh(run_ours, big, small, ids, empty(work / "out")))
        few = ours(lambda ids=small_ids: fresh(run_ours, small, small, ids, empty(work / "out")))
        commands = [_unpack(big, ids, work), _unpack(small, small_ids, work), [sys.executable, "-c", BARE]]
        whole, whole_few, bare = race(RUNS, commands, before=lambda: (forget(big), forget(small)))
        rows += [
            _faster(figure, one.wall_s, rival.wall_s, way, 20),
            # Ten records at random lie in ten places of the big source, and in one of the small one.
            _no_dearer(figure, one.wall_s, few.wall_s, "small source", 2 if ids == first else None),
            _no_dearer(f"{figure}, whole process", whole, whole_few, "small source", 2),
        ]
        if ids == first:
            start = time.perf_counter()
            fresh(run_rival, way, big, None, first, empty(work / "cache"))
            rows += [
                _faster(f"{figure}, whole process", whole, time.perf_counter() - start, way),
                _no_dearer(f"{figure}, whole process", whole, bare, BARE, 3),
            ]
    return rows


def make_sources(folder: Path, count: int, side: int) -> int:
    """Write the same captioned pictures in each form; gives the bytes of all as Arrow."""
    from io import BytesIO

    import pyarrow as pa
    from datasets import Dataset, Features, Image, Value, disable_progress_bars
    from PIL import Image as Pillow
    from pyarrow import parquet

    def draw() -> dict[str, Any]:
        out = BytesIO()
        Pillow.merge("RGB", [Pillow.effect_noise((side, side), 100)] * 3).save(out, "JPEG", quality=60)
        return {"bytes": out.getvalue(), "path": None}

    disable_progress_bars()
    features = Features({"image": Image(), "text": Value("string"), "source": Value("string"), "meta": Value("string")})
    schema, choose = features.arrow_schema, random.Random(0)
    # More than a dictionary page holds, so that Parquet writes each picture out.
    pictures = pa.array([draw() for _ in range(5_000)], schema.field("image").type)
    arrow = folder / "rows.arrow"
    with pa.ipc.new_stream(arrow, schema) as stream:
        for start in range(0, count, 1_000):
            numbers = range(start, min(start + 1_000, count))
            columns = [
                pictures.take(pa.array([choose.randrange(len(pictures)) for _ in numbers])),
                pa.array(
                    [f"Noise, and nothing else; of {count:,} pictures the one numbered {number}." for number in numbers]
                ),
                pa.array(["drawn"] * len(numbers)),
                pa.array([json.dumps({"number": number}) for number in numbers]),
            ]
            stream.write_batch(pa.record_batch(columns, schema=schema))
    rows = Dataset.from_file(str(arrow))
    rows.to_parquet(folder / "datasets.parquet")
    rows.save_to_disk(folder / "saved")
    # In row groups of pyarrow's own million rows `datasets` could not read pictures of 3 KB: one holds more than 2 GB.
    parquet.write_table(rows.data.table, folder / "pyarrow.parquet", row_group_size=100_000)
    return arrow.stat().st_size


def run_ours(source: Path, small: Path, ids: Sequence[int], out: Path) -> Cost:
    """Unpack records, not for the first time."""
    from tinydata import unpack

    unpack(small, out / "warm-up", ids="0")
    forget(source)
    with measured() as cost:
        unpack(source, out / "seeds", ids=ids)
    return cost


def run_rival(way: str, source: Path, small: Path | None, ids: Sequence[int], cache: Path) -> Cost:
    """Have `datasets` hand out records; not for the first time where a small source is given."""
    import datasets

    def read(path: Path, ids: Sequence[int]) -> list[dict[str, Any]]:
        if way == "load_from_disk":
            rows = datasets.load_from_disk(str(path))
        else:
            form = path.suffix.lstrip(".")
            rows = datasets.load_dataset(form, data_files=str(path), split="train", cache_dir=str(cache))
        return [rows[number] for number in ids]

    datasets.disable_progress_bars()
    if small is not None:
        read(small, [0])
    forget(source)
    with measured() as cost:
        read(source, ids)
    return cost


def _unpack(source: Path, ids: Sequence[int], work: Path) -> list[str]:
    words = [
        "unpack",
        str(source),
        "--ids",
        ",".join(map(str, ids)),
        "-o",
        str(work / "seeds"),
        "--overwrite",
        "--quiet",
    ]
    return [sys.executable, "-m", "tinydata", *words]


def _faster(figure: str, ours: float, rival: float, way: str, floor: int | None = None) -> Row:
    held = rival >= floor * ours if floor else None
    return Row(
        figure, _ms(ours), f"{way} {_ms(rival)}", f"{rival / ours:.0f}x faster", f">= {floor}x" if floor else "", held
    )


def _no_dearer(figure: str, ours: float, other: float, name: str, floor: int | None) -> Row:
    held = ours <= floor * other if floor else None
    return Row(figure, _ms(ours), f"{name} {_ms(other)}", f"{ours / other:.1f}x", f"<= {floor}x" if floor else "", held)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds >= 0.02 else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
