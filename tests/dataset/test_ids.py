import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydata.dataset.ids import Ids, parse_ids
from tinydata.errors import BadIds, NoSuchRecord


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("3", [3]),
        ("1,4-6", [1, 4, 5, 6]),
        (" 1 , 4 - 6 ", [1, 4, 5, 6]),
        ("6,1,1,4-6,5", [1, 4, 5, 6]),
        ("8-", [8, 9]),
        ("0-", list(range(10))),
        ("7-,2", [2, 7, 8, 9]),
        ("007", [7]),
    ],
)
def test_ranges_become_ascending_unique_ids(text, ids):
    assert list(parse_ids(text).resolve(10)) == ids


@pytest.mark.parametrize(
    "text", ["", " ", "a", "7-5", "-1", "1,,2", "1,", "1-2-3", "1.5", "1 2", "--", "-", "²", "９", "9" * 5000]
)
def test_anything_else_is_refused_and_repeated(text):
    with pytest.raises(BadIds) as error:
        parse_ids(text)

    assert error.value.given == text


@pytest.mark.parametrize(("text", "first"), [("3-12", 10), ("12", 12), ("10-", 10), ("0,20-30", 20)])
def test_an_id_past_the_end_is_named(text, first):
    with pytest.raises(NoSuchRecord) as error:
        parse_ids(text).resolve(10)

    assert (error.value.record_id, error.value.count) == (first, 10)


def test_a_bounded_range_needs_no_count():
    assert list(parse_ids("4-6,1").resolve()) == [1, 4, 5, 6]


def test_an_open_range_needs_a_count():
    assert parse_ids("1,5-").last is None
    with pytest.raises(BadIds):
        parse_ids("5-").resolve()


def test_a_range_is_not_counted_out():
    assert len(parse_ids("0-999999999999").resolve()) == 10**12


def test_negative_numbers_are_no_ids():
    with pytest.raises(BadIds):
        Ids.of([1, -1])


@given(st.sets(st.integers(0, 60), min_size=1))
def test_ids_survive_being_written(numbers):
    ids = Ids.of(numbers)

    assert list(parse_ids(str(ids)).resolve(61)) == list(ids.resolve()) == sorted(numbers)
    assert ids.last == max(numbers)
