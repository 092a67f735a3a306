"""Facts that purchasing announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import STAFF, Event, Variable

SUPPLIER = "supplier"
"""The audience of e-mails to whom we buy from."""

PURCHASE_VARIABLES = (
    Variable("purchase.number", "Number of the purchase order", "PO-1007"),
    Variable("purchase.expected_on", "Day the goods are expected, or empty", "2026-12-04"),
    Variable("purchase.deliver_to", "Where to deliver", "Lyon store"),
    Variable("purchase.ship_to", "The customer's address of an order that ships there", ""),
    Variable("purchase.note", "Our note", "Please call before delivery"),
    Variable("purchase.total", "Value of the order", "€265.00"),
    Variable("supplier.name", "Name of the supplier", "Nordlicht Supply"),
    Variable("supplier.contact", "Their contact person, or empty", "Ms Berg"),
    Variable("company.name", "Name of our company", "Nordic Outdoor"),
    Variable(
        "lines",
        "What we order; `their_sku` is what the supplier calls it",
        [
            {"sku": "LAMP-400", "their_sku": "NL-4", "name": "Trail lamp", "qty": 10}
            | {"unit_cost": "26.50", "total": "265.00"}
        ],
    ),
)
"""What e-mails about a purchase order may say."""


@dataclass(frozen=True, slots=True)
class PurchaseOrderSent(Event):
    """A purchase order went to its supplier; what it asks for is incoming supply now."""

    key: ClassVar[str] = "purchasing.order_sent"
    title: ClassVar[str] = "Purchase order sent"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (SUPPLIER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = PURCHASE_VARIABLES
    order_id: int


@dataclass(frozen=True, slots=True)
class GoodsReceived(Event):
    """A receipt was posted: ledger rows are written and stock was given out."""

    receipt_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class PurchaseOrderCancelled(Event):
    """What was open of a purchase order will not come."""

    order_id: int
