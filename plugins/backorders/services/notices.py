"""Tell what a fill did to orders, so that their customers can be written to (F129, F130)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.events import publish
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.events import OrdersCompleted, OrdersPartlyFilled
from plugins.backorders.models import OrderState
from plugins.inventory.services.upsert import chunks


@dataclass(frozen=True, slots=True)
class Told:
    """How many orders were announced as complete, and how many as filled in part."""

    complete: int
    partial: int


def tell(order_ids: Collection[int], *, complete: bool = True, partial: bool = True) -> Told:
    """Announce the orders that a fill touched, by whether anything of them still waits.

    `complete` and `partial` are the batch's options; a kind that is not wanted is left out.
    """
    short = _short(order_ids)
    done = [key for key in sorted(order_ids) if key not in short] if complete else []
    rest = sorted(short) if partial else []
    if done:
        publish(OrdersCompleted(tuple(done)))
    if rest:
        publish(OrdersPartlyFilled(tuple(rest)))
    return Told(len(done), len(rest))


def _short(order_ids: Collection[int]) -> set[int]:
    query = sa.select(OrderState.order_id).where(OrderState.order_class != OrderClass.NONE)
    parts = (query.where(OrderState.order_id.in_(part)) for part in chunks(sorted(order_ids)))
    return {order_id for part in parts for order_id in db.session.scalars(part)}
