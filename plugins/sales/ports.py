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

    def kept(self) -> Kept | None:
        """Say which orders lack stock; None when nobody keeps account at present."""
        ...

    def pool_warehouses(self, warehouse_id: int) -> list[int]:
        """Return the warehouses that an order at this location draws on, its own first."""
        ...
