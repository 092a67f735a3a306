"""Force Backorders: hold units back although there is stock (F007-F011)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import go
from plugins.backorders.services import forcing
from plugins.backorders.services.desk_lines import DeskLine
from plugins.backorders.views import addresses
from plugins.backorders.views.line_dialog import LineDialog, LineDialogs, Row
from plugins.backorders.views.requests import Form
from plugins.backorders.views.words import units as counted
from plugins.sales.models import SalesOrder

REASON = "Held back by hand"
INTRO = (
    "The units you enter wait until somebody releases or fills them; their stock goes to whoever "
    "is next. 0 ends it. Lines without a tick stay as they are."
)


class ForceDialog(LineDialogs):
    """`/backorders/order/<pk>/force`."""

    @expose("/<int:pk>/force", methods=("GET", "POST"))
    @requires("backorders.force")
    def force(self, pk: int) -> ResponseReturnValue:
        """List the order's items with a tick and a quantity (GET), hold them back (POST)."""
        return self.answer(pk, _drawn, _sent)


def proposed(line: DeskLine) -> int:
    """Return what to hold back: what is held already, else what lacks stock, else all of it."""
    return line.forced or line.lacking or line.open


def _drawn(order: SalesOrder, lines: Sequence[DeskLine]) -> LineDialog:
    rows = [
        Row(line, (line.open, line.allocated, line.forced), proposed(line), line.open, 0)
        for line in lines
    ]
    headings = ("Open", "Has stock", "Held back")
    title = f"Force back orders of {order.number}"
    ask = "to hold back"
    return LineDialog(order, title, "Confirm", INTRO, headings, rows, REASON, ask)


def _sent(dialog: LineDialog, units: dict[int, int], form: Form) -> ResponseReturnValue:
    forcing.force(units, reason=form.get("reason"))
    held = sum(units.values())
    flash(f"{counted(held)} of {dialog.order.number} are held back.", "success")
    return go(addresses.order(dialog.order.id))
