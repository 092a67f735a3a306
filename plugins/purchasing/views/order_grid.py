"""The list of purchase orders: chips by status, filters by supplier and location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, request

from erp_core.access import can
from erp_core.admin.views import Button, Chip, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.plugin import Filter
from plugins.inventory.models import Warehouse
from plugins.purchasing.domain.prices import amount, plain
from plugins.purchasing.domain.ranges import read_ranges
from plugins.purchasing.domain.status import Step, allowed, in_words
from plugins.purchasing.models import PurchaseOrder, PurchaseStatus, Supplier
from plugins.purchasing.services import figures, loading
from plugins.purchasing.services.figures import Sums
from plugins.purchasing.services.waiting import waiting
from plugins.purchasing.views import cells
from plugins.purchasing.views.cells import ROLES, draw, expected, status


def _choices(model: type[Supplier] | type[Warehouse], everything: str) -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(model.id, model.name).order_by(model.name, model.id))
    return [("", everything), *((str(key), name) for key, name in rows)]


def _supplier_options() -> Sequence[tuple[str, str]]:
    return _choices(Supplier, "All suppliers")


def _location_options() -> Sequence[tuple[str, str]]:
    return _choices(Warehouse, "All locations")


FILTERS = (
    Filter(
        "supplier", "Supplier", _supplier_options, lambda v: PurchaseOrder.supplier_id == int(v)
    ),
    Filter(
        "location", "Location", _location_options, lambda v: PurchaseOrder.warehouse_id == int(v)
    ),
)


class OrderGrid(ErpModelView):
    """All purchase orders, the newest first."""

    column_list = (
        "number",
        "supplier",
        "warehouse",
        "ordered",
        "open",
        "value",
        "expected_on",
        "status",
    )
    column_labels = {
        "number": "Order",
        "warehouse": "Deliver to",
        "ordered": "Ordered",
        "open": "Open",
        "value": "Value",
        "expected_on": "Expected",
    }
    column_align_end = frozenset({"ordered", "open", "value"})
    column_searchable_list = ("number", "supplier.name", "note")
    column_sortable_list = ("number", ("supplier", "supplier.name"), "expected_on", "status")
    column_default_sort = ("id", True)
    own_filters = FILTERS
    can_view_details = False
    singular = "Purchase order"
    expand_template = "purchasing/order_expand.html"

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw each column that is more than a plain value."""
        return {
            "number": lambda v, c, row, n: draw("link", self.page(row), row.number),
            "supplier": lambda v, c, row, n: row.supplier.name,
            "warehouse": lambda v, c, row, n: draw("target", row),
            "ordered": lambda v, c, row, n: f"{_sums(row).ordered:,}",
            "open": lambda v, c, row, n: f"{_sums(row).open:,}",
            "value": lambda v, c, row, n: amount(_sums(row).value, row.currency),
            "expected_on": lambda v, c, row, n: expected(row),
            "status": lambda v, c, row, n: status(row.status),
        }

    def page(self, row: PurchaseOrder) -> str:
        """Return the address of an order's page."""
        return str(self.get_url(".detail_view", pk=row.id))

    # -- data ------------------------------------------------------------------------------

    def _narrowed(self) -> list[Any]:
        """Return the conditions of the address without the status; `ids` are those just made."""
        ranges = read_ranges(request.args.get("ids", ""))
        made = [PurchaseOrder.id.between(first, last) for first, last in ranges]
        return [*super()._conditions(), *([sa.or_(*made)] if made else [])]

    def _conditions(self) -> list[Any]:
        chosen = request.args.get("status", "")
        conditions = self._narrowed()
        if chosen in set(PurchaseStatus):
            conditions.append(PurchaseOrder.status == chosen)
        return conditions

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of orders and remember what their lines add up to."""
        count, rows = super().get_list(*args, **kwargs)
        g.purchasing_sums = figures.sums([row.id for row in rows])
        return count, rows

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return plain values for files: numbers as numbers, amounts without a sign."""
        found = _sums(row)
        plain_values = {
            "number": row.number,
            "supplier": row.supplier.name,
            "warehouse": "Customer" if row.ship_to_customer else row.warehouse.name,
            "ordered": found.ordered,
            "open": found.open,
            "value": f"{plain(found.value, row.currency)} {row.currency}",
            "expected_on": row.expected_on,
            "status": in_words(row.status),
        }
        if column.index is not None and column.key in plain_values:
            return plain_values[column.key]
        return super().export_cell(row, column)

    # -- around the grid -------------------------------------------------------------------

    def chips(self) -> list[Chip]:
        """Return one chip for each status, with the number of orders under the filters."""
        counts = figures.by_status(self._narrowed())
        chosen = request.args.get("status", "")
        every = self._chip("All", "", sum(counts.values()), chosen)
        return [every, *(self._chip(in_words(s), s, counts.get(s, 0), chosen) for s in ROLES)]

    def _chip(self, title: str, value: str, count: int, chosen: str) -> Chip:
        kept = {k: v for k, v in request.args.items() if k not in {"page", "status"}}
        url = self.get_url(".index_view", **kept, **({"status": value} if value else {}))
        return Chip(title, count, url, active=value == chosen, role=ROLES.get(value, ""))

    def row_next(self, row: PurchaseOrder) -> Button | None:
        """Return the step that is due: send a draft, receive what was sent."""
        if allowed(Step.SEND, row.status) and can("purchasing.order.send"):
            return Button("Review and send", self.page(row))
        if allowed(Step.RECEIVE, row.status) and can("purchasing.order.receive"):
            return Button("Receive…", self.get_url(".receive_view", pk=row.id), "dialog")
        return None

    def row_menu(self, row: PurchaseOrder) -> list[Button]:
        """Return the other steps an order can take now."""
        document = self.get_url(".document_view", pk=row.id)
        menu = [
            Button("Open", self.page(row), icon="eye"),
            Button("Print", document, icon="printer"),
        ]
        if allowed(Step.SEND, row.status) and can("purchasing.order.send"):
            url = self.get_url(".mark_sent_view", pk=row.id)
            menu.append(Button("Mark as sent", url, "post", icon="send"))
        if allowed(Step.CANCEL, row.status) and can("purchasing.order.edit"):
            url = self.get_url(".cancel_view", pk=row.id)
            menu.append(Button("Cancel…", url, "dialog", role="danger", icon="circle-x"))
        return menu

    def can_expand(self, row: PurchaseOrder) -> bool:
        """Every order opens in place: it shows its lines."""
        return True

    def row_or_404(self, pk: int) -> PurchaseOrder:
        """Return an order with its lines."""
        return loading.get(pk)

    def expand_context(self, row: PurchaseOrder) -> dict[str, Any]:
        """Return who waits for the lines."""
        names = [line.id for line in row.lines]
        return {"waiting": waiting(names), "order": row, "day": cells.day}

    def empty_state(self) -> dict[str, str]:
        """Say what to do while there is no order."""
        state = {"icon": "truck-delivery", "sentence": "No purchase orders yet."}
        url = self._create_url()
        return state | ({"button": "New purchase order", "url": url} if url else {})

    def _grid_context(self, rows: Sequence[Any]) -> dict[str, Any]:
        return {**super()._grid_context(rows), "create_label": "New purchase order"}


def _sums(row: PurchaseOrder) -> Sums:
    found: Sums = g.purchasing_sums.get(row.id, Sums())
    return found
