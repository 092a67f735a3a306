"""Purchase proposals: what is missing, bought once, pegged to who waits longest."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, now
from erp_core.errors import ConflictError
from plugins.backorders.models import Backorder
from plugins.inventory.models import Peg, Product
from plugins.inventory.services import transfers
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services import proposals
from plugins.purchasing.services.orders import NewPurchase, NewPurchaseLine
from plugins.purchasing.services.proposals import Asked, Chosen, How
from plugins.purchasing.settings import Choose
from tests.plugins.backorders.market import arrive, ordered, set_to, statements
from tests.plugins.backorders.views_trade import Trade, bought, figures, open_trade
from tests.scenarios.conftest import northwind  # noqa: F401
from tests.scenarios.test_northwind import by_hand


@pytest.fixture
def trade(ctx: Flask) -> Trade:
    """Open the trade inside the test's own transaction."""
    return open_trade()


def proposed(asked: Asked = proposals.EVERYTHING) -> list[tuple[str, int, int, int, int]]:
    """Return SKU, back orders, on order, missing and suggested of each row."""
    rows = proposals.propose(asked).rows
    return [
        (r.sold.product.sku, r.sum.backorders, r.sum.on_order, r.sum.missing, r.sum.suggested)
        for r in rows
    ]


def buy(trade: Trade, product: int, qty: int, *, status: str = "draft", **more: Any) -> int:
    """Buy units for stock."""
    head = {"supplier_id": trade.nord, "warehouse_id": trade.market.porto, **more}
    new = NewPurchase(lines=(NewPurchaseLine(product, qty),), status=status, **head)
    return purchases.create([new])[0].id


def pegs() -> list[tuple[int, int]]:
    return [(p.demand_line_id, p.qty) for p in db.session.scalars(sa.select(Peg).order_by(Peg.id))]


def everything() -> list[Chosen]:
    return proposals.chosen_of(proposals.propose(proposals.EVERYTHING))


def lots(product: int, minimum: int, multiple: int) -> None:
    row = db.session.scalars(sa.select(SupplierProduct).filter_by(product_id=product)).one()
    row.minimum_qty, row.multiple_qty = minimum, multiple


def test_drafts_and_sent_orders_for_nobody_are_taken_off_once(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 9))
    buy(trade, market.mug, 2)
    buy(trade, market.mug, 3, status="sent")
    assert proposed() == [("HF-310", 9, 5, 4, 4)]
    buy(trade, market.mug, 20, ship_to_customer=True, ship_to="Rua 1, Porto")
    buy(trade, market.mug, 20, warehouse_id=market.north)
    assert proposed() == [("HF-310", 9, 5, 4, 4)]


def test_what_is_pegged_to_somebody_helps_nobody_else(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 4))
    proposals.order(everything())
    ordered(market, (market.mug, 3))
    assert proposed() == [("HF-310", 3, 0, 3, 3)]


def test_a_requested_transfer_is_on_order_too(trade: Trade) -> None:
    market = trade.market
    arrive(market.mug, market.north, 5)
    ordered(market, (market.mug, 9))
    made = transfers.create(
        transfers.NewTransfer(market.north, market.porto, ((market.mug, 5),), "")
    )
    transfers.request(made.id)
    assert proposed() == [("HF-310", 9, 5, 4, 4)]
    transfers.dispatch(made.id)
    assert proposed() == [("HF-310", 9, 5, 4, 4)]


def test_with_stock_shared_by_the_company_supply_elsewhere_counts(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 9))
    buy(trade, market.mug, 5, warehouse_id=market.north)
    assert proposed() == [("HF-310", 9, 0, 9, 9)]
    set_to("allocation_scope", "company")
    assert proposed() == [("HF-310", 9, 5, 4, 4)]


def test_minimum_and_multiple_are_respected_and_the_surplus_is_for_nobody(trade: Trade) -> None:
    market = trade.market
    lots(market.mug, 12, 6)
    first = ordered(market, (market.mug, 4))
    second = ordered(market, (market.mug, 3))
    assert proposed() == [("HF-310", 7, 0, 7, 12)]
    proposals.order(everything())
    assert pegs() == [(first.lines[0].id, 4), (second.lines[0].id, 3)]
    ordered(market, (market.mug, 8))
    assert proposed() == [("HF-310", 8, 5, 3, 12)]


def test_one_order_for_each_supplier_and_a_second_run_proposes_nothing(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 4), (market.kettle, 2), (market.spare, 1))
    links = proposals.order(everything())
    made = bought(lambda work: work())
    assert [(supplier, lines) for _n, supplier, *_rest, lines in made] == [
        ("HARB", [("HF-228", 2)]),
        ("NORD", [("HF-310", 4), ("HF-311", 1)]),
    ]
    assert [link.number for link in links] == [number for number, *_rest in made]
    assert proposed() == []
    key = db.session.scalars(sa.select(Backorder.id).filter_by(product_id=market.mug)).one()
    assert figures(lambda work: work(), key) == ("on_order", 4, 0, 0, 4)


def test_a_smaller_quantity_goes_to_who_waits_longest(trade: Trade) -> None:
    market = trade.market
    first = ordered(market, (market.mug, 4))
    second = ordered(market, (market.mug, 4))
    buy(trade, market.mug, 2)
    (row,) = everything()
    proposals.order([Chosen(row.product_id, row.place_id, row.supplier_id, 3, row.missing)])
    assert pegs() == [(first.lines[0].id, 2), (second.lines[0].id, 1)]


