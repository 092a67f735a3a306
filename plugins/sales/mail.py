"""Who is written to about delays and cancellations, and what the mails may say (F162, F163)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from erp_core.db import db
from erp_core.plugin import Event, Message
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.reasons import CancelReason
from plugins.sales.events import OrderCancelledOutOfStock, ShippingDelayed
from plugins.sales.models import Cancellation, Delay, SalesOrder
from plugins.sales.services.letters import Letter, letters

NEWEST = 20


class DelayMail:
    """One message for each promise that was moved."""

    def messages(self, event: ShippingDelayed) -> Sequence[Message]:
        """Return what customer and staff are told about a delay."""
        delay = db.session.get_one(Delay, event.delay_id)
        letter = letters([event.order_id])[event.order_id]
        letter.variables["promised_on"] = delay.promised_on.isoformat()
        letter.variables["promised_before"] = delay.before.isoformat() if delay.before else ""
        letter.variables["reason"] = delay.reason
        return letter.messages(f"delay {delay.id}")

    def recent(self) -> Mapping[str, Event]:
        """Return the newest delays by order number."""
        query = sa.select(SalesOrder.number, Delay.order_id, Delay.id)
        query = query.join(SalesOrder, SalesOrder.id == Delay.order_id).order_by(Delay.id.desc())
        rows = db.session.execute(query.limit(NEWEST))
        return {number: ShippingDelayed(order, key) for number, order, key in rows}


class CancelledMail:
    """One message for each order and act of cancelling for lack of stock (A22)."""

    def messages(self, event: OrderCancelledOutOfStock) -> Sequence[Message]:
        """Return what customers and staff are told about units that will not come."""
        by_order: dict[int, list[Cancellation]] = defaultdict(list)
        for row in _cancellations(event.cancellation_ids):
            by_order[row.order_id].append(row)
        found = letters(by_order)
        return [
            message
            for order_id, rows in by_order.items()
            for message in _told(found[order_id], rows)
        ]

    def recent(self) -> Mapping[str, Event]:
        """Return the newest cancellations for lack of stock by order number."""
        query = (
            sa.select(SalesOrder.number, Cancellation.id)
            .join(SalesOrder, SalesOrder.id == Cancellation.order_id)
            .where(Cancellation.reason == CancelReason.OUT_OF_STOCK)
            .order_by(Cancellation.id.desc())
        )
        rows = db.session.execute(query.limit(NEWEST))
        return {number: OrderCancelledOutOfStock((key,)) for number, key in rows}


def _cancellations(ids: Collection[int]) -> list[Cancellation]:
    query = sa.select(Cancellation).order_by(Cancellation.id)
    parts = (query.where(Cancellation.id.in_(part)) for part in chunks(sorted(ids)))
    return [row for part in parts for row in db.session.scalars(part)]


def _told(letter: Letter, rows: Sequence[Cancellation]) -> list[Message]:
    given_up = {row.line_id: row.qty for row in rows}
    for line_id, line in letter.lines.items():
        line["given_up"] = given_up.get(line_id, 0)
    letter.variables["given_up"] = sum(given_up.values())
    letter.variables["note"] = rows[0].note
    return letter.messages(f"cancelled {rows[0].id}")
