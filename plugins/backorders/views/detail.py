"""The detail region of a row: stock by location, place in the queue, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.models import Backorder
from plugins.backorders.services import explain
from plugins.backorders.services.layout import layout
from plugins.backorders.views.facts import Facts
from plugins.backorders.views.words import units
from plugins.inventory.models import StockBalance, Warehouse
from plugins.inventory.services import stock
from plugins.sales.models import Shipment, ShipmentLine


@dataclass(frozen=True, slots=True)
class PlaceStock:
    """Units of a product at one location; free is what nobody was given."""

    name: str
    on_hand: int
    reserved: int
    free: int
    counted: bool


class Moment(NamedTuple):
    """Something that happened."""

    at: datetime
    words: str


def context(row: Backorder, known: Facts) -> dict[str, Any]:
    """Return what the template of the detail region needs."""
    return {
        "places": stock_by_location(row),
        "queue": queue_words(row.line_id),
        "history": sorted(_happened(row, known), key=lambda moment: moment.at),
    }


def stock_by_location(row: Backorder) -> list[PlaceStock]:
    """List the locations of the order's company that hold the product, its own first."""
    free = stock.free([row.product_id])
    counted = layout().stock
    held = sa.and_(
        StockBalance.warehouse_id == Warehouse.id, StockBalance.product_id == row.product_id
    )
    query = (
        sa.select(Warehouse, sa.func.coalesce(StockBalance.on_hand, 0))
        .join(StockBalance, held, isouter=True)
        .where(Warehouse.company_id == row.order.company_id)
        .where(sa.or_(StockBalance.on_hand > 0, Warehouse.id == row.warehouse_id))
        .order_by(Warehouse.id != row.warehouse_id, Warehouse.name)
    )
    return [
        _place(place, on_hand, free.get((row.product_id, place.id), 0), counted)
        for place, on_hand in db.session.execute(query)
    ]


def _place(place: Warehouse, on_hand: int, free: int, counted: Mapping[int, int]) -> PlaceStock:
    """What does not count is reserved for nobody, so all of it is free."""
    if place.id not in counted:
        return PlaceStock(place.name, on_hand, 0, on_hand, False)
    spare = max(0, min(free, on_hand))
    return PlaceStock(place.name, on_hand, on_hand - spare, spare, True)


def queue_words(line_id: int) -> tuple[str, str] | None:
    """Return "2nd of 4" and "5 units are ahead of it"; None for a line that waits for nothing."""
    found = explain.positions([line_id]).get(line_id)
    if found is None:
        return None
    verb = "is" if found.ahead == 1 else "are"
    ahead = f"{units(found.ahead)} {verb} ahead of it" if found.ahead else "nothing is ahead of it"
    return f"{explain.ordinal(found.place)} of {found.of:,}", ahead


def _happened(row: Backorder, known: Facts) -> Iterator[Moment]:
    if row.order.confirmed_at:
        yield Moment(row.order.confirmed_at, f"{row.order.number} confirmed")
    yield Moment(row.opened_at, "Marked short")
    for item in known.served:
        yield Moment(item.peg.created_at, f"{units(item.peg.qty)} requested: {item.link.number}")
    for at, number, qty in _shipments(row.line_id):
        yield Moment(at, f"{units(qty)} shipped: {number}")
    if row.closed_at:
        yield Moment(row.closed_at, known.status_words)


def _shipments(line_id: int) -> list[Any]:
    query = (
        sa.select(Shipment.at, Shipment.number, ShipmentLine.qty)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .where(ShipmentLine.order_line_id == line_id)
    )
    return list(db.session.execute(query))
