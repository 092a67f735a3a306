"""The one list of everything that inventory adds."""

from __future__ import annotations

from erp_core.ports import Verifier
from erp_core.registration import Registration
from plugins.inventory import events, models
from plugins.inventory.ports import SupplySource
from plugins.inventory.services.verify import StockVerifier
from plugins.inventory.supply import TransferSupply

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register events, screens and the answers to ports."""
    erp.event(events.StockMoved, events.WarehousesChanged, events.ProductsChanged)
    erp.event(events.PegsChanged, events.TransferReceived)
    erp.provide(SupplySource, TransferSupply())
    erp.provide(Verifier, StockVerifier())
