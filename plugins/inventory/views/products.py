"""Products: the grid, the form, the page of one product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import flash, g, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from wtforms import StringField

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.admin.views import Button, ErpModelView
from erp_core.db import db
from erp_core.plugin import Panel
from erp_core.registry import parts
from plugins.inventory.domain.places import LOCATIONS
from plugins.inventory.models import Product, StockMove, Warehouse
from plugins.inventory.services import editing, stock
from plugins.inventory.views import drawing
from plugins.inventory.views.fields import MoneyField, UnitsField, demand_choice
from plugins.inventory.views.ledger import document, document_links

LAST_MOVES = 10


class ProductView(ErpModelView):
    """Everything that is sold, with what is on hand."""

    key = "inventory.product"
    see = "inventory.view"
    change = "inventory.product.edit"
    title = "Products"
    subtitle = "What is sold, what it costs, and how much of it is on hand"
    singular = "Product"
    can_view_details = False
    can_delete = False
    edit_template = "inventory/edit.html"
    expand_template = "inventory/product_expand.html"
    column_select_related_list = (Product.replacement,)
    column_list = (
        "sku",
        "name",
        "on_hand",
        "free",
        "sale_price_minor",
        "cost_minor",
        "replacement",
        "barcode",
        "marks",
    )
    column_labels = {
        "sku": "SKU",
        "on_hand": "On hand",
        "reorder_point": "Reorder point",
        "sale_price_minor": "Price",
        "cost_minor": "Cost",
        "custom_made": "Custom-made",
        "tracked": "Track quantity",
        "marks": "Marks",
        "external_id": "External id",
    }
    column_align_end = frozenset({"on_hand", "free", "sale_price_minor", "cost_minor"})
    column_sortable_list = ("sku", "name", "barcode", "sale_price_minor", "cost_minor")
    column_default_sort = ("sku", False)
    column_searchable_list = ("sku", "name", "barcode")
    column_formatters = {
        "sku": lambda v, c, row, n: drawing.link(row.sku, v.get_url(".detail_view", pk=row.id)),
        "on_hand": lambda v, c, row, n: _units(row, g.inventory_on_hand),
        "free": lambda v, c, row, n: _units(row, g.inventory_free),
        "sale_price_minor": lambda v, c, row, n: drawing.money(row.sale_price_minor, _currency()),
        "cost_minor": lambda v, c, row, n: drawing.money(row.cost_minor, _currency()),
        "replacement": lambda v, c, row, n: (
            drawing.sku(row.replacement.sku) if row.replacement else ""
        ),
        "marks": lambda v, c, row, n: _marks(row),
    }
    own_filters = (
        drawing.yes_no(
            "tracked",
            "Quantity tracked",
            Product.tracked,
            {"all": "Tracked or not", "yes": "Tracked", "no": "Not tracked"},
        ),
        drawing.yes_no(
            "custom_made",
            "Custom-made",
            Product.custom_made,
            {"all": "Standard and custom", "yes": "Custom-made", "no": "Standard"},
        ),
        drawing.yes_no(
            "active",
            "In use",
            Product.active,
            {"all": "Active and archived", "yes": "Active", "no": "Archived"},
        ),
    )
    form_columns = (
        "sku",
        "name",
        "barcode",
        "sale_price_minor",
        "cost_minor",
        "reorder_point",
        "replacement",
        "external_id",
        "tracked",
        "custom_made",
        "active",
    )
    form_overrides = {
        "sale_price_minor": MoneyField,
        "cost_minor": MoneyField,
        "reorder_point": UnitsField,
        "sku": StringField,
    }
    form_ajax_refs = {"replacement": {"fields": ("sku", "name"), "page_size": 10}}
    form_args = {
        "sku": {"filters": [lambda text: text.strip() if text else text]},
        "name": {"filters": [lambda text: text.strip() if text else text]},
        "barcode": {"filters": [lambda text: (text or "").strip() or None]},
        "external_id": {
            "filters": [lambda text: (text or "").strip() or None],
            "description": "The key of this product in another system, for imports.",
        },
        "sale_price_minor": {"description": "In major units, such as 12.50."},
        "cost_minor": {"description": "What one unit costs to buy."},
        "reorder_point": {"description": "Buy more when what is left falls below this."},
        "replacement": {"description": "Sold instead when this one is out of stock."},
        "tracked": {"description": "Off: always available, no stock and no back orders."},
        "custom_made": {"description": "Made to order after it is sold."},
        "active": {"description": "Off: archived, kept in every document."},
    }

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of products; its stock is read for all rows at once."""
        count, rows = super().get_list(*args, **kwargs)
        if isinstance(rows, list):
            _load_stock(rows)
        return count, rows

    def on_model_change(self, form: Any, model: Product, is_created: bool) -> None:
        """Keep it by the rules and announce what matters."""
        demand_choice(form.replacement)
        editing.save_product(model)

    def can_expand(self, row: Any) -> bool:
        """Every product shows where it lies."""
        return True

    def expand_context(self, row: Any) -> dict[str, Any]:
        """Return stock by location."""
        return {"places": stock_by_place(row)}

    def row_menu(self, row: Any) -> list[Button]:
        """Return what may be done with a product."""
        found = [
            Button("Open ledger", f"/inventory/move/?product={row.id}", icon="list-details"),
        ]
        if row.tracked and can("inventory.stock.adjust"):
            url = f"/inventory/adjustment/new/?product={row.id}"
            found.insert(0, Button("Adjust stock", url, "dialog", icon="adjustments"))
        return [*found, *(self._changes(row) if can(self.change) else ())]

    def _changes(self, row: Product) -> list[Button]:
        edit = self.get_url(".edit_view", id=row.id)
        archive = self.get_url(".archive_view", pk=row.id)
        word, icon = ("Archive", "archive") if row.active else ("Bring back", "arrow-back-up")
        return [
            Button("Edit", edit, icon="pencil"),
            Button(word, archive, "post", icon=icon),
            Button("Delete", self.get_url(".remove_view", pk=row.id), "dialog", "danger", "trash"),
        ]

    def empty_state(self) -> dict[str, str]:
        """Offer the first step."""
        state = {"icon": "box", "sentence": "No products yet."}
        if can(self.change):
            state |= {"button": "New product", "url": self.get_url(".create_view")}
        return state

    @expose("/<int:pk>/")
    @requires("inventory.view")
    def detail_view(self, pk: int) -> ResponseReturnValue:
        """Show a product with its stock by location and its last movements."""
        row = self.row_or_404(pk)
        moves = _last_moves(row)
        return self.render(
            "inventory/product.html",
            row=row,
            places=stock_by_place(row),
            moves=moves,
            documents=document_links(moves),
            document=document,
            panels=[(panel.title, panel.render(row)) for panel in parts(self.key, Panel)],
            currency=_currency(),
            drawing=drawing,
            may_edit=can(self.change),
            may_adjust=row.tracked and can("inventory.stock.adjust"),
        )

    @expose("/<int:pk>/archive", methods=("POST",))
    def archive_view(self, pk: int) -> ResponseReturnValue:
        """Archive a product or bring it back."""
        row = self.row_or_404(pk)
        editing.set_active(row, not row.active)
        flash(f"{row.sku} is {'in use again' if row.active else 'archived'}.", "success")
        return go(self.get_url(".index_view"))

    @expose("/<int:pk>/delete", methods=("GET", "POST"))
    def remove_view(self, pk: int) -> ResponseReturnValue:
        """Ask before a product is deleted; one that is used can only be archived."""
        row = self.row_or_404(pk)
        if request.method == "GET":
            problem = editing.refusal(row)
            return self.render("inventory/product_delete.html", row=row, problem=problem)
        editing.delete_product(row)
        flash(f"{row.sku} is deleted.", "success")
        return go(self.get_url(".index_view"))


