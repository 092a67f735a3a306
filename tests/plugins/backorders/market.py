"""A small market to test back orders in: two locations, three products, one customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.models import Company
from erp_core.settings import save
from erp_core.testing.statements import statements as statements
from plugins.backorders.models import Backorder, BalanceRow, OrderState, QueueRow
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services import stock
from plugins.sales.models import Customer, SalesOrder, SalesOrderLine
from plugins.sales.services import orders, shipping
from plugins.sales.services.orders import NewLine, NewOrder

DAY = date(2026, 3, 2)
_receipts = iter(range(1, 10**9))


@dataclass(frozen=True, slots=True)
class Market:
    """Ids of what `open_market` made; `spare` may replace `mug`, `card` is not tracked."""

    company: int
    porto: int
    north: int
    vendor: int
    broken: int
    customer: int
    mug: int
    kettle: int
    spare: int
    card: int


def open_market() -> Market:
    """Make the market, without stock. `vendor` is a dropship warehouse that serves Porto."""
    company = db.session.scalars(sa.select(Company)).first()
    assert company is not None
    porto = Warehouse(company_id=company.id, code="PORTO", name="Porto", kind="store")
    north = Warehouse(company_id=company.id, code="NORTH", name="North", kind="warehouse")
    vendor = Warehouse(company_id=company.id, code="VEND", name="Vendor", kind="dropship")
    broken = Warehouse(company_id=company.id, code="BAD", name="Broken", kind="defective")
    vendor.serves = porto
    customer = Customer(code="C1", name="Petra Novák", street="Rua 1", city="Porto")
    spare = Product(sku="HF-311", name="Stoneware mug, sand")
    mug = Product(sku="HF-310", name="Stoneware mug, slate", replacement=spare)
    kettle = Product(sku="HF-228", name="Goose-neck kettle")
    card = Product(sku="CARD", name="Gift card", tracked=False)
    db.session.add_all([porto, north, vendor, broken, customer, spare, mug, kettle, card])
    db.session.flush()
    places = (porto.id, north.id, vendor.id, broken.id)
    return Market(company.id, *places, customer.id, mug.id, kettle.id, spare.id, card.id)


def draft(market: Market, *lines: tuple[int, int], **more: Any) -> SalesOrder:
    """Enter one draft with (product id, quantity) lines, at Porto unless said otherwise."""
    wanted = tuple(NewLine(product, qty) for product, qty in lines)
    facts = {"warehouse_id": market.porto, "ordered_on": DAY, **more}
    (order,) = orders.create([NewOrder(customer_id=market.customer, lines=wanted, **facts)])
    return order


def ordered(market: Market, *lines: tuple[int, int], **more: Any) -> SalesOrder:
    """Enter and confirm one order."""
    order = draft(market, *lines, **more)
    orders.confirm([order.id])
    return order


def arrive(product: int, place: int, qty: int, kind: MoveKind = MoveKind.RECEIPT) -> None:
    """Post one stock movement; a negative quantity goes out."""
    arrive_all({product: qty}, place, kind)


def arrive_all(units: dict[int, int], place: int, kind: MoveKind = MoveKind.RECEIPT) -> None:
    """Post one document that moves several products."""
    moves = [Move(product, place, qty, kind) for product, qty in units.items()]
    stock.post(moves, stock.Source("test", next(_receipts)))


def ship(order: SalesOrder) -> None:
    """Ship whatever can leave of an order."""
    shipping.ship(order.id)


def figures(order: SalesOrder | int) -> list[tuple[int, int, int]]:
    """Read allocated, substitutable and back-ordered units of each line in the queue."""
    order_id = order if isinstance(order, int) else order.id
    query = sa.select(
        QueueRow.allocated_qty, QueueRow.substitutable_qty, QueueRow.backordered_qty
    ).where(QueueRow.order_id == order_id)
    return [tuple(row) for row in db.session.execute(query.order_by(QueueRow.alloc_key))]  # type: ignore[misc]


def balance(product: int, pool: int) -> tuple[int, int, int]:
    """Read counted, free and back-ordered units of one product in one pool."""
    query = sa.select(BalanceRow.counted, BalanceRow.free, BalanceRow.backordered)
    row = db.session.execute(query.filter_by(product_id=product, pool=pool)).one_or_none()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


def order_class(order: SalesOrder) -> str:
    """Read the class of an order."""
    return str(
        db.session.scalar(sa.select(OrderState.order_class).filter_by(order_id=order.id)) or "none"
    )


def record(order: SalesOrder, position: int = 1) -> Backorder | None:
    """Read the newest back-order record of a line, as it stands in the database."""
    line = sa.select(SalesOrderLine.id).filter_by(order_id=order.id, position=position)
    query = sa.select(Backorder).where(Backorder.line_id == line.scalar_subquery())
    newest = query.order_by(Backorder.id.desc()).limit(1)
    return db.session.scalar(newest.execution_options(populate_existing=True))


def set_to(name: str, value: object) -> None:
    """Save a back-order setting for everybody."""
    save("backorders", name, value, by="test")


Act = Callable[[Callable[[], Any]], Any]
