"""The one list of everything that purchasing adds."""

from __future__ import annotations

from erp_core.ports import Verifier
from erp_core.registration import Registration
from plugins.inventory.ports import SupplySource
from plugins.purchasing import events
from plugins.purchasing.services.verify import PurchasingVerifier
from plugins.purchasing.supply import PurchaseSupply


def register(erp: Registration) -> None:
    """Register events, ports, screens and commands."""
    erp.event(events.PurchaseOrderSent, events.GoodsReceived, events.PurchaseOrderCancelled)
    erp.provide(SupplySource, PurchaseSupply())
    erp.provide(Verifier, PurchasingVerifier())
