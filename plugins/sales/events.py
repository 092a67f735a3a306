"""Facts that sales announces. Orders are named by id; several at once are one event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import STAFF, Event, Variable

CUSTOMER = "customer"
"""The audience of e-mails to whoever ordered."""

ORDER_VARIABLES = (
    Variable("order.number", "Number of the order", "SO-1042"),
    Variable("order.ordered_on", "Day of the order", "2026-11-20"),
    Variable("order.required_on", "Day it was wanted for, or empty", "2026-12-01"),
    Variable("order.total", "Value of the order", "249.50 EUR"),
    Variable("customer.name", "Name of the person who ordered", "Petra Novák"),
    Variable("customer.company", "Name of their company, or empty", "Oak & Iron Ltd"),
    Variable("customer.email", "Their e-mail address", "petra@example.com"),
    Variable("company.name", "Name of our company", "Nordic Outdoor"),
)
"""What every e-mail about an order may say; `services.letters` fills it in."""

ORDER_LINE = {"sku": "LAMP-400", "name": "Trail lamp", "ordered": 5, "shipped": 1} | {
    "cancelled": 0,
    "open": 4,
}
"""An example of one line of `lines`."""


@dataclass(frozen=True, slots=True)
class OrdersConfirmed(Event):
    """Orders became demand and got their place in the order of service."""

    key: ClassVar[str] = "sales.orders_confirmed"
    title: ClassVar[str] = "Sales order confirmed"
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersChanged(Event):
    """Lines were added, changed or cancelled, or priority or location changed."""

    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersCancelled(Event):
    """What was open of these orders is given up."""

    key: ClassVar[str] = "sales.orders_cancelled"
    title: ClassVar[str] = "Sales order cancelled"
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrderCancelledOutOfStock(Event):
    """Units of orders were given up for lack of stock; named by their cancellations (A22)."""

    key: ClassVar[str] = "order.cancelled_out_of_stock"
    title: ClassVar[str] = "Cancelled for lack of stock"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = (
        *ORDER_VARIABLES,
        Variable("given_up", "Units that will not come", 2),
        Variable("note", "What staff wrote, or empty", "The maker stopped this lamp"),
        Variable("lines", "The lines of the order", [{**ORDER_LINE, "given_up": 2}]),
    )
    cancellation_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShippingDelayed(Event):
    """A new day of shipping was promised for an order (F143, F162)."""

    key: ClassVar[str] = "sales.shipping_delayed"
    title: ClassVar[str] = "Shipping delayed"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = (
        *ORDER_VARIABLES,
        Variable("promised_on", "The new promise", "2026-12-18"),
        Variable("promised_before", "The old promise, or empty", "2026-12-04"),
        Variable("reason", "Why it takes longer", "The maker delivers a week late"),
        Variable("lines", "The lines of the order", [ORDER_LINE]),
    )
    order_id: int
    delay_id: int


@dataclass(frozen=True, slots=True)
class GoodsReturned(Event):
    """Goods came back from a customer; their stock is announced as StockMoved before."""

    key: ClassVar[str] = "sales.goods_returned"
    title: ClassVar[str] = "Goods returned"
    return_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class LineMoved:
    """Units of one order line that went to a new line of the child order.

    `covered` of them take their stock along; the others leave as units that wait, so that stock
    moves only as far as the old line has nothing open left to hold it.
    """

    line_id: int
    new_line_id: int
    qty: int
    covered: int = 0


@dataclass(frozen=True, slots=True)
class OrderSplit(Event):
    """Open units left an order for a child order; announced after both are written (F105).

    Parent and child have the same place in the order of service; nothing else is announced.
    """

    key: ClassVar[str] = "sales.order_split"
    title: ClassVar[str] = "Sales order split"
    parent_id: int
    child_id: int
    moved: tuple[LineMoved, ...]


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """Units of one order line that left, all from the order's pool."""

    line_id: int
    order_id: int
    product_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class LinesShipped(Event):
    """Goods left for the customer; announced before the ledger rows of the same shipment."""

    key: ClassVar[str] = "sales.lines_shipped"
    title: ClassVar[str] = "Goods shipped"
    shipment_id: int
    lines: tuple[ShippedLine, ...]


@dataclass(frozen=True, slots=True)
class LinesDelivered(Event):
    """Goods went to customers straight from a supply, past our stock (F094, F108, A28).

    No ledger row of sales stands behind it: what came in with the supply left with it.
    """

    key: ClassVar[str] = "sales.lines_delivered"
    title: ClassVar[str] = "Goods sent on straight from a supplier"
    shipment_ids: tuple[int, ...]
    lines: tuple[ShippedLine, ...]


@dataclass(frozen=True, slots=True)
class PaymentRecorded(Event):
    """Money for an order was recorded."""

    order_id: int
    payment_id: int
