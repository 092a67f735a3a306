"""Rules on a database: where they stand, what they need, and that nothing is bought twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.registry import providers
from plugins.inventory.models import Peg, Product
from plugins.inventory.ports import DemandSource
from plugins.inventory.services import shortages, transfers
from plugins.purchasing.models import PurchaseOrder
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services import proposals as buying
from plugins.purchasing.services import receiving
from plugins.purchasing.services.orders import NewPurchase, NewPurchaseLine
from plugins.purchasing.services.proposals import Asked
from plugins.purchasing.settings import Choose
from plugins.replenishment.models import DEMAND_SOURCE, Method, Proposal, ReorderRule
from plugins.replenishment.services import demand, proposals, rules, supply_needs
from plugins.replenishment.services.standing import standings
from plugins.replenishment.services.supply_needs import Chosen, Spot
from tests.plugins.backorders.market import arrive, ordered, statements
from tests.plugins.backorders.views_trade import Trade, bought
from tests.plugins.replenishment.conftest import rule, shipped


def needed() -> list[tuple[str, int, int, int, int]]:
    """Return SKU, back orders, reorder need, on order and missing."""
    return [
        (line.product.sku, line.backorders, line.reorder, line.on_order, line.missing)
        for line in supply_needs.lines()
    ]


def everything() -> list[Chosen]:
    return [Chosen(x.spot, x.suggested, x.missing) for x in supply_needs.lines()]


def buy(trade: Trade, qty: int) -> None:
    line = NewPurchaseLine(trade.market.mug, qty)
    purchases.create([NewPurchase(trade.nord, trade.market.porto, (line,))])


def test_a_shelf_at_its_minimum_is_filled_up_to_its_maximum(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    arrive(market.mug, market.porto, 6)
    assert needed() == []
    arrive(market.mug, market.porto, -1, kind="adjustment")  # type: ignore[arg-type]
    assert needed() == [("HF-310", 0, 15, 0, 15)]


def test_customers_come_first_and_no_unit_is_bought_twice(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    order = ordered(market, (market.mug, 4))
    buy(trade, 6)
    # 6 on order: 4 for the customer, 2 for the shelf, whose position is 2: 18 are to be bought.
    assert needed() == [("HF-310", 4, 20, 6, 18)]
    (link,) = supply_needs.order(everything())
    pegs = db.session.execute(sa.select(Peg.demand_source, Peg.qty)).all()
    assert [tuple(peg) for peg in pegs] == [(DEMAND_SOURCE, 18)]
    assert needed() == []
    assert link.number == "PO-1002"
    receiving.receive(_sent("PO-1001"))
    receiving.receive(_sent("PO-1002"))
    assert db.session.scalar(sa.select(sa.func.count(Peg.id))) == 0
    (one,) = standings()
    assert (order.lines[0].ordered_qty, one.stand.free, one.buy) == (4, 20, 0)


def _sent(number: str) -> int:
    key = db.session.scalars(sa.select(PurchaseOrder.id).filter_by(number=number)).one()
    return purchases.mark_sent(key).id


def test_goods_that_a_requested_transfer_takes_away_do_not_count(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    arrive(market.mug, market.porto, 12)
    made = transfers.create(
        transfers.NewTransfer(market.porto, market.north, ((market.mug, 8),), "")
    )
    transfers.request(made.id)
    assert needed() == [("HF-310", 0, 16, 0, 16)]


def test_a_rule_from_demand_follows_the_ledger(trade: Trade) -> None:
    market = trade.market
    shipped(market.mug, market.porto, *[2, 4] * 45)
    shipped(market.mug, market.north, 90)
    found = demand.daily({market.mug}, 90)[market.mug, market.porto]
    assert found.mean == Decimal(3)
    assert round(found.deviation, 4) == Decimal("1.0056")
    db.session.get_one(Product, market.mug).cost_minor = 500
    rule(trade, market.mug, method=Method.REORDER_POINT, min_qty=0, max_qty=0)
    (one,) = standings()
    # lead time 5 days of the supplier: 3 * 5 + up(1.6449 * sqrt(5 * 1.0056^2) = 3.70)
    assert (one.levels.point, one.levels.safety) == (19, 4)
    # sqrt(2 * 1095 * 2500 / 100) = 233.98
    assert needed() == [("HF-310", 0, 234, 0, 234)]


def test_request_stock_and_purchase_proposals_see_the_same_needs(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    ordered(market, (market.mug, 4))
    assert DEMAND_SOURCE in [one.key for one in providers(DemandSource)]  # type: ignore[type-abstract]
    rows = [(r.sum.backorders, r.sum.reorder) for r in buying.propose(buying.EVERYTHING).rows]
    assert rows == [(4, 20)]
    only = [r.sum for r in buying.propose(Asked(Choose.REORDER)).rows]
    assert [(x.backorders, x.reorder, x.suggested) for x in only] == [(0, 20, 20)]
    buying.order(buying.chosen_of(buying.propose(Asked(Choose.BACKORDERS))))
    assert needed() == [("HF-310", 0, 20, 0, 20)]


def test_what_was_ordered_meanwhile_is_not_ordered_again(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    seen = everything()
    supply_needs.order(seen)
    with pytest.raises(ConflictError, match="0 are now"):
        supply_needs.order(seen)
    assert len(bought(lambda work: work())) == 1


def test_a_line_that_nobody_sells_is_shown_and_refused(trade: Trade) -> None:
    market = trade.market
    product = Product(sku="LOOSE", name="Loose end")
    db.session.add(product)
    db.session.flush()
    rule(trade, product.id)
    (line,) = supply_needs.lines()
    assert (line.way, line.missing) == (None, 20)
    with pytest.raises(ErpError, match="LOOSE: nobody sells it"):
        supply_needs.order([Chosen(Spot(product.id, market.porto), 20, 20)])


def test_orders_can_be_sent_in_the_same_step(trade: Trade) -> None:
    rule(trade, trade.market.mug)
    supply_needs.order(everything(), send=True)
    assert db.session.scalars(sa.select(PurchaseOrder.status)).all() == ["sent"]


def test_proposals_are_updated_in_place_and_never_pile_up(trade: Trade) -> None:
    market = trade.market
    rule(trade, market.mug)
    ordered(market, (market.kettle, 2))
    first = proposals.refresh()
    since = proposals.since()
    ordered(market, (market.kettle, 3))
    again = proposals.refresh()
    assert ((first.new, first.stayed), (again.new, again.stayed, again.gone)) == ((2, 0), (0, 2, 0))
    assert proposals.since() == since
    rows = db.session.scalars(sa.select(Proposal).order_by(Proposal.missing)).all()
    assert [row.missing for row in rows] == [5, 20]
    supply_needs.order(everything())
    assert proposals.refresh().gone == 2
    assert proposals.since() == {}


def test_needs_cost_the_same_for_two_and_for_forty_rules(app: Flask, trade: Trade) -> None:
    def cost() -> int:
        db.session.flush()
        db.session.expire_all()
        with statements(app) as sent:
            supply_needs.lines()
            proposals.refresh()
            shortages.shortages()
        return len(sent)

    def more(count: int) -> None:
        made = [Product(sku=f"M{count}-{n}", name="More") for n in range(count)]
        db.session.add_all(made)
        db.session.flush()
        for product in made:
            rule(trade, product.id)

    rule(trade, trade.market.mug)
    rule(trade, trade.market.kettle, method=Method.REORDER_POINT)
    more(1)
    cost()  # settings are read once
    few = cost()
    more(40)
    assert cost() == few


BAD: list[tuple[dict[str, Any], str]] = [
    ({"max_qty": 5}, "The maximum must be above the minimum."),
    ({"place": "broken"}, "no active store or warehouse"),
    ({"product": "card"}, "is not tracked"),
]


@pytest.mark.parametrize(("facts", "sentence"), BAD)
def test_a_rule_that_could_never_order_is_refused(
    trade: Trade, facts: dict[str, Any], sentence: str
) -> None:
    market = trade.market
    made = rule(trade, getattr(market, facts.get("product", "mug")))
    made.warehouse_id = getattr(market, facts.get("place", "porto"))
    db.session.flush()
    db.session.refresh(made)
    with db.session.no_autoflush:
        made.max_qty = facts.get("max_qty", 20)
        with pytest.raises(ErpError, match=sentence):
            rules.check(made)


def test_rules_are_made_once_from_the_products(trade: Trade) -> None:
    market = trade.market
    db.session.get_one(Product, market.mug).reorder_point = 6
    assert (rules.from_products(), rules.from_products()) == (1, 0)
    made = db.session.scalars(sa.select(ReorderRule)).one()
    assert (made.product_id, made.min_qty, made.max_qty) == (market.mug, 6, 12)
