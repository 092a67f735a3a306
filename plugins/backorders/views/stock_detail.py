"""Inventory > Stock detail: every item on back order with what each location has (F049-F054)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy.orm import selectinload

from erp_core.access import can
from erp_core.admin.shell import shell
from erp_core.admin.views import BulkAction, Button, ErpModelView, GridColumn
from erp_core.plugin import Filter
from plugins.backorders.domain.record import Status
from plugins.backorders.models import Backorder
from plugins.backorders.views import addresses, facts, workflow
from plugins.backorders.views.actions import next_of
from plugins.backorders.views.drawing import cue_pill, status
from plugins.backorders.views.facts import Facts
from plugins.backorders.views.finding import open_store_choices
from plugins.backorders.views.page import FROM_STOCK
from plugins.backorders.views.stock_figures import Figures, figures
from plugins.backorders.views.words import STATUS
from plugins.sales.models import SalesOrder

EVERYTHING = "all"
CHOICES = (
    ("", "On back order"),
    *((str(key), STATUS[key][0]) for key in (Status.NEW, Status.ON_ORDER, Status.STOCK_AVAILABLE)),
    (EVERYTHING, "All, closed ones too"),
)
"""The default system filter comes first (F049)."""

LINK = Markup('<a href="%s" data-open>%s</a>')
NAMED = Markup('%s<span class="peg-aside peg-sku">%s</span>')
TIPPED = Markup('<span data-tip="%s">%s</span>')


@dataclass(frozen=True, slots=True)
class PlacedColumn(GridColumn):
    """A grid column that knows its place on a phone's card."""

    slot: str = ""


COLUMNS = (
    PlacedColumn("order", "Order", sortable=True, index=0, slot="title"),
    PlacedColumn("product", "Product", sortable=True, index=1, slot="line"),
    PlacedColumn("customer", "Customer", index=2, slot="line"),
    PlacedColumn("location", "Location", sortable=True, index=3, slot="line"),
    PlacedColumn("status", "Status", sortable=True, index=4, slot="status"),
    PlacedColumn("ordered", "Ordered", "end", index=5),
    PlacedColumn("short_qty", "BackOrderQty", "end", sortable=True, index=6, slot="fact"),
    PlacedColumn("on_hand", "On hand here", "end", index=7),
    PlacedColumn("allocated", "Allocated", "end", index=8),
    PlacedColumn("free", "Free here", "end", index=9),
    PlacedColumn("elsewhere", "Free elsewhere", "end", index=10),
    PlacedColumn("incoming", "Incoming", "end", index=11),
    PlacedColumn("requested_qty", "Requested", "end", sortable=True, index=12),
    PlacedColumn("expected", "Expected", index=13),
    PlacedColumn("since", "Waits since", sortable=True, index=14),
)
SORTED_BY = (
    ("order", "order_id"),
    ("product", "product.sku"),
    ("location", "warehouse.name"),
    "status",
    "short_qty",
    "requested_qty",
    "since",
)


