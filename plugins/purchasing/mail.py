"""Who is written to when a purchase order is sent, and what the mail may say (F091)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from erp_core.db import db
from erp_core.plugin import STAFF, Event, Message
from plugins.purchasing.domain.prices import amount, plain
from plugins.purchasing.events import SUPPLIER, PurchaseOrderSent, SupplyChanged
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine
from plugins.purchasing.services.suppliers import their_skus

NEWEST = 20
WITH_ALL = (
    joinedload(PurchaseOrder.supplier),
    joinedload(PurchaseOrder.warehouse),
    joinedload(PurchaseOrder.company),
    selectinload(PurchaseOrder.lines).joinedload(PurchaseOrderLine.product),
)


class PurchaseOrderMail:
    """One message to the supplier for each order, however often it is looked at again."""

    def messages(self, event: PurchaseOrderSent) -> Sequence[Message]:
        """Return what the supplier and staff are told about an order that was sent."""
        order = db.session.get_one(PurchaseOrder, event.order_id, options=WITH_ALL)
        about = (f"purchase order {order.id}", order.number, _variables(order))
        to = (order.supplier.email, order.supplier.name, order.company_id)
        return [Message(SUPPLIER, *about, *to), Message(STAFF, *about, company_id=to[2])]

    def recent(self) -> Mapping[str, Event]:
        """Return the newest purchase orders."""
        newest = sa.select(PurchaseOrder.number, PurchaseOrder.id).order_by(PurchaseOrder.id.desc())
        rows = db.session.execute(newest.limit(NEWEST))
        return {number: PurchaseOrderSent(key) for number, key in rows}


class SupplyChangedMail:
    """One message to staff for each time a supplier's promise changed."""

    def messages(self, event: SupplyChanged) -> Sequence[Message]:
        """Return what staff is told: which goods, what the supplier said, and who waits."""
        order = db.session.get_one(PurchaseOrder, event.order_id, options=WITH_ALL)
        line = next(line for line in order.lines if line.id == event.line_id)
        dedupe = f"supply {order.id} version {order.version} line {line.id}"
        said = _supply(order, line, event)
        return [Message(STAFF, dedupe, order.number, said, company_id=order.company_id)]

    def recent(self) -> Mapping[str, Event]:
        """Return the newest lines that a supplier said something about."""
        line = PurchaseOrderLine
        said = (line.order_id, line.id, line.outcome, line.cancelled_qty)
        rows = db.session.execute(
            sa.select(PurchaseOrder.number, *said)
            .join(line.order)
            .where(line.outcome != "")
            .order_by(line.id.desc())
            .limit(NEWEST)
        )
        return {row[0]: SupplyChanged(row[1], row[2], row[3], row[4], ()) for row in rows}


def _supply(order: PurchaseOrder, line: PurchaseOrderLine, event: SupplyChanged) -> dict[str, Any]:
    return {
        "purchase": {"number": order.number},
        "supplier": {"name": order.supplier.name},
        "company": {"name": order.company.name},
        "product": {"sku": line.product.sku, "name": line.product.name},
        "outcome": event.outcome,
        "qty": event.qty,
        "expected_on": line.expected_on.isoformat() if line.expected_on else "",
        "note": line.outcome_note,
        "waiters": list(event.waiters),
    }


def _variables(order: PurchaseOrder) -> dict[str, Any]:
    named = their_skus(order.supplier_id, [line.product_id for line in order.lines])
    lines = [_line(line, order.currency, named) for line in order.lines]
    total = sum(line.ordered_qty * line.unit_cost_minor for line in order.lines)
    purchase = {
        "number": order.number,
        "expected_on": order.expected_on.isoformat() if order.expected_on else "",
        "deliver_to": order.warehouse.name,
        "ship_to": order.ship_to,
        "note": order.note,
        "total": amount(total, order.currency),
    }
    return {
        "purchase": purchase,
        "supplier": {"name": order.supplier.name, "contact": order.supplier.contact},
        "company": {"name": order.company.name},
        "lines": lines,
    }


def _line(line: PurchaseOrderLine, currency: str, named: Mapping[int, str]) -> dict[str, Any]:
    return {
        "sku": line.product.sku,
        "their_sku": named.get(line.product_id, ""),
        "name": line.product.name,
        "qty": line.ordered_qty,
        "unit_cost": plain(line.unit_cost_minor, currency),
        "total": plain(line.ordered_qty * line.unit_cost_minor, currency),
    }
