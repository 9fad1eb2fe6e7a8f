"""Generate: any number of rows, whatever reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import grow
from tinydata import generate, generate_files, pack, read_seeds
from tinydata.dataset.generate import parse_variant
from tinydata.errors import BadSize, BadStamp, BadVariant, NothingToStamp

TEXT = {"dtype": "string", "_type": "Value"}
FEATURES = {
    "image": {"_type": "Image"},
    "text": TEXT,
    "messages": [{"role": TEXT, "content": TEXT}],
    "when": {"dtype": "timestamp[ns, tz=Europe/Paris]", "_type": "Value"},
    "took": {"dtype": "duration[ms]", "_type": "Value"},
}
SEED = {
    "image.png": b"\x89PNG\r\n\x1a\nnot really",
    "messages.json": json.dumps([{"role": "user", "content": "Hi there"}]),
    "when.txt": "2024-02-29T12:30:00.000000001Z",
    "took.txt": "1500",
}


@pytest.fixture
def seeds(tmp_path):
    """Three seeds; the second has neither picture nor text."""
    world = {f"{number}/{name}": content for number in (3, 7, 20) for name, content in SEED.items()}
    world |= {
        "3/text.txt": "The first of three, 20 years old",
        "20/text.txt": "Short 20",
        "7/text.null": "",
        "7/image.null": "",
    }
    del world["7/image.png"]
    return grow(tmp_path / "seeds", {"dataset_info.json": json.dumps({"features": FEATURES}), **world})


def rows_of(batches) -> list[dict]:
    return pa.Table.from_batches(list(batches)).to_pylist()


def test_repeat_is_the_seeds_over_and_over(seeds):
    records = read_seeds(seeds).table.to_pylist()

    assert rows_of(generate(seeds, "100.repeat")) == [records[row % 3] for row in range(100)]


def test_unique_rows_have_their_number_at_the_end_of_their_text(seeds):
    texts = [row["text"] for row in rows_of(generate(seeds, "1k.unique"))]

    assert texts[:4] == ["The first of three, 20 years 000", None, "Short002", "The first of three, 20 years 003"]
    assert len({*texts} - {None}) == 667


def test_nothing_but_the_stamped_text_differs(seeds):
    repeat, unique = rows_of(generate(seeds, "50.repeat")), rows_of(generate(seeds, "50.unique"))

    assert [row | {"text": 0} for row in repeat] == [row | {"text": 0} for row in unique]


def test_a_text_deep_inside_is_stamped_where_it_is_named(seeds):
    rows = rows_of(generate(seeds, "20.unique", stamp="messages.content"))

    assert [row["messages"] for row in rows[:2]] == [
        [{"role": "user", "content": "Hi the00"}],
        [{"role": "user", "content": "Hi the01"}],
    ]


def test_the_role_of_a_message_is_not_taken_for_its_text(tmp_path):
    info = json.dumps({"features": {"messages": FEATURES["messages"]}})
    grow(tmp_path / "chats", {"dataset_info.json": info, "0/messages.json": SEED["messages.json"]})

    assert rows_of(generate(tmp_path / "chats", "10.unique"))[3]["messages"] == [
        {"role": "user", "content": "Hi ther3"}
    ]


def test_the_seeds_are_not_changed_by_it(seeds):
    read = read_seeds(seeds)
    before = read.table.to_pylist()

    list(generate(read, "10k.unique"))

    assert read.table.to_pylist() == before


@pytest.mark.parametrize("shards", [1, 3])
def test_files_hold_the_rows_in_order_however_they_are_sharded(seeds, tmp_path, shards):
    made = generate_files(seeds, "25k.unique", tmp_path / "out", shards=shards)

    back = pa.concat_tables([pq.read_table(file) for file in made.files])
    assert back.equals(pa.Table.from_batches(list(generate(seeds, "25k.unique"))))


def test_row_groups_are_of_10000_with_a_page_index(seeds, tmp_path):
    (file,) = generate_files(seeds, "25k.unique", tmp_path / "out").files

    parquet = pq.ParquetFile(file)
    groups = [parquet.metadata.row_group(place) for place in range(3)]
    assert [group.num_rows for group in groups] == [10_000, 10_000, 5_000]
    assert groups[0].column(0).has_offset_index


def test_a_picture_lies_once_in_a_row_group(seeds, tmp_path):
    (seeds / "3" / "image.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8_000
    )  # past Arrow's limit of 1 MB

    assert generate_files(seeds, "10k.repeat", tmp_path / "out").size_bytes < 4_500_000


def test_polars_reads_them(seeds, tmp_path):
    (file,) = generate_files(seeds, "1k.unique", tmp_path / "out").files

    frame = polars.read_parquet(file)
    assert frame["text"].n_unique() == 668
    assert frame["when"].dtype == polars.Datetime("ns", "Europe/Paris")
    assert frame["image"].struct.field("bytes").to_list()[3] == SEED["image.png"]


def test_duckdb_reads_them(seeds, tmp_path):
    (file,) = generate_files(seeds, "1k.unique", tmp_path / "out").files

    counted = duckdb.sql(f"select count(*), count(distinct text), count(image.bytes) from '{file}'").fetchall()
    assert counted == [(1000, 667, 667)]


def test_a_pack_gives_the_same_files_as_its_seeds(seeds, tmp_path):
    pack(seeds, tmp_path / "data.tar.gz")

    files = [
        generate_files(tmp_path / source, "1k.unique", tmp_path / f"{source}.out").files[0]
        for source in ("seeds", "data.tar.gz")
    ]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("variant", "rows", "unique"),
    [
        ("1.repeat", 1, False),
        ("10k.unique", 10_000, True),
        ("1.5M.unique", 1_500_000, True),
        ("2K.repeat", 2_000, False),
    ],
)
def test_a_variant_is_a_size_and_a_sort(variant, rows, unique):
    assert parse_variant(variant) == (rows, unique)


@pytest.mark.parametrize(
    "variant",
    [
        "",
        "10k",
        "unique",
        "0.unique",
        "-1.repeat",
        "1e3.unique",
        "10.uniq",
        "1.5.unique",
        "1.0001k.repeat",
        "1g.unique",
        "1k.unique ",
    ],
)
def test_anything_else_is_refused_with_what_was_given(variant):
    with pytest.raises(BadVariant) as refused:
        parse_variant(variant)

    assert refused.value.given == variant


@pytest.mark.parametrize(
    ("stamp", "problem"),
    [
        ("nothing", "leads to no text"),
        ("image", "leads to no text"),
        ("text.deeper", "leads to no text"),
        ("messages", "leads to no text"),
    ],
)
def test_a_stamp_that_leads_to_no_text_is_refused(seeds, stamp, problem):
    with pytest.raises(BadStamp, match=problem):
        generate(seeds, "10.unique", stamp=stamp)


def test_seeds_without_a_text_can_only_repeat(tmp_path):
    info = json.dumps({"features": {"n": {"dtype": "int32", "_type": "Value"}}})
    seeds = grow(tmp_path / "seeds", {"dataset_info.json": info, "0/n.txt": "7"})

    assert rows_of(generate(seeds, "2.repeat")) == [{"n": 7}, {"n": 7}]
    with pytest.raises(NothingToStamp, match="no text to stamp in n"):
        generate(seeds, "2.unique")


@pytest.mark.parametrize("shards", [0, 11])
def test_there_is_a_row_for_each_shard(seeds, tmp_path, shards):
    with pytest.raises(BadSize, match="shards"):
        generate_files(seeds, "10.repeat", tmp_path / "out", shards=shards)

    assert not (tmp_path / "out").exists()


def test_the_loader_is_a_program_that_needs_no_tinydata(seeds, tmp_path):
    template = Path(__file__).parents[2] / "templates" / "synthetic" / "loader.py"
    (tmp_path / "loader.py").write_bytes(template.read_bytes())
    pack(seeds, tmp_path / "data.tar.gz")
    hidden = "import sys, runpy; sys.modules['tinydata'] = sys.modules['datasets'] = None; runpy.run_path('loader.py', run_name='__main__')"

    subprocess.run([sys.executable, "-c", hidden, "1k.unique", "out"], cwd=tmp_path, check=True)

    expected = generate_files(seeds, "1k.unique", tmp_path / "ours").files[0].read_bytes()
    assert (tmp_path / "out" / "train-00000-of-00001.parquet").read_bytes() == expected


def test_the_program_says_what_is_wrong_and_makes_nothing(seeds, tmp_path):
    template = Path(__file__).parents[2] / "templates" / "synthetic" / "loader.py"
    (seeds.parent / "loader.py").write_bytes(template.read_bytes())
    seeds.rename(seeds.parent / "data")
    (tmp_path / "data" / "3" / "took.txt").write_text("soon")

    done = subprocess.run(
        [sys.executable, "loader.py", "1k.unique", "out"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert "took.txt: 'soon' is no duration[ms]" in done.stderr
    assert not (tmp_path / "out").exists()
