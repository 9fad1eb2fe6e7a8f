"""Every real file is read as `datasets` reads it, and its seeds hold the same; or it is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets

from tests.dataset.sources.as_datasets import features_of, load, table_of
from tinydata import read_seeds, unpack
from tinydata.dataset.sources import open_source
from tinydata.errors import BadSource
from tinydata.fetch.compressed import inner_name

datasets.disable_progress_bars()

BUILDERS = {
    ".json": "json",
    ".jsonl": "json",
    ".txt": "text",
    ".csv": "csv",
    ".parquet": "parquet",
    ".tar": "webdataset",
}
# Media, which are records in a folder alone; data whose fields the judge itself can read with another library alone.
ALONE = {".mp3", ".mp4", ".wav", ".flac", ".jpg", ".png", ".pdf", ".opus", ".mov", ".nii"}
REFUSED = {
    "mpdata.tar": "needs msgpack",
    "SOURCES.md": "a file of no known sort",
    "test_audio_16000.pcm": "a file of no known sort",
}


def test_every_real_file(real, tmp_path):
    told = {path: tell(path, tmp_path / str(place)) for place, path in enumerate(files(real / "datasets"))}

    assert len(told) > 60
    assert {path.name: problem for path, problem in told.items() if problem} == {}


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def tell(path: Path, scratch: Path) -> str:
    """What is wrong with how a file is read; nothing where all is well."""
    suffix = Path(inner_name(path.name)).suffix
    try:
        unpack(path, scratch)
        records = open_source(path)
        rows = records.take(range(records.count()))
    except BadSource as error:
        alone = "by itself: a folder of such files is a source" if suffix in ALONE else "nothing that it is refused for"
        expected = REFUSED.get(path.name, alone)
        return "" if path.name in str(error) and expected in str(error) and not scratch.exists() else str(error)
    if read_seeds(scratch).table.to_pylist() != rows.slice(0, 10).to_pylist():
        return "other seeds"
    judged = load(BUILDERS[suffix], data_files=str(path))["train"]
    features = features_of(judged)
    # A column that names files beside is more here than the text that it is there; of a tar we do not keep the place.
    same = [
        name for name in features if not (is_medium(records.features[name]) and suffix != ".tar") and name != "__url__"
    ]
    if list(records.features) != list(features) or any(records.features[name] != features[name] for name in same):
        return f"features {dict(records.features)} instead of {features}"
    plain = {name: features[name] for name in same}
    theirs = table_of(judged.select_columns(same), plain).to_pylist()
    return "" if rows.select(same).to_pylist() == theirs else "other rows"


def is_medium(feature: Any) -> bool:
    return any(kind in str(feature) for kind in ("'Image'", "'Audio'", "'Video'", "'Pdf'"))
