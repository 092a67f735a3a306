"""An order split in two: linked both ways, one place in the queue, nothing lost (F105)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from plugins.backorders.models import QueueRow
from plugins.sales.events import OrderSplit
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, payments, shipping, splitting
from plugins.sales.services.figures import figures
from plugins.sales.services.orders import NewLine, NewOrder
from tests.plugins.sales.shop import DAY, confirmed, draft, open_shop


def units(order):
    return [(line.ordered_qty, line.shipped_qty, line.cancelled_qty) for line in order.lines]


def queued(order):
    """Return open, allocated and back-ordered units of the order's lines in the queue."""
    rows = sa.select(QueueRow.open_qty, QueueRow.allocated_qty, QueueRow.backordered_qty)
    mine = rows.where(QueueRow.order_id == order.id).order_by(QueueRow.alloc_key)
    return [tuple(row) for row in db.session.execute(mine)]


def test_the_child_has_the_parents_facts_and_place_and_lines_of_its_own(ctx):
    shop = open_shop(mugs=3)
    parent = confirmed(shop, (shop.mug, 5), (shop.kettle, 2), priority=2, ship_city="Braga")
    mug, kettle = parent.lines
    done = splitting.split(parent.id, {mug.id: 2, kettle.id: 2})
    child = done.child
    assert (units(parent), units(child)) == ([(3, 0, 0), (0, 0, 0)], [(2, 0, 0), (2, 0, 0)])
    for fact in ("customer_id", "warehouse_id", "sequence", "priority", "currency", "ship_city"):
        assert getattr(child, fact) == getattr(parent, fact)
    assert (child.parent_id, child.status, child.number) == (parent.id, "confirmed", "SO-1002")
    assert [line.position for line in child.lines] == [3, 4]
    assert [(m.line_id, m.qty) for m in done.moved] == [(mug.id, 2), (kettle.id, 2)]
    assert [m.new_line_id for m in done.moved] == [line.id for line in child.lines]


def test_stock_is_given_out_anew_at_once_and_nobody_else_loses_any(ctx):
    shop = open_shop(mugs=6)
    first = confirmed(shop, (shop.mug, 5))
    second = confirmed(shop, (shop.mug, 4))
    assert (queued(first), queued(second)) == ([(5, 5, 0)], [(4, 1, 3)])
    child = splitting.split(second.id, splitting.waiting_units(second)).child
    assert (queued(first), queued(second), queued(child)) == ([(5, 5, 0)], [(1, 1, 0)], [(3, 0, 3)])
    orders.cancel([first.id])
    assert (queued(second), queued(child)) == ([(1, 1, 0)], [(3, 3, 0)])


def test_lines_added_later_to_parent_or_child_get_places_of_their_own(ctx):
    shop = open_shop()
    parent = confirmed(shop, (shop.mug, 5))
    child = splitting.split(parent.id, {parent.lines[0].id: 2}).child
    grandchild = splitting.split(child.id, {child.lines[0].id: 1}).child
    orders.add_lines(parent.id, [NewLine(shop.mug, 1)])
    orders.add_lines(child.id, [NewLine(shop.mug, 1)])
    db.session.refresh(grandchild)
    places = [line.position for one in (parent, child, grandchild) for line in one.lines]
    assert sorted(places) == [1, 2, 3, 4, 5]


def test_both_parts_cost_what_the_whole_did_and_the_list_agrees(ctx):
    shop = open_shop()
    line = NewLine(shop.mug, 5, 333, 1000)
    (order,) = orders.create([NewOrder(shop.customer, shop.store, (line,), DAY)])
    orders.confirm([order.id])
    whole = order.total_minor
    child = splitting.split(order.id, {order.lines[0].id: 2}).child
    assert (whole, order.total_minor + child.total_minor) == (1499, 1499)
    assert [one.lines[0].rounding_minor for one in (order, child)] != [0, 0]
    listed = figures([order.id, child.id])
    assert [listed[one.id].total_minor for one in (order, child)] == [
        order.total_minor,
        child.total_minor,
    ]
    orders.set_quantities(child.id, {child.lines[0].id: 4})
    assert child.lines[0].rounding_minor == 0


