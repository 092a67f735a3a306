"""A small shop to test sales in: one company, two stores, some products, one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from erp_core.db import db
from erp_core.models import Company
from erp_core.testing.statements import statements as statements
from plugins.inventory.models import Product, StockBalance, StockMove, Warehouse
from plugins.inventory.services import adjust, catalogue
from plugins.sales.models import Customer, SalesOrder
from plugins.sales.services import orders
from plugins.sales.services.orders import NewLine, NewOrder

DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Shop:
    """Ids of what `open_shop` made, for use in any context."""

    store: int
    outlet: int
    customer: int
    mug: int
    kettle: int
    gift_card: int


def open_shop(*, mugs: int = 0, kettles: int = 0) -> Shop:
    """Make the shop; the gift card is not tracked. Stock goes to the store."""
    company = db.session.scalars(sa.select(Company)).first()
    assert company is not None
    store = Warehouse(company_id=company.id, code="PORTO", name="Porto", kind="store")
    outlet = Warehouse(company_id=company.id, code="OUTLET", name="Porto outlet", kind="store")
    customer = Customer(code="C1", name="Petra Novák", city="Porto", email="petra@example.com")
    mug = Product(sku="HF-310", name="Stoneware mug, slate", sale_price_minor=1250)
    kettle = Product(sku="HF-228", name="Goose-neck kettle", sale_price_minor=8900)
    card = Product(sku="CARD", name="Gift card", sale_price_minor=2000, tracked=False)
    db.session.add_all([store, outlet, customer, mug, kettle, card])
    db.session.flush()
    catalogue.ensure_default_warehouse(company.id)
    stock = {product: qty for product, qty in ((mug.id, mugs), (kettle.id, kettles)) if qty}
    if stock:
        adjust.adjust(store.id, stock, "opening")
    return Shop(store.id, outlet.id, customer.id, mug.id, kettle.id, card.id)


def draft(shop: Shop, *lines: tuple[int, int], **more: object) -> SalesOrder:
    """Enter one draft with (product id, quantity) lines."""
    wanted = tuple(NewLine(product, qty) for product, qty in lines)
    facts = {"warehouse_id": shop.store, "ordered_on": DAY, **more}
    (order,) = orders.create([NewOrder(customer_id=shop.customer, lines=wanted, **facts)])  # type: ignore[arg-type]
    return order


def confirmed(shop: Shop, *lines: tuple[int, int], **more: object) -> SalesOrder:
    """Enter and confirm one order."""
    order = draft(shop, *lines, **more)
    orders.confirm([order.id])
    return order


def on_hand(product: int, place: int) -> int:
    """Read one balance."""
    found = db.session.scalar(
        sa.select(StockBalance.on_hand).filter_by(product_id=product, warehouse_id=place)
    )
    return found or 0


def ledger(kind: str) -> Sequence[tuple[int, int, int, str]]:
    """List ledger rows of a kind as product, warehouse, quantity, source."""
    rows = sa.select(StockMove.product_id, StockMove.warehouse_id, StockMove.qty, StockMove.source)
    return [tuple(row) for row in db.session.execute(rows.filter_by(kind=kind))]  # type: ignore[misc]
