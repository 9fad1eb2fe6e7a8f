"""Makes the repos of the version matrix, and says what every version of `datasets` has to see in them.

    python -m tests.matrix.make_repos OUT          (in the checkout)

The examples make two of them. OUT/repos/ holds the repos, OUT/expected.json what their Parquet files hold, read by
pyarrow alone.
"""

from __future__ import annotations

import datetime
import gzip
import io
import json
import lzma
import runpy
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from PIL import Image

from tests.matrix.reader import ANY_LENGTH, HEAD, digest, digest_table, kind_of
from tinydata import make_dataset, subset

VARIANTS = ("100.unique", "100.repeat", "1k.unique")

MOMENT = datetime.datetime(2024, 2, 29, 12, 34, 56)
ZONED = MOMENT.replace(tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1, seconds=2)

# Every scalar type that all six versions know. 2.14 cannot build float16; the greatest uint64 overflows where 4.0 streams.
SCALARS: dict[str, tuple[str, Any]] = {
    "flag": ("bool", True),
    "int8": ("int8", -(2**7)),
    "int16": ("int16", -(2**15)),
    "int32": ("int32", -(2**31)),
    "int64": ("int64", -(2**63)),
    "uint8": ("uint8", 2**8 - 1),
    "uint16": ("uint16", 2**16 - 1),
    "uint32": ("uint32", 2**32 - 1),
    "uint64": ("uint64", 2**63 - 1),
    "float32": ("float32", 0.1),
    "float64": ("float64", float("-inf")),
    "text": ("string", "caf\u00e9 \U0001f468\u200d\U0001f469\u200d\U0001f467"),
    "long_text": ("large_string", "\u0645\u0631\u062d\u0628\u0627\r\n"),
    "blob": ("binary", b"\0\xff"),
    "long_blob": ("large_binary", b""),
    "day": ("date32", datetime.date(1969, 7, 20)),
    "day64": ("date64", datetime.date(2024, 2, 29)),
    "time_s": ("time32[s]", datetime.time(1, 2, 3)),
    "time_ms": ("time32[ms]", datetime.time(1, 2, 3, 4000)),
    "time_us": ("time64[us]", datetime.time(1, 2, 3, 4)),
    "time_ns": ("time64[ns]", datetime.time(23, 59, 59, 999_999)),
    "moment_s": ("timestamp[s]", MOMENT),
    "moment_ms": ("timestamp[ms]", MOMENT),
    "moment_us": ("timestamp[us]", MOMENT),
    "moment_ns": ("timestamp[ns]", MOMENT),
    "moment_utc": ("timestamp[us, tz=UTC]", ZONED),
    "moment_tokyo": ("timestamp[s, tz=Asia/Tokyo]", ZONED),
    "wait_s": ("duration[s]", DAY),
    "wait_ms": ("duration[ms]", DAY),
    "wait_us": ("duration[us]", -DAY),
    "wait_ns": ("duration[ns]", DAY),
    "price": ("decimal128(20, 4)", Decimal("-1234.5600")),
    "big_price": ("decimal256(50, 2)", Decimal("123456789012345678901234567890.12")),
    "nothing": ("null", None),
}


def chat(folder: Path) -> Path:
    """Messages, as JSON Lines, with the pictures that they speak of beside."""
    folder.mkdir()
    with (folder / "chat.jsonl").open("w", encoding="utf-8", newline="\n") as lines:
        for row in range(6):
            (folder / f"{row}.png").write_bytes(_picture(row)["bytes"])
            messages = [
                {"role": "user", "content": f"<image> what is in picture {row}?"},
                {"role": "assistant", "content": None if row == 2 else "A dog, \u72d7."},
            ]
            lines.write(json.dumps({"messages": messages, "image": f"{row}.png", "score": row / 2}) + "\n")
    return folder / "chat.jsonl"


def scalars(folder: Path) -> Path:
    """Every scalar type that all versions know, full and null."""
    features = {name: datasets.Value(dtype) for name, (dtype, _) in SCALARS.items()}
    features["label"] = datasets.ClassLabel(names=["cat", "dog"])
    full = {name: value for name, (_, value) in SCALARS.items()} | {"label": 1}
    return _write_parquet(folder, features, [full, dict.fromkeys(full), {**full, "label": 0}])


