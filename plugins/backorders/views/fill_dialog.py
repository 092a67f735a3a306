"""Fill Backorders on one order: needed and proposed units, from free stock alone (F116-F121)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import go
from erp_core.db import db
from plugins.backorders.services import filling
from plugins.backorders.services.desk_lines import DeskLine
from plugins.backorders.views import addresses
from plugins.backorders.views.force_dialog import ForceDialog
from plugins.backorders.views.line_dialog import LineDialog, Row
from plugins.backorders.views.requests import Form
from plugins.backorders.views.words import units as counted
from plugins.sales.models import SalesOrder

REASON = "Filled by hand"
INTRO = "Units are taken from stock that lies free; nobody else loses any."
APPROVED = "This order is approved, so what you fill goes to a new order linked to it."


class FillDialog(ForceDialog):
    """`/backorders/order/<pk>/fill`."""

    @expose("/<int:pk>/fill", methods=("GET", "POST"))
    @requires("backorders.fill")
    def fill(self, pk: int) -> ResponseReturnValue:
        """Propose what stock allows (GET), fill what was chosen (POST)."""
        return self.answer(pk, _drawn, _sent)


def _drawn(order: SalesOrder, lines: Sequence[DeskLine]) -> LineDialog:
    offered = {one.line_id: one.proposed for one in filling.proposals([order.id])}
    rows = [
        Row(line, (line.lacking, line.free), offered.get(line.line_id, 0), line.lacking)
        for line in lines
        if line.lacking
    ]
    intro = f"{INTRO} {APPROVED}" if order.approved_at else INTRO
    carry = bool(order.approved_at and order.paid_minor)
    headings, title = ("Needed", "Free here"), f"Fill back orders of {order.number}"
    more = {"carry": carry}
    return LineDialog(order, title, "Fill", intro, headings, rows, REASON, "to fill", more)


def _sent(dialog: LineDialog, units: dict[int, int], form: Form) -> ResponseReturnValue:
    order, carry = dialog.order, form.get("carry") == "1"
    done = filling.fill(order.id, units, reason=form.get("reason"), carry_credit=carry)
    said = f"{counted(sum(units.values()))} of {order.number} filled"
    if done.child_id is not None:
        said += f" and moved to the new order {db.session.get_one(SalesOrder, done.child_id)}"
    flash(f"{said}.", "success")
    return go(addresses.order(done.child_id or order.id))
