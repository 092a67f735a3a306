"""Delay shipping: a new promised date with its reason, told to the customer (F143, A27)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.sales.domain.reasons import checked_note
from plugins.sales.domain.statuses import Step
from plugins.sales.events import ShippingDelayed
from plugins.sales.models import Delay
from plugins.sales.services.loading import ruled, saved, taking


def delay(order_id: int, promised_on: date, reason: str) -> Delay:
    """Promise a new day of shipping; the old promise and the reason stay on record.

    Raises ErpError for a day that is past or promised already, and without a reason;
    ConflictError for an order that is no demand.
    """
    (order,) = taking(Step.DELAY, [order_id])
    words = ruled(lambda: checked_note(reason))
    if not words:
        raise ErpError("Say why shipping is delayed; the customer is told.")
    if promised_on < now().date():
        raise ErpError(f"{promised_on:%d %b %Y} is past; promise today or a later day.")
    if promised_on == order.promised_on:
        raise ErpError(f"{order.number} is promised for {promised_on:%d %b %Y} already.")
    made = Delay(
        order_id=order.id,
        promised_on=promised_on,
        before=order.promised_on or order.required_on,
        reason=words,
        actor=actor(),
    )
    order.promised_on = promised_on
    db.session.add(made)
    saved([order])
    publish(ShippingDelayed(order.id, made.id))
    return made


def delays_of(order_id: int) -> list[Delay]:
    """Return what was promised for an order and why, the newest first."""
    query = sa.select(Delay).filter_by(order_id=order_id).order_by(Delay.id.desc())
    return list(db.session.scalars(query))
