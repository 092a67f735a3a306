"""Every event that changes who gets the stock, on both engines."""

from __future__ import annotations

from plugins.backorders.services import refresh
from plugins.sales.services import orders
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


def test_an_order_takes_what_is_free_and_waits_for_the_rest(market: Market) -> None:
    m.arrive(market.mug, market.porto, 18)
    order = m.ordered(market, (market.mug, 20))
    assert m.figures(order) == [(18, 0, 2)]
    assert m.balance(market.mug, market.porto) == (18, 0, 2)
    assert m.order_class(order) == "partial"
    found = m.record(order)
    assert found is not None
    assert (found.status, found.short_qty, found.filled_qty) == ("new", 2, 0)
    assert refresh.refresh().rows == 0


def test_a_receipt_goes_to_the_oldest_orders_first(market: Market) -> None:
    first, second, third = (m.ordered(market, (market.mug, 4)) for _ in range(3))
    assert m.order_class(first) == "full"
    m.arrive(market.mug, market.porto, 6)
    assert [m.figures(order) for order in (first, second, third)] == [
        [(4, 0, 0)], [(2, 0, 2)], [(0, 0, 4)],
    ]  # fmt: skip
    assert [m.order_class(order) for order in (first, second, third)] == [
        "none", "partial", "full",
    ]  # fmt: skip
    assert m.record(first).status == m.record(second).status == "stock_available"  # type: ignore[union-attr]
    assert m.balance(market.mug, market.porto) == (6, 0, 6)
    assert refresh.refresh().rows == 0
