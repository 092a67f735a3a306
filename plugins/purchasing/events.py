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


@dataclass(frozen=True, slots=True)
class SupplyChanged(Event):
    """Units of an order come later than promised, or not at all (C26).

    `outcome` is late, discontinued or refused; `waiters` says in words who waits for them and how
    many each. Pegs of units that do not come are gone already.
    """

    key: ClassVar[str] = "purchasing.supply_changed"
    title: ClassVar[str] = "Supply comes late or not at all"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (STAFF,)
    variables: ClassVar[tuple[Variable, ...]] = (
        Variable("purchase.number", "Number of the purchase order", "PO-1007"),
        Variable("supplier.name", "Name of the supplier", "Nordlicht Supply"),
        Variable("company.name", "Name of our company", "Nordic Outdoor"),
        Variable("product.sku", "SKU of the product", "LAMP-400"),
        Variable("product.name", "Name of the product", "Trail lamp"),
        Variable("outcome", "late, discontinued or refused", "late"),
        Variable("qty", "Units that are concerned", 10),
        Variable("expected_on", "The new date, or empty", "2026-12-18"),
        Variable("note", "What the supplier said, or empty", "Factory holiday"),
        Variable("waiters", "Who waits for the units", ["5 for BO-3 · SO-1003, Petra Novák"]),
    )
    order_id: int
    line_id: int
    outcome: str
    qty: int
    waiters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptReversed(Event):
    """A receipt was taken back: its goods left the stock, and the order is open for them again."""

    receipt_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class GoodsReturned(Event):
    """Goods went back to their supplier."""

    return_id: int
    order_id: int
