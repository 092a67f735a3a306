"""Receipts: goods arrive and the ledger is written; waiting orders get them in the same step."""

from __future__ import annotations

from collections.abc import Mapping

from erp_core.audit import actor
from erp_core.db import db, next_value, now
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import pegs, stock
from plugins.purchasing.domain import arrival
from plugins.purchasing.domain.status import Step
from plugins.purchasing.events import GoodsReceived
from plugins.purchasing.models import SUPPLY_SOURCE, PurchaseOrder, Receipt, ReceiptLine
from plugins.purchasing.services import loading

LEDGER_SOURCE = "purchasing.receipt"
"""Under this name receipts stand in the stock ledger; the row's line is the order line (I9)."""


def receive(
    order_id: int, quantities: Mapping[int, int] | None = None, *, version: int | None = None
) -> Receipt:
    """Receive goods of an order by line id, or everything that is open.

    `version` is what the person saw: a form that is sent twice has one effect (I11). Raises
    ConflictError when nothing is open or the order changed, ErpError for more than is open.
    """
    order = loading.for_change(order_id, Step.RECEIVE, version=version)
    if why_not(order):
        raise ConflictError(why_not(order))
    lines = loading.expected(order)
    arrived = arrival.everything(lines) if quantities is None else dict(quantities)
    problem = arrival.problem(order.number, lines, arrived)
    if problem:
        raise ErpError(problem)
    receipt = _write(order, arrived)
    moves = _moves(order, arrived)
    still_open = {line.id: line.open_qty for line in order.lines if line.id in arrived}
    document = receipt.id
    # From here on listeners may expire what the session holds: only plain values are used.
    stock.post(moves, stock.Source(LEDGER_SOURCE, document))
    pegs.shrink_supply(SUPPLY_SOURCE, still_open)
    publish(GoodsReceived(document, order_id))
    return receipt


def why_not(order: PurchaseOrder) -> str:
    """Say why goods of this order cannot be received; an empty string when they can.

    Goods that never reach our stock may not be given to whoever is first in the queue.
    """
    if not order.ship_to_customer:
        return ""
    return (
        f"{order.number} ships to the customer, so its goods do not come into stock; "
        "receiving such orders is not possible yet."
    )


def _write(order: PurchaseOrder, arrived: Mapping[int, int]) -> Receipt:
    receipt = Receipt(
        number=f"RC-{1000 + next_value('receipt')}",
        order_id=order.id,
        actor=actor(),
        lines=[
            ReceiptLine(order_line_id=line.id, qty=arrived[line.id], stocked=line.product.tracked)
            for line in order.lines
            if line.id in arrived
        ],
    )
    db.session.add(receipt)
    for line in order.lines:
        line.received_qty += arrived.get(line.id, 0)
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
    return receipt


def _moves(order: PurchaseOrder, arrived: Mapping[int, int]) -> list[Move]:
    here = order.warehouse_id
    lines = [line for line in order.lines if line.id in arrived]
    return [
        Move(line.product_id, here, arrived[line.id], MoveKind.RECEIPT, line.id) for line in lines
    ]
