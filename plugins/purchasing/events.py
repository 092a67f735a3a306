"""Facts that purchasing announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import Event


@dataclass(frozen=True, slots=True)
class PurchaseOrderSent(Event):
    """A purchase order went to its supplier; what it asks for is incoming supply now."""

    key: ClassVar[str] = "purchasing.order_sent"
    title: ClassVar[str] = "Purchase order sent"
    mailable: ClassVar[bool] = True
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
