"""When a rule orders, and how much."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.replenishment.domain.formulas import Demand, LeadTime
from plugins.replenishment.domain.rules import (
    Inputs,
    Levels,
    Method,
    Stand,
    levels,
    need,
    to_buy,
)

MIN_MAX = Levels(10, top=25)
LOTS = Levels(10, lot=8)


@pytest.mark.parametrize(
    ("known", "stand", "buy"),
    [
        (MIN_MAX, Stand(free=11), 0),
        (MIN_MAX, Stand(free=10), 15),
        (MIN_MAX, Stand(free=0), 25),
        (MIN_MAX, Stand(free=4, own=7), 0),
        (MIN_MAX, Stand(free=4, own=3), 18),
        (MIN_MAX, Stand(free=4, loose=7), 0),
        (MIN_MAX, Stand(free=4, loose=7, wanted=5), 19),
        (MIN_MAX, Stand(free=4, loose=7, wanted=50), 21),
        (LOTS, Stand(free=10), 8),
        (LOTS, Stand(free=0), 16),
        (LOTS, Stand(free=11), 0),
        (Levels(0, lot=1), Stand(free=0), 0),
        (Levels(0, top=5), Stand(free=0), 5),
        (Levels(0, top=5), Stand(free=1), 0),
    ],
)
def test_at_or_below_the_point_it_orders_up_to_the_top_or_whole_lots(
    known: Levels, stand: Stand, buy: int
) -> None:
    assert to_buy(known, stand) == buy


UNITS = st.integers(0, 60)
STANDS = st.builds(Stand, UNITS, UNITS, UNITS, UNITS)
LEVELS = st.one_of(
    st.builds(lambda point, more: Levels(point, top=point + more), UNITS, st.integers(1, 40)),
    st.builds(lambda point, lot: Levels(point, lot=lot), st.integers(1, 60), st.integers(1, 40)),
)


@given(LEVELS, STANDS)
def test_what_is_bought_brings_the_position_above_the_point_and_is_bought_once(
    known: Levels, stand: Stand
) -> None:
    buy = to_buy(known, stand)
    assert buy >= 0
    after = Stand(stand.free, stand.own + buy, stand.loose, stand.wanted)
    assert after.position > known.point or known.point + known.top == 0
    assert to_buy(known, after) == 0


@given(LEVELS, STANDS)
def test_the_need_less_the_loose_supply_that_others_leave_is_what_to_buy(
    known: Levels, stand: Stand
) -> None:
    asked = need(known, stand)
    covered = min(asked, max(0, stand.loose - stand.wanted))
    assert asked - covered == to_buy(known, stand)


def test_a_rule_from_demand_uses_the_formulas() -> None:
    known = Inputs(
        Method.REORDER_POINT,
        Demand(Decimal(20), Decimal(5)),
        LeadTime(9, 2),
        ordering_minor=1000,
        holding_minor=Decimal(50),
    )
    assert levels(known) == Levels(point=251, lot=541, safety=71)
