"""Where demand and supply meet: questions that inventory owns and others answer.

Demand (back orders, reorder points) and supply (purchase orders, transfers, work orders) never
import each other; they speak through these two ports and tie their lines with pegs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Need:
    """A demand line that still needs supply: `qty` is short and not yet pegged.

    `pool` names the locations whose goods serve it, empty for its own location alone. `for_stock`
    says that no customer waits: it refills a shelf.
    """

    source: str
    line_id: int
    product_id: int
    qty: int
    since: datetime
    company_id: int
    warehouse_id: int
    label: str
    customer: str = ""
    ship_to: str = ""
    pool: tuple[int, ...] = ()
    for_stock: bool = False


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who waits behind a demand line, in words for icons and tooltips (F039)."""

    label: str
    customer: str
    url: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to get supply, as the Request Stock dialog shows it.

    `key` is opaque to the asker. `places` are the locations to deliver to (id, name), the first
    is the default; `available` is free stock elsewhere (transfers); `problem` says why the offer
    cannot be taken now. `fitting` is the need's quantity as this source delivers it: its minimum
    and multiple respected. `supplier_id` groups offers of one supplier.
    """

    key: str
    title: str
    detail: str
    places: tuple[tuple[int, str], ...] = ()
    available: int | None = None
    can_ship_to_customer: bool = False
    problem: str = ""
    fitting: int | None = None
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True)
class SupplyRequest:
    """What a person chose: an offer, for which need, how many units, delivered where.

    `send` tells the supplier at once: the document it makes is sent, not a draft.
    """

    offer: str
    need: Need
    qty: int
    place_id: int | None = None
    ship_to_customer: bool = False
    send: bool = False


@dataclass(frozen=True, slots=True)
class SupplyLink:
    """A supply document that serves a demand line: number, address and the words to open it."""

    number: str
    url: str
    verb: str
    qty: int
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """Supply on its way: units of a product to a warehouse; pegs know its line by `line_id`."""

    product_id: int
    warehouse_id: int
    qty: int
    expected_on: date | None
    number: str
    url: str
    line_id: int = 0


class SupplySource(Protocol):
    """Who can supply a product, what is coming and when, and how to ask for more."""

    key: str

    def offers_for(self, needs: Sequence[Need]) -> list[list[Offer]]:
        """List for each need the ways this source can serve it, the best first; may be empty.

        A constant number of statements, however many needs there are.
        """
        ...

    def request(self, wanted: Sequence[SupplyRequest]) -> list[SupplyLink]:
        """Make or extend supply for the requests, peg it, and return one link for each.

        Raises ErpError with a sentence when an offer cannot be taken (any more).
        """
        ...

    def links(self, supply_line_ids: Collection[int]) -> Mapping[int, SupplyLink]:
        """Return the documents behind pegged supply lines."""
        ...

    def incoming(self, product_ids: Collection[int]) -> list[Incoming]:
        """List confirmed supply on its way for the products."""
        ...

    def planned(self, product_ids: Collection[int]) -> list[Incoming]:
        """List supply that was asked for and not confirmed yet: drafts, requested transfers."""
        ...

    def suppliers(self) -> sa.Select[tuple[int, int, str, int]] | None:
        """Return (product_id, supplier_id, supplier_name, lead_time_days), one row a product.

        None when this source has no suppliers (transfers).
        """
        ...


class DemandSource(Protocol):
    """Who needs a product, how much, since when."""

    key: str

    def needs(self, product_ids: Collection[int] | None = None) -> list[Need]:
        """List demand that is short and not pegged, oldest claim first."""
        ...

    def waiters(self, line_ids: Collection[int]) -> Mapping[int, Waiter]:
        """Say who waits behind these demand lines."""
        ...


class FreeStock(Protocol):
    """How much of what is on hand is not given to anybody."""

    def free(self, product_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        """Return free units by (product_id, warehouse_id of the location)."""
        ...
