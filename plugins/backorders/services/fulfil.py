"""Fulfil a back order: ship the units it got, and say what the customer still owes (A11)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, NotFoundError
from plugins.backorders.models import Backorder
from plugins.backorders.services.queue import QUEUE
from plugins.sales.models import SalesOrder
from plugins.sales.services import payments, shipping


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """What left: the shipment's number, units, and what is owed in minor units (never below 0)."""

    shipment: str
    qty: int
    owed_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Ready:
    """What a back order could ship now, and what the customer still owes in minor units."""

    backorder_id: int
    order_id: int
    line_id: int
    qty: int
    owed_minor: int
    currency: str


def ready(backorder_id: int) -> Ready:
    """Return what can be fulfilled now, for the dialog.

    All units that the line has: what was covered from the start leaves first, so the back order's
    own units leave only with them. Raises NotFoundError or ConflictError with the reason.
    """
    row = db.session.get(Backorder, backorder_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no back order BO-{backorder_id}.")
    if row.closed_at is not None:
        raise ConflictError(f"{row.number} is closed ({row.status}); nothing is left to fulfil.")
    if not row.filled_qty:
        raise ConflictError(
            f"{row.number} has no stock to send yet: {row.short_qty:,} units are still missing."
        )
    units = sa.select(QUEUE.c.allocated_qty).where(QUEUE.c.line_id == row.line_id)
    qty = int(db.session.scalar(units) or 0)
    order = row.order
    owed = max(0, payments.owed(order))
    return Ready(row.id, order.id, row.line_id, qty, owed, order.currency)


def fulfil(backorder_id: int) -> Fulfilled:
    """Ship what is available of a back order's line; a payment due is a reminder, no bar (A11).

    Raises NotFoundError, or ConflictError for a closed back order, one without stock, and an
    order that may not ship now (on hold).
    """
    found = ready(backorder_id)
    shipment = shipping.ship(found.order_id, {found.line_id: found.qty})
    owed = max(0, payments.owed(db.session.get_one(SalesOrder, found.order_id)))
    return Fulfilled(shipment.number, found.qty, owed, found.currency)
