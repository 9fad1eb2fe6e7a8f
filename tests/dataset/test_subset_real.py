"""Subsets of real files: the first two records of each, or a word on why not."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import datasets
import pytest

from tests.dataset.sources.as_datasets import judge
from tinydata import subset
from tinydata.errors import UnknownSource

HOUSE = Path(__file__).resolve().parents[2]
MEDIA = {".mp3", ".pcm", ".wav", ".opus", ".flac", ".jpg", ".png", ".nii", ".gz", ".pdf", ".mov", ".mp4"}
FEWER = {  # that hold one record
    "hashes.json",
    "sample_image.txt",
    "test_bbox.parquet",
    "dataset_info.json",
    "imagenet-extra.json",
    "imagenet-shards.json",
    "meanwhile.json",
}
FOLDERS = ("hf_viewer_e2e/audios", "hf_viewer_e2e/images", "hf_viewer_e2e/pdfs", "llamafactory", "llava", "img2dataset")


def is_refused(file: Path) -> bool:
    """Single media, notes, and a shard whose members nothing here unpacks."""
    return (file.suffix in MEDIA and not file.name.startswith("test_file.json")) or file.name in (
        "SOURCES.md",
        "mpdata.tar",
    )


@judge
@pytest.mark.skipif(importlib.util.find_spec("msgpack") is not None, reason="then mpdata.tar is no exception")
def test_each_real_file_loads_with_its_first_two_records_or_is_refused_by_name(real, tmp_path):
    for number, file in enumerate(sorted(file for file in (real / "datasets").rglob("*") if file.is_file())):
        out = tmp_path / str(number)
        if is_refused(file):
            with pytest.raises(UnknownSource, match=file.name.replace(".", r"\.")):
                subset(file, out, 2)
            assert not out.exists()
            continue

        made = subset(file, out, 2)

        loaded = datasets.load_dataset(str(made.path), split="train", cache_dir=str(tmp_path / "cache"))
        assert len(loaded) == (1 if file.name in FEWER else 2), file.name


@judge
@pytest.mark.parametrize("folder", FOLDERS)
def test_each_real_folder_loads_with_its_first_two_records_of_each_split(real, tmp_path, folder):
    made = subset(real / "datasets" / folder, tmp_path / "out", 2)

    loaded = datasets.load_dataset(str(made.path), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == dict.fromkeys(loaded, 2)


@pytest.mark.parametrize("template", ["subset-parquet", "subset-tar"])
def test_a_template_works_as_it_lies(tmp_path, template):
    shutil.copytree(HOUSE / "templates" / template, tmp_path / "template")
    spec = importlib.util.spec_from_file_location(
        f"loader_of_{template.replace('-', '_')}", tmp_path / "template/loader.py"
    )
    loader = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loader
    spec.loader.exec_module(loader)

    builder = loader.Subset(cache_dir=str(tmp_path / "cache"))
    builder.download_and_prepare()

    assert builder.as_dataset(split="train")["text"][0].strip() == "A balloon over the hills."
