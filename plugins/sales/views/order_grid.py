"""Manage orders: the grid, its chips, filters and the expanded row (F061)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g, request
from markupsafe import Markup

from erp_core.access import can
from erp_core.admin.paging import Counted
from erp_core.admin.reading import kept_address
from erp_core.admin.views import Button, Chip, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.plugin import Filter
from plugins.inventory.services import catalogue
from plugins.sales.domain.money import places_of
from plugins.sales.domain.statuses import Step, allowed
from plugins.sales.models import Customer, OrderStatus, SalesOrder
from plugins.sales.services.figures import OrderFigures, figures, whole_order
from plugins.sales.views import line_table
from plugins.sales.views.line_table import LineTable
from plugins.sales.views.wording import ASIDE, MUTED, ROLES, WORDS, day, money, status_cell

LINK = Markup('<a href="%s" data-open>%s</a>')
SLOTS = {
    "number": "title",
    "status": "status",
    "customer": "line",
    "ordered_on": "fact",
    "lines": "hide",
    "paid": "hide",
}
"""Where a cell stands on a phone's card."""


@dataclass(frozen=True, slots=True)
class PlacedColumn(GridColumn):
    """A grid column that knows its place on a phone's card."""

    slot: str = ""


def placed(columns: Sequence[GridColumn], slots: Mapping[str, str]) -> list[GridColumn]:
    """Return the columns with their places on a phone's card, by key."""
    return [
        PlacedColumn(c.key, c.title, c.align, c.sortable, c.index, slots.get(c.key, ""))
        for c in columns
    ]


def places() -> list[tuple[str, str]]:
    """Offer all locations, for the select above the grid."""
    named = [(str(place.id), place.name) for place in catalogue.warehouses()]
    return [("", "All locations"), *named]


def chosen_customer() -> list[tuple[str, str]]:
    """Offer the customer whose orders are shown; it is chosen on the customer's page."""
    value = request.args.get("customer", "")
    found = db.session.get(Customer, int(value)) if _is_key(value) else None
    return [("", "All customers"), (value, str(found))] if found else []


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


