"""Commands on sales orders; each announces its change of demand once, with all ids.

`from plugins.sales.services import orders` is the address for everything about orders: entering
(`entry`) and lines (`lines`) are part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from erp_core.db import db, next_values, now
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from plugins.inventory.models import Warehouse
from plugins.sales.domain.reasons import Why
from plugins.sales.domain.statuses import OPEN_STATUSES, OrderStatus, Step
from plugins.sales.events import OrdersCancelled, OrdersConfirmed
from plugins.sales.models import SalesOrder
from plugins.sales.services.cancelling import give_up, tell_if_out_of_stock
from plugins.sales.services.entry import NewLine, NewOrder, create, selling_place
from plugins.sales.services.lines import (
    NO_REASON,
    add_lines,
    cancel_line,
    set_quantities,
    settle_status,
    status_from_lines,
)
from plugins.sales.services.loading import (
    announce_change,
    is_demand,
    saved,
    taking,
)

__all__ = [
    "OPEN_STATUSES",
    "NewLine",
    "NewOrder",
    "add_lines",
    "approve",
    "cancel",
    "cancel_line",
    "confirm",
    "create",
    "hold",
    "set_priority",
    "set_quantities",
    "set_warehouse",
    "unhold",
    "withdraw_approval",
]
PRIORITIES = range(-8, 8)


def confirm(order_ids: Sequence[int]) -> list[SalesOrder]:
    """Turn drafts into demand; their places in the order of service follow the given order.

    Raises ConflictError for an order that is no draft (any more), ErpError for one without open
    lines; nothing is changed then.
    """
    orders = taking(Step.CONFIRM, order_ids)
    for order in orders:
        if not any(line.open_qty for line in order.lines):
            raise ErpError(f"{order.number} has no open line; add one before confirming.")
    for order, place in zip(orders, next_values("service", len(orders)), strict=True):
        order.status, order.sequence, order.confirmed_at = OrderStatus.CONFIRMED, place, now()
    saved(orders)
    if orders:
        publish(OrdersConfirmed(tuple(order.id for order in orders)))
    return orders


def approve(order_ids: Iterable[int]) -> list[SalesOrder]:
    """Approve orders: their lines are locked from now on. Raises ConflictError."""
    orders = taking(Step.APPROVE, order_ids)
    for order in orders:
        if order.approved_at is not None:
            raise ConflictError(f"{order.number} is approved already.")
        order.approved_at = now()
        order.status = status_from_lines(order)
    saved(orders)
    return orders


def hold(order_ids: Iterable[int]) -> list[SalesOrder]:
    """Stop orders from shipping; they keep their place and what was given to them."""
    orders = taking(Step.HOLD, order_ids)
    for order in orders:
        order.status = OrderStatus.ON_HOLD
    saved(orders)
    return orders


def unhold(order_ids: Iterable[int]) -> list[SalesOrder]:
    """Let held orders go on, with the status their quantities and approval give them."""
    orders = taking(Step.UNHOLD, order_ids)
    for order in orders:
        order.status = status_from_lines(order)
    saved(orders)
    return orders


def withdraw_approval(order_ids: Iterable[int]) -> list[SalesOrder]:
    """Unlock the lines of approved orders. Raises ConflictError for one that is not approved."""
    orders = taking(Step.WITHDRAW, order_ids)
    for order in orders:
        if order.approved_at is None:
            raise ConflictError(f"{order.number} is not approved.")
        order.approved_at = None
        settle_status(order)
    saved(orders)
    return orders


def cancel(order_ids: Iterable[int], why: Why = NO_REASON) -> list[SalesOrder]:
    """Give up what is open. What has shipped stays: such an order ends as Fulfilled.

    Lack of stock as the reason is announced, so that the customer can be told (A22).

    Raises ConflictError for an order with nothing left to cancel.
    """
    orders = taking(Step.CANCEL, order_ids)
    demand = tuple(order.id for order in orders if is_demand(order))
    open_units = {line: line.open_qty for o in orders for line in o.lines if line.open_qty}
    made = give_up(open_units, why)
    for order in orders:
        order.status = status_from_lines(order)
    saved(orders)
    if demand:
        publish(OrdersCancelled(demand))
    tell_if_out_of_stock(made)
    return orders


def set_priority(order_id: int, priority: int) -> SalesOrder:
    """Serve an order before (above 0) or after (below 0) the others; -8 to 7, normal is 0."""
    if priority not in PRIORITIES:
        raise ErpError(f"The priority is a whole number from -8 to 7, not {priority}.")
    (order,) = taking(Step.MOVE, [order_id])
    order.priority = priority
    saved([order])
    announce_change([order] if is_demand(order) else [])
    return order


def set_warehouse(order_id: int, warehouse_id: int) -> SalesOrder:
    """Serve what is open of an order from another location of the same company."""
    (order,) = taking(Step.MOVE, [order_id])
    place = selling_place(db.session.get(Warehouse, warehouse_id), warehouse_id)
    if place.company_id != order.company_id:
        raise ErpError(f"{place} belongs to another company than {order.number}.")
    order.warehouse = place
    saved([order])
    announce_change([order] if is_demand(order) else [])
    return order
