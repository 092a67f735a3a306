"""Record money for orders, also for what still waits for stock (F023)."""

from __future__ import annotations

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from plugins.sales.domain.money import typed
from plugins.sales.events import PaymentRecorded
from plugins.sales.models import OrderStatus, Payment, SalesOrder
from plugins.sales.services.loading import locked, saved

LONGEST_METHOD = 32
LONGEST_REFERENCE = 120


def owed(order: SalesOrder) -> int:
    """Return what is still to be paid in minor units; negative when too much was paid."""
    return order.total_minor - order.paid_minor


def record(order_id: int, method: str, amount_minor: int, reference: str = "") -> Payment:
    """Record money received, or paid back (negative), in minor units of the order's currency.

    Raises ErpError for more than is owed, or more paid back than was paid; ConflictError for
    money on a cancelled order.
    """
    (order,) = locked([order_id])
    _check_words(method, reference)
    _check_amount(order, amount_minor)
    payment = Payment(
        order=order, method=method.strip(), amount_minor=amount_minor, reference=reference.strip()
    )
    db.session.add(payment)
    saved([order])
    publish(PaymentRecorded(order.id, payment.id))
    return payment


def _check_words(method: str, reference: str) -> None:
    if not method.strip() or len(method) > LONGEST_METHOD:
        raise ErpError(f"Say how it was paid, in 1 to {LONGEST_METHOD} characters.")
    if len(reference) > LONGEST_REFERENCE:
        raise ErpError(f"The reference is longer than {LONGEST_REFERENCE} characters.")


def _check_amount(order: SalesOrder, amount: int) -> None:
    if amount == 0:
        raise ErpError("The amount is 0; enter what was paid.")
    if amount < 0 and -amount > order.paid_minor:
        paid = typed(order.paid_minor, order.currency)
        raise ErpError(f"{order.number} was paid {paid} {order.currency}; no more can go back.")
    if amount > 0 and order.status == OrderStatus.CANCELLED:
        raise ConflictError(f"{order.number} is cancelled; money for it cannot be recorded.")
    if amount > 0 and amount > owed(order):
        rest = typed(max(owed(order), 0), order.currency)
        raise ErpError(f"{rest} {order.currency} is owed for {order.number}; the amount is more.")
