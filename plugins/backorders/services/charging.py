"""Charge cards for what was filled (F122, F138, A14): an intention first, the money afterwards.

The intention is committed with the fill; only then the gateway is asked, under a key that is the
same after a crash. So no fill is charged twice, and none is charged that was rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import providers
from erp_core.settings import settings
from plugins.backorders.models import ChargeState, FillCharge
from plugins.backorders.ports import Charge, PaymentGateway
from plugins.backorders.settings import BackorderSettings
from plugins.sales.models import SalesOrder
from plugins.sales.services import payments
from plugins.sales.services.loading import locked

METHOD = "Card"


def gateway() -> PaymentGateway | None:
    """Return the chosen gateway; None while cards are not charged on filling (F122)."""
    rules = settings(BackorderSettings)
    if not rules.charge_cards_on_fill:
        return None
    known = providers(PaymentGateway)  # type: ignore[type-abstract]
    return next((one for one in known if one.key == rules.card_gateway), None)


def intend(filled: Mapping[int, Mapping[int, int]]) -> int:
    """Note what is to be charged for filled units (order -> line -> units); returns how many.

    Never more than the order still owes; nothing while no gateway is chosen.
    """
    if gateway() is None:
        return 0
    orders = locked(filled)
    rows = [
        FillCharge(order_id=order.id, amount_minor=amount, currency=order.currency)
        for order in orders
        if (amount := min(_value(order, filled[order.id]), payments.owed(order))) > 0
    ]
    db.session.add_all(rows)
    db.session.flush()
    return len(rows)


def _value(order: SalesOrder, units: Mapping[int, int]) -> int:
    """Return the value of the filled units: their share of what the line costs, rounded down."""
    kept = {line.id: line.ordered_qty - line.cancelled_qty for line in order.lines}
    return sum(
        line.total_minor * units[line.id] // kept[line.id]
        for line in order.lines
        if line.id in units
    )


def settle(order_id: int) -> list[bool]:
    """Charge what was intended for an order; returns for each charge whether it was taken."""
    chosen = gateway()
    query = sa.select(FillCharge).filter_by(order_id=order_id, state=str(ChargeState.PENDING))
    rows = db.session.scalars(query.order_by(FillCharge.id).with_for_update()).all()
    return [_settled(row, chosen) for row in rows] if chosen else []


def _settled(row: FillCharge, chosen: PaymentGateway) -> bool:
    charge = Charge(f"fill-{row.id}", row.order_id, row.amount_minor, row.currency)
    try:
        row.reference = chosen.capture(charge)
    except ErpError as error:
        row.state, row.said = ChargeState.DECLINED, str(error)[:254]
        return False
    payments.record(row.order_id, METHOD, row.amount_minor, row.reference)
    row.state = ChargeState.CHARGED
    return True


def pending() -> list[int]:
    """Return the orders with charges that are intended and not settled yet."""
    query = sa.select(FillCharge.order_id).filter_by(state=str(ChargeState.PENDING))
    return sorted(set(db.session.scalars(query)))


def declined(order_ids: Collection[int]) -> set[int]:
    """Return the orders whose newest charge was refused."""
    newest = sa.select(sa.func.max(FillCharge.id)).where(FillCharge.order_id.in_(order_ids))
    query = sa.select(FillCharge.order_id).where(
        FillCharge.id.in_(newest.group_by(FillCharge.order_id)),
        FillCharge.state == str(ChargeState.DECLINED),
    )
    return set(db.session.scalars(query))
