"""A purchase order made by hand: supplier, location, lines (F064)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import go
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import providers
from plugins.inventory.models import Warehouse
from plugins.inventory.ports import DemandSource
from plugins.inventory.services import catalogue
from plugins.purchasing.models import PurchaseOrder, Supplier
from plugins.purchasing.services import orders, proposals
from plugins.purchasing.services.creating import RECEIVING_KINDS
from plugins.purchasing.views import typed
from plugins.purchasing.views.mixin import Mixin
from plugins.purchasing.views.order_page import sold_by
from plugins.purchasing.views.typed import Typed


class NewOrder(Mixin):
    """The form of a new order; it becomes a draft."""

    @expose("/new/", methods=("GET", "POST"))
    @requires("purchasing.order.edit")
    def create_view(self) -> ResponseReturnValue:
        """Show the form, or make the order and open it."""
        if request.method == "GET":
            return self._form(Typed(request.args.to_dict()))
        form = typed.typed()
        wanted = _wanted(form)
        if wanted is None:
            return self._refused(form, "Nothing was saved: please check the marked fields.")
        try:
            (order,) = orders.create([wanted])
            added = self._fill(order) if form.get("backorders") else ""
        except ErpError as error:
            return self._refused(form, str(error))
        flash(f"{order.number} is a draft; it is not sent yet.{added}", "success")
        return go(self.get_url(".detail_view", pk=order.id))

    def _fill(self, order: PurchaseOrder) -> str:
        """Add what open back orders need from the supplier at this place; says how much (F077)."""
        rows = proposals.fill(order)
        if not rows:
            return " No open back order needs anything of this supplier here."
        units = sum(row.qty for row in rows)
        return f" Added from open back orders: {len(rows)} products, {units:,} units."

    def _refused(self, form: Typed, problem: str) -> ResponseReturnValue:
        db.session.rollback()
        return self._form(form, problem), 422

    def _form(self, form: Typed, problem: str = "") -> str:
        chosen = form.number("supplier")
        return self.render(
            "purchasing/new_order.html",
            title="New purchase order",
            form=form,
            problem=problem,
            suppliers=_suppliers(),
            places=_places(),
            numbers=typed.line_numbers(form, "lines") or [0, 1, 2],
            sold=sold_by(chosen) if chosen else [],
            may_fill=bool(providers(DemandSource)),  # type: ignore[type-abstract]
        )

    @expose("/new/products")
    @requires("purchasing.view")
    def sold_view(self) -> ResponseReturnValue:
        """Return the products of a supplier as choices for the SKU fields."""
        chosen = Typed(request.args.to_dict()).number("supplier")
        return render_template("purchasing/sold.html", sold=sold_by(chosen) if chosen else [])


def _wanted(form: Typed) -> orders.NewPurchase | None:
    """Read the form; None when a field is wrong (named in `form.errors`)."""
    supplier = db.session.get(Supplier, form.number("supplier") or 0)
    if supplier is None:
        form.errors["supplier"] = "Choose a supplier."
    place = form.number("warehouse")
    if place is None:
        form.errors["warehouse"] = "Choose a location to deliver to."
    lines = typed.new_lines(form, "lines", supplier.currency if supplier else "EUR")
    head: dict[str, Any] = {"expected_on": form.date("expected_on")}
    head["note"] = form.text("note", 500, lines=True)
    if form.errors or supplier is None or place is None:
        return None
    return orders.NewPurchase(supplier.id, place, tuple(lines), **head)


def _suppliers() -> Sequence[Supplier]:
    found = sa.select(Supplier).where(Supplier.active).order_by(Supplier.name, Supplier.id)
    return db.session.scalars(found).all()


def _places() -> list[Warehouse]:
    return [place for place in catalogue.warehouses() if place.kind in RECEIVING_KINDS]
