"""The back-order record: its own quantities, and a status that only they decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.backorders.domain.record import (
    Action,
    Badge,
    Figures,
    Record,
    Status,
    drop_shipped,
    follow,
    next_action,
    next_actions,
    requesting,
)

units = st.integers(0, 9)
moments = st.lists(st.tuples(units, units, units), max_size=20)


def step(record: Record, before: Figures, moment: tuple[int, int, int]) -> tuple[Record, Figures]:
    allocated, backordered, wish = moment
    after = Figures(allocated, backordered)
    shipped = min(wish, before.allocated)
    return follow(record, before, after, shipped=shipped), after


@given(moments)
def test_the_record_never_holds_more_than_its_line_nor_less_than_nothing(
    history: list[tuple[int, int, int]],
) -> None:
    record, figures = Record(), Figures(0, 0)
    for moment in history:
        fulfilled = record.fulfilled
        record, figures = step(record, figures, moment)
        assert record.short == figures.backordered
        assert 0 <= record.filled <= figures.allocated
        assert record.fulfilled >= fulfilled


@given(units, units, units)
def test_receiving_and_shipping_lose_no_unit_of_the_back_order(
    covered: int, short: int, received: int
) -> None:
    got = min(received, short)
    opened = follow(Record(), Figures(0, 0), Figures(covered, short))
    filled = follow(opened, Figures(covered, short), Figures(covered + got, short - got))
    assert (filled.short, filled.filled) == (short - got, got)
    gone = follow(
        filled, Figures(covered + got, short - got), Figures(0, short - got), shipped=covered + got
    )
    assert (gone.short, gone.filled, gone.fulfilled) == (short - got, 0, got)


@given(units, units, st.integers(1, 9))
def test_a_cancellation_fills_nothing(covered: int, filled: int, short: int) -> None:
    record = Record(short=short, filled=filled)
    before = Figures(covered + filled, short)
    after = follow(record, before, Figures(covered + filled, short - 1))
    assert after == Record(short=short - 1, filled=filled)


def test_a_line_of_20_with_18_covered_opens_a_new_back_order_of_2() -> None:
    record = follow(Record(), Figures(0, 0), Figures(18, 2))
    assert (record.wanted, record.status, record.badge) == (2, Status.NEW, None)


def test_the_initially_covered_units_ship_before_the_back_order() -> None:
    record = follow(Record(short=1, filled=1), Figures(19, 1), Figures(1, 1), shipped=18)
    assert (record.filled, record.fulfilled, record.badge) == (1, 0, Badge(1, 2))
    record = follow(record, Figures(1, 1), Figures(0, 1), shipped=1)
    assert (record.filled, record.fulfilled, record.status) == (0, 1, Status.NEW)


def test_one_change_may_fill_and_ship_at_once() -> None:
    record = follow(Record(short=3), Figures(2, 3), Figures(0, 0), shipped=5)
    assert record == Record(fulfilled=3)
    assert record.status is Status.FULFILLED


def test_lost_stock_is_taken_from_the_back_order_and_no_further_than_zero() -> None:
    record = follow(Record(short=1, filled=2), Figures(5, 1), Figures(2, 4))
    assert record == Record(short=4, filled=0)


def test_cancelling_covered_units_spares_the_back_order_as_long_as_it_can() -> None:
    record = follow(Record(short=0, filled=2), Figures(5, 0), Figures(2, 0))
    assert record == Record(filled=2)
    assert follow(record, Figures(2, 0), Figures(1, 0)) == Record(filled=1)


def test_more_ordered_and_covered_at_once_is_no_back_order() -> None:
    assert follow(Record(short=2), Figures(3, 2), Figures(8, 2)) == Record(short=2)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (Record(short=2), Status.NEW),
        (Record(short=2, fulfilled=3), Status.NEW),
        (Record(short=2, requested=1), Status.ON_ORDER),
        (Record(short=2, filled=1, requested=1), Status.STOCK_AVAILABLE),
        (Record(filled=1), Status.STOCK_AVAILABLE),
        (Record(fulfilled=1, requested=4), Status.FULFILLED),
        (Record(requested=4), Status.CANCELLED),
        (Record(), Status.CANCELLED),
    ],
)
def test_quantities_alone_decide_the_status(record: Record, status: Status) -> None:
    assert record.status is status


def test_stock_available_says_how_much_only_when_it_is_not_all() -> None:
    assert Record(short=3, filled=2).badge == Badge(2, 5)
    assert Record(filled=2).badge is None
    assert Record(short=2).badge is None


@pytest.mark.parametrize(
    ("record", "actions"),
    [
        (Record(short=2), (Action.REQUEST_STOCK,)),
        (Record(short=2, requested=2), (Action.VIEW_SUPPLY,)),
        (Record(filled=2), (Action.FULFIL,)),
        (Record(short=1, filled=2, requested=3), (Action.FULFIL,)),
        (Record(short=1, filled=2, requested=1), (Action.FULFIL,)),
        (Record(short=3, filled=2, requested=1), (Action.FULFIL, Action.REQUEST_ADDITIONAL)),
        (Record(fulfilled=2), ()),
        (Record(), ()),
    ],
)
def test_each_stage_offers_its_next_step(record: Record, actions: tuple[Action, ...]) -> None:
    assert next_actions(record) == actions
    assert next_action(record.status) is (actions[0] if actions else None)


def test_a_drop_shipment_goes_from_on_order_to_fulfilled() -> None:
    record = requesting(Record(short=3), 3)
    assert record.status is Status.ON_ORDER
    assert drop_shipped(record, 3) == Record(fulfilled=3)


def test_supply_that_is_taken_away_makes_the_back_order_new_again() -> None:
    assert requesting(Record(short=3, requested=3), 0).status is Status.NEW


def test_impossible_numbers_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="Cannot drop ship 4 units: 3 are back-ordered"):
        drop_shipped(Record(short=3), 4)
    with pytest.raises(ValueError, match="Cannot request -1 units"):
        requesting(Record(short=3), -1)
