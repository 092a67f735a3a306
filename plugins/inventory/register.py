"""The one list of everything that inventory adds."""

from __future__ import annotations

from erp_core.companies import CompanyAdded
from erp_core.ports import SearchSource, Verifier
from erp_core.registration import Registration
from plugins.inventory import events, models
from plugins.inventory.ports import SupplySource
from plugins.inventory.services import catalogue
from plugins.inventory.services.verify import StockVerifier
from plugins.inventory.supply import TransferSupply
from plugins.inventory.views.adjustments import AdjustmentView
from plugins.inventory.views.ledger import LedgerView
from plugins.inventory.views.products import ProductView
from plugins.inventory.views.search import ProductSearch
from plugins.inventory.views.stock import StockView
from plugins.inventory.views.transfers import TransferView
from plugins.inventory.views.warehouses import WarehouseView


def register(erp: Registration) -> None:
    """Register events, screens and the answers to ports."""
    erp.event(events.StockMoved, events.WarehousesChanged, events.ProductsChanged)
    erp.event(events.PegsChanged, events.SupplyDelivered, events.TransferReceived)
    erp.subscribe(CompanyAdded, catalogue.welcome)
    erp.provide(SupplySource, TransferSupply())
    erp.provide(Verifier, StockVerifier())
    erp.provide(SearchSource, ProductSearch())
    product, place, stock, transfer = "box", "building-warehouse", "package", "arrows-exchange"
    erp.view(
        TransferView, models.Transfer, name="Transfers", menu="Supply", icon=transfer, order=30
    )
    erp.view(StockView, models.StockBalance, name="Stock", menu="Supply", icon=stock, order=40)
    erp.view(ProductView, models.Product, name="Products", menu="Catalogue", icon=product, order=10)
    erp.view(
        WarehouseView, models.Warehouse, name="Warehouses", menu="Catalogue", icon=place, order=20
    )
    erp.view(LedgerView, models.StockMove, name="Stock ledger")
    erp.view(AdjustmentView, models.StockAdjustment, name="Adjustments")
