"""Ten records picked among 10,000 with pictures, against what pyarrow takes to read these rows once.

    python benchmarks/pick.py [--side 192] [--work FOLDER]

The source is Parquet as `datasets` and as pyarrow write it: pictures of noise, `--side` pixels wide or high, captions, a
class and tags; some slots are null. Before each run the system is made to forget the file. Imports do not count: each
Python picks among a small source first.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from measure import Cost, Row, best, forget, fresh, measured, print_table

RUNS, ROWS, SMALL, FLOOR = 5, 10_000, 200, 3
WORDS = "a the of red ball dog cat kite big small house tree jumps runs over behind été 世界".split()


def main() -> None:
    """Make the sources, run both on each and print the table."""
    parser = argparse.ArgumentParser(description="Ten records picked among 10,000 with pictures.")
    parser.add_argument("--side", type=int, default=192, help="the longer one of the pictures, in pixels")
    parser.add_argument("--work", type=Path, help="a folder for the sources; by default a temporary one")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        fresh(make_source, work / "small.parquet", SMALL, given.side, SMALL)
        for name, group in (("row groups of 1,000, as by datasets", 1_000), ("one row group, as by pyarrow", ROWS)):
            source = work / "rows.parquet"
            row_bytes = fresh(make_source, source, ROWS, given.side, group) // ROWS
            ours = best(RUNS, partial(fresh, pick_ten, work / "small.parquet", source))
            rival = best(RUNS, partial(fresh, read_once, work / "small.parquet", source))
            ratio, floor = ours.wall_s / rival.wall_s, f"<= {FLOOR}x"
            told = f"{name}, {row_bytes / 1000:.1f} kB a row"
            rows.append(Row(told, _ms(ours), _ms(rival), f"{ratio:.1f}x", floor, ratio <= FLOOR))
            cpu = f"{ours.cpu_s:.2f} s", f"{rival.cpu_s:.2f} s", f"{ours.cpu_s / rival.cpu_s:.1f}x"
            rows.append(Row("the same, processor seconds", *cpu))
            rows.append(Row("the same, peak memory", _mb(ours), _mb(rival)))
    print_table(rows)


def make_source(path: Path, count: int, side: int, group: int) -> int:
    """Write the records; gives the bytes of the file."""
    import numpy
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    draw, noise = random.Random(0), numpy.random.default_rng(0)
    pictures = []  # what follows the end of a JPEG nobody reads; it makes each one other bytes
    for number in range(200):
        width, height = draw.choice([(side, side * 3 // 4), (side * 3 // 4, side), (side, side), (side, side // 3)])
        picture = Image.fromarray(noise.integers(0, 255, (height // 6, width // 6, 3), numpy.uint8))
        out = io.BytesIO()
        picture.resize((width, height)).convert("L" if number % 10 == 0 else "RGB").save(out, "JPEG", quality=90)
        pictures.append(out.getvalue())

    def maybe(value: Any) -> Any:
        return None if draw.random() < 0.02 else value

    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    columns = {
        "image": pa.array(
            [
                maybe({"bytes": draw.choice(pictures) + number.to_bytes(4), "path": f"{number}.jpg"})
                for number in range(count)
            ],
            image,
        ),
        "text": [maybe(" ".join(draw.choices(WORDS, k=draw.randint(3, 60)))) for _ in range(count)],
        "label": [draw.randrange(10) for _ in range(count)],
        "tags": [draw.choices(WORDS, k=draw.randint(0, 4)) for _ in range(count)],
    }
    text = {"dtype": "string", "_type": "Value"}
    features = {
        "image": {"_type": "Image"},
        "text": text,
        "label": {"names": [f"class {place}" for place in range(10)], "_type": "ClassLabel"},
        "tags": {"feature": text, "length": -1, "_type": "Sequence"},
    }
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(
        pa.table(columns).replace_schema_metadata(metadata),
        path,
        row_group_size=group,
        write_page_index=group != count,
        use_dictionary=False,  # as `datasets` does for media
    )
    return path.stat().st_size


def pick_ten(small: Path, source: Path) -> Cost:
    """What it costs to pick ten records."""
    from tinydata.dataset.unpack import take
    from tinydata.dataset.wanted import Wanted

    take(small, Wanted(pick=10))
    forget(source)
    with measured() as cost:
        take(source, Wanted(pick=10))
    return cost


def read_once(small: Path, source: Path) -> Cost:
    """What it costs to read all."""
    import pyarrow.parquet as pq

    pq.read_table(small)
    forget(source)
    with measured() as cost:
        pq.read_table(source)
    return cost


def _ms(cost: Cost) -> str:
    return f"{cost.wall_s * 1000:,.0f} ms"


def _mb(cost: Cost) -> str:
    return f"{cost.peak_bytes / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()
