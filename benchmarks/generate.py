"""Generation against the approach of the notes: a builder of `datasets` that yields row after row, its pictures as bytes.

    python benchmarks/generate.py [--rival-rows 200000] [--work FOLDER]

Ours writes 1M and 10M unique rows of ten seeds as Parquet; the rival lets `datasets` write the same rows as Arrow, fewer of
them, since each costs the same. Each run has a Python of its own and generates a hundred rows first, so that imports do not
count, on neither side; the last line says what they cost.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Cost, Row, best, empty, fresh, measured, print_table, race

RUNS = 3


def main() -> None:
    """Run both, count, and print the table."""
    parser = argparse.ArgumentParser(description="Generation against a row-by-row builder.")
    parser.add_argument("--rival-rows", type=int, default=200_000)
    parser.add_argument("--work", type=Path, help="a folder for what is generated; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        row_bytes = fresh(make_seeds, work / "seeds")
        rival = best(RUNS, lambda: fresh(run_rival, work / "seeds", given.rival_rows, empty(work / "rival")))
        one = best(RUNS, lambda: fresh(run_ours, work / "seeds", "1M.unique", empty(work / "ours") / "1M"))
        ten = fresh(run_ours, work / "seeds", "10M.unique", empty(work / "ours") / "10M")
        size = sum(file.stat().st_size for file in (work / "ours" / "10M").glob("*.parquet"))
        rows, texts = fresh(count_texts, work / "ours" / "10M")
        words = ["generate", str(work / "seeds"), "10k.unique", "-o", str(work / "10k"), "--overwrite", "--quiet"]
        command, bare = race(
            RUNS, [[sys.executable, "-m", "tinydata", *words], [sys.executable, "-c", "import datasets"]]
        )
    rival_speed, one_speed, ten_speed = given.rival_rows / rival.cpu_s, 1e6 / one.cpu_s, 10e6 / ten.cpu_s
    print(f"ten seeds, {row_bytes:,} bytes a row; rival: {given.rival_rows:,} rows")
    print_table(
        [
            Row(
                "1M unique, rows per CPU second",
                f"{one_speed:,.0f}",
                f"{rival_speed:,.0f}",
                f"{one_speed / rival_speed:.0f}x",
                ">= 60x",
                one_speed >= 60 * rival_speed,
            ),
            Row(
                "10M unique, rows per CPU second",
                f"{ten_speed:,.0f}",
                f"{rival_speed:,.0f}",
                f"{ten_speed / rival_speed:.0f}x",
            ),
            Row("10M unique, seconds", f"{ten.wall_s:.1f}"),
            Row("10M unique, on disk", f"{size / 1e6:.1f} MB", floor="<= 20 MB", held=size <= 20e6),
            Row("1M unique, peak memory", _mega(one), _mega(rival), floor="<= 300 MB", held=one.peak_bytes <= 300e6),
            Row(
                "10M unique, peak memory",
                _mega(ten),
                ratio=f"{ten.peak_bytes / one.peak_bytes:.2f}x of 1M",
                floor="<= 300 MB, flat",
                held=ten.peak_bytes <= min(300e6, 1.1 * one.peak_bytes),
            ),
            Row(
                "10M unique, texts that differ", f"{texts:,} of {rows:,}", floor="all", held=texts == rows == 10_000_000
            ),
            Row(
                "tinydata generate 10k.unique, against import datasets",
                f"{command:.2f} s",
                f"{bare:.2f} s",
                f"{command / bare:.2f}x",
            ),
        ]
    )


def make_seeds(folder: Path) -> int:
    """Unpack ten captioned pictures and shrink them; gives the bytes of a row."""
    import pyarrow as pa
    from datasets import Features, Image, Value
    from pyarrow import parquet

    from tinydata import read_seeds, shrink, unpack
    from tinydata.dataset.drawings import draw_captioned

    features = Features({"image": Image(), "text": Value("string"), "source": Value("string"), "meta": Value("string")})
    rows = [
        {"image": {"bytes": picture}, "text": caption, "source": "drawn", "meta": json.dumps({"number": number})}
        for number, (picture, caption) in enumerate(draw_captioned(10))
    ]
    source = folder.with_suffix(".parquet")
    parquet.write_table(pa.Table.from_pylist(rows, features.arrow_schema), source)
    unpack(source, folder)
    shrink(folder, max_side=32)
    return int(read_seeds(folder).table.nbytes) // 10


def run_ours(seeds: Path, variant: str, out: Path) -> Cost:
    """Generate a variant as a Parquet file."""
    from tinydata import generate_files

    generate_files(seeds, "100.unique", out.with_name("warm-up"), overwrite=True)
    with measured() as cost:
        generate_files(seeds, variant, out)
    return cost


def run_rival(seeds: Path, count: int, out: Path) -> Cost:
    """Let `datasets` write the unique rows that the notes' builder yields."""
    import datasets

    columns = ("image", "text", "source", "meta")

    def read_slot(file: Path) -> Any:
        return file.read_text() if file.suffix == ".txt" else {"bytes": file.read_bytes(), "path": None}

    class Original(datasets.GeneratorBasedBuilder):
        """The notes' builder, but that a row holds its picture instead of a path into a cache."""

        VERSION = datasets.Version("1.0.0")

        def __init__(self, count: int, **words: Any) -> None:
            self.count = count
            super().__init__(**words)

        def _info(self) -> Any:
            features = {column: datasets.Value("string") for column in columns} | {"image": datasets.Image()}
            return datasets.DatasetInfo(features=datasets.Features(features))

        def _split_generators(self, dl_manager: Any) -> list[Any]:  # noqa: ARG002
            return [datasets.SplitGenerator(name="train")]

        def _generate_examples(self) -> Any:
            folders = sorted((path for path in seeds.iterdir() if path.is_dir()), key=lambda path: int(path.name))
            rows = [{column: read_slot(next(path.glob(f"{column}.*"))) for column in columns} for path in folders]
            for i in range(self.count):
                row = rows[i % len(rows)]
                row["text"] = row["text"][: -len(str(i))] + str(i)
                yield i, row

    datasets.disable_progress_bars()
    Original(cache_dir=str(out / "warm-up"), count=100).download_and_prepare()
    builder = Original(cache_dir=str(out), count=count)
    with measured() as cost:
        builder.download_and_prepare()
    return cost


def count_texts(folder: Path) -> tuple[int, int]:
    """Rows in the files, and how many texts among them differ, by a reader that knows nothing of us."""
    import duckdb

    reader = duckdb.connect()
    reader.execute("SET enable_progress_bar = false")
    query = "SELECT count(*), count(DISTINCT text) FROM read_parquet(?)"
    found = reader.execute(query, [f"{folder}/*.parquet"]).fetchone()
    assert found
    return int(found[0]), int(found[1])


def _mega(cost: Cost) -> str:
    return f"{cost.peak_bytes / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
