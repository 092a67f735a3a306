"""The list as a file: one fact in each column, amounts and days as they are."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.admin.views import GridColumn
from plugins.backorders.models import Backorder
from plugins.backorders.views.grid import BackorderGrid

FILE_COLUMNS = tuple(
    GridColumn(title.lower().replace(" ", "_"), title)
    for title in (
        "Supplier",
        "Back order",
        "Order",
        "Customer",
        "Location",
        "SKU",
        "Product",
        "Ordered",
        "Short",
        "Stock available",
        "Requested",
        "Age in days",
        "Expected",
        "Status",
        "Supply",
        "Payment due",
    )
)
"""What a file holds: the columns on screen, each fact in a column of its own."""


class BackorderFiles(BackorderGrid):
    """CSV and XLSX of the rows that the address asks for."""

    def grid_columns(self) -> list[GridColumn]:
        """Return the columns of a file while one is written."""
        shown = super().grid_columns()
        if not g.get("backorders_file"):
            return shown
        return [*FILE_COLUMNS, *(column for column in shown if type(column) is GridColumn)]

    def columns_in_view(self) -> list[GridColumn]:
        """A file of one fact in each column holds all of them."""
        return self.grid_columns() if g.get("backorders_file") else super().columns_in_view()

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        """Send the rows that the address asks for, one fact in each column."""
        g.backorders_file = True
        return super().export(export_type)

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return a plain value for a file."""
        if column in FILE_COLUMNS:
            return self._plain(row)[FILE_COLUMNS.index(column)]
        return super().export_cell(row, column)

    def _plain(self, row: Backorder) -> tuple[Any, ...]:
        known = self.facts_of(row)
        return (
            self.group_of(row).name,
            row.number,
            row.order.number,
            str(row.order.customer),
            row.warehouse.name,
            row.product.sku,
            row.product.name,
            row.line.ordered_qty,
            known.record.short,
            known.record.filled,
            known.record.requested,
            known.days,
            known.expected_on,
            known.status_words,
            ", ".join(item.link.number for item in known.served),
            bool(known.owed),
        )
