from __future__ import annotations

from plugins.inventory.services import stock
from plugins.purchasing.services import orders, receiving
from tests.plugins.purchasing.conftest import build


def test_all_that_is_open_comes_into_stock(ctx):
    world = build()
    (order,) = orders.create(
        [
            orders.NewPurchase(
                world.nord, world.porto, (orders.NewPurchaseLine(world.lamp, 10),), status="sent"
            )
        ]
    )
    receiving.receive(order.id)
    assert stock.on_hand([world.lamp]) == {(world.lamp, world.porto): 10}
    assert order.status == "received"