@pytest.mark.parametrize("carry", [True, False])
def test_money_beyond_the_parents_worth_is_carried_only_when_asked(ctx, carry):
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 4))
    payments.record(order.id, "Card", 5000)
    child = splitting.split(order.id, {order.lines[0].id: 3}, carry_credit=carry).child
    assert order.total_minor == 1250
    assert (order.paid_minor, child.paid_minor) == ((1250, 3750) if carry else (5000, 0))


def test_what_cannot_be_split_is_refused_in_one_sentence(ctx):
    shop = open_shop(mugs=2)
    order = confirmed(shop, (shop.mug, 2))
    line = order.lines[0].id
    for chosen, sentence in (({line: 2}, "leave at least one"), ({line: 0}, "Nothing is chosen")):
        with pytest.raises(ErpError, match=sentence):
            splitting.split(order.id, chosen)
    with pytest.raises(ErpError, match="3 of HF-310 cannot go to the new order"):
        splitting.split(order.id, {line: 3})
    with pytest.raises(NotFoundError):
        splitting.split(order.id, {line + 99: 1})
    with pytest.raises(ConflictError, match="SO-1002 is draft"):
        splitting.split(draft(shop, (shop.mug, 2)).id, {})
    orders.approve([order.id])
    with pytest.raises(ConflictError, match="approved, so its lines cannot be changed"):
        splitting.split(order.id, {line: 1})
    assert units(order) == [(2, 0, 0)]


def test_a_held_orders_child_is_held_too(ctx):
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 2))
    orders.hold([order.id])
    assert splitting.split(order.id, {order.lines[0].id: 1}).child.status == "on_hold"


def test_an_order_whose_rest_went_away_is_fulfilled(ctx):
    shop = open_shop(mugs=1)
    order = confirmed(shop, (shop.mug, 3))
    shipping.ship(order.id)
    child = splitting.split(order.id, {order.lines[0].id: 2}).child
    assert (order.status, units(order)) == ("fulfilled", [(1, 1, 0)])
    assert (child.status, units(child)) == ("confirmed", [(2, 0, 0)])


def test_the_split_is_announced_with_what_moved(ctx, monkeypatch):
    said = []
    real = splitting.publish
    monkeypatch.setattr(splitting, "publish", lambda event: (said.append(event), real(event)))
    shop = open_shop()
    order = confirmed(shop, (shop.mug, 5))
    done = splitting.split(order.id, {order.lines[0].id: 2})
    assert said == [OrderSplit(order.id, done.child.id, done.moved)]


# -- units that are filled out of an approved order (A13) ----------------------------------


def test_filling_an_approved_order_makes_a_child_with_the_filled_units(ctx):
    shop = open_shop(mugs=3)
    order = confirmed(shop, (shop.mug, 5), (shop.kettle, 1))
    orders.approve([order.id])
    mug = order.lines[0]
    done = splitting.child_for_fill(order.id, {mug.id: 3})
    assert done is not None
    assert (units(order), units(done.child)) == ([(2, 0, 0), (1, 0, 0)], [(3, 0, 0)])
    assert (order.status, done.child.status, done.child.approved_at) == (
        "approved",
        "confirmed",
        None,
    )
    assert done.moved[0].covered == 3


def test_filling_in_place_makes_no_child(ctx):
    shop = open_shop(mugs=5)
    order = confirmed(shop, (shop.mug, 5))
    line = order.lines[0].id
    assert splitting.child_for_fill(order.id, {line: 2}) is None
    orders.approve([order.id])
    assert splitting.child_for_fill(order.id, {line: 5}) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SalesOrder)) == 1
