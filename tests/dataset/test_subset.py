"""Subsets: which records they hold, in which order, and what the repo around them is."""

from __future__ import annotations

import json
import subprocess
import sys

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinydata
from tests.helpers import grow
from tinydata import rebuild, subset
from tinydata.dataset.subset.sample import draw
from tinydata.errors import BadCount, BadTarget, TargetExists, UnknownConfig, UnknownSource, UnknownSplit

WORLD = {
    "rows.jsonl": "".join(json.dumps({"text": f"Record {n}", "n": n}) + "\n" for n in range(50)),
    "rows.csv": "text,n\n" + "".join(f"Record {n},{n}\n" for n in range(50)),
    "rows.txt": "".join(f"Record {n}\n" for n in range(50)),
    "rows.json": json.dumps([{"text": f"Record {n}", "n": n} for n in range(50)]),
}


@pytest.fixture
def world(tmp_path):
    """Fifty records, in each sort of file."""
    grow(tmp_path, WORLD)
    rows = datasets.Dataset.from_dict({"text": [f"Record {n}" for n in range(50)], "n": list(range(50))})
    pq.write_table(rows.data.table, tmp_path / "rows.parquet", row_group_size=8)
    with pa.ipc.new_stream(tmp_path / "rows.arrow", rows.data.table.schema) as stream:
        stream.write_table(rows.data.table, max_chunksize=7)
    rows.save_to_disk(tmp_path / "saved")
    (tmp_path / "many").mkdir()
    for part in range(5):
        pq.write_table(rows.data.table.slice(part * 10, 10), tmp_path / f"many/train-{part:05}-of-00005.parquet")
    lines = WORLD["rows.jsonl"].splitlines(keepends=True)
    grow(tmp_path, {f"lines/part-{part}.jsonl": "".join(lines[part * 10 : part * 10 + 10]) for part in range(5)})
    return tmp_path


SOURCES = (*WORLD, "rows.parquet", "rows.arrow", "saved", "many", "lines")


def load(repo, *config, cache):
    return datasets.load_dataset(str(repo), *config, cache_dir=str(cache))


def rows_of(repo):
    (file,) = repo.rglob("train-*.parquet")
    return pq.ParquetFile(file).read().to_pylist()


@pytest.mark.parametrize("source", SOURCES)
def test_the_first_records_are_the_first_in_their_order(world, source):
    made = subset(world / source, world / "out", 23)

    assert [row["text"] for row in rows_of(made.path)] == [f"Record {n}" for n in range(23)]
    assert made.counts == {"default": {"train": 23}}
    assert made.short == ()


@pytest.mark.parametrize(
    ("count", "shuffle", "told"),
    [
        (23, False, "the first 23 records of each split."),
        (23, True, "23 records of each split, drawn at random (seed 0)."),
        (60, False, "the first 60 records of each split, or all where there are fewer."),
        (60, True, "60 records of each split, or all where there are fewer, drawn at random (seed 0)."),
    ],
)
def test_the_card_says_no_more_than_there_is(world, count, shuffle, told):
    made = subset(world / "rows.csv", world / "out", count, shuffle=shuffle)

    assert f"for tests and debugging: {told}" in (made.path / "README.md").read_text()


@pytest.mark.parametrize("source", SOURCES)
def test_a_sample_is_the_same_out_of_each_sort_of_source(world, source):
    made = subset(world / source, world / "out", 23, shuffle=True, rng_seed=7)

    assert [row["text"] for row in rows_of(made.path)] == [f"Record {n}" for n in draw(23, 50, 7)]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_number_larger_than_the_source_takes_all(world, source, shuffle):
    made = subset(world / source, world / "out", "1k", shuffle=shuffle)

    assert sorted(row["text"] for row in rows_of(made.path)) == sorted(f"Record {n}" for n in range(50))
    assert made.short == (("default", "train"),)


def test_a_small_sample_is_the_beginning_of_a_larger_one(world):
    few, many = (subset(world / "many", world / str(count), count, shuffle=True).path for count in (10, 40))

    assert rows_of(few) == rows_of(many)[:10]


@given(st.integers(1, 2_000), st.integers(), st.data())
def test_to_draw_all_is_to_draw_each_once_and_fewer_are_its_beginning(total, rng_seed, data):
    drawn = draw(total, total, rng_seed).tolist()
    count = data.draw(st.integers(0, total))

    assert sorted(drawn) == list(range(total))
    assert draw(count, total, rng_seed).tolist() == drawn[:count]


def test_draws_of_a_hundred_thousand_are_spread_evenly():
    drawn = draw(100_000, 10**12, 1)
    counts = np.histogram(drawn, 100, (0, 10**12))[0]

    assert len(set(drawn.tolist())) == 100_000
    assert 60 < ((counts - 1_000) ** 2 / 1_000).sum() < 150  # 99 degrees of freedom


def test_what_is_drawn_today_is_drawn_for_ever():
    assert draw(6, 1_000_003, 42).tolist() == [791613, 222534, 128731, 439912, 52987, 646044]


