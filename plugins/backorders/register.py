"""The one list of everything that back orders add."""

from __future__ import annotations

from datetime import timedelta

from erp_core.lifecycle import PluginToggled
from erp_core.ports import SettingsImpact, Verifier
from erp_core.registration import Registration
from erp_core.settings import SettingChanged
from plugins.backorders import answers, events, jobs, mail, models
from plugins.backorders.commands import backorders_group
from plugins.backorders.ports import PaymentGateway
from plugins.backorders.services import handlers, splitting
from plugins.backorders.services.verify import QueueVerifier
from plugins.backorders.settings import BackorderSettings
from plugins.backorders.views import home_parts, line_acts, order_parts, product_parts, workflow
from plugins.backorders.views.backorder import MENU, STOCK_MENU, BackorderView
from plugins.backorders.views.fill_batch import FillBatchView
from plugins.backorders.views.impact import BackorderImpact
from plugins.backorders.views.multi_order import MultiOrderView
from plugins.backorders.views.release_dialog import ReleaseDialog
from plugins.backorders.views.stock_detail import StockDetailView
from plugins.inventory.events import PegsChanged, ProductsChanged, StockMoved, WarehousesChanged
from plugins.inventory.ports import DemandSource, FreeStock
from plugins.sales.events import (
    LinesDelivered,
    LinesShipped,
    OrdersCancelled,
    OrdersChanged,
    OrdersConfirmed,
    OrderSplit,
)
from plugins.sales.models import SalesOrder
from plugins.sales.ports import LineQuantity, Reservations

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register settings, events, screens, jobs and ports."""
    erp.settings(BackorderSettings)
    erp.event(events.OrdersBackordered, events.BackordersFilled)
    erp.event(events.PinsChanged, events.BackordersForced)
    erp.event(events.OrdersCompleted, events.OrdersPartlyFilled)
    erp.mail(events.OrdersBackordered, mail.BackorderedMail())
    erp.mail(events.BackordersFilled, mail.FilledMail())
    for kind in (events.OrdersCompleted, events.OrdersPartlyFilled):
        erp.mail(kind, mail.OrderFilledMail(kind))

    erp.subscribe(OrdersConfirmed, handlers.on_orders)
    erp.subscribe(OrdersChanged, handlers.on_orders)
    erp.subscribe(OrdersCancelled, handlers.on_orders)
    erp.subscribe(OrderSplit, splitting.on_split)
    erp.subscribe(LinesShipped, handlers.on_shipped)
    erp.subscribe(LinesDelivered, handlers.on_delivered)
    erp.subscribe(StockMoved, handlers.on_stock)
    erp.subscribe(PegsChanged, handlers.on_pegs)
    erp.subscribe(ProductsChanged, handlers.on_products)
    erp.subscribe(WarehousesChanged, handlers.on_warehouses)
    erp.subscribe(SettingChanged, handlers.on_setting)
    erp.subscribe(PluginToggled, handlers.on_toggle)

    erp.provide(FreeStock, answers.KeptStock())
    erp.provide(DemandSource, answers.BackorderDemand())
    erp.provide(Reservations, answers.GivenUnits())
    erp.provide(LineQuantity, answers.ForcedUnits())
    erp.provide(Verifier, QueueVerifier())

    erp.job("refresh", jobs.recalculate, every=jobs.period, title="Recalculate back orders")
    erp.job("expire_pins", jobs.expire_pins, every=timedelta(minutes=1), title="End expired pins")
    erp.job("fill_batch", jobs.run_fill_batch, title="Fill back orders")
    erp.job("multi_order", jobs.run_multi_order, title="Process orders")
    erp.job(
        "charge_fills", jobs.charge_fills, every=timedelta(minutes=5), title="Charge filled orders"
    )
    erp.provide(PaymentGateway, answers.TrialGateway())
    erp.command(backorders_group)
    _add_screens(erp)
    _add_parts(erp)


def _add_screens(erp: Registration) -> None:
    erp.view(BackorderView, models.Backorder, name="Back orders", menu="Work", **MENU)
    erp.view(StockDetailView, models.Backorder, name="Stock detail", menu="Supply", **STOCK_MENU)
    erp.view(ReleaseDialog)
    erp.view(
        FillBatchView,
        name="Fill back orders",
        menu="Work",
        icon="package-import",
        order=28,
        visible=workflow.on,
    )
    erp.view(
        MultiOrderView,
        SalesOrder,
        name="Process orders",
        menu="Work",
        icon="list-check",
        order=27,
        visible=workflow.on,
    )


def _add_parts(erp: Registration) -> None:
    for act in line_acts.ACTS:
        erp.page_action("sales.order", act)
    erp.column("sales.order", order_parts.MARK)
    erp.filter("sales.order", order_parts.BY_CLASS)
    erp.panel("sales.order", order_parts.SUMMARY)
    for column in order_parts.LINE_COLUMNS:
        erp.column("sales.order_line", column)
    erp.panel("inventory.product", product_parts.WAITERS)
    for card in home_parts.CARDS:
        erp.panel("core.home", card)
    erp.provide(SettingsImpact, BackorderImpact())
