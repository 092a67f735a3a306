"""Goods that reach the customer straight from a supply: drop ship and cross-dock (F094, F108)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from erp_core.audit import actor
from erp_core.db import db
from erp_core.errors import ConflictError
from erp_core.events import publish
from plugins.inventory.events import SupplyDelivered
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.statuses import Step
from plugins.sales.events import LinesDelivered, ShippedLine
from plugins.sales.models import ORDER_LINE, SalesOrder, SalesOrderLine, Shipment, ShipmentLine
from plugins.sales.services.lines import line_of, status_from_lines
from plugins.sales.services.loading import saved, taking
from plugins.sales.services.numbers import document_numbers, give_ids
from plugins.sales.services.shipping import demand_payment


def on_supply(event: SupplyDelivered) -> None:
    """Book what a supply brought straight to our customers."""
    units: dict[int, int] = defaultdict(int)
    for line in event.lines:
        if line.demand_source == ORDER_LINE:
            units[line.demand_line_id] += line.qty
    if units:
        deliver(units, at_door=event.at_door)


def deliver(units: Mapping[int, int], *, at_door: bool = False) -> list[Shipment]:
    """Book units (by line id) as shipped without taking them from stock, a shipment an order.

    Announces one LinesDelivered for all. Raises ConflictError for an order that may not ship now
    (on hold; at our door also one that must be paid first) and for more than is open of a line. A
    constant number of statements.
    """
    by_order = _by_order(units)
    orders = taking(Step.SHIP, by_order)
    if at_door:
        _demand_payments(orders)
    numbers = document_numbers("SH", "shipment", len(orders))
    made = [
        _book(order, by_order[order.id], number)
        for order, number in zip(orders, numbers, strict=True)
    ]
    _store(made, [part for shipment in made for part in shipment.lines])
    saved(orders)
    lines = [
        ShippedLine(part.order_line_id, shipment.order.id, product, part.qty)
        for shipment in made
        for part, product in _products(shipment)
    ]
    publish(LinesDelivered(tuple(shipment.id for shipment in made), tuple(lines)))
    return made


def _by_order(units: Mapping[int, int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for part in chunks(sorted(units)):
        query = sa.select(SalesOrderLine.id, SalesOrderLine.order_id)
        for line, order in db.session.execute(query.where(SalesOrderLine.id.in_(part))):
            found[order][line] = units[line]
    return {order: found[order] for order in sorted(found)}


def _demand_payments(orders: Sequence[SalesOrder]) -> None:
    """What is not paid does not leave our door, where a company insists on it (A11)."""
    with_payments = sa.select(SalesOrder).options(selectinload(SalesOrder.payments))
    ids = [order.id for order in orders]
    for order in db.session.scalars(with_payments.where(SalesOrder.id.in_(ids))):
        demand_payment(order)


def _book(order: SalesOrder, units: Mapping[int, int], number: str) -> Shipment:
    parts = []
    for line_id, qty in units.items():
        line = line_of(order, line_id)
        if not 0 < qty <= line.open_qty:
            raise ConflictError(
                f"{order.number} wants {line.open_qty} more of {line.product.sku}; {qty} cannot be "
                "handed over. Look again who waits."
            )
        line.shipped_qty += qty
        parts.append(ShipmentLine(order_line_id=line.id, qty=qty))
    order.status = status_from_lines(order)
    return Shipment(number=number, order=order, actor=actor(), lines=parts)


def _store(heads: Sequence[Any], parts: Sequence[Any]) -> None:
    with db.session.no_autoflush:
        give_ids(heads)
        give_ids(parts)
        db.session.add_all(heads)


def _products(shipment: Shipment) -> list[tuple[ShipmentLine, int]]:
    known = {line.id: line.product_id for line in shipment.order.lines}
    return [(part, known[part.order_line_id]) for part in shipment.lines]