class StockDetailView(ErpModelView):
    """Items on back order with wide stock figures, filters, saved views and bulk actions."""

    key = "backorders.stock_detail"
    see = "backorders.view"
    column_auto_select_related = False
    title = "Stock detail"
    subtitle = "Every item on back order, the longest wait first"
    can_view_details = False
    column_list = tuple(column.key for column in COLUMNS)
    column_labels = {column.key: column.title for column in COLUMNS}
    column_sortable_list = SORTED_BY
    column_default_sort = ("since", False)
    column_searchable_list = ("order.number", "product.sku", "product.name")
    column_filters = (
        "order.number",
        "product.sku",
        "product.name",
        "short_qty",
        "requested_qty",
        "since",
    )
    own_filters: ClassVar[tuple[Filter, ...]] = (
        Filter("items", "Items", lambda: CHOICES, lambda value: of_items(value)),
        Filter(
            "store",
            "Location",
            lambda: [("", "All locations"), *open_store_choices()],
            lambda value: Backorder.warehouse_id == int(value),
        ),
    )

    def scaffold_list_columns(self) -> list[str]:
        """Return the columns; most of them are figures, not fields."""
        return [column.key for column in COLUMNS]

    def is_visible(self) -> bool:
        """Say whether the menu shows the list."""
        return bool(super().is_visible() and workflow.on())

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        """Show the list, or say calmly that the workflow is off (F145)."""
        if not workflow.on():
            return self.render("backorders/off.html", settings_url=addresses.settings())
        return super().index_view()

    def _conditions(self) -> list[Any]:
        found = super()._conditions()
        if "items" not in {item.key for item, _ in self._in_force()}:
            found.append(Backorder.closed_at.is_(None))
        if shell().company_id:
            found.append(Backorder.warehouse_id.in_(workflow.places_in_view()))
        return found

    def get_query(self) -> Any:
        """Return the list query with what each row shows, a statement for each kind."""
        order = selectinload(Backorder.order)
        shown = (SalesOrder.customer, SalesOrder.lines, SalesOrder.payments)
        return (
            super()
            .get_query()
            .options(*(order.selectinload(one) for one in shown))
            .options(*(selectinload(one) for one in (Backorder.line, Backorder.product)))
            .options(selectinload(Backorder.warehouse))
        )

    def get_list(self, *args: Any, **options: Any) -> Any:
        """Return a page of items; their figures are read for all of them at once."""
        count, rows = super().get_list(*args, **options)
        if options.get("execute", True):
            g.stock_detail_facts = facts.load(rows)
            g.stock_detail_figures = figures(rows)
        return count, rows

    def grid_columns(self) -> list[GridColumn]:
        """Return own columns, then those other plugins add."""
        return [*COLUMNS, *super().grid_columns()[len(COLUMNS) :]]

    def cell(self, row: Any, column: GridColumn) -> Any:
        """Draw one cell."""
        if not isinstance(column, PlacedColumn):
            return super().cell(row, column)
        return _drawn(row, g.stock_detail_facts[row.id], g.stock_detail_figures[row.id])[column.key]

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Write numbers as numbers and days as days into files."""
        if not isinstance(column, PlacedColumn):
            return super().export_cell(row, column)
        known, found = g.stock_detail_facts[row.id], g.stock_detail_figures[row.id]
        return _plain(row, known, found)[column.key]

    def row_next(self, row: Any) -> Button | None:
        """Lead to what is next for the back order, where it is done."""
        return next_of(row, g.stock_detail_facts[row.id], self._act_url)

    def _act_url(self, endpoint: str, **values: Any) -> str:
        return str(self.get_url(f"backorders_backorder{endpoint}", back=FROM_STOCK, **values))

    def bulk_actions(self) -> list[BulkAction]:
        """Offer purchase orders for the chosen items (F074); other plugins add theirs (F075)."""
        if not can("backorders.request"):
            return []
        url = self._act_url(".request_many")
        return [BulkAction("request", "Request stock", "truck-delivery", dialog=url)]

    def empty_state(self) -> dict[str, str]:
        """Nobody waits: good news."""
        return {"kind": "done", "sentence": "Nobody waits: stock covers every open order."}

    def search_placeholder(self) -> str:
        """Say what the search looks at."""
        return "Order, SKU, product"


def of_items(value: str) -> sa.ColumnElement[bool]:
    """Return the condition of the filter over statuses."""
    if value == EVERYTHING:
        return sa.true()
    return sa.and_(Backorder.closed_at.is_(None), Backorder.status == value)


def _drawn(row: Backorder, known: Facts, found: Figures) -> dict[str, Any]:
    """Return the cells of a row as the screen shows them."""
    places = ", ".join(f"{place.free:,} at {place.name}" for place in found.elsewhere)
    elsewhere = f"{found.free_elsewhere:,}"
    return {
        **{key: f"{value:,}" for key, value in _numbers(row, found).items()},
        "order": LINK % (addresses.order(row.order_id), row.order.number),
        "product": NAMED % (row.product.name, row.product.sku),
        "customer": str(row.order.customer),
        "location": row.warehouse.name,
        "status": status(known.status_words, known.status_role),
        "short_qty": cue_pill(f"{known.qty:,}", known.role, known.words),
        "elsewhere": TIPPED % (places, elsewhere) if places else elsewhere,
        "expected": known.expected or "–",  # noqa: RUF001 - the dash
        "since": row.since.isoformat(),
    }


def _plain(row: Backorder, known: Facts, found: Figures) -> dict[str, Any]:
    """Return the cells of a row as a file holds them."""
    since: date = row.since
    return {
        **_numbers(row, found),
        "order": row.order.number,
        "product": row.product.sku,
        "customer": str(row.order.customer),
        "location": row.warehouse.name,
        "status": known.status_words,
        "short_qty": known.qty,
        "expected": known.expected_on,
        "since": since,
    }


def _numbers(row: Backorder, found: Figures) -> dict[str, int]:
    return {
        "ordered": row.line.ordered_qty,
        "on_hand": found.on_hand,
        "allocated": found.allocated,
        "free": found.free,
        "elsewhere": found.free_elsewhere,
        "incoming": found.incoming,
        "requested_qty": row.requested_qty,
    }
