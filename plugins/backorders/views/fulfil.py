"""Fulfil a back order: ship what has stock; a reminder comes first where money is due (A11)."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can, demand, requires
from erp_core.errors import ErpError
from plugins.backorders.models import Backorder
from plugins.backorders.services import fulfil as fulfilment
from plugins.backorders.views.drawing import money
from plugins.backorders.views.request_many import RequestMany
from plugins.backorders.views.requests import Form
from plugins.backorders.views.words import units
from plugins.sales.services import payments

METHODS = ("Bank transfer", "Card", "Cash", "Cheque", "Other")
PAY, ANYWAY = "pay", "anyway"


class Fulfilment(RequestMany):
    """The acts behind "Fulfil order" (F111-F113)."""

    @expose("/<int:pk>/fulfil", methods=("GET", "POST"))
    @requires("backorders.fulfil")
    def fulfil(self, pk: int) -> ResponseReturnValue:
        """Remind of what is owed (GET); ship what has stock, with or without payment (POST)."""
        row = self.row_or_404(pk)
        if request.method == "GET":
            fulfilment.ready(row.id)
            return self._reminder(row, Form())
        if "act" not in request.form:
            flash(ship(row), "success")
            return redirect(self._after())
        form = Form(request.form.to_dict())
        said = self.attempt(lambda: _as_chosen(row, form), form)
        if said is None:
            return self._reminder(row, form), 422
        return self.done(said)

    def _reminder(self, row: Backorder, form: Form) -> str:
        owed = payments.owed(row.order)
        return self.render(
            "backorders/fulfil.html",
            row=row,
            typed=form,
            owed=owed,
            amount=money(owed, row.order.currency),
            methods=METHODS,
            may_record=owed > 0 and can("sales.payment.record"),
            action=request.full_path.rstrip("?"),
        )


def _as_chosen(row: Backorder, form: Form) -> str:
    paid = ""
    if form.get("act") == PAY:
        paid = _record_payment(row, form.get("method"))
    return paid + ship(row)


def _record_payment(row: Backorder, method: str) -> str:
    demand("sales.payment.record")
    if method not in METHODS:
        raise ErpError(f"Choose how it was paid: {', '.join(METHODS)}.")
    owed = payments.owed(row.order)
    if owed <= 0:
        return ""
    payments.record(row.order_id, method, owed)
    return f"{money(owed, row.order.currency)} recorded. "


def ship(row: Backorder) -> str:
    """Ship the units of the line that have stock; says what left."""
    number, order = row.number, row.order.number
    left = fulfilment.fulfil(row.id)
    return f"{left.shipment}: {units(left.qty)} of {order} shipped for {number}."
