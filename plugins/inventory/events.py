"""Facts that inventory announces."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from erp_core.plugin import Event


class MoveKind(StrEnum):
    """Why stock moved. A shipment takes out units that were given to its order before.

    A delivery takes out units that came in with the same document and were never put away:
    drop ship and cross-dock (A28, F094).
    """

    OPENING = "opening"
    RECEIPT = "receipt"
    SHIPMENT = "shipment"
    DELIVERY = "delivery"
    ADJUSTMENT = "adjustment"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    RETURN = "return"
    SUPPLIER_RETURN = "supplier_return"


@dataclass(frozen=True, slots=True)
class Move:
    """A signed change of one product in one warehouse, in stock units (never 0)."""

    product_id: int
    warehouse_id: int
    qty: int
    kind: MoveKind
    line: int = 0


@dataclass(frozen=True, slots=True)
class StockMoved(Event):
    """Rows were written to the stock ledger (I1); every ledger row is announced once."""

    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class WarehousesChanged(Event):
    """Warehouses were added or changed kind, company or the location they serve."""

    warehouse_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProductsChanged(Event):
    """Products changed what matters to counting: tracked, replacement, custom-made."""

    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PegsChanged(Event):
    """What is on the way for these demand lines changed."""

    demand_source: str
    demand_line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Units of a product that one demand line got straight from a supply."""

    demand_source: str
    demand_line_id: int
    product_id: int
    qty: int


@dataclass(frozen=True, slots=True)
class SupplyDelivered(Event):
    """Supply went straight to who waits for it, past our stock (F094, F108, A28).

    Announced before the ledger rows of the same document, when the pegs are cut already. Whoever
    speaks for the demand books it, or raises an ErpError that refuses the whole step. `at_door`
    says that the goods stood at our door, so what forbids a shipment forbids this, too; without
    it the supplier has delivered already.
    """

    lines: tuple[Delivered, ...]
    at_door: bool = False


@dataclass(frozen=True, slots=True)
class TransferReceived(Event):
    """Goods of a transfer arrived, all or in part."""

    key: ClassVar[str] = "inventory.transfer_received"
    title: ClassVar[str] = "Transfer received"
    transfer_id: int
