"""Load orders for a change: locked in one fixed order, checked against the table of steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.events import publish
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.statuses import OPEN_STATUSES, OrderStatus, Step, allowed, refusal
from plugins.sales.events import OrdersChanged
from plugins.sales.models import SalesOrder, SalesOrderLine

Value = TypeVar("Value")


def ruled(rule: Callable[[], Value]) -> Value:
    """Turn a rule's ValueError into the sentence a person sees."""
    try:
        return rule()
    except ValueError as error:
        raise ErpError(str(error)) from None


def locked(order_ids: Iterable[int]) -> list[SalesOrder]:
    """Return the orders with their lines, locked by rising id, in the order asked for.

    Raises NotFoundError for an id that does not exist. A constant number of statements for any
    number of orders (one more for each few hundred).
    """
    wanted = list(dict.fromkeys(order_ids))
    query = (
        sa.select(SalesOrder)
        .order_by(SalesOrder.id)
        .with_for_update(of=SalesOrder, key_share=True)
        .options(selectinload(SalesOrder.lines).joinedload(SalesOrderLine.product))
        .execution_options(populate_existing=True)
    )
    parts = [query.where(SalesOrder.id.in_(part)) for part in chunks(sorted(wanted))]
    found = {order.id: order for part in parts for order in db.session.scalars(part)}
    missing = [order_id for order_id in wanted if order_id not in found]
    if missing:
        raise NotFoundError(f"There is no sales order with the id {missing[0]} (any more).")
    return [found[order_id] for order_id in wanted]


def taking_with_kin(step: Step, order_id: int) -> tuple[SalesOrder, int]:
    """Return the order, locked, if it may take `step`, and the last position of its family.

    Orders split from each other share a place in the order of service, so their lines count on
    from one another: no two of them may have the same position. All of them are locked.
    """
    own = sa.select(SalesOrder.sequence).filter_by(id=order_id).scalar_subquery()
    query = sa.select(SalesOrder.id).where(SalesOrder.sequence == own, SalesOrder.sequence > 0)
    family = locked({order_id, *db.session.scalars(query)})
    order = next(one for one in family if one.id == order_id)
    demand_step(step, order)
    return order, max((line.position for one in family for line in one.lines), default=0)


def order_of_line(line_id: int) -> int:
    """Return the id of the order that a line belongs to; raises NotFoundError."""
    found = db.session.scalar(sa.select(SalesOrderLine.order_id).filter_by(id=line_id))
    if found is None:
        raise NotFoundError(f"There is no order line with the id {line_id} (any more).")
    return found


def taking(step: Step, order_ids: Iterable[int]) -> list[SalesOrder]:
    """Return the orders, locked, if each of them may take `step`; raises ConflictError."""
    orders = locked(order_ids)
    for order in orders:
        demand_step(step, order)
    return orders


def demand_step(step: Step, order: SalesOrder) -> None:
    """Raise ConflictError unless the order may take `step` now; approval locks the lines."""
    if step in (Step.CHANGE, Step.SPLIT) and order.approved_at is not None:
        raise ConflictError(f"{order.number} is approved, so its lines cannot be changed.")
    if not allowed(step, order.status):
        raise ConflictError(refusal(step, order.number, order.status))


def is_demand(order: SalesOrder) -> bool:
    """Say whether the order's open quantities are demand."""
    return order.status in OPEN_STATUSES


def saved(orders: Sequence[SalesOrder]) -> None:
    """Flush the changes of a command; raises every order's version."""
    for order in orders:
        order.version += 1
    db.session.flush()


def announce_change(orders: Collection[SalesOrder]) -> None:
    """Publish one OrdersChanged for those orders; nothing when there is none."""
    if orders:
        publish(OrdersChanged(tuple(order.id for order in orders)))


def check_version(order_id: int, seen: int) -> None:
    """Refuse an edit that is based on an older state of the order (I17).

    Locks the order, so that of two equal clicks the second finds the first one's version.
    Raises ConflictError; the caller's form keeps what was typed.
    """
    query = sa.select(SalesOrder.version).filter_by(id=order_id).with_for_update()
    present = db.session.scalar(query)
    if present is not None and present != seen:
        raise ConflictError(
            "Somebody changed this order meanwhile; nothing was done a second time. "
            "Load it again to see its present state."
        )


def words(status: str) -> str:
    """Return a stored status in words."""
    return OrderStatus(status).words
