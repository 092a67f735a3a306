"""Splitting on paper: units and cents are conserved, whatever the currency (F105)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.sales.domain.money import MAX_PRICE_MINOR, line_total, places_of
from plugins.sales.domain.quantities import Figures
from plugins.sales.domain.splitting import (
    Piece,
    Splittable,
    by_largest_remainder,
    credit,
    leaves_something,
    split,
    waiting,
)

CURRENCIES = ("EUR", "JPY", "KWD")


def line(line_id: int, ordered: int, shipped: int = 0, cancelled: int = 0, total: int = 0):
    return Splittable(line_id, f"P-{line_id}", Figures(ordered, shipped, cancelled), total)


def test_what_cannot_ship_waits():
    lines = [line(1, 5), line(2, 4, shipped=1), line(3, 2, cancelled=2)]
    assert waiting(lines, {1: 3, 2: 3}) == {1: 2}


def test_a_discounted_line_loses_no_cent():
    # Five at 3.33 less 10 % cost 14.99 (14.985); rounded each for itself, 3 and 2 would cost 14.98.
    total = line_total(5, 333, 1000)
    apart = line_total(3, 333, 1000) + line_total(2, 333, 1000)
    assert (total, apart) == (1499, 1498)
    (piece,) = split([line(1, 5, total=total)], {1: 2})
    assert piece == Piece(1, 2, 600, 899)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, (1, 1, 1), [34, 33, 33]),
        (100, (0, 3), [0, 100]),
        (7, (0, 0), [7, 0]),
        (1, (1, 2), [0, 1]),
        (0, (4, 5), [0, 0]),
    ],
)
def test_shares_add_up(total, weights, shares):
    assert by_largest_remainder(total, weights) == shares


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({1: 0}, "Nothing is chosen"),
        ({1: 3, 2: 2}, "Everything is chosen"),
        ({1: 4}, "4 of P-1 cannot go to the new order; allowed: 0 to 3"),
        ({1: -1}, "-1 of P-1 cannot go"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(chosen, sentence):
    with pytest.raises(ValueError, match=sentence):
        split([line(1, 3), line(2, 2)], chosen)


def test_an_order_of_which_something_shipped_may_give_away_all_the_rest():
    lines = [line(1, 3, shipped=1)]
    assert leaves_something(lines, {1: 2})
    assert split(lines, {1: 2})[0].moved == 2


@pytest.mark.parametrize(
    ("total", "paid", "child", "carried"),
    [(500, 700, 300, 200), (500, 400, 300, 0), (500, 1000, 300, 300), (0, 0, 300, 0)],
)
def test_only_what_was_paid_beyond_the_parent_is_carried(total, paid, child, carried):
    assert credit(total, paid, child) == carried


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, list[Splittable]]:
    """Draw an order in a currency with 0, 2 or 3 decimals; prices are in its minor units."""
    currency = draw(st.sampled_from(CURRENCIES))
    price = st.integers(0, MAX_PRICE_MINOR // 10 ** (3 - places_of(currency)))
    made = []
    for line_id in range(1, draw(st.integers(1, 6)) + 1):
        ordered = draw(st.integers(1, 10_000))
        shipped = draw(st.integers(0, ordered))
        cancelled = draw(st.integers(0, ordered - shipped))
        total = line_total(ordered - cancelled, draw(price), draw(st.integers(0, 10_000)))
        made.append(line(line_id, ordered, shipped, cancelled, total))
    return currency, made


def check_conserved(lines: Sequence[Splittable], data: st.DataObject) -> None:
    chosen = {one.line_id: data.draw(st.integers(0, one.figures.open)) for one in lines}
    try:
        pieces = {piece.line_id: piece for piece in split(lines, chosen)}
    except ValueError:
        assert not any(chosen.values()) or not leaves_something(lines, chosen)
        return
    for one in lines:
        piece = pieces.get(one.line_id, Piece(one.line_id, 0, 0, one.total_minor))
        kept = one.figures.ordered - one.figures.cancelled - piece.moved
        assert piece.moved == chosen[one.line_id]
        assert piece.moved_minor + piece.kept_minor == one.total_minor
        assert min(piece.moved_minor, piece.kept_minor) >= 0
        exact = one.total_minor * piece.moved
        assert abs(piece.moved_minor * (kept + piece.moved) - exact) <= kept + piece.moved


@given(order=orders(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_random_splits_conserve_units_and_cents(order, data):
    check_conserved(order[1], data)


@pytest.mark.prove
@given(order=orders(), data=st.data())
@settings(max_examples=10_000, deadline=None)
def test_ten_thousand_random_splits_conserve_units_and_cents(order, data):
    check_conserved(order[1], data)


def test_without_the_largest_remainder_cents_are_lost():
    """Negative control: each part rounded for itself does not add up."""
    lost = [
        qty
        for qty in range(2, 40)
        if line_total(1, 333, 1250) + line_total(qty - 1, 333, 1250) != line_total(qty, 333, 1250)
    ]
    assert lost
