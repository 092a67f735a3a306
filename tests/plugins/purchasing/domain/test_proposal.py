"""The arithmetic of a proposal row, the age of back orders, and short lists of ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.purchasing.domain.proposal import Short, Sum, add_up, recent
from plugins.purchasing.domain.ranges import in_ranges, read_ranges

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOTH = [Short(7, 3), Short(2, 0), Short(10, 1, for_stock=True)]


@pytest.mark.parametrize(
    ("shorts", "minimum", "multiple", "expected"),
    [
        (BOTH, 1, 1, Sum(backorders=9, reorder=10, on_order=4, suggested=15)),
        (BOTH, 1, 6, Sum(backorders=9, reorder=10, on_order=4, suggested=18)),
        (BOTH, 40, 6, Sum(backorders=9, reorder=10, on_order=4, suggested=42)),
        ([Short(5, 5)], 12, 6, Sum(backorders=5, reorder=0, on_order=5, suggested=0)),
        ([], 12, 6, Sum(0, 0, 0, 0)),
    ],
)
def test_what_is_on_order_is_taken_off_and_the_rest_fits_the_lots(
    shorts: list[Short], minimum: int, multiple: int, expected: Sum
) -> None:
    assert add_up(shorts, minimum, multiple) == expected


@pytest.mark.parametrize(
    ("days", "age", "kept"),
    [
        (30, timedelta(days=30), True),
        (30, timedelta(days=30, seconds=1), False),
        (0, timedelta(days=900), True),
        (1, timedelta(0), True),
    ],
)
def test_the_age_of_a_back_order_is_limited_and_0_days_is_no_limit(
    days: int, age: timedelta, kept: bool
) -> None:
    assert recent(NOW - age, NOW, days) is kept


@given(st.sets(st.integers(0, 10**6), max_size=40))
def test_ids_come_back_from_the_address(ids: set[int]) -> None:
    found = read_ranges(in_ranges(ids))
    assert {key for first, last in found for key in range(first, last + 1)} == ids


def test_neighbours_are_written_as_one_and_nonsense_is_left_out() -> None:
    assert in_ranges([5, 3, 4, 9]) == "3-5,9"
    assert read_ranges("3-5,x,9-,,7") == [(3, 5), (7, 7)]
