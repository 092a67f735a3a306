"""Suppliers with their contact data (F028), and what they sell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import joinedload
from wtforms.validators import InputRequired, NumberRange, Optional, Regexp

from erp_core.access import can, requires
from erp_core.admin.views import Button, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.errors import NotFoundError
from erp_core.plugin import Filter, Panel
from erp_core.registry import parts
from plugins.purchasing.models import PurchaseOrder, Supplier
from plugins.purchasing.services import figures, suppliers
from plugins.purchasing.services.suppliers import MAIL
from plugins.purchasing.views import cells
from plugins.purchasing.views.order_page import sold_by

CURRENCY = re.compile(r"[A-Z]{3}")
DAYS = "Whole number of days from 0 to 3,650."
NOT_ACTIVE = "An inactive supplier is not offered any more; its orders stay."
MOST_ORDERS = 20


def _contact(value: str) -> sa.ColumnElement[bool]:
    empty = sa.and_(Supplier.email == "", Supplier.phone == "", Supplier.street == "")
    return empty if value == "missing" else sa.not_(empty)


class SupplierView(ErpModelView):
    """Whom we buy from."""

    key = "purchasing.supplier"
    see = "purchasing.view"
    change = "purchasing.supplier.edit"
    title = "Suppliers"
    column_list = ("name", "code", "reach", "city", "lead_time_days", "products", "active")
    column_labels = {
        "reach": "Contact",
        "lead_time_days": "Lead time (days)",
        "email": "E-mail",
        "contact": "Contact person",
    }
    column_align_end = frozenset({"lead_time_days", "products"})
    column_searchable_list = ("name", "code", "email", "city")
    column_sortable_list = ("name", "code", "city", "lead_time_days", "active")
    column_default_sort = "name"
    own_filters = (
        Filter(
            "contact",
            "Contact data",
            lambda: (("", "All suppliers"), ("missing", "Contact data missing")),
            _contact,
        ),
    )
    form_columns = (
        "name",
        "code",
        "contact",
        "email",
        "phone",
        "street",
        "postcode",
        "city",
        "region",
        "country",
        "lead_time_days",
        "currency",
        "active",
    )
    form_args = {
        "email": {
            "validators": [Optional(), Regexp(MAIL, message="An address such as name@example.com.")]
        },
        "currency": {
            "validators": [
                InputRequired("Three letters such as EUR."),
                Regexp(CURRENCY, message="Three capital letters such as EUR."),
            ]
        },
        "lead_time_days": {
            "validators": [InputRequired(DAYS), NumberRange(0, 3650, message=DAYS)],
            "description": "Days from order to delivery, unless a product says otherwise.",
        },
        "active": {"description": NOT_ACTIVE},
    }
    can_view_details = False
    singular = "Supplier"
    can_delete = False

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw each column that is more than a plain value."""
        return {
            "name": lambda v, c, row, n: cells.draw("link", self.page(row), row.name),
            "reach": lambda v, c, row, n: cells.draw("reach", row, suppliers.contact_missing(row)),
            "products": lambda v, c, row, n: f"{g.purchasing_sold.get(row.id, 0):,}",
            "active": lambda v, c, row, n: "Active" if row.active else "Inactive",
        }

    def page(self, row: Supplier) -> str:
        """Return the address of a supplier's page."""
        return str(self.get_url(".detail_view", pk=row.id))

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of suppliers and remember how many products each sells."""
        count, rows = super().get_list(*args, **kwargs)
        g.purchasing_sold = figures.products_sold([row.id for row in rows])
        return count, rows

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return plain values for files."""
        missing = "Contact data missing" if suppliers.contact_missing(row) else ""
        plain = {
            "name": row.name,
            "reach": missing or row.email or row.phone or row.street,
            "products": g.purchasing_sold.get(row.id, 0),
        }
        return plain[column.key] if column.key in plain else super().export_cell(row, column)

    def row_next(self, row: Supplier) -> Button | None:
        """Ask for contact data where it is missing (F028)."""
        if suppliers.contact_missing(row) and can("purchasing.supplier.edit"):
            return Button("Add contact data", self.get_url(".edit_view", id=row.id))
        return None

    def row_menu(self, row: Supplier) -> list[Button]:
        """Return what else can be done with a supplier."""
        menu = [Button("Open", self.page(row), icon="eye")]
        if can("purchasing.supplier.edit"):
            menu.append(Button("Edit", self.get_url(".edit_view", id=row.id), icon="pencil"))
        if can("purchasing.order.edit") and row.active:
            new = self.get_url("purchasing_order.create_view", supplier=row.id)
            menu.append(Button("New purchase order", new, icon="plus"))
        return menu

    def empty_state(self) -> dict[str, str]:
        """Say what to do while there is no supplier."""
        state = {"icon": "building-store", "sentence": "No suppliers yet."}
        url = self._create_url()
        return state | ({"button": "New supplier", "url": url} if url else {})

    def on_model_change(self, form: Any, model: Supplier, is_created: bool) -> None:
        """Keep empty texts empty: the columns know no NULL."""
        for column in sa.inspect(Supplier).columns:
            if isinstance(column.type, sa.String) and not column.nullable:
                setattr(model, column.key, (getattr(model, column.key) or "").strip())

    @expose("/<int:pk>/")
    @requires("purchasing.view")
    def detail_view(self, pk: int) -> ResponseReturnValue:
        """Show contact data, products and the newest orders of a supplier."""
        supplier = db.session.get(Supplier, pk)
        if supplier is None:
            raise NotFoundError("This supplier does not exist (any more).")
        return self.render(
            "purchasing/supplier.html",
            title=supplier.name,
            supplier=supplier,
            contact_missing=suppliers.contact_missing(supplier),
            sold=sold_by(pk),
            orders=_orders(pk),
            can=can,
            cells=cells,
            panels=[(panel.title, panel.render(supplier)) for panel in parts(self.key, Panel)],
        )


def _orders(supplier_id: int) -> Sequence[PurchaseOrder]:
    found = sa.select(PurchaseOrder).filter_by(supplier_id=supplier_id)
    newest = found.options(joinedload(PurchaseOrder.warehouse)).order_by(PurchaseOrder.id.desc())
    return db.session.scalars(newest.limit(MOST_ORDERS)).all()
