"""Who is written to when orders become back orders or get stock, and what the mails may say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.plugin import Event, Message
from plugins.backorders.events import (
    BackordersFilled,
    OrdersBackordered,
    OrdersCompleted,
    OrdersPartlyFilled,
)
from plugins.backorders.models import Backorder, OrderState
from plugins.backorders.services.queue import QUEUE
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services.letters import Letter, letters

NEWEST = 20
OfOrders: TypeAlias = OrdersBackordered | OrdersCompleted | OrdersPartlyFilled


class BackorderedMail:
    """One message for each order and episode: none -> partial or full (A21)."""

    def messages(self, event: OrdersBackordered) -> Sequence[Message]:
        """Return what customers and staff are told about orders that became back orders."""
        found = _letters(event.order_ids)
        episodes = _episodes(event.order_ids)
        return [
            message
            for order_id, letter in found.items()
            for message in letter.messages(f"episode {episodes.get(order_id, 0)}")
        ]

    def recent(self) -> Mapping[str, Event]:
        """Return the newest orders with back orders."""
        return {number: OrdersBackordered((key,)) for key, number in _newest().items()}


class FilledMail:
    """One message for each order and fill: every fill is an occasion of its own."""

    def messages(self, event: BackordersFilled) -> Sequence[Message]:
        """Return what customers and staff are told about stock that arrived."""
        return _told(_orders_of(event.line_ids))

    def recent(self) -> Mapping[str, Event]:
        """Return the newest orders with back orders, as if their lines got stock."""
        newest = _newest()
        query = sa.select(SalesOrderLine.order_id, SalesOrderLine.id)
        lines: dict[int, list[int]] = defaultdict(list)
        for order_id, line_id in db.session.execute(
            query.where(SalesOrderLine.order_id.in_(newest))
        ):
            lines[order_id].append(line_id)
        return {number: BackordersFilled(tuple(lines[key])) for key, number in newest.items()}


class OrderFilledMail:
    """One message for each order that a batch filled, completely or in part (F129, F130)."""

    def __init__(self, kind: type[OrdersCompleted] | type[OrdersPartlyFilled]) -> None:
        self.kind = kind

    def messages(self, event: OfOrders) -> Sequence[Message]:
        """Return what customers and staff are told about filled orders."""
        return _told(event.order_ids)

    def recent(self) -> Mapping[str, Event]:
        """Return the newest orders with back orders."""
        return {number: self.kind((key,)) for key, number in _newest().items()}


def _told(order_ids: Collection[int]) -> list[Message]:
    occasion = f"filled {now().isoformat()}"
    return [m for letter in _letters(order_ids).values() for m in letter.messages(occasion)]


def _letters(order_ids: Collection[int]) -> dict[int, Letter]:
    found = letters(order_ids)
    waiting = _waiting(order_ids)
    for letter in found.values():
        for line_id, line in letter.lines.items():
            line["backordered"] = waiting.get(line_id, 0)
        units = sum(line["backordered"] for line in letter.lines.values())
        letter.variables["backordered_units"] = units
    return found


def _waiting(order_ids: Collection[int]) -> dict[int, int]:
    query = sa.select(QUEUE.c.line_id, QUEUE.c.backordered_qty)
    parts = (query.where(QUEUE.c.order_id.in_(part)) for part in chunks(sorted(order_ids)))
    return {row[0]: row[1] for part in parts for row in db.session.execute(part)}


def _episodes(order_ids: Collection[int]) -> dict[int, int]:
    query = sa.select(OrderState.order_id, OrderState.episode)
    parts = (query.where(OrderState.order_id.in_(part)) for part in chunks(sorted(order_ids)))
    return {row[0]: row[1] for part in parts for row in db.session.execute(part)}


def _orders_of(line_ids: Collection[int]) -> set[int]:
    query = sa.select(SalesOrderLine.order_id).distinct()
    parts = (query.where(SalesOrderLine.id.in_(part)) for part in chunks(sorted(line_ids)))
    return {order_id for part in parts for order_id in db.session.scalars(part)}


def _newest() -> dict[int, str]:
    newest = sa.func.max(Backorder.id)
    query = (
        sa.select(SalesOrder.id, SalesOrder.number)
        .join(Backorder, Backorder.order_id == SalesOrder.id)
        .group_by(SalesOrder.id, SalesOrder.number)
        .order_by(newest.desc())
        .limit(NEWEST)
    )
    return {key: number for key, number in db.session.execute(query)}
