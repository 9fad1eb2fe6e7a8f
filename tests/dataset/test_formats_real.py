"""Seeds of real files, written in each format, come back from its usual reader; or a column is refused by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest

from tests.dataset.test_formats import judge, load, values_of
from tinydata import generate, generate_files, read_seeds, unpack
from tinydata.dataset.formats import FORMATS
from tinydata.errors import UnfitFormat

SOURCES = [
    "hf_datasets_io/test_file.json.gz",
    "hf_viewer_e2e/audios",
    "hf_viewer_e2e/images",
    "hf_viewer_e2e/pdfs",
    "img2dataset/test_bbox.parquet",
    "llamafactory/alpaca_en_demo.json",
    "llamafactory/mllm_video_audio_demo.json",
    "llamafactory/reason_tool_use_demo_50.jsonl",
    "llamafactory/v1_multimodal_demo.jsonl",
    "llamafactory/wiki_demo.txt",
    "llava/coco2014_val_gpt4_qa_30x3.jsonl",
    "webdataset/compressed.tar",
    "webdataset/sample.tgz",
]
PLACES = ["__key__", "__url__"]


@judge
@pytest.mark.parametrize("source", SOURCES)
def test_what_a_format_gives_back_of_real_records_is_what_went_in(real, tmp_path, source):
    seeds = unpack(real / "datasets" / source, tmp_path / "seeds", max_chars=2_000).path
    expected = pa.Table.from_batches(list(generate(seeds, "12.repeat")))
    features, written, refused = read_seeds(seeds).features, [], []
    for format in FORMATS:
        out = tmp_path / format
        try:
            generate_files(seeds, "12.repeat", out, format=format)
            written.append(format)
        except UnfitFormat as error:
            refused.append(error.column)
            assert not out.exists()

    assert {"parquet", "arrow", "jsonl"} <= set(written)
    assert set(refused) <= {None, *features}
    if "Audio" in str(features) and not find_spec("torchcodec"):  # by which `datasets` writes them into its cache
        written = [format for format in written if format not in ("audiofolder", "webdataset")]
    for format in written:
        loaded, names = load(tmp_path / format, Path(tmp_path, "cache", format)), list(features)
        if format == "webdataset":  # its samples have a key and a place of their own
            names = [name for name in names if name not in PLACES]
            loaded = loaded.drop_columns(PLACES).rename_columns(names)
        for name in names:
            back, given = (
                values_of(rows.column(name), features[name], tmp_path / format) for rows in (loaded, expected)
            )
            assert back == given, (format, name)
