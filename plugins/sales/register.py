"""The one list of everything that sales adds."""

from __future__ import annotations

from erp_core.ports import SearchSource, Verifier
from erp_core.registration import Registration
from plugins.inventory.events import SupplyDelivered
from plugins.sales import events, mail, models
from plugins.sales.services import delivering
from plugins.sales.services.verify import SalesVerifier
from plugins.sales.settings import SalesSettings
from plugins.sales.views import preparation
from plugins.sales.views.customers import CustomerView
from plugins.sales.views.orders import OrderView
from plugins.sales.views.preparation import PreparationView
from plugins.sales.views.search import SalesSearch

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register events, screens, jobs and ports."""
    erp.event(
        events.OrdersConfirmed,
        events.OrdersChanged,
        events.OrdersCancelled,
        events.OrderSplit,
        events.OrderCancelledOutOfStock,
        events.ShippingDelayed,
        events.GoodsReturned,
        events.LinesShipped,
        events.LinesDelivered,
        events.PaymentRecorded,
    )
    erp.settings(SalesSettings)
    erp.mail(events.OrderCancelledOutOfStock, mail.CancelledMail())
    erp.mail(events.ShippingDelayed, mail.DelayMail())
    erp.subscribe(SupplyDelivered, delivering.on_supply)
    erp.provide(Verifier, SalesVerifier())
    erp.provide(SearchSource, SalesSearch())
    erp.view(
        OrderView,
        models.SalesOrder,
        name="Manage orders",
        menu="Work",
        icon="clipboard-list",
        order=20,
    )
    erp.view(
        PreparationView,
        models.SalesOrder,
        name="Order preparation",
        menu="Work",
        icon="truck-loading",
        order=25,
    )
    erp.action(preparation.KEY, preparation.SHIP)
    erp.view(CustomerView, models.Customer, name="Customers", menu="Work", icon="users", order=60)
