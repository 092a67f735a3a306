"""Facts that back orders announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import STAFF, Event, Variable
from plugins.sales.events import CUSTOMER, ORDER_LINE, ORDER_VARIABLES

BACKORDER_VARIABLES = (
    *ORDER_VARIABLES,
    Variable(
        "lines",
        "The lines of the order: quantities, and `backordered`, the units that wait",
        [{**ORDER_LINE, "backordered": 3}],
    ),
    Variable("backordered_units", "Units of the order that wait", 3),
)
"""What e-mails about back orders may say."""


@dataclass(frozen=True, slots=True)
class OrdersBackordered(Event):
    """Orders became back orders: class none -> partial or full (F160, F161, A21).

    The name by which users know the notice is kept as an alias (A22).
    """

    key: ClassVar[str] = "backorder.created"
    aliases: ClassVar[tuple[str, ...]] = ("OutOfStockInventoryNotice",)
    title: ClassVar[str] = "Order became a back order"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = BACKORDER_VARIABLES
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BackordersFilled(Event):
    """Back orders got stock, in part or in full; lines by id."""

    key: ClassVar[str] = "backorders.filled"
    title: ClassVar[str] = "Stock arrived for a back order"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = BACKORDER_VARIABLES
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PinsChanged(Event):
    """Units were pinned to order lines, or pins were given up or expired; lines by id."""

    key: ClassVar[str] = "backorders.pins_changed"
    title: ClassVar[str] = "Stock was pinned to an order, or a pin ended"
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BackordersForced(Event):
    """A person held units of order lines back, or gave them free again (F006, A29); by id."""

    key: ClassVar[str] = "backorders.forced"
    title: ClassVar[str] = "A back order was forced or released by hand"
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersCompleted(Event):
    """A fill made these orders complete: nothing of them waits any more (F129)."""

    key: ClassVar[str] = "backorders.order_complete"
    title: ClassVar[str] = "Order was filled completely"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = BACKORDER_VARIABLES
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrdersPartlyFilled(Event):
    """A fill gave stock to these orders, and some of them still waits (F130)."""

    key: ClassVar[str] = "backorders.order_partial"
    title: ClassVar[str] = "Order was filled in part"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (CUSTOMER, STAFF)
    variables: ClassVar[tuple[Variable, ...]] = BACKORDER_VARIABLES
    order_ids: tuple[int, ...]
