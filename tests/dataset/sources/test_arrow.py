import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dataset.sources.tables import tables
from tinydata import make_dataset, unpack
from tinydata.dataset.sources import open_source
from tinydata.dataset.sources.arrow import ArrowRows
from tinydata.errors import BadSource, DamagedSource, NoSuchRecord
from tinydata.fetch import LocalFile

OPENERS = {"stream": pa.ipc.new_stream, "file": pa.ipc.new_file}


def write(path, sort, table, batch_rows=40, compression=None):
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with OPENERS[sort](path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=batch_rows)
    return path


@given(
    tables(),
    st.sampled_from(sorted(OPENERS)),
    st.sampled_from([None, "lz4", "zstd"]),
    st.sampled_from([1, 7, 500]),
    st.data(),
)
def test_any_rows_of_any_table_are_those_that_were_written(
    tmp_path_factory, table, sort, compression, batch_rows, data
):
    path = write(tmp_path_factory.mktemp("arrow") / "x.arrow", sort, table, batch_rows, compression)
    ids = sorted(data.draw(st.sets(st.integers(0, table.num_rows - 1), min_size=1, max_size=12)))
    rows = ArrowRows(LocalFile(path))

    assert rows.take(ids).equals(table.take(ids))
    assert rows.count() == table.num_rows
    assert rows.take(ids).equals(table.take(ids))


@pytest.mark.parametrize("sort", OPENERS)
@pytest.mark.parametrize("deltas", [True, False])
def test_dictionaries_that_grow_or_change_are_followed(tmp_path, sort, deltas):
    schema = pa.schema({"word": pa.dictionary(pa.int8(), pa.string()), "n": pa.int64()})
    words, written = ["red", "blue"], []
    with OPENERS[sort](tmp_path / "x", schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=deltas)) as writer:
        for batch in range(20):
            if deltas:
                words = [*words, f"new {batch}"]
            elif sort == "stream":  # a file holds one dictionary for all
                words = [f"red {batch}", f"blue {batch}"]
            column = pa.DictionaryArray.from_arrays(pa.array([len(words) - 1, 0], pa.int8()), words)
            writer.write_batch(pa.record_batch([column, pa.array([batch, batch])], schema=schema))
            written += [words[-1], words[0]]

    table = open_source(tmp_path / "x").take([0, 3, 20, 39])

    assert table.column("word").to_pylist() == [written[at] for at in (0, 3, 20, 39)]
    assert table.schema.field("word").type == pa.string()


VIEWS = pa.table(
    {
        "text": pa.array(["a", None, "of more than twelve bytes"]).cast(pa.string_view()),
        "data": pa.array([b"", b"of more than twelve bytes", None]).cast(pa.binary_view()),
        "texts": pa.array([["a", None], None, []], pa.list_(pa.string())).cast(pa.list_(pa.string_view())),
    }
)


@pytest.mark.parametrize("suffix", ["arrow", "parquet"])
def test_views_are_the_texts_and_bytes_that_they_show(tmp_path, suffix):
    if suffix == "arrow":
        write(tmp_path / "x.arrow", "file", VIEWS)
    else:
        try:
            pq.write_table(VIEWS, tmp_path / "x.parquet")
        except pa.ArrowNotImplementedError:
            pytest.skip("this pyarrow does not write views to Parquet")

    made = unpack(tmp_path / f"x.{suffix}", tmp_path / "seeds", ids=[0, 2])
    repo = make_dataset(made.path, tmp_path / "tiny", variants=["4.repeat"])

    rows = pq.read_table(repo.path / "4.repeat" / "train-00000-of-00001.parquet")
    assert [str(kind) for kind in rows.schema.types] == ["string", "binary", "list<element: string>"]
    assert rows.to_pylist()[:2] == VIEWS.to_pylist()[::2]


@pytest.mark.parametrize("sort", OPENERS)
def test_bodies_of_other_rows_are_not_read(tmp_path, sort):
    texts = [f"record {n:04} " * 50 for n in range(1000)]
    path = write(tmp_path / "x.arrow", sort, pa.table({"text": texts}), 10)
    content = path.read_bytes()
    for text in texts[10:990]:
        content = content.replace(text.encode(), b"\xff" * len(text))
    path.write_bytes(content)

    assert open_source(path).take([3, 995]).column("text").to_pylist() == [texts[3], texts[995]]


@pytest.mark.parametrize("sort", OPENERS)
def test_an_empty_table_has_columns_and_no_rows(tmp_path, sort):
    records = open_source(write(tmp_path / "x.arrow", sort, pa.table({"a": pa.array([], pa.string())})))

    assert (records.count(), records.take([]).num_rows, list(records.features)) == (0, 0, ["a"])


@pytest.mark.parametrize("sort", OPENERS)
def test_past_the_end_is_an_error_that_knows_the_count(tmp_path, sort):
    records = open_source(write(tmp_path / "x.arrow", sort, pa.table({"a": range(100)})))

    with pytest.raises(NoSuchRecord) as error:
        records.take([5, 100, 101])

    assert (error.value.record_id, error.value.count) == (100, 100)


@pytest.mark.parametrize("sort", OPENERS)
@pytest.mark.parametrize("part", [0.001, 0.02, 0.5, 0.95])
def test_a_cut_file_is_named(tmp_path, sort, part):
    path = write(tmp_path / "x.arrow", sort, pa.table({"a": [f"text {n}" * 9 for n in range(500)]}))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])

    with pytest.raises(DamagedSource, match=r"x\.arrow"):
        open_source(path).count()


def test_rows_before_a_cut_are_still_read(tmp_path):
    path = write(tmp_path / "x.arrow", "stream", pa.table({"a": range(1000)}), 10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    assert open_source(path).take(range(10)).column("a").to_pylist() == list(range(10))


@given(st.sampled_from(sorted(OPENERS)), st.data())
def test_flipped_headers_are_an_error_of_ours_or_nothing(tmp_path_factory, sort, data):
    path = write(tmp_path_factory.mktemp("flipped") / "x.arrow", sort, pa.table({"a": pa.array([1] * 30)}), 10)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)

    try:
        records = open_source(path)
        records.take([0])
        records.take([records.count() - 1])
    except (BadSource, NoSuchRecord):
        pass
