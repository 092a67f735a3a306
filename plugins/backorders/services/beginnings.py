"""Where and since when the customer of a back order waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now
from plugins.backorders.models import Backorder
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder


@dataclass(slots=True)
class Beginning:
    """Where an order is served, its day, and which of its lines had a record before."""

    warehouse_id: int
    ordered_on: date
    again: set[int] = field(default_factory=set)

    def waits_from(self, line_id: int, today: date) -> date:
        """Return the day a customer waits from: the order's, or that of a re-opening (A06)."""
        return today if line_id in self.again else self.ordered_on


def beginnings(order_ids: Collection[int]) -> dict[int, Beginning]:
    """Return the beginning of each order; one statement."""
    found: dict[int, Beginning] = {}
    for part in chunks(sorted(order_ids)):
        query = (
            sa.select(
                SalesOrder.id, SalesOrder.warehouse_id, SalesOrder.ordered_on, Backorder.line_id
            )
            .join(Backorder, Backorder.order_id == SalesOrder.id, isouter=True)
            .where(SalesOrder.id.in_(part))
        )
        for order_id, place, day, earlier in db.session.execute(query):
            found.setdefault(order_id, Beginning(place, day)).again.add(earlier)
    return found


def waits_from(line_id: Any) -> sa.Case[date]:
    """Return the same day in SQL, for records that open now."""
    earlier = sa.alias(Backorder.__table__, "earlier")
    again = sa.exists().where(earlier.c.line_id == line_id)
    return sa.case((again, sa.literal(now().date())), else_=SalesOrder.ordered_on)
