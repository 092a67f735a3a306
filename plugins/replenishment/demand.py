"""Replenishment's answer to inventory's question: who needs what."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from plugins.inventory.ports import Need, Waiter
from plugins.replenishment.models import DEMAND_SOURCE
from plugins.replenishment.services import needs


class ReorderDemand:
    """Products at or below their reorder point need supply (inventory's port DemandSource)."""

    key = DEMAND_SOURCE

    def needs(self, product_ids: Collection[int] | None = None) -> list[Need]:
        """List what is short of the levels and not on order for the rule."""
        return needs.needs(product_ids)

    def waiters(self, line_ids: Collection[int]) -> Mapping[int, Waiter]:
        """Nobody waits behind a reorder point: a shelf is no customer (F039)."""
        return {}
