"""When an order is split, everything follows the units, and nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import Owned, registry
from plugins.backorders.events import OrdersBackordered
from plugins.backorders.models import DEMAND_SOURCE, Backorder, QueueRow, RulingKind
from plugins.backorders.services import filling, forcing, pins, refresh, rulings
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.services import pegs
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, splitting
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market

WHY = "promised on the phone"


@pytest.fixture(autouse=True)
def all_is_right_at_the_end(ctx: object) -> Iterator[None]:
    yield
    found = list(QueueVerifier().differences())
    assert not found, found
    assert refresh.refresh().rows == 0


def others(*mine: SalesOrder) -> list[tuple[int, ...]]:
    """Return what everybody else has."""
    query = sa.select(QueueRow.line_id, QueueRow.allocated_qty, QueueRow.pinned_qty)
    query = query.where(QueueRow.order_id.not_in([order.id for order in mine]))
    return [tuple(row) for row in db.session.execute(query.order_by(QueueRow.line_id))]


def test_what_waits_goes_to_the_child_with_its_back_order_and_pegs(market: Market) -> None:
    m.ordered(market, (market.mug, 2))
    m.arrive(market.mug, market.porto, 5)
    order = m.ordered(market, (market.mug, 8))
    m.ordered(market, (market.mug, 4))
    line = order.lines[0].id
    pegs.add([pegs.NewPeg("test", 1, DEMAND_SOURCE, line, market.mug, 4)])
    before, record = others(order), m.record(order)
    assert record is not None
    heard: list[object] = []
    registry().handlers[OrdersBackordered].append(Owned("core", heard.append))
    try:
        child = splitting.split(order.id, {line: 5}).child
    finally:
        registry().handlers[OrdersBackordered].pop()
    assert (m.figures(order), m.figures(child)) == ([(3, 0, 0)], [(0, 0, 5)])
    assert (m.order_class(order), m.order_class(child)) == ("none", "full")
    assert others(order, child) == before
    assert heard == []
    moved = m.record(child, child.lines[0].position)
    assert moved is not None
    assert (moved.id, moved.status, moved.short_qty, moved.requested_qty) == (
        record.id, "on_order", 5, 4,
    )  # fmt: skip
    assert [(p.demand_line_id, p.qty) for p in pegs.of_supply("test", [1])] == [
        (child.lines[0].id, 4)
    ]
    m.arrive(market.mug, market.porto, 1)
    assert m.figures(child) == [(1, 0, 4)]


def test_a_part_of_what_waits_opens_a_back_order_as_old_as_the_first(market: Market) -> None:
    order = m.ordered(market, (market.mug, 6))
    line = order.lines[0].id
    pegs.add([pegs.NewPeg("test", 1, DEMAND_SOURCE, line, market.mug, 5)])
    db.session.execute(sa.update(Backorder).values(opened_at=Backorder.opened_at))
    child = splitting.split(order.id, {line: 2}).child
    old, new = m.record(order), m.record(child, child.lines[0].position)
    assert old is not None
    assert new is not None
    assert (old.short_qty, old.requested_qty) == (4, 4)
    assert (new.short_qty, new.requested_qty) == (2, 1)
    assert new.opened_at == old.opened_at
    assert new.id != old.id


def test_pins_and_forced_units_go_along_with_who_and_why(market: Market) -> None:
    m.arrive(market.mug, market.porto, 6)
    m.ordered(market, (market.mug, 3))
    order = m.ordered(market, (market.mug, 8), (market.kettle, 2))
    line = order.lines[0].id
    pins.pin({line: 5}, reason=WHY)
    forcing.force({line: 2}, reason="for the fair")
    before = others(order)
    child = splitting.split(order.id, {line: 5}).child
    assert (m.figures(order)[0], m.figures(child)) == ((3, 0, 0), [(2, 0, 3)])
    mine = [order.lines[0].id, child.lines[0].id]
    pinned, forced = (rulings.of(mine, kind) for kind in RulingKind)
    assert [(pinned[key].qty, pinned[key].reason) for key in mine] == [(3, WHY), (2, WHY)]
    assert {key: (row.qty, row.reason) for key, row in forced.items()} == {
        mine[1]: (2, "for the fair")
    }
    assert others(order, child) == before


def test_two_lines_of_one_product_keep_their_stock_between_them(market: Market) -> None:
    m.arrive(market.mug, market.porto, 5)
    order = m.ordered(market, (market.mug, 4), (market.mug, 3))
    m.ordered(market, (market.mug, 2))
    child = splitting.split(order.id, {order.lines[0].id: 2}).child
    assert (m.figures(order), m.figures(child)) == ([(2, 0, 0), (3, 0, 0)], [(0, 0, 2)])
    grandchild = splitting.split(child.id, {child.lines[0].id: 1}).child
    m.arrive(market.mug, market.porto, 1)
    assert (m.figures(child), m.figures(grandchild)) == ([(1, 0, 0)], [(0, 0, 1)])


@pytest.mark.parametrize("by_itself", [True, False])
def test_filling_an_approved_order_ships_from_an_order_of_its_own(
    market: Market, by_itself: bool
) -> None:
    m.set_to("auto_allocate_on_receipt", by_itself)
    order = m.ordered(market, (market.mug, 6), (market.kettle, 1))
    later = m.ordered(market, (market.mug, 2))
    line = order.lines[0].id
    forcing.force({line: 6}, reason=WHY)
    orders.approve([order.id])
    m.arrive(market.mug, market.porto, 4)
    filling_units = 2 if by_itself else 4
    done = filling.fill(order.id, {line: filling_units})
    child = db.session.get(SalesOrder, done.child_id)
    assert child is not None
    assert child.parent_id == order.id
    assert m.figures(child) == [(filling_units, 0, 0)]
    assert m.figures(order)[0] == (0, 0, 6 - filling_units)
    assert m.figures(later) == [(2, 0, 0)] if by_itself else [(0, 0, 2)]
    m.ship(child)
    assert m.figures(child) == []


def test_splitting_many_lines_costs_no_more_statements(app: object, market: Market) -> None:
    counts = []
    for many in (2, 12):
        order = m.ordered(market, *[(market.mug, 3), (market.kettle, 3)] * (many // 2))
        chosen = {line.id: 1 for line in order.lines}
        forcing.force(chosen, reason=WHY)
        with m.statements(app) as seen:  # type: ignore[arg-type]
            splitting.split(order.id, chosen)
        counts.append(len([statement for statement in seen if "backorders_" in statement]))
    assert counts[0] == counts[1], counts
