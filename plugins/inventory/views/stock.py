"""Stock: what is on hand and free, one row for each product and warehouse."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, g

from erp_core.access import can
from erp_core.admin.shell import shell
from erp_core.admin.views import Button, ErpModelView
from erp_core.plugin import Filter
from plugins.inventory.domain.places import LOCATIONS
from plugins.inventory.models import StockBalance, Warehouse
from plugins.inventory.services import stock
from plugins.inventory.views import drawing

QUANTITIES = {
    "some": StockBalance.on_hand > 0,
    "none": StockBalance.on_hand == 0,
}


class StockView(ErpModelView):
    """Balances; a row's key is the pair (product id, warehouse id)."""

    key = "inventory.stock"
    see = "inventory.view"
    title = "Stock"
    subtitle = "What is on hand at each place, and how much of it is free"
    can_view_details = False
    column_select_related_list = (StockBalance.product, StockBalance.warehouse)
    column_list = (
        "product.sku",
        "product.name",
        "warehouse.name",
        "warehouse.kind",
        "on_hand",
        "free",
    )
    column_labels = {
        "product.sku": "SKU",
        "product.name": "Product",
        "warehouse.name": "Warehouse",
        "warehouse.kind": "Type",
        "on_hand": "On hand",
    }
    column_align_end = frozenset({"on_hand", "free"})
    column_sortable_list = ("product.sku", "product.name", "warehouse.name", "on_hand")
    column_default_sort = [("product.sku", False), ("warehouse.name", False)]
    column_searchable_list = ("product.sku", "product.name", "product.barcode")
    column_formatters = {
        "product.sku": lambda v, c, row, n: drawing.link(
            row.product.sku, f"/inventory/product/{row.product_id}/"
        ),
        "warehouse.kind": lambda v, c, row, n: drawing.kind_title(row.warehouse.kind),
        "on_hand": lambda v, c, row, n: drawing.units(row.on_hand),
        "free": lambda v, c, row, n: _free(row),
    }
    own_filters = (
        Filter(
            "warehouse",
            "Warehouse",
            lambda: [("", "All warehouses"), *drawing.places()],
            lambda value: StockBalance.warehouse_id == int(value),
        ),
        Filter(
            "quantity",
            "Quantity",
            lambda: [("", "Any quantity"), ("some", "In stock"), ("none", "Empty")],
            lambda value: QUANTITIES[value],
        ),
    )

    def get_query(self) -> Any:
        """Return the balances of the chosen company, or of all."""
        return _of_company(super().get_query())

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of balances; what is free is read for all rows at once."""
        count, rows = super().get_list(*args, **kwargs)
        if isinstance(rows, list):
            g.inventory_free_here = stock.free({row.product_id for row in rows})
        return count, rows

    def can_expand(self, row: Any) -> bool:
        """A balance has nothing to open; its product has."""
        return False

    def row_or_404(self, pk: int) -> Any:
        """A single number names no balance."""
        abort(404)

    def _pk(self, row: Any) -> Any:
        return row.product_id, row.warehouse_id

    def row_menu(self, row: Any) -> list[Button]:
        """Return what may be done at this place."""
        ledger = f"/inventory/move/?product={row.product_id}&warehouse={row.warehouse_id}"
        found = [Button("Open ledger", ledger, icon="list-details")]
        if can("inventory.stock.adjust"):
            url = (
                f"/inventory/adjustment/new/?warehouse={row.warehouse_id}&product={row.product_id}"
            )
            found.insert(0, Button("Adjust stock", url, "dialog", icon="adjustments"))
        return found

    def page_actions(self) -> list[Button]:
        """Return the ways to the ledger, to adjustments and to a new one."""
        found = [
            Button("Ledger", "/inventory/move/", icon="list-details"),
            Button("Adjustments", "/inventory/adjustment/", icon="clipboard-check"),
        ]
        if can("inventory.stock.adjust"):
            url = "/inventory/adjustment/new/"
            found.append(Button("Adjust stock", url, "dialog", icon="adjustments", primary=True))
        return found

    def empty_state(self) -> dict[str, str]:
        """Offer the first step."""
        state = {"icon": "package", "sentence": "No stock yet: receive, import or adjust some."}
        if can("inventory.stock.adjust"):
            state |= {"button": "Adjust stock", "url": "/inventory/adjustment/new/"}
        return state


def _of_company(query: Any) -> Any:
    chosen = shell().company_id
    if not chosen:
        return query
    mine = sa.select(Warehouse.id).where(Warehouse.company_id == chosen)
    return query.filter(StockBalance.warehouse_id.in_(mine))


def _free(row: StockBalance) -> Any:
    key = (row.product_id, row.warehouse_id)
    if row.warehouse.kind not in LOCATIONS and key not in g.inventory_free_here:
        return drawing.not_counted()
    return drawing.units(g.inventory_free_here.get(key, 0))
