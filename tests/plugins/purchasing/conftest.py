"""A small world to buy for: a company, two places, three products, two suppliers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.models import Company
from erp_core.plugin import Event
from erp_core.registry import Owned, registry
from plugins.inventory.models import Product, Warehouse, WarehouseKind
from plugins.purchasing.events import GoodsReceived, PurchaseOrderCancelled, PurchaseOrderSent
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import loading, orders

Act = Callable[[Callable[[], Any]], Any]


@dataclass(frozen=True)
class World:
    """Ids of what stands in the database."""

    company: int
    porto: int
    lyon: int
    defective: int
    lamp: int
    pack: int
    mug: int
    service: int
    nord: int
    harbor: int


def build() -> World:
    """Write the world; call it inside a context."""
    company = db.session.scalars(sa.select(Company)).one()
    porto, lyon, defective = (
        Warehouse(company_id=company.id, code=code, name=name, kind=kind)
        for code, name, kind in (
            ("PORTO", "Porto", WarehouseKind.STORE),
            ("LYON", "Lyon", WarehouseKind.WAREHOUSE),
            ("BAD", "Broken goods", WarehouseKind.DEFECTIVE),
        )
    )
    lamp = Product(sku="NL-4410", name="Trail lamp", cost_minor=900)
    pack = Product(sku="NL-7801", name="Battery pack", cost_minor=450)
    mug = Product(sku="HF-310", name="Mug", cost_minor=300)
    service = Product(sku="SRV-1", name="Engraving", tracked=False)
    nord = Supplier(
        code="NORD", name="Nordlicht Supply", email="order@nord.example", lead_time_days=5
    )
    harbor = Supplier(code="HARBOR", name="Harbor & Finch", lead_time_days=12)
    db.session.add_all([porto, lyon, defective, lamp, pack, mug, service, nord, harbor])
    db.session.flush()
    db.session.add_all(
        [
            SupplierProduct(supplier=nord, product=lamp, price_minor=1250, preferred=True),
            SupplierProduct(supplier=harbor, product=lamp, price_minor=1100, lead_time_days=2),
            SupplierProduct(
                supplier=nord, product=pack, price_minor=500, minimum_qty=12, multiple_qty=6
            ),
            SupplierProduct(supplier=nord, product=service, price_minor=2000),
        ]
    )
    db.session.flush()
    names = (porto, lyon, defective, lamp, pack, mug, service, nord, harbor)
    return World(company.id, *(row.id for row in names))


@pytest.fixture
def world(act: Act) -> World:
    """Give the world, committed."""
    return act(build)


def order_of(world: World, *lines: tuple[int, int], **more: Any) -> PurchaseOrder:
    """Make one order at Nordlicht for Porto, with (product, quantity) lines, loaded in full."""
    chosen: dict[str, Any] = {"supplier_id": world.nord, "warehouse_id": world.porto, **more}
    new = tuple(orders.NewPurchaseLine(product, qty) for product, qty in lines)
    (order,) = orders.create([orders.NewPurchase(lines=new, **chosen)])
    return seen(order.id)


def seen(order_id: int) -> PurchaseOrder:
    """Return an order with its lines as it stands now, readable after the context is left."""
    db.session.flush()
    db.session.expunge_all()
    order = loading.get(order_id)
    db.session.expunge_all()
    return order


def only(model: type[Any], *, count: bool = False, **values: Any) -> Any:
    """Return the one row with these values, or how many there are."""
    rows = db.session.scalars(sa.select(model).filter_by(**values)).all()
    db.session.expunge_all()
    return len(rows) if count else rows[0]


def counted(work: Callable[[], Any]) -> int:
    """Return how many statements the work sends.

    Rows of one table inserted in a row count once: SQLAlchemy sends them one by one to SQLite,
    which gives back no keys for many rows at once.
    """
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not (sent and statement.startswith("INSERT") and sent[-1] == statement):
            sent.append(statement)

    db.session.flush()
    db.session.expire_all()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
        db.session.flush()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


@contextmanager
def heard(*kinds: type[Event]) -> Iterator[list[Any]]:
    """Collect the events of purchasing (or of these kinds) that are published meanwhile."""
    known = registry().handlers
    events: list[Any] = []
    listening = kinds or (PurchaseOrderSent, GoodsReceived, PurchaseOrderCancelled)
    added = Owned("core", events.append)
    for kind in listening:
        known[kind].append(added)
    try:
        yield events
    finally:
        for kind in listening:
            known[kind].remove(added)
