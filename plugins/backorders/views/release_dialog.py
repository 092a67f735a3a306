"""Release Backorders: give held back units free once stock is there, then ship (F114, F115)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can, requires
from plugins.backorders.services import forcing
from plugins.backorders.services.desk_lines import DeskLine
from plugins.backorders.views import addresses
from plugins.backorders.views.fill_dialog import FillDialog
from plugins.backorders.views.line_dialog import LineDialog, Row
from plugins.backorders.views.requests import Form
from plugins.backorders.views.words import units as counted
from plugins.sales.models import SalesOrder
from plugins.sales.services.preparing import PREPARED

REASON = "Released by hand"
INTRO = (
    "Units that arrived for this order, and units held back that have stock now. "
    "Afterwards you choose how they leave."
)


def has_stock(line: DeskLine) -> int:
    """Return the back-ordered units that can leave: those that arrived, and releasable ones."""
    return line.arrived + line.releasable


class ReleaseDialog(FillDialog):
    """`/backorders/order/<pk>/release`."""

    @expose("/<int:pk>/release", methods=("GET", "POST"))
    @requires("backorders.force")
    def release(self, pk: int) -> ResponseReturnValue:
        """List what has stock (GET); release it and offer to ship (POST)."""
        return self.answer(pk, _drawn, self._sent)

    def _sent(self, dialog: LineDialog, units: dict[int, int], form: Form) -> ResponseReturnValue:
        lines = {row.line.line_id: row.line for row in dialog.rows}
        held = {key: n - lines[key].arrived for key, n in units.items() if n > lines[key].arrived}
        given = forcing.release(held, reason=form.get("reason")) if held else {}
        ready = sum(n - held.get(key, 0) for key, n in units.items()) + sum(given.values())
        order = dialog.order
        ships = bool(ready) and can("sales.order.ship") and order.status in PREPARED
        return str(
            self.render(
                "backorders/released.html",
                order=order,
                said=f"{counted(sum(units.values()))} of {order.number} released.",
                ready=counted(ready),
                missing=sum(units.values()) - ready,
                ship_url=url_for("sales_order.ship_order", pk=order.id) if ships else "",
                order_url=addresses.order(order.id),
            )
        )


def _drawn(order: SalesOrder, lines: Sequence[DeskLine]) -> LineDialog:
    rows = [
        Row(
            line,
            (line.arrived, line.forced, line.releasable),
            has_stock(line),
            line.arrived + line.forced,
        )
        for line in lines
        if has_stock(line)
    ]
    headings = ("Arrived", "Held back", "Free for it")
    title = f"Release back orders of {order.number}"
    return LineDialog(order, title, "Release", INTRO, headings, rows, REASON, "to release")