def splits(folder: Path) -> Path:
    """Train, validation and test, as `save_to_disk` leaves them."""
    datasets.DatasetDict(
        {
            split: datasets.Dataset.from_dict({"text": [f"{split} {row}" for row in range(7)]})
            for split in ("train", "validation", "test")
        }
    ).save_to_disk(str(folder))
    return folder


def table(folder: Path) -> Path:
    """A compressed CSV with class labels, by its card."""
    folder.mkdir()
    (folder / "table.csv.gz").write_bytes(gzip.compress(b"name;kind\nRex;dog\nTom;cat\nNobody;\n"))
    card = {
        "configs": [{"config_name": "pets", "data_files": "*.csv.gz", "sep": ";"}],
        "dataset_info": {
            "config_name": "pets",
            "features": [
                {"name": "name", "dtype": "string"},
                {"name": "kind", "dtype": {"class_label": {"names": {"0": "cat", "1": "dog"}}}},
            ],
        },
    }
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(card)}---\n", encoding="utf-8")
    return folder


def samples(folder: Path) -> Path:
    """A webdataset, compressed."""
    folder.mkdir()
    with tarfile.open(folder / "samples.tar.gz", "w:gz") as tar:
        for row in range(6):
            said = {"title": f"picture {row}", "tags": ["a"] * (row % 3), "size": row / 2}
            for suffix, content in (
                ("png", _picture(row)["bytes"]),
                ("cls", b"%d" % row),
                ("json", json.dumps(said).encode()),
            ):
                _add(tar, f"{row:04}.{suffix}", content)
    return folder / "samples.tar.gz"


