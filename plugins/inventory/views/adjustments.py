"""Adjustments: the list of them, and the dialog or page that makes one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import from_htmx, say
from erp_core.admin.shell import shell
from erp_core.admin.views import Button, ErpModelView
from erp_core.companies import first_company
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import Filter
from plugins.inventory.models import StockAdjustment, StockMove
from plugins.inventory.services import adjust, catalogue, stock
from plugins.inventory.views import drawing
from plugins.inventory.views.adjust_form import AdjustForm, sku_of
from plugins.inventory.views.answering import back
from plugins.inventory.views.fields import options


class AdjustmentView(ErpModelView):
    """Documents behind stock that was set right by hand."""

    key = "inventory.adjustment"
    see = "inventory.view"
    change = "inventory.stock.adjust"
    title = "Adjustments"
    subtitle = "Stock that a person set right, with the reason"
    singular = "Adjustment"
    can_view_details = False
    can_edit = False
    can_delete = False
    form_columns = ("reason",)
    expand_template = "inventory/adjustment_expand.html"
    column_select_related_list = (StockAdjustment.warehouse,)
    column_list = ("number", "at", "warehouse.name", "reason", "actor")
    column_labels = {"at": "When", "warehouse.name": "Warehouse", "actor": "Who"}
    column_sortable_list = ("number", "at")
    column_default_sort = ("id", True)
    column_searchable_list = ("number", "reason")
    column_formatters = {"at": lambda v, c, row, n: drawing.when(row.at)}
    own_filters = (
        Filter(
            "warehouse",
            "Warehouse",
            lambda: [("", "All warehouses"), *drawing.places()],
            lambda value: StockAdjustment.warehouse_id == int(value),
        ),
    )

    def can_expand(self, row: Any) -> bool:
        """Every adjustment shows what it changed."""
        return True

    def expand_context(self, row: Any) -> dict[str, Any]:
        """Return the ledger rows of the adjustment."""
        query = sa.select(StockMove).where(
            StockMove.source.in_((adjust.SOURCE, adjust.UNDO_SOURCE)), StockMove.source_id == row.id
        )
        moves = list(db.session.scalars(query.order_by(StockMove.id).limit(50)))
        return {"moves": moves, "drawing": drawing}

    def row_menu(self, row: Any) -> list[Button]:
        """Return what may be done with an adjustment."""
        return [Button("Open ledger", f"/inventory/move/?warehouse={row.warehouse_id}")]

    def empty_state(self) -> dict[str, str]:
        """Say why there is nothing."""
        return {"icon": "clipboard-check", "sentence": "No stock was adjusted by hand yet."}

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Adjust one product in one warehouse, in a dialog or on a page."""
        form = AdjustForm(request.form if request.method == "POST" else None, data=_wanted())
        form.warehouse.choices = options(drawing.places())
        if request.method == "POST" and form.validate():
            try:
                return self._adjusted(form)
            except ErpError as error:
                form.quantity.errors = [str(error)]
        template = "adjust_dialog.html" if from_htmx() else "adjust_page.html"
        page = self.render(f"inventory/{template}", form=form, title="Adjust stock")
        return page, 200 if request.method == "GET" else 422

    def _adjusted(self, form: AdjustForm) -> ResponseReturnValue:
        with db.session.begin_nested():
            made = form.carry_out()
        product, place = form.product, dict(drawing.places())[form.warehouse.data]
        assert product is not None
        left = stock.on_hand([product.id]).get((product.id, int(form.warehouse.data)), 0)
        if made is None:
            flash(f"{product.sku} at {place} is {left:,} already; nothing was changed.", "info")
        else:
            text = f"{made.number}: {product.sku} at {place} is now {left:,}."
            say(text, undo_url=self.get_url(".undo_view", pk=made.id))
        return back("/inventory/stock/")

    @expose("/<int:pk>/undo", methods=("POST",))
    @requires("inventory.stock.adjust")
    def undo_view(self, pk: int) -> ResponseReturnValue:
        """Take an adjustment back with opposite movements, once."""
        made = adjust.undo(pk)
        flash(f"{made.number} is taken back.", "success")
        return back("/inventory/stock/")


def _wanted() -> dict[str, Any]:
    """Return what a link asks the form to start with."""
    home = request.args.get("warehouse") or _default_place()
    return {"warehouse": home, "code": sku_of(request.args.get("product", "")), "how": "count"}


def _default_place() -> str:
    first = first_company()
    company = shell().company_id or (first.id if first else 0)
    place = catalogue.find_default(company)
    return str(place.id) if place else ""