def test_configs_splits_columns_and_types_are_those_of_the_source(tmp_path):
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["no", "yes"]),
            "picture": datasets.Image(),
            "turns": datasets.List({"role": datasets.Value("string"), "ids": datasets.List(datasets.Value("int16"))}),
            "box": datasets.Array2D((2, 2), "float32"),
        }
    )
    picture = {"bytes": b"\x89PNG\r\n\x1a\n", "path": "a.png"}
    row = {
        "text": "x",
        "label": 1,
        "picture": picture,
        "turns": [{"role": "user", "ids": [1]}],
        "box": [[1, 2], [3, 4]],
    }
    card = "---\nlicense: mit\nconfigs:\n"
    for config in ("en", "20231101.de"):
        card += f"- config_name: {config}\n  data_files:\n"
        for split in ("train", "extra.1"):
            rows = datasets.Dataset.from_list([{**row, "text": f"{config} {split} {n}"} for n in range(5)], features)
            grow(tmp_path, {f"source/{config}/": ""})
            rows.to_parquet(tmp_path / "source" / config / f"{split}.parquet")
            card += f"  - split: {split}\n    path: {config}/{split}.parquet\n"
        card += "  default: true\n" if config == "en" else ""
    grow(tmp_path, {"source/README.md": f"{card}---\n```\n@misc{{them}}\n```\n"})

    made = subset(tmp_path / "source", tmp_path / "out", 2)

    for config in ((), ("en",), ("20231101.de",)):
        large = load(tmp_path / "source", *config, cache=tmp_path / "cache")
        small = load(made.path, *config, cache=tmp_path / "cache")
        assert list(small) == list(large)
        for split in large:
            assert small[split].features == large[split].features
            raw = [rows.with_format("arrow")[:2].to_pylist() for rows in (small[split], large[split])]
            assert raw[0] == raw[1]
    text = (made.path / "README.md").read_text()
    assert "license: mit" in text
    assert "@misc{them}" in text
    assert made.default == "en"


def test_one_config_and_one_split_can_be_named(world, tmp_path):
    rows = datasets.load_from_disk(world / "saved")
    datasets.DatasetDict(train=rows, test=rows).save_to_disk(world / "both")

    made = subset(world / "both", world / "out", 3, split="test")

    assert list(load(made.path, cache=tmp_path / "cache")) == ["test"]
    with pytest.raises(UnknownSplit):
        subset(world / "both", world / "none", 3, split="dev")
    with pytest.raises(UnknownConfig):
        subset(world / "rows.jsonl", world / "none", 3, config="en")


def test_a_second_run_makes_the_same_bytes(world):
    paths = [subset(world / "many", world / where / "out", 20, shuffle=True, home=world).path for where in "ab"]

    files = [{file.name: file.read_bytes() for file in path.rglob("*") if file.is_file()} for path in paths]
    assert files[0] == files[1]


@pytest.mark.parametrize("words", [{}, {"shuffle": True, "rng_seed": 3}, {"split": "train"}])
def test_a_recipe_is_repeated_byte_for_byte(world, words):
    made = subset(world / "rows.parquet", world / "out", "20", **words)

    assert rebuild(made.path).differences == ()


def test_check_finds_no_fault_and_datasets_tests_it(world):
    made = subset(world / "rows.parquet", world / "out", 20)

    findings = tinydata.check(made.path)

    assert [finding.fact for finding in findings if finding.problem] == []
    assert any("datasets-cli test" in finding.fact and "passes" in finding.fact for finding in findings)


def test_the_builder_in_the_repo_makes_the_same_rows_without_tinydata(world):
    made = subset(world / "rows.parquet", world / "out", 20)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['tinydata'] = None\n"
        "from loader import Subset\n"
        "builder = Subset(cache_dir=sys.argv[2])\n"
        "builder.download_and_prepare()\n"
        "print(builder.as_dataset(split='train')['n'][:])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, made.path, world / "cache"], check=True, capture_output=True, text=True
    )

    assert json.loads(done.stdout) == list(range(20))


def test_row_groups_are_of_ten_thousand_and_pages_are_indexed(tmp_path):
    pq.write_table(pa.table({"n": range(25_000)}), tmp_path / "rows.parquet")

    made = subset(tmp_path / "rows.parquet", tmp_path / "out", "21k")

    (file,) = made.path.rglob("*.parquet")
    about = pq.read_metadata(file)
    assert [about.row_group(at).num_rows for at in range(about.num_row_groups)] == [10_000, 10_000, 1_000]
    assert about.row_group(0).column(0).has_offset_index


@pytest.mark.parametrize("count", [0, -1, "0", "10x", "", "1.5", "ten", "1e3", 2.5, "0.0001k"])
def test_what_is_no_number_of_records_is_refused(world, count):
    with pytest.raises(BadCount, match="not a number above 0"):
        subset(world / "rows.jsonl", world / "out", count)

    assert not (world / "out").exists()


def test_an_existing_target_is_left_alone(world):
    grow(world, {"out/mine.txt": "mine"})

    with pytest.raises(TargetExists):
        subset(world / "rows.jsonl", world / "out", 3)

    assert [file.name for file in (world / "out").iterdir()] == ["mine.txt"]


def test_a_target_that_could_not_work_is_refused(world):
    for target in (world / "loader", world / "saved"):
        with pytest.raises(BadTarget):
            subset(world / "saved", target, 3, overwrite=True)


def test_what_holds_no_records_is_refused(tmp_path):
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), tmp_path / "none.parquet")

    with pytest.raises(UnknownSource, match="holds no records"):
        subset(tmp_path / "none.parquet", tmp_path / "out", 3)

    assert not (tmp_path / "out").exists()
