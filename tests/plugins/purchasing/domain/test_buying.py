from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.purchasing.domain.arrival import Expected, everything, is_quantity, problem
from plugins.purchasing.domain.buying import expected_on, lead_time, lot
from plugins.purchasing.domain.prices import amount, decimals, plain
from plugins.purchasing.domain.status import Quantities


@pytest.mark.parametrize(
    ("qty", "minimum", "multiple", "fits"),
    [(7, 1, 1, 7), (7, 12, 1, 12), (7, 1, 6, 12), (7, 12, 6, 12), (13, 12, 6, 18), (12, 10, 6, 12)],
)
def test_a_lot_is_rounded_up(qty: int, minimum: int, multiple: int, fits: int) -> None:
    assert lot(qty, minimum, multiple) == fits


@given(st.integers(1, 10**6), st.integers(1, 1000), st.integers(1, 1000))
def test_a_lot_is_the_smallest_that_fits(qty: int, minimum: int, multiple: int) -> None:
    found = lot(qty, minimum, multiple)
    assert found >= qty
    assert found >= minimum
    assert found % multiple == 0
    assert found - multiple < max(qty, minimum)


def test_an_order_is_complete_with_its_slowest_line() -> None:
    assert expected_on(date(2026, 11, 28), [lead_time(None, 5), lead_time(2, 5)]) == date(
        2026, 12, 3
    )
    assert lead_time(0, 5) == 0
    assert expected_on(date(2026, 11, 28), []) is None


@pytest.mark.parametrize("value", [1, 1_000_000])
def test_a_quantity_is_a_whole_number_of_units(value: object) -> None:
    assert is_quantity(value)


@pytest.mark.parametrize("value", [0, -1, 1_000_001, 10**30, 1.5, 1.0, True, "3", None])
def test_anything_else_is_no_quantity(value: object) -> None:
    assert not is_quantity(value)


LINES = [Expected(7, 1, Quantities(10, 4)), Expected(8, 2, Quantities(5, 5))]


@pytest.mark.parametrize(
    ("arrived", "sentence"),
    [
        ({7: 6}, ""),
        ({7: 1}, ""),
        ({}, "PO-1001: nothing was entered. Give a quantity for at least one line."),
        ({9: 1}, "PO-1001: a line does not belong to this order; load the page again."),
        ({7: 8}, "PO-1001 line 1: 12 received of 10 ordered; 6 still open."),
        ({8: 1}, "PO-1001 line 2: 6 received of 5 ordered; 0 still open."),
        ({7: 0}, "PO-1001 line 1: 0 is not a quantity. Whole number from 1 to 1,000,000."),
        ({7: -3}, "PO-1001 line 1: -3 is not a quantity. Whole number from 1 to 1,000,000."),
    ],
)
def test_no_more_than_is_open_can_arrive(arrived: dict[int, int], sentence: str) -> None:
    assert problem("PO-1001", LINES, arrived) == sentence
    assert everything(LINES) == {7: 6}


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "typed"),
    [
        (226462, "EUR", "€2,264.62", "2264.62"),
        (5, "USD", "$0.05", "0.05"),
        (1500, "JPY", "JPY 1,500", "1500"),
        (1500, "KWD", "KWD 1.500", "1.500"),
        (0, "CHF", "CHF 0.00", "0.00"),
    ],
)
def test_amounts_are_shown_with_the_decimals_of_their_currency(
    minor: int, currency: str, shown: str, typed: str
) -> None:
    assert amount(minor, currency) == shown
    assert plain(minor, currency) == typed
    assert len(typed.partition(".")[2]) == decimals(currency)
