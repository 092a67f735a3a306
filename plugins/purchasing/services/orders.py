"""Purchase orders: make, extend, change while draft, send, cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.services import pegs
from plugins.purchasing.domain.arrival import is_quantity
from plugins.purchasing.domain.buying import expected_on, lead_time
from plugins.purchasing.domain.status import Step
from plugins.purchasing.events import PurchaseOrderCancelled, PurchaseOrderSent
from plugins.purchasing.models import (
    SUPPLY_SOURCE,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseStatus,
)
from plugins.purchasing.services import loading, suppliers
from plugins.purchasing.services.creating import (
    NewPurchase,
    NewPurchaseLine,
    check_cost,
    check_qty,
    create,
    priced,
)

__all__ = [
    "NewPurchase",
    "NewPurchaseLine",
    "add_line",
    "add_lines",
    "cancel",
    "cancel_lines",
    "change",
    "change_line",
    "create",
    "mark_sent",
    "remove_line",
]


def add_line(
    order_id: int, line: NewPurchaseLine, *, version: int | None = None
) -> PurchaseOrderLine:
    """Add a product to a draft, or more of one that stands on it already."""
    return add_lines(order_id, [line], version=version)[0]


def add_lines(
    order_id: int, lines: Sequence[NewPurchaseLine], *, version: int | None = None
) -> list[PurchaseOrderLine]:
    """Add products to a draft; returns the line of each, in the order given."""
    order = loading.for_change(order_id, Step.EDIT, version=version)
    costs = priced(order.supplier_id, lines)
    standing = {line.product_id: line for line in order.lines}
    for new in lines:
        if new.product_id in standing:
            _grow(standing[new.product_id], new)
        else:
            standing[new.product_id] = _append(order, new, costs[new.product_id])
    _touch(order)
    return [standing[new.product_id] for new in lines]


def _append(order: PurchaseOrder, new: NewPurchaseLine, cost: int) -> PurchaseOrderLine:
    position = max((line.position for line in order.lines), default=0) + 1
    line = PurchaseOrderLine(position=position, product_id=new.product_id, ordered_qty=new.qty)
    line.received_qty = line.cancelled_qty = 0
    line.unit_cost_minor = cost
    order.lines.append(line)
    return line


def _grow(line: PurchaseOrderLine, new: NewPurchaseLine) -> None:
    check_qty(line.ordered_qty + new.qty)
    line.ordered_qty += new.qty
    if new.unit_cost_minor is not None:
        line.unit_cost_minor = new.unit_cost_minor


def change(
    order_id: int, values: Mapping[str, object], *, version: int | None = None
) -> PurchaseOrder:
    """Change the head of a draft: `warehouse_id`, `expected_on` or `note`."""
    order = loading.for_change(order_id, Step.EDIT, version=version)
    for name in ("warehouse_id", "expected_on", "note"):
        if name in values:
            setattr(order, name, values[name])
    _touch(order)
    return order


def change_line(
    order_id: int, line_id: int, *, qty: int, unit_cost_minor: int, version: int | None = None
) -> None:
    """Set quantity and cost of a line of a draft; pegs shrink when less is bought."""
    order = loading.for_change(order_id, Step.EDIT, version=version)
    line = _line(order, line_id)
    check_qty(qty)
    check_cost(unit_cost_minor)
    line.ordered_qty, line.unit_cost_minor = qty, unit_cost_minor
    _touch(order)
    pegs.shrink_supply(SUPPLY_SOURCE, {line.id: qty})


def remove_line(order_id: int, line_id: int, *, version: int | None = None) -> None:
    """Take a line off a draft; who waited for it needs other supply."""
    order = loading.for_change(order_id, Step.EDIT, version=version)
    line = _line(order, line_id)
    pegs.shrink_supply(SUPPLY_SOURCE, {line.id: 0})
    order.lines.remove(line)
    _touch(order)


def mark_sent(order_id: int, *, version: int | None = None) -> PurchaseOrder:
    """Note that the supplier has the order: from now on it is incoming supply (F073).

    Sets the expected date, unless one was entered, to today plus the slowest line's lead time.
    """
    order = loading.for_change(order_id, Step.SEND, version=version)
    if not order.lines:
        raise ErpError(f"{order.number} has no lines; add at least one product before sending it.")
    order.sent_at = now()
    order.expected_on = order.expected_on or _expected(order)
    _touch(order)
    publish(PurchaseOrderSent(order.id))
    return order


def _expected(order: PurchaseOrder) -> date | None:
    own = suppliers.lead_times(order.supplier_id, [line.product_id for line in order.lines])
    days = [lead_time(own.get(x.product_id), order.supplier.lead_time_days) for x in order.lines]
    return expected_on(datetime.now(UTC).date(), days)


def cancel(order_id: int, *, version: int | None = None) -> PurchaseOrder:
    """Cancel all that is open; an order of which something came is then received."""
    order = loading.for_change(order_id, Step.CANCEL, version=version)
    return _cancel(order, {line.id: line.open_qty for line in order.lines if line.open_qty})


def cancel_lines(
    order_id: int, quantities: Mapping[int, int], *, version: int | None = None
) -> PurchaseOrder:
    """Cancel open units of single lines that the supplier will not deliver."""
    order = loading.for_change(order_id, Step.SHORT_CLOSE, version=version)
    for line_id, qty in quantities.items():
        line = _line(order, line_id)
        if not is_quantity(qty) or qty > line.open_qty:
            raise ErpError(
                f"{order.number} line {line.position}: {qty!s:.30} cannot be cancelled. "
                f"Whole number from 1 to {line.open_qty:,}, which is what is open."
            )
    return _cancel(order, quantities)


def _cancel(order: PurchaseOrder, quantities: Mapping[int, int]) -> PurchaseOrder:
    for line in order.lines:
        line.cancelled_qty += quantities.get(line.id, 0)
    _touch(order)
    if not order.lines:
        order.status = PurchaseStatus.CANCELLED
        db.session.flush()
    pegs.shrink_supply(SUPPLY_SOURCE, {line.id: line.open_qty for line in order.lines})
    publish(PurchaseOrderCancelled(order.id))
    return order


def _line(order: PurchaseOrder, line_id: int) -> PurchaseOrderLine:
    for line in order.lines:
        if line.id == line_id:
            return line
    raise ErpError(f"{order.number}: this line does not stand on it (any more).")


def _touch(order: PurchaseOrder) -> None:
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
