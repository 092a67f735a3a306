"""Questions that sales asks; whoever gives stock to orders answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Reservations(Protocol):
    """How many units of order lines may leave now."""

    def shippable(self, line_ids: Collection[int]) -> Mapping[int, int] | None:
        """Return units given to each line; None when nobody keeps account at present."""
        ...

    def pool_warehouses(self, warehouse_id: int) -> list[int]:
        """Return the warehouses that an order at this location draws on, its own first."""
        ...
