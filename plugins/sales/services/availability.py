"""Live availability while an order is entered or edited; a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from erp_core.registry import providers
from plugins.inventory.ports import SupplySource
from plugins.inventory.services import stock
from plugins.sales.domain.promising import Arrival, Outlook, outlooks
from plugins.sales.models import SalesOrder
from plugins.sales.ports import Reservations
from plugins.sales.services import shipping


def availability(
    warehouse_id: int, wanted: Sequence[tuple[int, int]], order: SalesOrder | None = None
) -> list[Outlook]:
    """Return what (product, units) lines would get at a location, in their order.

    Of an order that is being edited, `wanted` are its open units: what it holds counts as free
    for it, and what it lacks itself is not ahead of it.
    """
    products = {product for product, _ in wanted}
    places = shipping.pool_of(warehouse_id)
    free, elsewhere = _free(products, places)
    ahead = dict(_waiting(products, warehouse_id))
    for product, held, lacking in _own(order):
        free[product] = free.get(product, 0) + held
        ahead[product] = max(0, ahead.get(product, 0) - lacking)
    return outlooks(wanted, free, ahead, _coming(products, places), elsewhere)


def _free(
    products: Collection[int], places: Collection[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return free units by product: at these places, and at all others."""
    here: dict[int, int] = defaultdict(int)
    elsewhere: dict[int, int] = defaultdict(int)
    for (product, place), units in stock.free(products).items():
        (here if place in places else elsewhere)[product] += units
    return here, elsewhere


def _waiting(products: Collection[int], warehouse_id: int) -> Mapping[int, int]:
    answers = (port.waiting(products, warehouse_id) for port in providers(Reservations))  # type: ignore[type-abstract]
    return next((answer for answer in answers if answer), {})


def _own(order: SalesOrder | None) -> list[tuple[int, int, int]]:
    """Return product, held and lacking units of each stock line of a confirmed order."""
    if order is None or not order.sequence:
        return []
    given = shipping.given([line.id for line in order.lines]) or {}
    return [
        (line.product_id, given.get(line.id, 0), line.open_qty - given.get(line.id, 0))
        for line in order.lines
        if line.id in given
    ]


def _coming(products: Collection[int], places: Collection[int]) -> dict[int, list[Arrival]]:
    coming: dict[int, list[Arrival]] = defaultdict(list)
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for item in source.incoming(products):
            if item.warehouse_id in places:
                coming[item.product_id].append(Arrival(item.qty, item.expected_on))
    return coming
