"""Warehouses: where stock lies, which of them counts, and the default of each company."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, g
from flask.typing import ResponseReturnValue
from flask_admin import expose
from wtforms import RadioField

from erp_core.access import can
from erp_core.admin.answers import go
from erp_core.admin.shell import shell
from erp_core.admin.views import Button, ErpModelView
from erp_core.db import db
from erp_core.plugin import Filter
from plugins.inventory.domain.places import LOCATIONS, TITLES, WarehouseKind
from plugins.inventory.models import StockBalance, Warehouse
from plugins.inventory.services import catalogue, editing
from plugins.inventory.views import drawing
from plugins.inventory.views.fields import demand_choice, options

KIND_HELP = {
    WarehouseKind.STORE: "A shop that also sells on the spot; its stock can be promised.",
    WarehouseKind.WAREHOUSE: "A building that ships; its stock can be promised.",
    WarehouseKind.DROPSHIP: "Stock of a supplier who delivers; a setting says whether it counts.",
    WarehouseKind.DEFECTIVE: "Broken or returned goods; never counts.",
    WarehouseKind.RESERVED: "Kept back on purpose; never counts.",
}


class WarehouseView(ErpModelView):
    """Buildings, shops, suppliers, defective and reserved stock (F166)."""

    key = "inventory.warehouse"
    see = "inventory.view"
    change = "inventory.warehouse.edit"
    title = "Warehouses"
    subtitle = "Places that hold stock: buildings, shops, suppliers, defective or reserved goods"
    singular = "Warehouse"
    can_view_details = False
    can_delete = False
    edit_template = "inventory/edit.html"
    column_select_related_list = (Warehouse.serves, Warehouse.company)
    column_list = ("code", "name", "kind", "serves", "company", "city", "on_hand", "marks")
    column_labels = {"kind": "Type", "serves": "Serves", "marks": "Marks", "on_hand": "On hand"}
    column_align_end = frozenset({"on_hand"})
    column_sortable_list = ("code", "name", "kind", "city")
    column_default_sort = ("name", False)
    column_searchable_list = ("code", "name", "city")
    column_formatters = {
        "name": lambda v, c, row, n: v.name_cell(row),
        "kind": lambda v, c, row, n: drawing.kind_title(row.kind),
        "serves": lambda v, c, row, n: row.serves.name if row.serves else "",
        "on_hand": lambda v, c, row, n: drawing.units(g.inventory_held.get(row.id, 0)),
        "marks": lambda v, c, row, n: _marks(row),
    }
    own_filters = (
        Filter(
            "kind",
            "Type",
            lambda: [("", "All types"), *((str(kind), words) for kind, words in TITLES.items())],
            lambda value: Warehouse.kind == value,
        ),
        drawing.yes_no(
            "active",
            "In use",
            Warehouse.active,
            {"all": "Active and archived", "yes": "Active", "no": "Archived"},
        ),
    )
    form_columns = (
        "code",
        "name",
        "kind",
        "serves",
        "company",
        "street",
        "postcode",
        "city",
        "country",
        "active",
    )
    form_overrides = {"kind": RadioField}
    form_args = {
        "kind": {
            "label": "Type",
            "choices": options((kind, f"{TITLES[kind]}|{KIND_HELP[kind]}") for kind in TITLES),
            "default": str(WarehouseKind.WAREHOUSE),
            "validators": [],
        },
        "code": {"filters": [lambda text: text.strip() if text else text]},
        "name": {"filters": [lambda text: text.strip() if text else text]},
        "serves": {
            "description": "Only for the type Dropship: the location whose orders it delivers. "
            "Empty: it stands alone.",
            "query_factory": lambda: _locations(),
            "get_label": "name",
            "blank_text": "Stands alone",
        },
        "company": {
            "query_factory": lambda: catalogue.companies(),
            "default": lambda: catalogue.companies()[0],
        },
        "active": {"description": "Off: archived. Only an empty warehouse can be archived."},
    }

    def get_query(self) -> Any:
        """Return the warehouses of the chosen company, or of all."""
        return _of_company(super().get_query())

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of warehouses; what they hold is read for all rows at once."""
        count, rows = super().get_list(*args, **kwargs)
        if isinstance(rows, list):
            g.inventory_held = _held([row.id for row in rows])
        return count, rows

    def name_cell(self, row: Warehouse) -> Any:
        """Return the name: a link to the form for those who may change it."""
        may = can(self.change)
        return drawing.link(row.name, self.get_url(".edit_view", id=row.id)) if may else row.name

    def on_model_change(self, form: Any, model: Warehouse, is_created: bool) -> None:
        """Keep it by the rules and announce what matters."""
        demand_choice(form.serves)
        editing.save_warehouse(model)

    def row_menu(self, row: Any) -> list[Button]:
        """Return what may be done with a warehouse."""
        found = [
            Button("Show stock", f"/inventory/stock/?warehouse={row.id}", icon="package"),
            Button("Open ledger", f"/inventory/move/?warehouse={row.id}", icon="list-details"),
        ]
        if not can(self.change):
            return found
        found.append(Button("Edit", self.get_url(".edit_view", id=row.id), icon="pencil"))
        if not row.is_default and row.active and row.kind in LOCATIONS:
            url = self.get_url(".default_view", pk=row.id)
            found.append(Button("Make default", url, "post", icon="star"))
        return found

    @expose("/<int:pk>/default", methods=("POST",))
    def default_view(self, pk: int) -> ResponseReturnValue:
        """Make a warehouse the default of its company."""
        row = catalogue.make_default(pk)
        flash(f"{row.name} is the default warehouse of {row.company.name}.", "success")
        return go(self.get_url(".index_view"))


def _of_company(query: Any) -> Any:
    chosen = shell().company_id
    return query.filter(Warehouse.company_id == chosen) if chosen else query


def _locations() -> list[Warehouse]:
    return [place for place in catalogue.warehouses() if place.kind in LOCATIONS]


def _held(ids: list[int]) -> dict[int, int]:
    query = (
        sa.select(StockBalance.warehouse_id, sa.func.sum(StockBalance.on_hand))
        .where(StockBalance.warehouse_id.in_(ids))
        .group_by(StockBalance.warehouse_id)
    )
    return {place: int(units) for place, units in db.session.execute(query)}


def _marks(row: Warehouse) -> Any:
    marks = [("Default", row.is_default, "star"), ("Archived", not row.active, "archive")]
    return drawing.joined([drawing.pill(text, "done", icon) for text, on, icon in marks if on])
