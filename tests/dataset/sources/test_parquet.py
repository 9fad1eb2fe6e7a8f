import contextlib
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from tests.dataset.sources.as_datasets import judge
from tests.dataset.sources.tables import tables
from tests.servers import Held
from tinydata.dataset.sources import open_file, open_source
from tinydata.dataset.sources.nested import plain_table
from tinydata.dataset.sources.parquet import ParquetRows
from tinydata.errors import BadSource, DamagedSource, NoSuchRecord, UnknownConfig, UnknownSource, UnknownSplit
from tinydata.fetch import LocalFile, RemoteFile

WRITERS = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["none", "snappy", "zstd", "gzip", "lz4", "brotli"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "write_page_index": st.booleans(),
        "use_dictionary": st.booleans(),
        "data_page_size": st.sampled_from([64, 500, 1 << 20]),
        "write_batch_size": st.sampled_from([1, 7, 1024]),
        "row_group_size": st.sampled_from([1, 40, 1000]),
        "store_schema": st.booleans(),
        "write_page_checksum": st.booleans(),
        "use_compliant_nested_type": st.booleans(),
    }
)


def samples(rows):
    return st.sets(st.integers(0, rows - 1), min_size=1, max_size=12).map(sorted)


def far(content):
    """The file elsewhere: where it is given by parts, and where it is given whole or not at all."""
    return [RemoteFile(Held(content, gives_parts=gives_parts)) for gives_parts in (True, False)]


@given(tables(), WRITERS, st.data())
def test_any_rows_of_any_table_are_those_that_pyarrow_reads(tmp_path_factory, table, options, data):
    path = tmp_path_factory.mktemp("parquet") / "x.parquet"
    pq.write_table(table, path, **options)
    ids = data.draw(samples(table.num_rows))
    file = data.draw(st.sampled_from([LocalFile(path), *far(path.read_bytes())]))
    rows = ParquetRows(file)
    try:  # pyarrow 26 stumbles over the empty pages that it writes itself before long records
        read = pq.read_table(path)
    except pa.ArrowInvalid:
        reject()
    assume(read.num_rows == table.num_rows)

    assert rows.count == table.num_rows
    assert rows.take(ids).equals(plain_table(read, rows.schema).take(ids))


def test_dictionaries_maps_and_fixed_lists_are_those_that_pyarrow_reads(tmp_path):
    rng = random.Random(0)
    words = [rng.choice(["red", "blue", None]) for _ in range(3000)]
    table = pa.table(
        {
            "word": pa.array(words).dictionary_encode(),
            "pair": pa.array([[1, len(word or "")] for word in words], pa.list_(pa.int16(), 2)),
            "half": np.full(3000, 0.5, np.float16),
            "bag": pa.array([[("k", word)] for word in words], pa.map_(pa.string(), pa.string())),
            "a.b": pa.array(words),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=900, data_page_size=300, write_page_index=True)
    rows = ParquetRows(LocalFile(tmp_path / "x.parquet"))

    assert rows.take([0, 899, 900, 2999]).equals(table.cast(rows.schema).take([0, 899, 900, 2999]))


@pytest.mark.parametrize("index", [True, False], ids=["page index", "page headers"])
def test_only_the_pages_that_hold_the_rows_are_read(tmp_path, index):
    rng = random.Random(0)
    blobs = [rng.randbytes(1000) for _ in range(5000)]
    media = pa.StructArray.from_arrays([pa.array(blobs), pa.nulls(5000, pa.string())], ["bytes", "path"])
    options = {"data_page_size": 10_000, "write_batch_size": 10, "use_dictionary": False, "write_page_checksum": True}
    pq.write_table(pa.table({"image": media}), tmp_path / "x.parquet", write_page_index=index, **options)
    content = (tmp_path / "x.parquet").read_bytes()
    for blob in blobs[100:4900:10]:
        content = content.replace(blob, bytes(1000))
    (tmp_path / "x.parquet").write_bytes(content)

    table = open_source(tmp_path / "x.parquet").take([3, 4999])

    assert [row["bytes"] for row in table.column("image").to_pylist()] == [blobs[3], blobs[4999]]


@pytest.mark.parametrize("store_schema", [True, pytest.param(False, marks=judge)])
def test_texts_that_a_file_calls_json_are_json(tmp_path, store_schema):
    values = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None, "[]"]))
    pq.write_table(pa.table({"value": values}), tmp_path / "x.parquet", store_schema=store_schema)

    records = open_source(tmp_path / "x.parquet")

    assert records.features == {"value": {"_type": "Json"}}
    assert records.take([0, 1, 2]).column("value").to_pylist() == ['{"a": 1}', None, "[]"]