class OrderGrid(ErpModelView):
    """Sales orders, the newest first; a row opens to its lines."""

    key = "sales.order"
    more_screens = (line_table.KEY,)
    see = "sales.view"
    change = "sales.order.edit"
    title = "Manage orders"
    subtitle = "Sales orders, the newest first"
    expand_template = "sales/expand.html"
    can_edit = can_delete = can_view_details = False
    form_columns = ("note",)
    column_list = (
        "number",
        "ordered_on",
        "customer",
        "warehouse",
        "status",
        "lines",
        "total",
        "paid",
    )
    column_labels = {
        "number": "Order",
        "ordered_on": "Date",
        "warehouse": "Location",
        "customer.name": "Customer",
        "required_on": "Required",
    }
    column_align_end = frozenset({"lines", "total", "paid"})
    column_sortable_list = (
        ("number", "id"),
        "ordered_on",
        ("customer", "customer.name"),
        ("warehouse", "warehouse_id"),
        "status",
    )
    column_default_sort = ("id", True)
    column_searchable_list = ("number", "customer.name", "customer.company_name", "external_id")
    column_filters = ("customer.name", "ordered_on", "required_on", "channel")
    column_formatters = {
        "number": lambda view, c, order, n: view.number_cell(order),
        "ordered_on": lambda view, c, order, n: day(order.ordered_on),
        "customer": lambda view, c, order, n: customer_cell(order),
        "status": lambda view, c, order, n: status_cell(order.status),
        "lines": lambda view, c, order, n: view.figures_of(order).lines,
        "total": lambda view, c, order, n: view.total_cell(order),
        "paid": lambda view, c, order, n: view.paid_cell(order),
    }
    own_filters: ClassVar[tuple[Filter, ...]] = (
        Filter(
            "warehouse", "Location", places, lambda value: SalesOrder.warehouse_id == int(value)
        ),
        Filter(
            "customer",
            "Customer",
            chosen_customer,
            lambda value: SalesOrder.customer_id == int(value),
            visible=lambda: bool(chosen_customer()),
        ),
    )

    # -- rows ------------------------------------------------------------------------------

    def get_query(self) -> Any:
        """Return the list query, narrowed to the status of the chosen chip."""
        query, chosen = super().get_query(), chosen_status()
        return query.filter(SalesOrder.status == chosen) if chosen else query

    def get_list(self, *args: Any, **options: Any) -> tuple[int | None, Sequence[SalesOrder]]:
        """Return a page of orders; their figures are read for all of them at once."""
        count, rows = super().get_list(*args, **options)
        g.sales_figures = figures([order.id for order in rows])
        return count, rows

    def figures_of(self, order: SalesOrder) -> OrderFigures:
        """Return number of lines, total and paid of an order of this page."""
        known: dict[int, OrderFigures] = g.get("sales_figures", {})
        return known.get(order.id, OrderFigures())

    def grid_columns(self) -> list[GridColumn]:
        """Give each column its place on a phone's card."""
        return placed(super().grid_columns(), SLOTS)

    # -- cells -----------------------------------------------------------------------------

    def page_url(self, order: SalesOrder) -> str:
        """Return the address of an order's page."""
        return str(self.get_url(".detail_view", pk=order.id))

    def number_cell(self, order: SalesOrder) -> Markup:
        """Link the order's page."""
        return LINK % (self.page_url(order), order.number)

    def total_cell(self, order: SalesOrder) -> str:
        """Write the order's value."""
        return money(self.figures_of(order).total_minor, order.currency)

    def paid_cell(self, order: SalesOrder) -> str | Markup:
        """Say what was paid: nothing is a dash, all of it is a word."""
        found = self.figures_of(order)
        if not found.paid_minor:
            return MUTED % "–"  # noqa: RUF001 - the dash
        return money(found.paid_minor, order.currency)

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Write amounts as numbers and dates as dates into files."""
        amounts = {"total": "total_minor", "paid": "paid_minor"}
        if column.key in amounts:
            minor = getattr(self.figures_of(row), amounts[column.key])
            return Decimal(minor).scaleb(-places_of(row.currency))
        if column.key == "ordered_on":
            return row.ordered_on
        return super().export_cell(row, column)

    # -- chips, actions, detail ------------------------------------------------------------

    def chips(self) -> list[Chip]:
        """Count the orders of each status under the filters chosen beside them."""
        counts, chosen = self._counts(), chosen_status()
        known = [count for count in counts.values() if count]
        total = Counted.of(sum(count.number for count in known), self.count_cap)
        more = total.more or any(count.more for count in known)
        return [Chip("All", Counted(total.number, more), self._chip_url(""), not chosen)] + [
            Chip(s.words, counts.get(s), self._chip_url(s), s == chosen, ROLES[s])
            for s in OrderStatus
            if counts.get(s) or more or s == chosen
        ]

    def _counts(self) -> dict[str, Counted]:
        """Count each status up to the cap; one statement of bounded work.

        Without a filter each status is counted in its index. With one, the first rows that match
        are sorted by status: where there are more of them, each count says so.
        """
        matching = super().get_query()
        if self._in_force():
            return self._counts_of_first(matching)
        parts = [self._of_status(matching, status) for status in OrderStatus]
        rows = db.session.execute(sa.union_all(*parts))
        return {status: Counted.of(count, self.count_cap) for status, count in rows}

    def _of_status(self, matching: Any, status: OrderStatus) -> sa.Select[str, int]:
        rows = matching.filter(SalesOrder.status == status).with_entities(sa.literal(1))
        capped = rows.limit(self.count_cap + 1).subquery()
        return sa.select(sa.literal(str(status)), sa.func.count()).select_from(capped)

    def _counts_of_first(self, matching: Any) -> dict[str, Counted]:
        first = matching.with_entities(SalesOrder.status).limit(self.count_cap + 1).subquery()
        query = sa.select(first.c.status, sa.func.count()).group_by(first.c.status)
        found = {status: count for status, count in db.session.execute(query)}
        more = sum(found.values()) > self.count_cap
        return {status: Counted(count, more) for status, count in found.items()}

    def _chip_url(self, status: str) -> str:
        chosen = {"status": status} if status else {}
        return str(self.get_url(".index_view", **kept_address("status"), **chosen))

    def row_next(self, row: SalesOrder) -> Button:
        """Confirm a draft; open anything else."""
        if allowed(Step.CONFIRM, row.status) and can("sales.order.confirm"):
            return Button("Confirm", self.get_url(".confirm_order", pk=row.id), "post")
        return Button("Open", self.page_url(row), role="quiet")

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
        """Say what to do when there is no order."""
        chosen = chosen_status()
        if chosen:
            return {
                "kind": "no_match",
                "sentence": f"No order is {chosen.words.lower()}.",
                "button": "Show all orders",
                "url": self._chip_url(""),
            }
        return {
            "icon": "clipboard-list",
            "sentence": "No sales orders yet.",
            "button": "New order" if self._create_url() else "",
            "url": self._create_url() or "",
        }

    def search_placeholder(self) -> str:
        """Say what the search looks at."""
        return "Order, customer, external id"

    def render(self, template: str, **context: Any) -> str:
        """Name the button of the list."""
        context.setdefault("create_label", "New order")
        return str(super().render(template, **context))


def customer_cell(order: SalesOrder) -> str | Markup:
    """Name the customer, with the town in small print."""
    name, town = str(order.customer), order.customer.city
    return ASIDE % (name, town) if town else name


def chosen_status() -> OrderStatus | None:
    """Return the status of the chip in force; anything unknown is none."""
    value = request.args.get("status", "")
    return OrderStatus(value) if value in set(OrderStatus) else None
