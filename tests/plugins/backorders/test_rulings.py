"""What people decide by hand: pins, forced back orders, and filling; who, why, until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.audit import act_as
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError
from erp_core.models import AuditRow
from plugins.backorders import jobs
from plugins.backorders.models import Ruling, RulingKind
from plugins.backorders.services import filling, forcing, pins, refresh, rulings
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.events import MoveKind
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market

WHY = "promised on the phone"


@pytest.fixture(autouse=True)
def all_is_right_at_the_end(ctx: object) -> Iterator[None]:
    yield
    found = list(QueueVerifier().differences())
    assert not found, found
    assert refresh.refresh().rows == 0


def line(order: SalesOrder, position: int = 1) -> int:
    return order.lines[position - 1].id


def ruled(kind: RulingKind, order: SalesOrder) -> Ruling | None:
    return rulings.of([line(order)], kind).get(line(order))


def test_pinned_units_are_served_before_every_other_claim(market: Market) -> None:
    m.arrive(market.mug, market.porto, 4)
    first, late = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 3))
    act_as("petra@example.com")
    assert pins.pin({line(late): 3}, reason=WHY) == []
    assert [m.figures(first), m.figures(late)] == [[(1, 0, 3)], [(3, 0, 0)]]
    found = ruled(RulingKind.PINNED, late)
    assert found is not None
    assert (found.qty, found.owner, found.reason) == (3, "petra@example.com", WHY)
    m.arrive(market.mug, market.porto, -2, MoveKind.ADJUSTMENT)
    assert [m.figures(first), m.figures(late)] == [[(0, 0, 4)], [(2, 0, 1)]]


def test_what_a_pin_cannot_get_is_a_conflict_and_stays_one(market: Market) -> None:
    m.arrive(market.mug, market.porto, 2)
    order = m.ordered(market, (market.mug, 5))
    (found,) = pins.pin({line(order): 4}, reason=WHY)
    assert (found.pinned, found.allocated, found.missing) == (4, 2, 2)
    assert found.line == f"line 1 of {order.number} (HF-310)"
    assert refresh.refresh().rows == 0
    assert pins.conflicts() == [found]
    m.arrive(market.mug, market.porto, 2)
    assert pins.conflicts() == []


def test_only_the_owner_or_the_privileged_end_a_pin(market: Market) -> None:
    m.arrive(market.mug, market.porto, 2)
    order, next_one = m.ordered(market, (market.mug, 2)), m.ordered(market, (market.mug, 2))
    act_as("petra@example.com")
    pins.pin({line(next_one): 2}, reason=WHY)
    act_as("otto@example.com")
    for attempt in (
        lambda: pins.unpin([line(next_one)]),
        lambda: pins.pin({line(next_one): 1}, reason="mine now"),
    ):
        with pytest.raises(
            ConflictError, match=r"petra@example\.com pinned 2 units .*on the phone"
        ):
            attempt()
    pins.unpin([line(next_one)], privileged=True)
    assert [m.figures(order), m.figures(next_one)] == [[(2, 0, 0)], [(0, 0, 2)]]
    assert ruled(RulingKind.PINNED, next_one) is None


def test_an_expired_pin_gives_its_units_to_the_next_waiter(market: Market) -> None:
    m.arrive(market.mug, market.porto, 2)
    order, late = m.ordered(market, (market.mug, 2)), m.ordered(market, (market.mug, 2))
    pins.pin({line(late): 2}, reason=WHY, until=now() + timedelta(hours=1))
    assert jobs.expire_pins() == 0
    db.session.execute(sa.update(Ruling).values(expires_at=now() - timedelta(seconds=1)))
    assert jobs.expire_pins() == 1
    assert [m.figures(order), m.figures(late)] == [[(2, 0, 0)], [(0, 0, 2)]]
    assert jobs.expire_pins() == 0


def test_a_forced_back_order_is_never_filled_and_its_stock_goes_to_the_next(
    market: Market,
) -> None:
    m.arrive(market.mug, market.porto, 5)
    order, waiter = m.ordered(market, (market.mug, 5)), m.ordered(market, (market.mug, 4))
    act_as("petra@example.com")
    forcing.force({line(order): 3}, reason=WHY)
    assert [m.figures(order), m.figures(waiter)] == [[(2, 0, 3)], [(3, 0, 1)]]
    m.arrive(market.mug, market.porto, 9)
    assert refresh.refresh().rows == 0
    assert [m.figures(order), m.figures(waiter)] == [[(2, 0, 3)], [(4, 0, 0)]]
    found = ruled(RulingKind.FORCED, order)
    assert found is not None
    assert (found.qty, found.owner, found.reason) == (3, "petra@example.com", WHY)
    assert forcing.release({line(order): 2}, reason="found more") == {line(order): 2}
    assert m.figures(order) == [(4, 0, 1)]
    said = db.session.scalars(sa.select(AuditRow).filter_by(action="release")).one()
    assert said.after == {"released": 2, "reason": "found more"}
    assert m.balance(market.mug, market.porto) == (14, 6, 1)


def test_pins_and_forced_units_shrink_with_their_line(market: Market) -> None:
    m.arrive(market.mug, market.porto, 3)
    order = m.ordered(market, (market.mug, 9))
    pins.pin({line(order): 3}, reason=WHY)
    forcing.force({line(order): 5}, reason=WHY)
    m.ship(order)
    assert ruled(RulingKind.PINNED, order) is None
    orders.cancel_line(line(order), 4)
    assert ruled(RulingKind.FORCED, order).qty == 2  # type: ignore[union-attr]
    orders.cancel([order.id])
    assert not db.session.scalars(sa.select(Ruling)).all()
    actions = sa.select(AuditRow.action).filter_by(subject="backorders_ruling")
    assert list(db.session.scalars(actions.order_by(AuditRow.id))) == [
        "create", "create", "delete", "change", "delete",
    ]  # fmt: skip


def test_a_pin_goes_with_its_order_to_another_location(market: Market) -> None:
    m.arrive(market.mug, market.north, 2)
    there = m.ordered(market, (market.mug, 2), warehouse_id=market.north)
    order = m.ordered(market, (market.mug, 2))
    pins.pin({line(order): 2}, reason=WHY)
    orders.set_warehouse(order.id, market.north)
    assert [m.figures(order), m.figures(there)] == [[(2, 0, 0)], [(0, 0, 2)]]


BAD = {
    "no reason": (lambda key: forcing.force({key: 1}, reason=" "), "Say why"),
    "too many held back": (
        lambda key: forcing.force({key: 9}, reason=WHY),
        r"Line 1 of SO-1001 \(HF-310\): Cannot hold back 9 units: 5 are open",
    ),
    "too many pinned": (
        lambda key: pins.pin({key: 9}, reason=WHY),
        r"Line 1 of SO-1001 \(HF-310\): Cannot pin 9 units: 5 are open and not held back",
    ),
    "a pin of nothing": (lambda key: pins.pin({key: 0}, reason=WHY), "needs 1 unit or more"),
    "a pin in the past": (
        lambda key: pins.pin({key: 1}, reason=WHY, until=now() - timedelta(days=1)),
        "has passed; choose a later time",
    ),
    "a long reason": (lambda key: pins.pin({key: 1}, reason="x" * 255), "254 are allowed"),
    "releasing what is not held": (
        lambda key: forcing.release({key: 1}, reason=WHY),
        "1 units cannot be released: 0 are held back",
    ),
    "no line": (lambda _key: forcing.force({}, reason=WHY), "at least one"),
    "a line that is gone": (
        lambda key: forcing.force({key + 99: 1}, reason=WHY),
        "No stock is given to order line",
    ),
    "filling without stock": (
        lambda key: filling.fill_lines({key: 1}),
        r"1 units of HF-310 at Porto cannot be filled: 0 lie free",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_sentence_and_changes_nothing(market: Market, name: str) -> None:
    order = m.ordered(market, (market.mug, 5))
    attempt, sentence = BAD[name]
    with pytest.raises(ErpError, match=sentence):
        attempt(line(order))
    assert m.figures(order) == [(0, 0, 5)]


def test_filling_releases_forced_units_from_free_stock(market: Market) -> None:
    m.arrive(market.mug, market.porto, 4)
    order = m.ordered(market, (market.mug, 6), (market.kettle, 1))
    forcing.force({line(order): 6}, reason=WHY)
    (mug, kettle) = filling.proposals([order.id])
    assert (mug.needed, mug.proposed, mug.forced, mug.free) == (6, 4, 6, 4)
    assert (kettle.needed, kettle.proposed) == (1, 0)
    with pytest.raises(ErpError, match=r"5 units of HF-310 at Porto cannot be filled: 4 lie free"):
        filling.fill(order.id, {line(order): 5})
    filling.fill(order.id, {line(order): 3})
    assert m.figures(order) == [(3, 0, 3), (0, 0, 1)]
    assert ruled(RulingKind.FORCED, order).qty == 3  # type: ignore[union-attr]
    assert m.balance(market.mug, market.porto) == (4, 1, 3)


def test_where_people_fill_arriving_stock_stays_free_until_somebody_does(market: Market) -> None:
    m.set_to("auto_allocate_on_receipt", False)
    m.arrive(market.mug, market.porto, 2)
    first, second = m.ordered(market, (market.mug, 4)), m.ordered(market, (market.mug, 3))
    assert [m.figures(first), m.figures(second)] == [[(2, 0, 2)], [(0, 0, 3)]]
    m.arrive(market.mug, market.porto, 6)
    assert m.balance(market.mug, market.porto) == (8, 6, 5)
    orders.cancel_line(line(first), 1)
    assert [m.figures(first), m.figures(second)] == [[(2, 0, 1)], [(0, 0, 3)]]
    filling.fill(second.id, {line(second): 2})
    assert [m.figures(first), m.figures(second)] == [[(2, 0, 1)], [(2, 0, 1)]]
    new = m.ordered(market, (market.mug, 3))
    assert m.figures(new) == [(3, 0, 0)]
    m.arrive(market.mug, market.porto, -4, MoveKind.ADJUSTMENT)
    assert [m.figures(o) for o in (first, second, new)] == [
        [(2, 0, 1)], [(2, 0, 1)], [(0, 0, 3)],
    ]  # fmt: skip
    m.set_to("auto_allocate_on_receipt", True)
    m.arrive(market.mug, market.porto, 2)
    assert [m.figures(o) for o in (first, second, new)] == [
        [(3, 0, 0)], [(3, 0, 0)], [(0, 0, 3)],
    ]  # fmt: skip


def test_rulings_of_many_lines_cost_no_more_statements(app: Flask, market: Market) -> None:
    m.arrive(market.mug, market.porto, 50)
    counts = []
    for many in (1, 20):
        made = [line(m.ordered(market, (market.mug, 1))) for _ in range(many)]
        with m.statements(app) as seen:
            forcing.force(dict.fromkeys(made, 1), reason=WHY)
            filling.fill_lines(dict.fromkeys(made, 1))
            pins.pin(dict.fromkeys(made, 1), reason=WHY)
            pins.unpin(made)
        counts.append(len(seen))
    assert counts[0] == counts[1], counts