def test_an_empty_file_has_columns_and_no_rows(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "x.parquet")
    records = open_source(tmp_path / "x.parquet")

    assert records.count() == 0
    assert records.take([]).schema.names == list(records.features) == ["a"]


def test_past_the_end_is_an_error_that_knows_the_count(tmp_path):
    pq.write_table(pa.table({"a": [1, 2, 3]}), tmp_path / "x.parquet")

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path / "x.parquet").take([1, 3, 7])

    assert (error.value.record_id, error.value.count) == (3, 3)


def test_a_file_without_a_suffix_is_told_by_its_content(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "data")

    assert open_source(tmp_path / "data").take([0]).to_pylist() == [{"a": 1}]


@pytest.fixture
def whole(tmp_path):
    rng = random.Random(1)
    table = pa.table(
        {"text": [f"{n} {rng.random()}" for n in range(2000)], "tags": [["a"] * (n % 3) for n in range(2000)]}
    )
    pq.write_table(table, tmp_path / "x.parquet", write_page_index=True, data_page_size=2000, write_page_checksum=True)
    return (tmp_path / "x.parquet").read_bytes()


@pytest.mark.parametrize("part", [0.0001, 0.3, 0.9, 0.99, 0.9999])
def test_a_cut_file_is_named(tmp_path, whole, part):
    (tmp_path / "cut.parquet").write_bytes(whole[: max(1, int(len(whole) * part))])

    with pytest.raises(DamagedSource, match=r"cut\.parquet"):
        open_source(tmp_path / "cut.parquet").take([0])


def test_a_damaged_page_is_named(tmp_path, whole):
    at = len(whole) // 3
    damaged = whole[:at] + bytes(byte ^ 255 for byte in whole[at : at + 9]) + whole[at + 9 :]
    (tmp_path / "bad.parquet").write_bytes(damaged)
    records = open_source(tmp_path / "bad.parquet")

    with pytest.raises(DamagedSource, match=r"bad\.parquet"):
        records.take(range(2000))


def test_whatever_a_page_header_says_is_an_error_of_ours_or_nothing(tmp_path):
    path = tmp_path / "x.parquet"
    table = pa.table({"l": [[1, 2], [], None] * 50})
    pq.write_table(table, path, write_page_index=True, data_page_size=100, write_batch_size=10, compression="snappy")
    content = path.read_bytes()

    for place in range(4, 260):
        for byte in (0x76, 0x7F, 0xFF):
            path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
            with contextlib.suppress(BadSource):
                open_file(LocalFile(path)).take([0])


@given(st.data())
def test_flipped_bytes_are_an_error_of_ours_or_nothing(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("flipped") / "x.parquet"
    table = pa.table({"s": ["red", None, "blue"] * 50, "l": [[1, 2], [], None] * 50})
    pq.write_table(table, path, write_page_index=True, data_page_size=100, write_batch_size=10, compression="snappy")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)

    try:
        records = open_file(data.draw(st.sampled_from([LocalFile(path), *far(bytes(content))])))
        records.take([0])
        records.take([records.count() - 1])
    except (BadSource, NoSuchRecord):
        pass


def test_an_encrypted_file_is_told_as_one(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PARE" + bytes(100) + b"PARE")

    with pytest.raises(UnknownSource, match="encrypted"):
        open_source(tmp_path / "x.parquet")


def test_configs_and_splits_that_a_file_does_not_have_are_refused(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")

    assert open_source(tmp_path / "x.parquet", split="train").split == "train"
    with pytest.raises(UnknownSplit):
        open_source(tmp_path / "x.parquet", split="test")
    with pytest.raises(UnknownConfig):
        open_source(tmp_path / "x.parquet", config="en")


def test_real_files_read_as_pyarrow_reads_them(real):
    for path in sorted((real / "datasets" / "img2dataset").glob("*.parquet")):
        rows = ParquetRows(LocalFile(path))
        ids = range(0, rows.count, 7) if rows.count > 7 else range(rows.count)

        assert rows.take(ids).equals(pq.read_table(path).cast(rows.schema).take(list(ids)))


def test_a_text_that_is_not_utf8_is_told(tmp_path):
    pq.write_table(pa.table({"a": ["plain", "XXXX"]}), tmp_path / "x.parquet", compression="none", use_dictionary=False)
    content = (tmp_path / "x.parquet").read_bytes()
    (tmp_path / "x.parquet").write_bytes(content.replace(b"XXXX", b"\xff\xfe\xfd\xfc"))

    with pytest.raises(DamagedSource, match="UTF8"):
        open_source(tmp_path / "x.parquet").take([0, 1])
