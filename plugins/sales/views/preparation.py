"""Order preparation: the tabs Backorder and In stock, and shipping from there (F055, F056)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import joinedload, selectinload

from erp_core.access import can, requires
from erp_core.admin.reading import kept_address
from erp_core.admin.views import Button, Chip, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.plugin import Action, Filter
from plugins.sales.domain.statuses import Step, allowed
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import preparing
from plugins.sales.services.figures import whole_order
from plugins.sales.services.preparing import Readiness, Tab
from plugins.sales.views.line_table import LineTable
from plugins.sales.views.order_grid import LINK, customer_cell, placed, places
from plugins.sales.views.wording import WORDS, counted, day, pill, status_cell

KEY = "sales.preparation"
SLOTS = {"number": "title", "ready": "status", "customer": "line", "ordered_on": "hide"} | {
    "status": "hide"
}
"""Where a cell stands on a phone's card."""


def chosen_tab() -> Tab:
    """Return the tab in the address; anything unknown is In stock."""
    value = request.args.get("tab", "")
    return Tab(value) if value in set(Tab) else Tab.IN_STOCK


class PreparationView(ErpModelView):
    """Open orders in the order of service, by whether their goods are there."""

    key = KEY
    see = "sales.view"
    title = "Order preparation"
    subtitle = "Open orders in the order in which they are served"
    expand_template = "sales/expand.html"
    can_view_details = False
    column_list = (
        "number",
        "customer",
        "warehouse",
        "ordered_on",
        "required_on",
        "ready",
        "status",
    )
    column_labels = {
        "number": "Order",
        "warehouse": "Location",
        "ordered_on": "Date",
        "required_on": "Required",
        "ready": "Ready",
    }
    column_sortable_list = (("number", "id"), "ordered_on", "required_on")
    column_default_sort = [("priority", True), ("sequence", False)]
    column_searchable_list = ("number", "customer.name", "customer.company_name")
    column_formatters = {
        "number": lambda view, c, order, n: LINK % (order_url(order), order.number),
        "customer": lambda view, c, order, n: customer_cell(order),
        "ordered_on": lambda view, c, order, n: day(order.ordered_on),
        "required_on": lambda view, c, order, n: day(order.required_on),
        "ready": lambda view, c, order, n: ready_cell(view.readiness_of(order)),
        "status": lambda view, c, order, n: status_cell(order.status),
    }
    own_filters: ClassVar[tuple[Filter, ...]] = (
        Filter(
            "warehouse", "Location", places, lambda value: SalesOrder.warehouse_id == int(value)
        ),
    )

    # -- rows ------------------------------------------------------------------------------

    def get_query(self) -> Any:
        """Return the orders of the chosen tab with their lines."""
        lines = selectinload(SalesOrder.lines).joinedload(SalesOrderLine.product)
        query = super().get_query().filter(preparing.in_tab(chosen_tab()))
        return query.options(
            lines, joinedload(SalesOrder.customer), joinedload(SalesOrder.warehouse)
        )

    def get_list(self, *args: Any, **options: Any) -> tuple[int | None, Sequence[SalesOrder]]:
        """Return a page of orders; what can leave of them is asked for all at once."""
        count, rows = super().get_list(*args, **options)
        if options.get("execute", True):
            g.sales_readiness = preparing.readiness(rows)
        return count, rows

    def readiness_of(self, order: SalesOrder) -> Readiness:
        """Return how much of an order of this page can leave."""
        known: dict[int, Readiness] = g.get("sales_readiness", {})
        return known.get(order.id, Readiness())

    def chips(self) -> list[Chip]:
        """Count the orders of both tabs under the filters chosen beside them."""
        short = sa.func.count(sa.case((preparing.misses_stock(), 1)))
        query = sa.select(short, sa.func.count()).select_from(SalesOrder)
        found = query.where(preparing.in_preparation(), *self._conditions())
        missing, everything = db.session.execute(found).one()
        counts = {Tab.BACKORDER: missing, Tab.IN_STOCK: everything - missing}
        roles = {Tab.BACKORDER: "missing", Tab.IN_STOCK: "ok"}
        return [
            Chip(tab.words, counts[tab], self._tab_url(tab), tab is chosen_tab(), roles[tab])
            for tab in Tab
        ]

    def _tab_url(self, tab: Tab) -> str:
        return str(self.get_url(".index_view", **kept_address("tab"), tab=tab))

    def grid_columns(self) -> list[GridColumn]:
        """Give each column its place on a phone's card."""
        return placed(super().grid_columns(), SLOTS)

    # -- acts ------------------------------------------------------------------------------

    def row_next(self, row: SalesOrder) -> Button:
        """Ship what is there; an order without any stock is opened instead."""
        if self.readiness_of(row).ready and can("sales.order.ship"):
            url = url_for("sales_order.ship_order", pk=row.id)
            return Button("Ship…", url, "dialog", "ok")
        return Button("Open", order_url(row), role="quiet")

    def row_menu(self, row: SalesOrder) -> list[Button]:
        """Offer the paper work, and what to do with an order that has to wait."""
        shown = [Button("Open order", order_url(row), icon="eye")]
        if self.readiness_of(row).ready:
            paper = url_for("sales_order.packing_slip", pk=row.id)
            shown.append(Button("Packing slip", paper, icon="printer"))
        if row.approved_at is None and allowed(Step.SPLIT, row.status) and can("sales.order.edit"):
            split = url_for("sales_order.split_order", pk=row.id)
            shown.append(Button("Split…", split, "dialog", icon="arrows-split"))
        if can("sales.order.edit"):
            delay = url_for("sales_order.delay_order", pk=row.id)
            shown.append(Button("Delay shipping…", delay, "dialog", icon="calendar-due"))
        if can("sales.order.cancel"):
            cancel = url_for("sales_order.cancel_order", pk=row.id)
            shown.append(Button("Cancel…", cancel, "dialog", "danger", "ban"))
        return shown

    def page_actions(self) -> list[Button]:
        """Offer the pick list of everything that can ship under the filters."""
        if chosen_tab() is not Tab.IN_STOCK:
            return []
        url = url_for("sales_order.pick_list", warehouse=request.args.get("warehouse") or None)
        return [Button("Pick list", url, icon="clipboard-list")]

    @expose("/action/", methods=("POST",))
    @requires("sales.view")
    def action_view(self) -> ResponseReturnValue:
        """Run an action on the selected orders; each action asks for its own permission."""
        return super().action_view()

    def can_expand(self, row: Any) -> bool:
        """Every order opens to its lines."""
        return True

    def row_or_404(self, pk: int) -> Any:
        """Return an order with its lines."""
        return whole_order(pk)

    def expand_context(self, row: SalesOrder) -> dict[str, Any]:
        """Return the lines with the columns other plugins add."""
        return {"table": LineTable.of(row), **WORDS}

    def empty_state(self) -> dict[str, str]:
        """Say that there is nothing to do in this tab."""
        if chosen_tab() is Tab.BACKORDER:
            return {"kind": "done", "sentence": "No order misses stock."}
        return {"kind": "done", "sentence": "No order is ready to ship."}

    def search_placeholder(self) -> str:
        """Say what the search looks at."""
        return "Order, customer"


def order_url(order: SalesOrder) -> str:
    """Return the address of an order's page."""
    return url_for("sales_order.detail_view", pk=order.id)


def ready_cell(found: Readiness) -> object:
    """Say how much of the open units can leave."""
    if not found.ready:
        return pill("Nothing yet", "missing")
    if found.complete:
        return pill(counted(found.open, "unit"), "ok")
    return pill(f"{found.ready:,} of {found.open:,}", "wait")


def ship_chosen(ids: Sequence[int]) -> str:
    """Ship what can leave of the chosen orders, all or none."""
    units = preparing.ship_all(ids)
    return f"{counted(units, 'unit')} of {counted(len(ids), 'order')} shipped."


SHIP = Action(
    "ship",
    "Ship",
    ship_chosen,
    "sales.order.ship",
    "truck-delivery",
    "Ship everything that can leave of the selected orders?",
)
