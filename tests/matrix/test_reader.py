"""A matrix that cannot see a difference proves nothing."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal

import pytest
from PIL import Image

from tests.matrix.compare import differences
from tests.matrix.reader import digest

MOMENT = datetime.datetime(2024, 2, 29, 12)
DIFFERENT = [
    None,
    "",
    [],
    {},
    b"",
    [None],
    True,
    1,
    1.0,
    "1",
    b"1",
    Decimal(1),
    Decimal("1.0"),
    2**63,
    2**63 - 1,
    MOMENT,
    MOMENT.replace(tzinfo=datetime.UTC),
    MOMENT.date(),
    MOMENT.time(),
    datetime.timedelta(1),
    {"a": 1},
    {"a": None},
    Image.new("RGB", (2, 3)),
    Image.new("RGB", (3, 2)),
    Image.new("L", (2, 3)),
]


@pytest.mark.parametrize(
    ("one", "other"), list(itertools.combinations(DIFFERENT, 2)), ids=lambda value: repr(value)[:30]
)
def test_different_values_have_different_digests(one, other):
    assert digest(one) != digest(other)


def test_one_moment_is_one_whatever_its_zone():
    tokyo = datetime.timezone(datetime.timedelta(hours=9))
    there = datetime.datetime(2024, 2, 29, 21, tzinfo=tokyo)

    assert digest(there) == digest(MOMENT.replace(tzinfo=datetime.UTC))


def test_a_difference_is_named_by_its_place():
    expected, seen = {"cm4": {"rows": 3, "command": 4}}, {"cm4": {"rows": 2, "command": 4}, "more": 1}

    assert list(differences(expected, seen)) == ["/cm4/rows: 2 instead of 3", "/more: 1 instead of None"]
