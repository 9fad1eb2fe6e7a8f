"""The main law: what is unpacked, packed and generated comes back value for value."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import regex
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.dataset.strategies import tables, texts
from tinydata.dataset import loader
from tinydata.dataset.loader import Seeds, cut_text
from tinydata.dataset.pack import pack_bytes
from tinydata.dataset.seeds import write_seeds
from tinydata.dataset.values import to_values
from tinydata.errors import BadSeed

slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


def lay_out(folder: Path, table: pa.Table, features: dict) -> None:
    names = [str(row) for row in range(len(table))]
    try:
        list(write_seeds(folder, names, table, features, {}))
    except BadSeed:
        assume(False)  # two names that no file system can keep apart


@slow
@given(tables())
def test_seeds_hold_every_value_of_every_type(made):
    table, features = made
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder), table, features)

        assert loader.read_seeds(folder).table.equals(table)


@slow
@given(tables())
def test_pack_and_repeat_give_the_records_back(made):
    table, features = made
    with tempfile.TemporaryDirectory() as folder:
        lay_out(Path(folder), table, features)
        pack = Path(folder) / "data.tar.gz"
        pack.write_bytes(pack_bytes(Path(folder)))
        seeds = loader.read_seeds(pack)
        rows = list(loader.batches(seeds, 8, unique=False))

        assert pa.Table.from_batches(rows).equals(pa.concat_tables([table, table, table.slice(0, 2)]).combine_chunks())


@slow
@given(tables())
def test_parquet_holds_what_was_generated(made):
    table, features = made
    seeds = Seeds(("0", "1", "2"), features, table, {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        loader.write_parquet(path, seeds, loader.batches(seeds, 7, unique=False, encode=True))
        back = pq.read_table(path)

        expected = pa.Table.from_batches(list(loader.batches(seeds, 7, unique=False)))
        assert back.schema.metadata == expected.schema.metadata
        for name, stored in zip(expected.schema.names, expected.schema.types, strict=True):
            column = back.column(name)  # compared as whole numbers: Python has no date for each that Arrow has
            assert to_values(column if column.type == stored else column.cast(stored)) == to_values(
                expected.column(name)
            )


FEATURES = {
    "text": {"dtype": "string", "_type": "Value"},
    "texts": {"feature": {"dtype": "string", "_type": "Value"}, "length": -1, "_type": "Sequence"},
    "messages": [{"role": {"dtype": "string", "_type": "Value"}, "content": {"dtype": "string", "_type": "Value"}}],
    "meta": {
        "inner": {"caption": {"dtype": "large_string", "_type": "Value"}},
        "n": {"dtype": "int32", "_type": "Value"},
    },
}
maybe = st.none() | texts
rows = st.fixed_dictionaries(
    {
        "text": maybe,
        "texts": st.none() | st.lists(maybe, max_size=3),
        "messages": st.none()
        | st.lists(st.none() | st.fixed_dictionaries({"role": maybe, "content": maybe}), max_size=3),
        "meta": st.none()
        | st.fixed_dictionaries({"inner": st.none() | st.fixed_dictionaries({"caption": maybe}), "n": st.none()}),
    }
)


def stamped(row: dict, way: tuple[str, ...]) -> str | None:
    """The text that the stamp goes to, found without the loader's arithmetic."""

    def find(value, way):
        if value is None:
            return None
        if isinstance(value, list):
            return next((found for item in value if (found := find(item, way)) is not None), None)
        return find(value[way[0]], way[1:]) if way else value

    return find(row[way[0]], way[1:])


@slow
@given(
    st.lists(rows, min_size=1, max_size=5),
    st.sampled_from(["text", "texts", "messages.content", "meta.inner.caption"]),
    st.integers(1, 45),
)
@example(
    [{"text": f"page {number}", "texts": None, "messages": None, "meta": None} for number in (1, 12, 123)], "text", 40
)
def test_unique_rows_differ_and_only_in_their_stamp(seeds, stamp, count):
    schema = loader.schema_of(FEATURES)
    table = pa.Table.from_pylist(seeds, schema=schema)
    read = Seeds(tuple(map(str, range(len(seeds)))), FEATURES, table, {})
    way = loader.find_stamp(FEATURES, stamp)
    made = pa.Table.from_batches(list(loader.batches(read, count, unique=True, stamp=stamp))).to_pylist()

    width, numbers = len(str(count - 1)), []
    for number, row in enumerate(made):
        before, after = stamped(seeds[number % len(seeds)], way), stamped(row, way)
        assert (before is None) == (after is None)
        if after is not None:
            numbers.append(after)
            assert after[-width:] == f"{number:0{width}}"
            assert (before or "").startswith(after[:-width])
            assert _cuts_no_cluster(before, len(after) - width)
    assert len(set(numbers)) == len(numbers)
    other = {"text", "texts", "messages", "meta"} - {way[0]}
    for number, row in enumerate(made):
        assert all(row[name] == table.slice(number % len(seeds), 1).to_pylist()[0][name] for name in other)


@given(st.text(st.characters(codec="utf-8"), max_size=12) | texts, st.integers(0, 6))
def test_a_cut_never_tears_what_a_reader_sees_as_one(text, characters):
    cut = cut_text(text, characters)

    assert text.startswith(cut)
    assert len(cut) <= max(0, len(text) - characters)
    assert _cuts_no_cluster(text, len(cut))


@pytest.mark.parametrize("text", ["👩‍👩‍👧‍👦", "🇨🇭", "e\u0301\u0302", "각", "👍🏽", "क्षि", "\r\n", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_a_cluster_goes_as_a_whole(text):
    assert cut_text(f"a{text}", 1) == "a"


def _cuts_no_cluster(text: str, end: int) -> bool:
    ends = {0} | {found.end() for found in regex.finditer(r"\X", text)}
    return end in ends
