"""Recompute what sales stores twice: shipped units and statuses (I3, I15); read-only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from erp_core.db import db
from erp_core.ports import Difference
from plugins.sales.domain.statuses import resting_status
from plugins.sales.models import OrderStatus, ReturnLine, SalesOrder, SalesOrderLine, ShipmentLine

KEPT_BY_HAND = (OrderStatus.DRAFT, OrderStatus.ON_HOLD)
"""Statuses that people set; all others follow from quantities and approval."""


class SalesVerifier:
    """Answers `erp verify` for orders."""

    def differences(self) -> Iterable[Difference]:
        """Yield lines whose shipments do not add up and orders whose status is wrong."""
        yield from _shipments()
        yield from _returns()
        yield from _statuses()


def _shipments() -> Iterator[Difference]:
    left = sa.cast(sa.func.coalesce(sa.func.sum(ShipmentLine.qty), 0), sa.BigInteger)
    query = (
        sa.select(SalesOrder.number, SalesOrderLine.position, SalesOrderLine.shipped_qty, left)
        .join(SalesOrderLine, SalesOrderLine.order_id == SalesOrder.id)
        .outerjoin(ShipmentLine, ShipmentLine.order_line_id == SalesOrderLine.id)
        .group_by(SalesOrder.number, SalesOrderLine.id)
        .having(SalesOrderLine.shipped_qty != left)
        .order_by(SalesOrderLine.id)
    )
    for number, position, stored, expected in db.session.execute(query):
        where = f"{number} line {position}: shipped"
        yield Difference("I3", where, str(stored), f"{expected} in its shipments")


def _returns() -> Iterator[Difference]:
    back = sa.cast(sa.func.sum(ReturnLine.qty), sa.BigInteger)
    query = (
        sa.select(SalesOrder.number, SalesOrderLine.position, SalesOrderLine.shipped_qty, back)
        .join(SalesOrderLine, SalesOrderLine.order_id == SalesOrder.id)
        .join(ReturnLine, ReturnLine.order_line_id == SalesOrderLine.id)
        .group_by(SalesOrder.number, SalesOrderLine.id)
        .having(SalesOrderLine.shipped_qty < back)
        .order_by(SalesOrderLine.id)
    )
    for number, position, shipped, returned in db.session.execute(query):
        where = f"{number} line {position}: returned"
        yield Difference("I3", where, str(returned), f"at most {shipped} shipped")


def _statuses() -> Iterator[Difference]:
    query = (
        sa.select(
            SalesOrder.number,
            SalesOrder.status,
            SalesOrder.approved_at,
            _sum(SalesOrderLine.ordered_qty),
            _sum(SalesOrderLine.shipped_qty),
            _sum(SalesOrderLine.cancelled_qty),
        )
        .join(SalesOrderLine, SalesOrderLine.order_id == SalesOrder.id)
        .where(SalesOrder.status.not_in(KEPT_BY_HAND))
        .group_by(SalesOrder.id)
        .order_by(SalesOrder.id)
    )
    for number, status, approved_at, ordered, shipped, cancelled in db.session.execute(query):
        expected = resting_status(
            approved=approved_at is not None, ordered=ordered, shipped=shipped, cancelled=cancelled
        )
        if status != expected:
            yield Difference("I15", f"{number}: status", status, expected)


def _sum(column: sa.ColumnElement[int] | InstrumentedAttribute[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(column), sa.BigInteger)