def _load_stock(rows: Sequence[Product]) -> None:
    ids = [row.id for row in rows if row.tracked]
    g.inventory_on_hand = _by_product(stock.on_hand(ids))
    g.inventory_free = _by_product(stock.free(ids))


def _by_product(by_place: dict[stock.Key, int]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for (product, _place), number in by_place.items():
        sums[product] = sums.get(product, 0) + number
    return sums


def _units(row: Product, sums: dict[int, int]) -> Any:
    return drawing.units(sums.get(row.id, 0)) if row.tracked else drawing.DASH


def _currency() -> str:
    if "inventory_currency" not in g:
        g.inventory_currency = drawing.currency()
    return str(g.inventory_currency)


def _marks(row: Product) -> Any:
    marks = [
        ("Not tracked", not row.tracked, "eye-off"),
        ("Custom-made", row.custom_made, "tools"),
        ("Archived", not row.active, "archive"),
    ]
    drawn = [drawing.pill(text, "done", icon) for text, holds, icon in marks if holds]
    return drawing.joined(drawn)


def stock_by_place(row: Product) -> list[dict[str, Any]]:
    """Return where a product lies: name, kind, on hand, free and whether it counts."""
    if not row.tracked:
        return []
    here, spare = stock.on_hand([row.id]), stock.free([row.id])
    held = {place for _product, place in [*here, *spare]}
    query = sa.select(Warehouse).where(Warehouse.id.in_(held)).order_by(Warehouse.name)
    return [_place(row, place, here, spare) for place in db.session.scalars(query)]


def _place(
    row: Product, place: Warehouse, here: dict[stock.Key, int], spare: dict[stock.Key, int]
) -> dict[str, Any]:
    key = (row.id, place.id)
    counts = place.kind in LOCATIONS or key in spare
    return {
        "id": place.id,
        "name": place.name,
        "kind": drawing.kind_title(place.kind),
        "on_hand": here.get(key, 0),
        "free": spare.get(key, 0) if counts else None,
    }


def _last_moves(row: Product) -> list[StockMove]:
    query = sa.select(StockMove).filter_by(product_id=row.id).order_by(StockMove.id.desc())
    return list(db.session.scalars(query.limit(LAST_MOVES)))
