"""Dialogs for orders that have to wait or came back: delay shipping, take goods back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.db import now
from erp_core.errors import ConflictError
from plugins.inventory.services import catalogue
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import delaying, returning
from plugins.sales.services.figures import whole_order
from plugins.sales.views.dialog import Dialog, Typed
from plugins.sales.views.paper_pages import PaperPages
from plugins.sales.views.reading import read_day, read_whole
from plugins.sales.views.wording import counted, day

USUAL_DELAY = timedelta(days=7)


class ToolDialogs(PaperPages):
    """Addresses that open a dialog (GET) and carry it out (POST)."""

    @expose("/<int:pk>/delay", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def delay_order(self, pk: int) -> ResponseReturnValue:
        """Promise a new day of shipping, with the reason (F143)."""
        order = whole_order(pk)
        promised = order.promised_on or order.required_on
        proposed = {"promised_on": (now().date() + USUAL_DELAY).isoformat(), "reason": ""}
        more = {"promised": promised, "today": now().date().isoformat()}
        send = _delaying(order)
        return self.answer(Dialog(order, "sales/delay.html", proposed, send, more, Step.DELAY))

    @expose("/<int:pk>/return", methods=("GET", "POST"))
    @requires("sales.order.return")
    def return_goods(self, pk: int) -> ResponseReturnValue:
        """Take shipped goods back into stock."""
        order = whole_order(pk)
        back = returning.returned_units(order)
        limits = {line.id: line.shipped_qty - back.get(line.id, 0) for line in order.lines}
        lines = [line for line in order.lines if limits[line.id]]
        if not lines:
            raise ConflictError(f"Nothing of {order.number} is with the customer.")
        proposed = {f"qty-{line.id}": "0" for line in lines}
        proposed |= {"warehouse": str(order.warehouse_id), "reason": ""}
        places = [one for one in catalogue.warehouses() if one.company_id == order.company_id]
        more = {"lines": lines, "limits": limits, "places": [(p.id, p.name) for p in places]}
        send = _taking_back(order, lines, limits)
        return self.answer(Dialog(order, "sales/return.html", proposed, send, more))


def _delaying(order: SalesOrder) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        promised_on = form.read("promised_on", read_day)
        form.check()
        made = delaying.delay(order.id, promised_on, form.values.get("reason", ""))
        return f"{order.number} is promised for {day(made.promised_on)} now."

    return send


def _taking_back(
    order: SalesOrder, lines: list[SalesOrderLine], limits: dict[int, int]
) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        units = {line.id: _units(form, line, limits[line.id]) for line in lines}
        place = form.read("warehouse", lambda text: read_whole(text, 1, 10**9 - 1))
        form.check()
        made = returning.take_back(order.id, units, place, form.values.get("reason", ""))
        return f"{made.number}: {counted(sum(units.values()), 'unit')} back at {made.warehouse}."

    return send


def _units(form: Typed, line: SalesOrderLine, top: int) -> int:
    return form.read(f"qty-{line.id}", lambda text: read_whole(text or "0", 0, top)) or 0
