"""The one list of everything that purchasing adds."""

from __future__ import annotations

from erp_core.ports import Verifier
from erp_core.registration import Registration
from plugins.inventory.ports import SupplySource
from plugins.purchasing import commands, events, jobs
from plugins.purchasing.mail import PurchaseOrderMail, SupplyChangedMail
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services.verify import PurchasingVerifier
from plugins.purchasing.settings import PurchasingSettings
from plugins.purchasing.supply import PurchaseSupply
from plugins.purchasing.views.orders import PurchaseOrderView
from plugins.purchasing.views.proposal import ProposalView
from plugins.purchasing.views.proposal_run import ProposalRunView
from plugins.purchasing.views.supplier_products import SupplierProductView
from plugins.purchasing.views.suppliers import SupplierView


def register(erp: Registration) -> None:
    """Register settings, events, ports, screens, the job and commands."""
    erp.settings(PurchasingSettings)
    erp.event(events.PurchaseOrderSent, events.GoodsReceived, events.PurchaseOrderCancelled)
    erp.event(events.SupplyChanged, events.ReceiptReversed, events.GoodsReturned)
    erp.mail(events.SupplyChanged, SupplyChangedMail())
    erp.mail(events.PurchaseOrderSent, PurchaseOrderMail())
    erp.view(
        PurchaseOrderView,
        PurchaseOrder,
        name="Purchase orders",
        menu="Purchasing",
        icon="truck-delivery",
        order=20,
    )
    erp.view(
        ProposalView,
        name="Purchase proposals",
        menu="Purchasing",
        icon="shopping-cart-plus",
        order=30,
    )
    erp.view(ProposalRunView, name="Creating purchase orders")
    erp.view(
        SupplierView, Supplier, name="Suppliers", menu="Purchasing", icon="building-store", order=60
    )
    erp.view(SupplierProductView, SupplierProduct, name="Supplier products")
    erp.provide(SupplySource, PurchaseSupply())
    erp.provide(Verifier, PurchasingVerifier())
    erp.job("order_proposal", jobs.order_proposal, title="Create proposed purchase orders")
    erp.command(commands.group)
