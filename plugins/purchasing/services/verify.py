"""What `erp verify` recomputes of purchasing: received quantities and statuses (I9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.ports import Difference
from plugins.inventory.events import MoveKind
from plugins.inventory.models import StockMove
from plugins.purchasing.domain.status import Quantities, status_of
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from plugins.purchasing.services.receiving import LEDGER_SOURCE

BATCH = 1_000
_SIGNED = sa.case((Receipt.reverses_id.is_(None), ReceiptLine.qty), else_=-ReceiptLine.qty)
"""Units of a receipt line: what a reversing receipt takes back counts below 0."""


class PurchasingVerifier:
    """Compares purchase orders with their receipts, and receipts with the ledger."""

    def differences(self) -> Iterator[Difference]:
        """Yield what is not as it should be; read-only."""
        yield from _received()
        yield from _ledger()
        yield from _statuses()


def _received() -> Iterator[Difference]:
    """Received = sum of the receipt lines, less those that were taken back."""
    counted = sa.func.coalesce(sa.func.sum(_SIGNED), 0)
    rows = db.session.execute(
        sa.select(*_WHERE, PurchaseOrderLine.received_qty, counted)
        .join(PurchaseOrderLine.order)
        .outerjoin(ReceiptLine, ReceiptLine.order_line_id == PurchaseOrderLine.id)
        .outerjoin(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .group_by(PurchaseOrderLine.id, PurchaseOrder.number)
        .having(PurchaseOrderLine.received_qty != counted)
        .order_by(PurchaseOrderLine.id)
    )
    for number, position, stored, should in rows:
        where = f"{number} line {position} received"
        yield Difference("I9", where, str(stored), f"{should} (its receipts)")


def _ledger() -> Iterator[Difference]:
    """Received of tracked products = sum of the ledger rows that came in with the line."""
    mine = (ReceiptLine.stocked, ReceiptLine.receipt_id == Receipt.id)
    receipts = _sum(ReceiptLine.order_line_id, _SIGNED, *mine)
    came_in = (StockMove.source == LEDGER_SOURCE, StockMove.kind == MoveKind.RECEIPT)
    ledger = _sum(StockMove.source_line, StockMove.qty, *came_in)
    counted, posted = sa.func.coalesce(receipts.c.qty, 0), sa.func.coalesce(ledger.c.qty, 0)
    rows = db.session.execute(
        sa.select(*_WHERE, counted, posted)
        .join(PurchaseOrderLine.order)
        .outerjoin(receipts, receipts.c.line == PurchaseOrderLine.id)
        .outerjoin(ledger, ledger.c.line == PurchaseOrderLine.id)
        .where(counted != posted)
        .order_by(PurchaseOrderLine.id)
    )
    for number, position, stored, should in rows:
        where = f"{number} line {position} receipts"
        yield Difference("I9", where, str(stored), f"{should} (the ledger)")


_WHERE = (PurchaseOrder.number, PurchaseOrderLine.position)


def _sum(line: Any, qty: Any, *conditions: Any) -> sa.Subquery:
    total = sa.func.sum(qty).label("qty")
    return sa.select(line.label("line"), total).where(*conditions).group_by(line).subquery()


def _statuses() -> Iterator[Difference]:
    """The status is what follows from the quantities; an order without lines has none to follow."""
    sums = [
        sa.func.sum(column)
        for column in (
            PurchaseOrderLine.ordered_qty,
            PurchaseOrderLine.received_qty,
            PurchaseOrderLine.cancelled_qty,
        )
    ]
    rows = db.session.execute(
        sa.select(PurchaseOrder.number, PurchaseOrder.status, PurchaseOrder.sent_at, *sums)
        .join(PurchaseOrder.lines)
        .group_by(PurchaseOrder.id)
        .order_by(PurchaseOrder.id)
        .execution_options(yield_per=BATCH)
    )
    for number, stored, sent_at, *figures in rows:
        whole = Quantities(*(int(figure) for figure in figures))
        should = status_of([whole], sent=sent_at is not None)
        if should != stored:
            yield Difference("I9", f"{number} status", stored, should)
