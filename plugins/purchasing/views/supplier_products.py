"""What suppliers sell: their SKU, price, lead time and lot sizes; one is preferred per product."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request
from wtforms import StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from erp_core.admin.views import Button, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import Filter
from plugins.purchasing.domain.arrival import MOST
from plugins.purchasing.domain.prices import amount, plain
from plugins.purchasing.models import Supplier, SupplierProduct
from plugins.purchasing.services import suppliers
from plugins.purchasing.views.cells import draw
from plugins.purchasing.views.typed import price

WHOLE = f"Whole number from 1 to {MOST:,}."
DAYS = "Whole number of days from 0 to 3,650."


def _supplier_options() -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(Supplier.id, Supplier.name).order_by(Supplier.name))
    return [("", "All suppliers"), *((str(key), name) for key, name in rows)]


class SupplierProductView(ErpModelView):
    """Which supplier sells which product, on which terms."""

    key = "purchasing.supplier_product"
    see = "purchasing.view"
    change = "purchasing.supplier.edit"
    title = "Supplier products"
    column_list = (
        "product",
        "supplier",
        "supplier_sku",
        "price",
        "lead_time_days",
        "minimum_qty",
        "multiple_qty",
        "preferred",
    )
    column_labels = {
        "supplier_sku": "Their SKU",
        "lead_time_days": "Lead time (days)",
        "minimum_qty": "Minimum",
        "multiple_qty": "Multiple of",
    }
    column_align_end = frozenset({"price", "lead_time_days", "minimum_qty", "multiple_qty"})
    column_searchable_list = ("product.sku", "product.name", "supplier_sku")
    column_sortable_list = (("product", "product.sku"), ("supplier", "supplier.name"))
    own_filters = (
        Filter(
            "supplier",
            "Supplier",
            _supplier_options,
            lambda value: SupplierProduct.supplier_id == int(value),
        ),
    )
    form_columns = (
        "supplier",
        "product",
        "supplier_sku",
        "price",
        "lead_time_days",
        "minimum_qty",
        "multiple_qty",
        "preferred",
    )
    form_ajax_refs = {
        "supplier": {"fields": ("name", "code"), "page_size": 10, "placeholder": "Name or code"},
        "product": {"fields": ("sku", "name"), "page_size": 10, "placeholder": "SKU or name"},
    }
    form_extra_fields = {
        "price": StringField("Price", description="In the supplier's currency, such as 12.50.")
    }
    form_args = {
        "supplier": {"validators": [InputRequired("Choose a supplier.")]},
        "product": {"validators": [InputRequired("Choose a product.")]},
        "supplier_sku": {"label": "Their SKU"},
        "lead_time_days": {
            "label": "Lead time (days)",
            "validators": [Optional(), NumberRange(0, 3650, message=DAYS)],
            "description": "Leave empty to use the supplier's.",
        },
        "minimum_qty": {
            "label": "Minimum quantity",
            "validators": [InputRequired(WHOLE), NumberRange(1, MOST, message=WHOLE)],
        },
        "multiple_qty": {
            "label": "Sold in multiples of",
            "validators": [InputRequired(WHOLE), NumberRange(1, MOST, message=WHOLE)],
        },
        "preferred": {"description": "The supplier that is proposed first for this product."},
    }
    can_view_details = False
    singular = "Supplier product"

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw each column that is more than a plain value."""
        return {
            "product": lambda v, c, row, n: draw("link", self._edit(row), str(row.product)),
            "supplier": lambda v, c, row, n: row.supplier.name,
            "price": lambda v, c, row, n: amount(row.price_minor, row.supplier.currency),
            "preferred": lambda v, c, row, n: "Preferred" if row.preferred else "",
        }

    def _edit(self, row: SupplierProduct) -> str:
        return str(self.get_url(".edit_view", id=row.id))

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return plain values for files."""
        if column.key == "product":
            return row.product.sku
        if column.key == "price":
            return f"{plain(row.price_minor, row.supplier.currency)} {row.supplier.currency}"
        return super().export_cell(row, column)

    def row_menu(self, row: SupplierProduct) -> list[Button]:
        """Return what can be done with a row."""
        return [Button("Edit", self._edit(row), icon="pencil")]

    def create_form(self, obj: Any = None) -> Any:
        """Propose the supplier whose page the person came from."""
        form = super().create_form(obj)
        chosen = request.args.get("supplier", "")
        if request.method == "GET" and chosen.isdecimal() and len(chosen) < 18:
            form.supplier.data = db.session.get(Supplier, int(chosen))
        return form

    def edit_form(self, obj: Any = None) -> Any:
        """Show the price as it is typed."""
        form = super().edit_form(obj)
        if request.method == "GET" and obj is not None:
            form.price.data = plain(obj.price_minor, obj.supplier.currency)
        return form

    def on_model_change(self, form: Any, model: SupplierProduct, is_created: bool) -> None:
        """Read the price in the supplier's currency; keep one preferred supplier a product."""
        model.supplier_sku = (model.supplier_sku or "").strip()
        typed = (form.price.data or "").strip() or "0"
        try:
            model.price_minor = price(model.supplier.currency)(typed)
        except ValueError as error:
            form.price.errors = [f"{error}."]
            raise ErpError(f"The price {typed[:30]} cannot be used. {error}.") from error
        if model.preferred:
            suppliers.prefer(model)
