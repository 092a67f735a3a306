"""A page costs the same number of statements however much stands on it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.purchasing.models import Supplier, SupplierProduct
from tests.plugins.purchasing.conftest import Act, World, order_of
from tests.plugins.purchasing.test_orders import products


def cost(app: Any, person: Person, url: str) -> int:
    """Return how many statements a page sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        person.page(url)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def fill(world: World, count: int) -> None:
    """Write orders of every status, suppliers and products."""
    for number, product in enumerate(products(count, f"{count}-")):
        supplier = Supplier(code=f"S{count}-{number}", name=f"Supplier {count} {number}")
        db.session.add(SupplierProduct(supplier=supplier, product_id=product))
        db.session.add(SupplierProduct(supplier_id=world.nord, product_id=product))
        db.session.flush()
        order_of(world, (product, 3), (world.lamp, 1), supplier_id=supplier.id, status="sent")


def test_lists_cost_the_same_for_five_and_for_fifty_rows(
    app: Any, admin: Person, world: World, act: Act
) -> None:
    urls = ["/purchasing/order/", "/purchasing/supplier/", "/purchasing/supplier_product/"]
    urls += ["/purchasing/order/export/csv/", f"/purchasing/supplier/{world.nord}/"]
    act(lambda: fill(world, 5))
    few = {url: cost(app, admin, url) for url in urls}
    act(lambda: fill(world, 45))
    assert {url: cost(app, admin, url) for url in urls} == few


def test_an_order_costs_the_same_for_one_line_and_for_fifty(
    app: Any, admin: Person, world: World, act: Act
) -> None:
    def both(status: str) -> tuple[int, int]:
        many = act(lambda: products(50, status))
        one = act(lambda: order_of(world, (many[0], 1), status=status).id)
        all_of_them = act(lambda: order_of(world, *((p, 1) for p in many), status=status).id)
        return one, all_of_them

    for status, parts in {
        "draft": ("", "document", "expand"),
        "sent": ("", "document", "expand", "receive", "cancel"),
    }.items():
        one, many = both(status)
        for part in parts:
            few = cost(app, admin, f"/purchasing/order/{one}/{part}")
            assert cost(app, admin, f"/purchasing/order/{many}/{part}") == few, (status, part)
