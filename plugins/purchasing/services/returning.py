"""Goods that leave again: sent back to the supplier, or a receipt that was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db, next_value, now
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.events import publish
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import passing, stock
from plugins.inventory.services.pegs import Freed
from plugins.purchasing.domain.arrival import is_quantity
from plugins.purchasing.domain.status import Step
from plugins.purchasing.events import GoodsReturned, ReceiptReversed
from plugins.purchasing.models import (
    SUPPLY_SOURCE,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    SupplierReturn,
    SupplierReturnLine,
)
from plugins.purchasing.services import loading
from plugins.purchasing.services.receiving import LEDGER_SOURCE

RETURN_SOURCE = "purchasing.return"
"""Under this name returns to suppliers stand in the stock ledger."""


def returnable(order: PurchaseOrder) -> dict[int, int]:
    """Return how many units of each line came into our stock and did not go back yet, by line."""
    ids = [line.id for line in order.lines]
    back = _sums(SupplierReturnLine, ids)
    direct = _direct(ids)
    found = {x.id: x.received_qty - direct.get(x.id, 0) - back.get(x.id, 0) for x in order.lines}
    return {line: units for line, units in found.items() if units > 0}


def _sums(model: type[SupplierReturnLine], line_ids: Sequence[int]) -> dict[int, int]:
    query = sa.select(model.order_line_id, sa.func.sum(model.qty)).group_by(model.order_line_id)
    rows = db.session.execute(query.where(model.order_line_id.in_(line_ids)))
    return {line: int(units) for line, units in rows}


def _direct(line_ids: Sequence[int]) -> dict[int, int]:
    """Return the units by line that went straight to customers, never into our stock."""
    query = (
        sa.select(ReceiptLine.order_line_id, sa.func.sum(ReceiptLine.direct_qty))
        .where(ReceiptLine.order_line_id.in_(line_ids))
        .group_by(ReceiptLine.order_line_id)
    )
    return {line: int(units) for line, units in db.session.execute(query)}


def send_back(
    order_id: int, quantities: Mapping[int, int], reason: str, *, version: int | None = None
) -> SupplierReturn:
    """Send goods (units by line id) back to the supplier with a document of its own (5.2).

    The order stays as received as it was. Only stock that is given to nobody may leave. Raises
    ErpError naming SKU and figures.
    """
    order = loading.for_change(order_id, Step.SEND_BACK, version=version)
    _demand_reason(order, reason)
    if not quantities:
        raise ErpError(f"{order.number}: enter a quantity for at least one line to send back.")
    limits = returnable(order)
    for line_id, units in quantities.items():
        _check_back(order, loading.line_of(order, line_id), units, limits.get(line_id, 0))
    lines = [line for line in order.lines if line.id in quantities]
    leaving = {line.id: quantities[line.id] for line in lines}
    _check_free(order, lines, leaving)
    made = _document(order, lines, leaving, reason)
    order.changed_at = now()
    db.session.flush()
    moves = _moves(order, lines, leaving, MoveKind.SUPPLIER_RETURN)
    key = made.id
    stock.post(moves, stock.Source(RETURN_SOURCE, key), reason.strip())
    publish(GoodsReturned(key, order_id))
    return made


def _check_back(order: PurchaseOrder, line: PurchaseOrderLine, units: int, most: int) -> None:
    if not is_quantity(units) or units > most:
        allowed = f"Whole number from 1 to {most:,}" if most else "Nothing of it lies here"
        raise ErpError(
            f"{order.number} line {line.position}: {units!s:.30} of {line.product.sku} cannot go "
            f"back. {allowed}."
        )


def _check_free(
    order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], leaving: Mapping[int, int]
) -> None:
    keys = {
        line.id: (line.product_id, order.warehouse_id) for line in lines if line.product.tracked
    }
    stock.lock(set(keys.values()))
    free = stock.takeable(set(keys.values()))
    for line in lines:
        if line.id in keys and leaving[line.id] > free[keys[line.id]]:
            raise ErpError(
                f"{line.product.sku} at {order.warehouse.name}: {free[keys[line.id]]:,} free, "
                f"{leaving[line.id]:,} would go; the rest is given to customers. Nothing was "
                "changed."
            )


def _document(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    leaving: Mapping[int, int],
    reason: str,
) -> SupplierReturn:
    made = SupplierReturn(
        number=f"RS-{1000 + next_value('supplier_return')}",
        order_id=order.id,
        reason=reason.strip()[:254],
        actor=actor(),
        lines=[
            SupplierReturnLine(
                order_line_id=line.id, qty=leaving[line.id], stocked=line.product.tracked
            )
            for line in lines
        ],
    )
    db.session.add(made)
    return made


def take_back(receipt_id: int, reason: str) -> Receipt:
    """Take a wrong receipt back with a reversing document: the goods never came.

    They leave the stock, from customers they were given to if need be, the order is open for them
    again, and who waits is pegged to it. Raises ConflictError for one that was taken back before,
    ErpError when goods were handed on, sent back or are gone from the shelf.
    """
    wrong = db.session.get(Receipt, receipt_id)
    if wrong is None:
        raise NotFoundError("This receipt does not exist (any more).")
    order = loading.for_change(wrong.order_id, Step.SEND_BACK)
    _check_wrong(order, wrong, reason)
    made = _reversal(order, wrong, reason)
    lines = [loading.line_of(order, part.order_line_id) for part in made.lines]
    units = {part.order_line_id: part.qty for part in made.lines}
    moves = _moves(order, lines, units, MoveKind.RECEIPT)
    freed = [Freed(SUPPLY_SOURCE, x.id, x.product_id, units[x.id]) for x in lines]
    key, order_id = made.id, order.id
    stock.post(moves, stock.Source(LEDGER_SOURCE, key), reason.strip())
    passing.pass_on(freed)
    publish(ReceiptReversed(key, order_id))
    return made


def _demand_reason(order: PurchaseOrder, reason: str) -> None:
    if not reason.strip():
        raise ErpError(f"{order.number}: say why; the reason stays with the document.")


def _check_wrong(order: PurchaseOrder, wrong: Receipt, reason: str) -> None:
    _demand_reason(order, reason)
    taken = db.session.scalar(sa.select(Receipt.number).filter_by(reverses_id=wrong.id))
    if taken or wrong.reverses_id:
        raise ConflictError(f"{wrong.number} was taken back before; nothing was changed.")
    if any(part.direct_qty for part in wrong.lines):
        raise ErpError(
            f"{wrong.number}: goods of it went straight to customers and cannot be taken back "
            "here. Enter a return of the customer instead."
        )
    limits = returnable(order)
    for part in wrong.lines:
        if part.qty > limits.get(part.order_line_id, 0):
            sku = loading.line_of(order, part.order_line_id).product.sku
            raise ErpError(f"{wrong.number}: units of {sku} were sent back to the supplier since.")


def _reversal(order: PurchaseOrder, wrong: Receipt, reason: str) -> Receipt:
    made = Receipt(
        number=f"RC-{1000 + next_value('receipt')}",
        order_id=order.id,
        actor=actor(),
        reason=reason.strip()[:254],
        reverses_id=wrong.id,
        lines=[
            ReceiptLine(
                order_line_id=x.order_line_id, qty=x.qty, over_qty=x.over_qty, stocked=x.stocked
            )
            for x in wrong.lines
        ],
    )
    db.session.add(made)
    for part in made.lines:
        line = loading.line_of(order, part.order_line_id)
        line.received_qty -= part.qty
        line.over_qty -= part.over_qty
        line.ordered_qty -= part.over_qty
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
    return made


def _moves(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    leaving: Mapping[int, int],
    kind: MoveKind,
) -> list[Move]:
    here = order.warehouse_id
    return [Move(line.product_id, here, -leaving[line.id], kind, line.id) for line in lines]
