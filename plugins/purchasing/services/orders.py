"""Purchase orders: make, extend, change while draft, send, cancel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.models import Warehouse
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
    check_place,
    check_qty,
    create,
    priced,
)

__all__ = [
    "Changes",
    "NewPurchase",
    "NewPurchaseLine",
    "add_line",
    "add_lines",
    "cancel",
    "cancel_lines",
    "change",
    "create",
    "mark_sent",
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
    standing = _add(order, lines, priced(order.supplier_id, lines))
    _touch(order)
    return [standing[new.product_id] for new in lines]


def _add(
    order: PurchaseOrder, lines: Sequence[NewPurchaseLine], costs: Mapping[int, int]
) -> dict[int, PurchaseOrderLine]:
    """Put lines on an order; returns all its lines by product."""
    standing = {line.product_id: line for line in order.lines}
    for new in lines:
        if new.product_id in standing:
            _grow(standing[new.product_id], new)
        else:
            standing[new.product_id] = _append(order, new, costs[new.product_id])
    return standing


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


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person changed on a draft; empty parts stay as they are.

    `head` may name warehouse_id, expected_on and note; `lines` gives quantity and unit cost (minor
    units) by line id.
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    removed: Collection[int] = ()
    added: Sequence[NewPurchaseLine] = ()


def change(order_id: int, changes: Changes, *, version: int | None = None) -> PurchaseOrder:
    """Change a draft in one step; pegs shrink where less is bought or a line goes."""
    order = loading.for_change(order_id, Step.EDIT, version=version)
    costs = priced(order.supplier_id, changes.added)
    _change_head(order, changes.head)
    for line_id, (qty, cost) in changes.lines.items():
        check_qty(qty)
        check_cost(cost)
        line = loading.line_of(order, line_id)
        line.ordered_qty, line.unit_cost_minor = qty, cost
    _remove(order, changes.removed)
    _add(order, changes.added, costs)
    _touch(order)
    kept = {line_id: qty for line_id, (qty, _cost) in changes.lines.items()}
    pegs.shrink_supply(SUPPLY_SOURCE, kept | dict.fromkeys(changes.removed, 0))
    return order


def _remove(order: PurchaseOrder, line_ids: Collection[int]) -> None:
    for line_id in line_ids:
        order.lines.remove(loading.line_of(order, line_id))
    if line_ids:
        db.session.flush()  # a new line may take the place of one that goes


def _change_head(order: PurchaseOrder, head: Mapping[str, Any]) -> None:
    place_id = head.get("warehouse_id", order.warehouse_id)
    if place_id != order.warehouse_id:
        place = db.session.get(Warehouse, place_id)
        if place is None or place.company_id != order.company_id:
            raise ErpError(f"{order.number}: choose a location of this company to deliver to.")
        check_place(place)
        order.warehouse_id = place.id
    order.expected_on = head.get("expected_on", order.expected_on)
    order.note = head.get("note", order.note)


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
        line = loading.line_of(order, line_id)
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


def _touch(order: PurchaseOrder) -> None:
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
