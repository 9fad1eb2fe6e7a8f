"""Subsets of a tarball against `tar | head`, and a sample of Parquet files against `datasets`.

    python benchmarks/subset.py [--rows 10000000] [--work FOLDER]

The tarball holds 60,000 documents of words at random, as JSON Lines, 40 MB packed; that of archives holds as many texts, 1,000
in each. The Parquet files are a hundred, with rows of 900 bytes out of ten records: of 10
million `datasets` makes a cache of 9 GB. Each measurement is a Python of its own; imports do not count,
since each takes a subset of a tiny source first.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import Cost, Row, best, empty, forget, fresh, measured, print_table

HOUSE = Path(__file__).resolve().parents[1]
DOCUMENTS, WORDS = 60_000, 330
RUNS = 3


def main() -> None:
    """Make the sources, run both on each and print the table."""
    parser = argparse.ArgumentParser(description="Subsets of a tarball and of Parquet files.")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the Parquet files")
    parser.add_argument("--work", type=Path, help="a folder for the sources; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        print_table([*of_tarballs(work), *of_parquet(work, given.rows)])


def of_tarballs(work: Path) -> list[Row]:
    """The rows of the table about tarballs."""
    tiny, lines, nested = work / "tiny.tar.xz", work / "lines.tar.xz", work / "nested.tar.xz"
    write_lines(tiny, 20)
    write_lines(lines, DOCUMENTS)
    write_nested(nested, DOCUMENTS)
    rows = []
    for name, source in (("JSON Lines", lines), ("archives of texts", nested)):
        size = source.stat().st_size
        figure = f"{name}, first 10k of {size / 1e6:.0f} MB"
        costs, others, read = [], [], 0
        for _ in range(RUNS):  # in turns, so that all meet the same weather
            cost, read = fresh(run_archive, source, tiny, 10_000, empty(work / "out"))
            costs.append(cost.wall_s)
            others += [head(source, 10_000, work).wall_s] if source == lines else []
        share = read / size
        rows.append(Row(f"{figure}, read", f"{read / 1e6:.1f} MB", "", f"{share:.1%}", "< 20 %", share < 0.2))
        ours = f"{min(costs):.2f} s"
        if others:
            ratio = min(costs) / min(others)
            rival = f"tar, head, xz -1: {min(others):.2f} s"
            rows.append(Row(figure, ours, rival, f"{ratio:.2f}x", "<= 1.3x", ratio <= 1.3))
        else:
            rows.append(Row(figure, ours))
        first = best(RUNS, lambda source=source: fresh(run_archive, source, tiny, 100, empty(work / "out"))[0])
        rows.append(Row(f"{name}, first 100", f"{first.wall_s:.2f} s", "", "", "<= 0.5 s", first.wall_s <= 0.5))
    return rows


def of_parquet(work: Path, count: int) -> list[Row]:
    """The rows of the table about Parquet files."""
    files = work / "files"
    fresh(write_parquet, empty(files), count)
    warm = work / "warm"
    fresh(write_parquet, empty(warm), 1_000)
    ours = fresh(run_sample, files, warm, empty(work / "out"))
    forget(files)
    other = fresh(run_datasets, files, warm, empty(work / "cache"))
    name = f"10k of {count / 1e6:.0f}M rows at random"
    return [
        Row(
            f"{name}, processor",
            f"{ours.cpu_s:.1f} s",
            f"datasets: {other.cpu_s:.1f} s",
            f"{other.cpu_s / ours.cpu_s:.1f}x less",
            ">= 5x",
            other.cpu_s >= 5 * ours.cpu_s,
        ),
        Row(f"{name}, clock", f"{ours.wall_s:.1f} s", f"datasets: {other.wall_s:.1f} s"),
        Row(
            f"{name}, memory",
            f"{ours.peak_bytes / 1e6:.0f} MB",
            f"datasets: {other.peak_bytes / 1e6:.0f} MB",
            "",
            "< 500 MB",
            ours.peak_bytes < 500e6,
        ),
    ]


def documents(count: int) -> Iterator[str]:
    """Texts of words at random, those of the project's own guides, some far more frequent than others."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((HOUSE / "docs").glob("*.md")))
    words = sorted(set(re.findall(r"[A-Za-z]+", text)))
    choose = random.Random(0)
    choose.shuffle(words)
    weights = [1 / (place + 10) for place in range(len(words))]
    for _ in range(count):
        yield " ".join(choose.choices(words, weights, k=WORDS))