def test_what_somebody_ordered_meanwhile_is_not_bought_again(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 4))
    seen = everything()
    proposals.order(seen)
    with pytest.raises(ConflictError, match=r"HF-310: 4 units were missing .* 0 are now"):
        proposals.order(seen)
    assert db.session.scalar(sa.select(sa.func.count(PurchaseOrder.id))) == 1


def test_age_choice_and_supplier_narrow_the_proposal(trade: Trade) -> None:
    market = trade.market
    old = ordered(market, (market.mug, 4), (market.kettle, 2))
    old_rows = sa.update(Backorder).where(Backorder.order_id == old.id)
    db.session.execute(old_rows.values(opened_at=now() - timedelta(days=40)))
    db.session.expire_all()
    ordered(market, (market.mug, 1))
    buy(trade, market.mug, 4)
    assert proposed(Asked(days=30)) == [("HF-310", 1, 0, 1, 1)]
    assert len(proposed(Asked(days=0))) == 2
    assert proposed(Asked(supplier_id=trade.harbor)) == [("HF-228", 2, 0, 2, 2)]
    assert proposed(Asked(Choose.REORDER)) == []
    assert len(proposed(Asked(Choose.BACKORDERS))) == 2


def test_a_product_that_nobody_sells_is_named(trade: Trade) -> None:
    market = trade.market
    db.session.execute(sa.delete(SupplierProduct).filter_by(product_id=market.mug))
    db.session.get_one(Supplier, trade.harbor).active = False
    ordered(market, (market.mug, 4), (market.kettle, 2))
    found = proposals.propose(proposals.EVERYTHING)
    assert found.rows == []
    unsold = [(one.product.sku, one.missing) for one in found.unsold]
    assert unsold == [("HF-228", 2), ("HF-310", 4)]


def test_a_draft_takes_only_what_its_place_needs_from_its_supplier(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 4), (market.kettle, 2))
    ordered(market, (market.mug, 3), warehouse_id=market.north)
    draft = db.session.get_one(PurchaseOrder, buy(trade, market.spare, 1))
    proposals.fill(draft)
    assert proposals.fill(draft) == []
    assert [(x.product_id, x.ordered_qty) for x in draft.lines] == [
        (market.spare, 1),
        (market.mug, 4),
    ]
    assert [row[:2] for row in proposed()] == [("HF-228", 2), ("HF-310", 3)]


def test_orders_can_be_sent_at_once(trade: Trade) -> None:
    market = trade.market
    ordered(market, (market.mug, 4))
    proposals.order(everything(), How(send=True))
    made = db.session.scalars(sa.select(PurchaseOrder)).one()
    assert (made.status, made.sent_at is not None) == ("sent", True)
    assert made.expected_on is not None


def fill_market(trade: Trade, suppliers: int, name: str) -> None:
    """Add suppliers that each sell two products, and an order for all of them."""
    rows = []
    for number in range(suppliers):
        supplier = Supplier(code=f"{name}{number}", name=f"Maker {name}{number}")
        for part in "ab":
            product = Product(sku=f"{name}{number}{part}", name="Part")
            rows.append(SupplierProduct(supplier=supplier, product=product, price_minor=100))
    db.session.add_all(rows)
    db.session.flush()
    ordered(trade.market, *((row.product.id, 2) for row in rows))


def test_proposing_and_ordering_cost_the_same_for_two_and_for_forty_suppliers(
    app: Flask, trade: Trade
) -> None:
    def cost() -> tuple[int, int]:
        db.session.flush()
        db.session.expire_all()
        with statements(app) as reading:
            chosen = everything()
        with statements(app) as writing:
            proposals.order(chosen)
        inserts = Counter(text.partition("(")[0] for text in writing if text.startswith("INSERT"))
        others = [text for text in writing if not text.startswith("INSERT")]
        return len(reading), len(others) + len(inserts)

    fill_market(trade, 2, "few")
    few = cost()
    fill_market(trade, 40, "many")
    assert cost() == few


def erp(app: Flask, *words: str) -> Any:
    result = app.test_cli_runner().invoke(args=[*words, "--json"], catch_exceptions=False)
    return json.loads(result.stdout)


@pytest.mark.feature("F079", "F080", "F081", "F085", "F087")
def test_northwind_is_bought_for_exactly_what_is_short_and_not_on_order(
    app: Flask,
    northwind: Path,  # noqa: F811 - the fixture of the scenarios
) -> None:
    erp(app, "import", "northwind", str(northwind))
    short: Counter[str] = Counter()
    for (_order, sku), units in by_hand(northwind, received=False)["short"].items():
        short[sku] += units
    with (northwind / "products.csv").open(encoding="utf-8", newline="") as file:
        products = {row["productID"]: row for row in csv.DictReader(file)}
    coming = {sku: int(products[sku]["unitsOnOrder"]) for sku in short}
    missing = {sku: units - coming[sku] for sku, units in short.items() if units > coming[sku]}
    makers = {products[sku]["supplierID"] for sku in missing}
    covered = sum(min(units, coming[sku]) for sku, units in short.items())
    assert (sum(short.values()), covered, sum(missing.values())) == (471, 222, 249)
    assert (len(missing), len(makers)) == (14, 10)

    found = erp(app, "purchase-orders", "propose", "--create")

    assert {row["sku"]: row["suggested"] for row in found["rows"]} == missing
    assert sum(row["backorders"] for row in found["rows"]) == sum(short[sku] for sku in missing)
    assert len(found["orders"]) == len(makers) == len({row["supplier"] for row in found["rows"]})
    assert erp(app, "purchase-orders", "propose", "--create") == {
        "rows": [],
        "without_supplier": [],
        "orders": [],
    }
