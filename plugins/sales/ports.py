"""Questions that sales asks; whoever gives stock to orders answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Kept:
    """Which orders lack stock, where somebody keeps account of it.

    `places` are the locations whose orders are accounted for; `short` selects the ids of orders
    with open units that no stock was given to.
    """

    places: Collection[int]
    short: sa.Select[int]


class Reservations(Protocol):
    """How many units of order lines may leave now."""

    def shippable(self, line_ids: Collection[int]) -> Mapping[int, int] | None:
        """Return units given to each line; None when nobody keeps account at present."""
        ...

    def waiting(self, product_ids: Collection[int], warehouse_id: int) -> Mapping[int, int]:
        """Return the units that order lines at this location wait for, by product; 0 left out."""
        ...

    def kept(self) -> Kept | None:
        """Say which orders lack stock; None when nobody keeps account at present."""
        ...

    def pool_warehouses(self, warehouse_id: int) -> list[int]:
        """Return the warehouses that an order at this location draws on, its own first."""
        ...


class LineQuantity(Protocol):
    """A quantity that another plugin keeps for each order line and lets people type (F005).

    It becomes an input for each line on the page that edits an order.
    """

    key: str
    title: str
    help: str

    def shown(self) -> bool:
        """Say whether this person may type it now."""
        ...

    def values(self, line_ids: Collection[int]) -> Mapping[int, int]:
        """Return the quantity of each line that has one; other lines get no input."""
        ...

    def save(self, units: Mapping[int, int]) -> None:
        """Keep the quantities that were changed; raises ErpError with a sentence."""
        ...
