"""Facts that back orders announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import Event


@dataclass(frozen=True, slots=True)
class OrdersBackordered(Event):
    """Orders became back orders: class none -> partial or full (F160, F161, A21)."""

    key: ClassVar[str] = "OutOfStockInventoryNotice"
    title: ClassVar[str] = "Order became a back order"
    mailable: ClassVar[bool] = True
    order_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BackordersFilled(Event):
    """Back orders got stock, in part or in full; lines by id."""

    key: ClassVar[str] = "backorders.filled"
    title: ClassVar[str] = "Stock arrived for a back order"
    mailable: ClassVar[bool] = True
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
