"""Pick takes the records that differ most: the same ones each time, and it says why."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tinydata import make_dataset, rebuild, unpack
from tinydata.dataset.pick import Measure, Traits, choose
from tinydata.dataset.picture_heads import picture_heads
from tinydata.dataset.traits import Teller
from tinydata.errors import BadMix, BadSize

TEXT = {"dtype": "string", "_type": "Value"}
TEXTS = {"feature": TEXT, "length": -1, "_type": "Sequence"}


@st.composite
def traits(draw: st.DrawFn) -> Traits:
    size = draw(st.integers(1, 12))
    draw_many = np.random.default_rng(draw(st.integers(0, 2**32)))

    def masks(*names: str) -> dict[str, Any]:
        return {name: draw_many.random(size) < draw_many.choice([0.1, 0.5]) for name in names}

    numbers = draw_many.choice([np.nan, 0.0, 1.0, 7.0, 500.0], size)
    return Traits(
        tuple(range(size)),
        masks(*draw(st.sampled_from(["", "a", "ab", "abc"]))),
        {"label": masks(*draw(st.sampled_from(["", "xy", "xyz"])))},
        masks(*draw(st.sampled_from([(), ("empty", "emoji")]))),
        [Measure("text", numbers, "shortest", "longest", "characters")] * draw(st.integers(0, 1)),
    )


@given(traits(), st.integers(1, 15))
def test_so_many_are_taken_in_order_each_with_a_reason(told, count):
    chosen = choose(told, count)

    ids = [choice.id for choice in chosen]
    assert ids == sorted(set(ids))
    assert len(ids) == min(count, len(told.ids))
    assert all(choice.reasons for choice in chosen)


@given(traits(), st.integers(1, 15))
def test_every_combination_of_holes_is_taken_where_there_is_room(told, count):
    def combination(row: int) -> tuple[bool, ...]:
        return tuple(bool(full[row]) for full in told.full.values())

    combinations = {combination(row) for row in told.ids}
    taken = {combination(choice.id) for choice in choose(told, count)}

    assert len(taken) == min(len(combinations), count, len(told.ids))


@given(traits(), st.integers(1, 15), st.randoms(use_true_random=False))
def test_what_columns_are_called_and_in_which_order_they_come_makes_no_difference(told, count, draw):
    def shuffled(named: Any) -> dict[str, Any]:
        pairs = list(named.items())
        draw.shuffle(pairs)
        return dict(pairs)

    other = Traits(told.ids, shuffled(told.full), told.classes, shuffled(told.marks), told.measures)

    assert [choice.id for choice in choose(other, count)] == [choice.id for choice in choose(told, count)]


@given(traits(), st.integers(1, 10))
def test_a_record_that_is_like_an_earlier_one_never_takes_its_place(told, count):
    double = np.concatenate([np.arange(len(told.ids))] * 2)
    twice = Traits(
        tuple(range(len(double))),
        {name: mask[double] for name, mask in told.full.items()},
        {name: {kind: mask[double] for kind, mask in masks.items()} for name, masks in told.classes.items()},
        {name: mask[double] for name, mask in told.marks.items()},
        [Measure(one.name, one.values[double], one.least, one.most, one.unit) for one in told.measures],
    )
    count = min(count, len(told.ids))

    alone, both = choose(told, count), choose(twice, count)

    differing = [choice.id for choice in alone if choice.reasons != ("no more that differ",)]
    assert [choice.id for choice in both if choice.reasons != ("no more that differ",)] == differing


def looked_at(columns: dict[str, Any], features: dict[str, Any], count: int = 10) -> dict[int, str]:
    """What is picked out of columns, and why."""
    table = pa.table(columns)
    teller = Teller(features)
    for start in range(0, len(table), 7):
        teller.add(table.slice(start, 7))
    return {choice.id: "; ".join(choice.reasons) for choice in choose(teller.traits(range(len(table))), count)}


def test_ends_of_texts_and_lists_are_taken_and_what_is_odd_in_them():
    texts = ["a few words here"] * 40
    texts[5], texts[11], texts[17], texts[23], texts[29] = "", "x", "two\nlines here ok", "שלום עולם", "long " * 50
    lists: list[Any] = [["a", "b"]] * 40
    lists[8], lists[9], lists[10] = [], ["a"] * 9, ["a", None]

    why = looked_at({"text": texts, "tags": pa.array(lists)}, {"text": TEXT, "tags": TEXTS})

    assert {row: why.get(row) for row in (5, 8, 9, 10, 11, 17, 23, 29)} == {
        5: "text empty",
        8: "tags an empty list",
        9: "tags most (9 items)",
        10: "tags null inside",
        11: "text shortest (1 character)",
        17: "text of several lines",
        23: "tags a; tags b; tags fewest (2 items); text beyond ASCII; text right to left",
        29: "text longest (250 characters)",
    }


def test_every_class_has_a_record_and_so_has_each_of_few_values():
    labels, sources = [0, 0, 0, 1, 2] * 12, ["web"] * 59 + ["book"]
    features = {"label": {"names": ["cat", "dog", "emu"], "_type": "ClassLabel"}, "source": TEXT}

    why = looked_at({"label": pa.array(labels), "source": sources}, features, 4)

    assert why[59] == "label emu; source book; source longest (4 characters)"
    assert {"label cat", "label dog"} <= {word for reason in why.values() for word in reason.split("; ")}


def test_what_lies_in_messages_is_looked_at():
    talk = [[{"role": "user", "content": "hello there"}]] * 30
    talk[4] = [{"role": "system", "content": "be brief"}, {"role": "user", "content": None}]
    message = pa.list_(pa.struct({"role": pa.string(), "content": pa.string()}))

    why = looked_at({"talk": pa.array(talk, message)}, {"talk": [{"role": TEXT, "content": TEXT}]}, 2)

    assert "talk.role system" in why[4]
    assert "talk.content null inside" in why[4]


def picture(width: int, height: int, mode: str = "RGB", form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, form)
    return out.getvalue()


def test_pictures_are_told_by_their_headers_alone():
    pictures = [picture(40, 40)] * 30
    pictures[3], pictures[4], pictures[5] = picture(90, 30), picture(30, 90), picture(40, 40, "L")
    pictures[6] = picture(40, 40, form="JPEG")[:300]  # whatever comes after the header is not read
    column = pa.array(
        [{"bytes": content, "path": None} for content in pictures],
        pa.struct({"bytes": pa.binary(), "path": pa.string()}),
    )

    why = looked_at({"image": column}, {"image": {"_type": "Image"}})

    assert "image shape wide" in why[3]
    assert "image shape tall" in why[4]
    assert "image mode L" in why[5]
    assert "image suffix .jpg" in why[6]


def test_how_many_records_are_looked_at_together_makes_no_difference(monkeypatch):
    drawn = [picture(40 + row % 5, 30, form=("PNG", "JPEG", "GIF", "BMP")[row % 4]) for row in range(60)]
    pictures = [{"bytes": content, "path": None} if row % 7 else None for row, content in enumerate(drawn)]
    columns = {
        "image": pa.array(pictures, pa.struct({"bytes": pa.binary(), "path": pa.string()})),
        "text": [None if row == 9 else "é" * (row % 11) for row in range(60)],
        "tags": [["a"] * (row % 4) for row in range(60)],
    }
    features = {"image": {"_type": "Image"}, "text": TEXT, "tags": TEXTS}
    together = looked_at(columns, features)
    monkeypatch.setattr("tinydata.dataset.traits.TOGETHER_BYTES", 1)

    assert looked_at(columns, features) == together


def test_what_a_header_says_is_what_pillow_says_of_every_real_picture(real):
    pictures = [path for path in sorted(real.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".gif")]
    contents = [path.read_bytes() for path in pictures if path.is_file()]
    ends = np.cumsum([len(content) for content in contents])
    heads = picture_heads(np.frombuffer(b"".join(contents), np.uint8), np.concatenate([[0], ends[:-1]]), ends)

    assert sum(head is not None for head in heads) > 20
    for path, head in zip(pictures, heads, strict=True):
        try:
            with Image.open(path) as opened:
                expected = (*opened.size, opened.mode)
        except (OSError, Image.DecompressionBombError):
            continue
        assert head is None or head[:3] == expected, path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    features = {"text": TEXT, "label": {"names": ["a", "b"], "_type": "ClassLabel"}}
    texts = [None if row % 30 == 7 else f"Text {row}" for row in range(100)]
    table = pa.table({"text": texts, "label": [int(row == 60) for row in range(100)]})
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "rows.parquet", row_group_size=30)
    return tmp_path / "rows.parquet"


def test_seeds_are_picked_and_the_recipe_repeats_it(source, tmp_path):
    made = unpack(source, tmp_path / "seeds", pick=3)

    assert made.ids == (0, 7, 60)
    assert [choice.id for choice in made.picked] == [0, 7, 60]
    assert "text null" in made.picked[1].reasons
    assert made.recipe.commands[0][2:] == ("--pick", "3", "--among", "10000")
    assert rebuild(tmp_path / "seeds").differences == ()


def test_no_more_than_the_first_are_looked_at(source, tmp_path):
    made = unpack(source, tmp_path / "seeds", pick=50, among=8)

    assert made.ids == tuple(range(8))


def test_a_dataset_is_made_of_what_is_picked(source, tmp_path):
    made = make_dataset(source, tmp_path / "tiny", pick=3, variants=["5.unique"])

    assert made.unpacked is not None
    assert made.unpacked.ids == (0, 7, 60)
    assert rebuild(tmp_path / "tiny").differences == ()


def test_words_that_mean_nothing_are_refused(source, tmp_path):
    with pytest.raises(BadMix, match="does not go with ids"):
        unpack(source, tmp_path / "seeds", pick=3, ids="0")
    with pytest.raises(BadSize, match="pick 0"):
        unpack(source, tmp_path / "seeds", pick=0)
    with pytest.raises(BadSize, match="among 0"):
        unpack(source, tmp_path / "seeds", pick=1, among=0)
