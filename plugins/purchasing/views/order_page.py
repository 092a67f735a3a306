"""The page of one purchase order: supplier, destination, lines, and the steps it can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import contains_eager, selectinload

from erp_core.access import can, demand, requires
from erp_core.admin.answers import go
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.paper import to_pdf
from erp_core.plugin import Column, Panel
from erp_core.registry import parts
from plugins.inventory.models import Product
from plugins.inventory.services import catalogue
from plugins.purchasing.domain.prices import amount, plain
from plugins.purchasing.domain.status import Step, allowed, in_words
from plugins.purchasing.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseStatus,
    Receipt,
    SupplierProduct,
    SupplierReturn,
)
from plugins.purchasing.services import loading, orders, papers, suppliers
from plugins.purchasing.services.creating import RECEIVING_KINDS
from plugins.purchasing.services.waiting import waiting
from plugins.purchasing.views import cells, typed
from plugins.purchasing.views.mixin import Mixin, here
from plugins.purchasing.views.typed import Typed

LINES = "purchasing.order_line"
MOST_SOLD = 500


class OrderPage(Mixin):
    """Seeing and changing one order. A draft is one form: lines, head and what comes next."""

    @expose("/<int:pk>/")
    @requires("purchasing.view")
    def detail_view(self, pk: int) -> ResponseReturnValue:
        """Show an order."""
        return self._page(loading.get(pk), Typed({}))

    def _page(self, order: PurchaseOrder, form: Typed, problem: str = "") -> str:
        edits = allowed(Step.EDIT, order.status) and can("purchasing.order.edit")
        context = page_context(order) | (edit_context(order, form) if edits else {})
        return self.render(
            "purchasing/order.html",
            **context,
            title=order.number,
            form=form,
            problem=problem,
            panels=[(panel.title, panel.render(order)) for panel in parts(self.key, Panel)],
            edits=edits,
            steps={step.value: allowed(step, order.status) for step in Step},
            can=can,
        )

    @expose("/<int:pk>/save", methods=("POST",))
    @requires("purchasing.order.edit")
    def save_view(self, pk: int) -> ResponseReturnValue:
        """Save a draft; `then` says whether it is sent, too (F072, F073)."""
        then = request.form.get("then", "save")
        if then != "save":
            demand("purchasing.order.send")
        form = typed.typed()
        order = loading.get(pk)
        changes = _changes(order, form)
        if form.errors:
            return self._again(pk, form, "Nothing was saved: please check the marked fields.")
        try:
            orders.change(pk, changes, version=typed.seen_version())
            return self._next(pk, then)
        except ErpError as error:
            if error.status != 422:
                raise
            return self._again(pk, form, str(error))

    def _again(self, pk: int, form: Typed, problem: str) -> ResponseReturnValue:
        """Give the form back as it was typed; nothing of it is kept in the database."""
        db.session.rollback()
        return self._page(loading.get(pk), form, problem), 422

    def _next(self, pk: int, then: str) -> ResponseReturnValue:
        if then not in {"send", "mark"}:
            flash("Saved.", "success")
            return go(self.get_url(".detail_view", pk=pk))
        order = orders.mark_sent(pk)
        if then == "send" and (problem := suppliers.mail_problem(order.supplier)):
            flash(f"{order.number} is sent, but not by e-mail: {problem}", "warning")
        else:
            flash(f"{order.number} is marked as sent to {order.supplier.name}.", "success")
        page = ".document_view" if then == "send" else ".detail_view"
        return go(self.get_url(page, pk=pk))

    @expose("/<int:pk>/mark-sent", methods=("POST",))
    @requires("purchasing.order.send")
    def mark_sent_view(self, pk: int) -> ResponseReturnValue:
        """Mark an order as sent as it stands (F073)."""
        order = orders.mark_sent(pk)
        flash(f"{order.number} is marked as sent to {order.supplier.name}.", "success")
        return redirect(here(self.get_url(".detail_view", pk=pk)))

    @expose("/<int:pk>/document")
    @requires("purchasing.view")
    def document_view(self, pk: int) -> ResponseReturnValue:
        """Show an order as the supplier gets it, ready to print; `?as=pdf` gives the file."""
        order = loading.get(pk)
        if request.args.get("as") == "pdf":
            return _file(order)
        names = suppliers.their_skus(order.supplier_id, [x.product_id for x in order.lines])
        return self.render(
            "purchasing/document.html", **page_context(order), title=order.number, their_skus=names
        )


def _file(order: PurchaseOrder) -> Response:
    disposition = f'inline; filename="{order.number}.pdf"'
    return Response(
        to_pdf([papers.paper(order)]),
        mimetype="application/pdf",
        headers={"Content-Disposition": disposition},
    )


def page_context(order: PurchaseOrder) -> dict[str, Any]:
    """Return what every page about an order shows; a constant number of statements."""
    columns = parts(LINES, Column)
    total = sum((x.ordered_qty - x.cancelled_qty) * x.unit_cost_minor for x in order.lines)
    return {
        "order": order,
        "status": cells.status(order.status),
        "status_words": in_words(order.status),
        "expected": cells.expected(order),
        "contact_missing": suppliers.contact_missing(order.supplier),
        "mail_problem": suppliers.mail_problem(order.supplier),
        "waiting": waiting([line.id for line in order.lines]),
        **_documents(order),
        "columns": columns,
        "loaded": {column.key: column.load(order.lines) for column in columns},
        "amount": lambda minor: amount(minor, order.currency),
        "total": amount(total, order.currency),
        "day": cells.day,
    }


def _documents(order: PurchaseOrder) -> dict[str, Any]:
    """Return receipts, what took one back (by receipt), and goods sent back; newest first."""
    if order.status in {PurchaseStatus.DRAFT}:
        return {"receipts": [], "undone": {}, "returns": []}
    found = sa.select(Receipt).filter_by(order_id=order.id).order_by(Receipt.id.desc())
    receipts = db.session.scalars(found.options(selectinload(Receipt.lines))).all()
    back = sa.select(SupplierReturn).filter_by(order_id=order.id).order_by(SupplierReturn.id.desc())
    return {
        "receipts": receipts,
        "undone": {row.reverses_id: row.number for row in receipts if row.reverses_id},
        "returns": db.session.scalars(back.options(selectinload(SupplierReturn.lines))).all(),
    }


def edit_context(order: PurchaseOrder, form: Typed) -> dict[str, Any]:
    """Return what the form of a draft offers: places, known products, typed lines."""
    places = catalogue.warehouses()
    return {
        "places": [
            (place.id, place.name)
            for place in places
            if place.company_id == order.company_id and place.kind in RECEIVING_KINDS
        ],
        "sold": sold_by(order.supplier_id),
        "plain": lambda minor: plain(minor, order.currency),
        "numbers": typed.line_numbers(form, "new") or [0],
    }


def sold_by(supplier_id: int) -> Sequence[SupplierProduct]:
    """Return what a supplier sells, by SKU, as choices for a line."""
    found = (
        sa.select(SupplierProduct)
        .join(SupplierProduct.product)
        .where(SupplierProduct.supplier_id == supplier_id)
        .options(contains_eager(SupplierProduct.product))
        .order_by(Product.sku)
        .limit(MOST_SOLD)
    )
    return db.session.scalars(found).all()


def _changes(order: PurchaseOrder, form: Typed) -> orders.Changes:
    """Read the form of a draft; what cannot be read is noted in `form.errors`."""
    removed = [line.id for line in order.lines if form.get(f"remove-{line.id}")]
    lines = [line for line in order.lines if line.id not in removed]
    read = {line.id: _line(line, form, order.currency) for line in lines}
    return orders.Changes(
        head=_head(form),
        lines={key: value for key, value in read.items() if value is not None},
        removed=removed,
        added=typed.new_lines(form, "new", order.currency),
    )


def _line(line: PurchaseOrderLine, form: Typed, currency: str) -> tuple[int, int] | None:
    """Return quantity and cost typed for a line, or None when they are as they were."""
    qty = form.read(f"qty-{line.id}", typed.quantity, line.ordered_qty)
    cost = form.read(f"cost-{line.id}", typed.price(currency), line.unit_cost_minor)
    same = (qty, cost) == (line.ordered_qty, line.unit_cost_minor)
    return None if same else (qty, cost)


def _head(form: Typed) -> Mapping[str, Any]:
    head: dict[str, Any] = {}
    if "warehouse" in form.values:
        head["warehouse_id"] = form.number("warehouse")
    if "expected_on" in form.values:
        head["expected_on"] = form.date("expected_on")
    if "note" in form.values:
        head["note"] = form.text("note", 500, lines=True)
    return head
