"""What a typed line would get, on paper."""

from __future__ import annotations

from datetime import date

import pytest

from plugins.sales.domain.promising import Arrival, Outlook, expected, outlooks

MAY, JUNE = date(2026, 5, 4), date(2026, 6, 1)


def test_two_lines_of_one_product_count_each_unit_once():
    assert outlooks([(1, 3), (1, 4)], {1: 5}, {}, {}) == [Outlook(3, 3, 0), Outlook(4, 2, 2)]


def test_arrivals_serve_those_who_wait_already_first():
    coming = {1: [Arrival(4, JUNE), Arrival(5, MAY)]}
    assert outlooks([(1, 2)], {}, {1: 3}, coming) == [Outlook(2, 0, 2, MAY)]
    assert outlooks([(1, 2)], {}, {1: 4}, coming) == [Outlook(2, 0, 2, JUNE)]
    assert outlooks([(1, 2)], {}, {1: 8}, coming) == [Outlook(2, 0, 2, None)]


@pytest.mark.parametrize(
    ("units", "coming", "day"),
    [
        (1, [], None),
        (1, [Arrival(5, None)], None),
        (5, [Arrival(5, JUNE), Arrival(5, MAY)], MAY),
        (6, [Arrival(5, JUNE), Arrival(5, MAY)], JUNE),
    ],
)
def test_the_day_is_the_one_by_which_enough_has_arrived(units, coming, day):
    assert expected(units, coming) == day


def test_what_is_free_elsewhere_is_said_only_of_a_short_line():
    found = outlooks([(1, 2), (2, 2)], {1: 2}, {}, {}, {1: 9, 2: 9})
    assert found == [Outlook(2, 2, 0), Outlook(2, 0, 2, None, 9)]
