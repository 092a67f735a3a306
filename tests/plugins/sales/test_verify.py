"""`erp verify` finds what was changed behind the services' back."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from erp_core.db import db
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import orders, shipping
from plugins.sales.services.orders import NewLine, NewOrder
from plugins.sales.services.verify import SalesVerifier
from tests.plugins.sales.shop import DAY, confirmed, draft, open_shop

pytestmark = pytest.mark.usefixtures("ctx")


def busy_shop():
    shop = open_shop(mugs=9)
    draft(shop, (shop.mug, 1))
    part = confirmed(shop, (shop.mug, 4), (shop.kettle, 1))
    shipping.ship(part.id, {part.lines[0].id: 2})
    orders.approve([confirmed(shop, (shop.mug, 1)).id])
    orders.hold([confirmed(shop, (shop.mug, 1)).id])
    orders.cancel([confirmed(shop, (shop.mug, 1)).id])
    past = NewOrder(
        shop.customer, shop.store, (NewLine(shop.mug, 3),), DAY, shipped_on=date(2026, 3, 5)
    )
    orders.create([past])


def test_what_the_services_wrote_is_right():
    busy_shop()
    assert list(SalesVerifier().differences()) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (sa.update(SalesOrderLine).where(SalesOrderLine.id == 2).values(shipped_qty=3), "line 1"),
        (sa.update(SalesOrder).where(SalesOrder.id == 2).values(status="confirmed"), "status"),
        (sa.update(SalesOrder).where(SalesOrder.id == 5).values(status="fulfilled"), "status"),
    ],
)
def test_a_change_behind_the_services_is_found(change, found):
    busy_shop()
    db.session.execute(change)
    (difference,) = SalesVerifier().differences()
    assert found in difference.where