def pictures(folder: Path) -> Path:
    """A zip of pictures with metadata."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "pictures.zip", "w") as packed:
        rows = [{"file_name": f"{row}.png", "text": f"picture {row}"} for row in range(6)]
        packed.writestr("metadata.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
        for row in range(6):
            packed.writestr(f"{row}.png", _picture(row)["bytes"])
    return folder / "pictures.zip"


def lines(folder: Path) -> Path:
    """Lines of text, compressed."""
    folder.mkdir()
    (folder / "lines.txt.xz").write_bytes(lzma.compress("red\n\nbl\u00fce\n".encode()))
    return folder / "lines.txt.xz"


def configs(folder: Path) -> Path:
    """Two configs of two splits, with pictures, as a repo of the Hub has them."""
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "picture": datasets.Image(),
            "words": datasets.Sequence(datasets.Value("string")),
        }
    )
    card = ["---", "license: mit", "configs:"]
    for config in ("20231101.de", "en"):
        card += [f"- config_name: {config}", "  data_files:"]
        (folder / config).mkdir(parents=True)
        for split in ("train", "validation"):
            rows = [
                {"text": f"{config} {split} {row}", "picture": _picture(row), "words": ["a"] * row} for row in range(6)
            ]
            path = f"{config}/{split}.parquet"
            datasets.Dataset.from_list(rows, features=features).to_parquet(folder / path)
            card += [f"  - split: {split}", f"    path: {path}"]
    (folder / "README.md").write_text("\n".join([*card, "  default: true", "---", ""]), encoding="utf-8")
    return folder


def corpus(folder: Path) -> Path:
    """JSON Lines in a tarball, as those of oscar and c4."""
    folder.mkdir()
    rows = [{"id": row, "text": f"D\u00f6cument {row}", "meta": {"at": [row]}} for row in range(20)]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    with tarfile.open(folder / "corpus.tar.xz", "w:xz") as tar:
        _add(tar, "corpus/corpus.jsonl", content)
    return folder / "corpus.tar.xz"


def archives(folder: Path) -> Path:
    """Archives of texts in a tarball, as those of openwebtext."""
    folder.mkdir()
    with tarfile.open(folder / "corpus.tar.gz", "w:gz") as tar:
        for part in range(4):
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w:xz") as texts:
                for row in range(5):
                    _add(texts, f"{part}-{row}.txt", f"Text {part}, {row}\r\n\n".encode())
            _add(tar, f"corpus/subset{part:02}_data.xz", inner.getvalue())
    return folder / "corpus.tar.gz"


SUBSETS: dict[str, Callable[[Path], Path]] = {
    f"subset_{source.__name__}": source for source in (scalars, configs, corpus, archives)
}
SOURCES: dict[str, Callable[[Path], Path]] = {
    source.__name__: source for source in (chat, scalars, splits, table, samples, pictures, lines)
}
EXAMPLES = {"general_pmd": None, "cm4": "texts"}  # the text that each of them stamps


def expect(repo: Path, any_length: Path | None) -> dict[str, Any]:
    """Say what a reader has to answer for a repo.

    Args:
        repo: The repo that is read.
        any_length: The same with `ANY_LENGTH` alone: what its loader has to make; None of a subset, which has its rows only.
    """
    configs = {config: {split: _read(files) for split, files in all_of.items()} for config, all_of in _files(repo)}
    columns = {config: {split: seen["columns"] for split, seen in all_of.items()} for config, all_of in configs.items()}
    streamed = {config: {split: seen["head"] for split, seen in s.items()} for config, s in configs.items()}
    everywhere = {
        "configs": configs,
        "default": columns[_default(repo)],
        "command": sorted(configs),
        "streamed": streamed,
    }
    if any_length is None:
        return {**everywhere, "script": dict(columns), "builder": columns, "program": None}
    made = next(
        {split: digest_table(pq.ParquetFile(files[0]).read()) for split, files in all_of.items()}
        for config, all_of in _files(any_length)
        if config == ANY_LENGTH
    )
    script = {config: seen for config, seen in columns.items() if config != _default(repo)}
    return {**everywhere, "script": script, "builder": made, "program": made}


def make(out: Path) -> None:
    """Make every repo, and ``expected.json`` beside them."""
    for name in ("sources", "repos", "lengths"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir(parents=True)
    for name, stamp in EXAMPLES.items():
        made = out / "sources" / name
        shutil.move(runpy.run_path(f"examples/{name}.py")["main"](made), out / "repos" / name)
        make_dataset(made / "data.tar.gz", out / "lengths" / name, variants=(ANY_LENGTH,), stamp=stamp)
    for name, make_source in SOURCES.items():
        source = make_source(out / "sources" / name)
        make_dataset(source, out / "repos" / name, variants=VARIANTS)
        make_dataset(source, out / "lengths" / name, variants=(ANY_LENGTH,))
    make_subsets(out)
    lengths = {place.name: place for place in (out / "lengths").iterdir()}
    expected = {repo.name: expect(repo, lengths.get(repo.name)) for repo in sorted((out / "repos").iterdir())}
    (out / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True), encoding="utf-8")


def make_subsets(out: Path) -> None:
    """Make the repos that are subsets."""
    for name, make_source in SUBSETS.items():
        subset(make_source(out / "sources" / name), out / "repos" / name, 7, shuffle=name == "subset_archives")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _picture(number: int) -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", (8 + number % 5, 6), (number * 37 % 256, 80, 200 - number)).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": f"{number}.png"}


def _write_parquet(folder: Path, features: dict[str, Any], rows: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    schema = datasets.Features(features).arrow_schema
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "source.parquet")
    return folder / "source.parquet"


def _card(repo: Path) -> dict[str, Any]:
    _, front, _ = (repo / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    card: dict[str, Any] = yaml.safe_load(front)
    return card


def _default(repo: Path) -> str:
    return next(config["config_name"] for config in _card(repo)["configs"] if config.get("default"))


def _files(repo: Path) -> Iterator[tuple[str, dict[str, list[Path]]]]:
    for config in _card(repo)["configs"]:
        yield config["config_name"], {part["split"]: sorted(repo.glob(part["path"])) for part in config["data_files"]}


def _read(files: list[Path]) -> dict[str, Any]:
    table = pa.concat_tables(pq.ParquetFile(file).read() for file in files)
    features = datasets.Features.from_arrow_schema(pq.read_schema(files[0]))
    return {
        "rows": len(table),
        "kinds": {name: kind_of(feature) for name, feature in sorted(features.items())},
        "columns": digest_table(table),
        "head": [
            digest({name: _open_pictures(value, features[name]) for name, value in row.items()})
            for row in table.slice(0, HEAD).to_pylist()
        ],
    }


def _open_pictures(value: Any, feature: Any) -> Any:
    if value is None:
        return None
    if isinstance(feature, datasets.Image):
        return Image.open(io.BytesIO(value["bytes"]))
    if isinstance(feature, dict):
        return {name: _open_pictures(inner, feature[name]) for name, inner in value.items()}
    if isinstance(value, list):
        inner = feature[0] if isinstance(feature, list) else feature.feature
        return [_open_pictures(item, inner) for item in value]
    return value


if __name__ == "__main__":
    datasets.disable_progress_bars()
    make(Path(sys.argv[1]))