def write_lines(path: Path, count: int) -> None:
    """A tarball of one file of JSON Lines."""
    content = "".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(documents(count))).encode()
    with tarfile.open(path, "w:xz", preset=1) as tar:
        _add(tar, "corpus/corpus.jsonl", content)


def write_nested(path: Path, count: int) -> None:
    """A tarball of tarballs of texts."""
    texts = documents(count)
    with tarfile.open(path, "w:xz", preset=0) as tar:
        for part in range(count // 1_000):
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w:xz", preset=1) as subset:
                for at in range(1_000):
                    _add(subset, f"{part:04}-{at:04}.txt", next(texts).encode())
            _add(tar, f"corpus/subset{part:02}_data.xz", inner.getvalue())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def write_parquet(folder: Path, count: int) -> None:
    """A hundred files of rows out of ten records, each with a picture and a text of its own number, as `tinydata generate` writes them."""
    import pyarrow as pa
    from pyarrow import parquet

    from tinydata import generate_files, unpack

    draw = random.Random(0)
    pictures = [{"bytes": b"\x89PNG\r\n\x1a\n" + draw.randbytes(692), "path": None} for _ in range(10)]
    texts = [text[:212] for text in documents(10)]
    parquet.write_table(pa.table({"image": pictures, "text": texts, "source": ["drawn"] * 10}), folder / "ten.parquet")
    unpack(folder / "ten.parquet", folder / "seeds", ids="0-9")
    generate_files(folder / "seeds", f"{count}.unique", folder / "rows", shards=100)


def run_archive(source: Path, tiny: Path, count: int, out: Path) -> tuple[Cost, int]:
    """A subset of a tarball, and the bytes of it that were read."""
    from tinydata import subset

    subset(tiny, out / "tiny", 10)
    with measured() as cost:
        made = subset(source, out / "small", count)
    return cost, made.read_bytes or 0


def head(source: Path, count: int, work: Path) -> Cost:
    """What one would type: the first lines, packed again as fast as ours."""
    out = empty(work / "head")
    name = shutil.which("tar") or "tar"
    with measured() as cost:
        subprocess.run(
            f"{name} -xOJf '{source}' | head -n {count} > corpus.jsonl && {name} -cf - corpus.jsonl | xz -1 -T1 > small.tar.xz",
            shell=True,
            cwd=out,
            check=True,
        )
    return cost


def run_sample(files: Path, warm: Path, out: Path) -> Cost:
    """Our sample."""
    from tinydata import subset

    subset(warm / "rows", out / "warm", 10, shuffle=True)
    with measured() as cost:
        subset(files / "rows", out / "sample", 10_000, shuffle=True)
    return cost


def run_datasets(files: Path, warm: Path, cache: Path) -> Cost:
    """That of `datasets`."""
    import datasets

    def sample(folder: Path, count: int) -> Any:
        rows = datasets.load_dataset(
            "parquet", data_files=f"{folder}/rows/*.parquet", split="train", cache_dir=str(cache)
        )
        return rows.shuffle(seed=0).select(range(count)).to_parquet(str(cache / "sample.parquet"))

    datasets.disable_progress_bars()
    sample(warm, 10)
    with measured() as cost:
        sample(files, 10_000)
    return cost


if __name__ == "__main__":
    main()
