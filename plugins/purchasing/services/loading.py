"""Reading purchase orders: one for a change, locked with its lines; one by its number."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.settings import settings
from plugins.purchasing.domain.arrival import Expected, tolerated
from plugins.purchasing.domain.status import Quantities, Step, allowed, refusal, status_of
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine
from plugins.purchasing.settings import PurchasingSettings

WITH_LINES = (
    joinedload(PurchaseOrder.supplier),
    joinedload(PurchaseOrder.warehouse),
    selectinload(PurchaseOrder.lines).joinedload(PurchaseOrderLine.product),
)


def for_change(order_id: int, step: Step, *, version: int | None = None) -> PurchaseOrder:
    """Lock an order with its lines for a step; whoever comes second sees what the first did.

    Raises NotFoundError; ConflictError when its status forbids the step or when `version` (what
    the person saw) is no longer the present one, so a form sent twice works once.
    """
    order = db.session.scalar(
        sa.select(PurchaseOrder)
        .where(PurchaseOrder.id == order_id)
        .options(*WITH_LINES)
        .with_for_update(of=PurchaseOrder, key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFoundError("This purchase order does not exist (any more).")
    if not allowed(step, order.status):
        raise ConflictError(refusal(step, order.number, order.status))
    if version is not None and version != order.version:
        raise ConflictError(
            f"{order.number} was changed meanwhile; nothing was done a second time. "
            "Load the page again to see the present state."
        )
    return order


def get(order_id: int) -> PurchaseOrder:
    """Return an order with its lines to look at; raises NotFoundError."""
    found = sa.select(PurchaseOrder).where(PurchaseOrder.id == order_id).options(*WITH_LINES)
    order = db.session.scalar(found)
    if order is None:
        raise NotFoundError("This purchase order does not exist (any more).")
    return order


def by_number(number: str) -> PurchaseOrder:
    """Return an order by its number; raises NotFoundError naming numbers that are near."""
    wanted = number.strip().upper()
    found = sa.select(PurchaseOrder).where(PurchaseOrder.number == wanted).options(*WITH_LINES)
    order = db.session.scalar(found)
    if order is None:
        raise NotFoundError(f"There is no purchase order {number!r:.60}. {_near(wanted)}")
    return order


def _near(wanted: str) -> str:
    newest = sa.select(PurchaseOrder.number).order_by(PurchaseOrder.id.desc()).limit(500)
    known = list(db.session.scalars(newest))
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    if not known:
        return "There are no purchase orders yet."
    return f"Near it: {', '.join(near)}." if near else f"The newest is {known[0]}."


def quantities(lines: Iterable[PurchaseOrderLine]) -> list[Quantities]:
    """Return the figures of lines as the rules want them."""
    return [Quantities(line.ordered_qty, line.received_qty, line.cancelled_qty) for line in lines]


def expected(order: PurchaseOrder) -> list[Expected]:
    """Return the lines that goods may arrive for, with what is tolerated beyond them."""
    percent = settings(PurchasingSettings, company=order.company_id).over_receipt_percent
    pairs = zip(order.lines, quantities(order.lines), strict=True)
    return [
        Expected(
            line.id, line.position, figures, tolerated(line.ordered_qty, line.over_qty, percent)
        )
        for line, figures in pairs
    ]


def line_of(order: PurchaseOrder, line_id: int) -> PurchaseOrderLine:
    """Return a line of this order; raises ErpError for any other."""
    for line in order.lines:
        if line.id == line_id:
            return line
    raise ErpError(f"{order.number}: this line does not stand on it (any more).")


def settle(order: PurchaseOrder) -> None:
    """Set the status that follows from the quantities."""
    order.status = status_of(quantities(order.lines), sent=order.sent_at is not None)
