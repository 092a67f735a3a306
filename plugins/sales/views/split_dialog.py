"""The dialog that splits an order: what can ship stays, what waits goes to a new order (F105)."""

from __future__ import annotations

from collections.abc import Callable

from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import payments, shipping, splitting
from plugins.sales.services.figures import whole_order
from plugins.sales.views.dialog import Dialog, Typed
from plugins.sales.views.line_dialogs import LineDialogs
from plugins.sales.views.reading import read_whole
from plugins.sales.views.wording import counted

CARRY = "carry"


class SplitDialog(LineDialogs):
    """`/sales/order/<pk>/split`."""

    @expose("/<int:pk>/split", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def split_order(self, pk: int) -> ResponseReturnValue:
        """Move chosen units to a new order; those that cannot ship now are proposed."""
        order = whole_order(pk)
        limits = shipping.shippable(order)
        lines = [line for line in order.lines if line.open_qty]
        waiting = splitting.waiting_units(order)
        proposed = {f"qty-{line.id}": str(waiting.get(line.id, 0)) for line in lines}
        more = {"lines": lines, "limits": limits, "paid": order.paid_minor}
        more |= {"waiting": sum(waiting.values()), "owed": payments.owed(order)}
        send = _splitting(order, lines)
        return self.answer(Dialog(order, "sales/split.html", proposed, send, more, Step.SPLIT))


def _splitting(order: SalesOrder, lines: list[SalesOrderLine]) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        units = {line.id: _units(form, line) for line in lines}
        form.check()
        carry = form.values.get(CARRY) == "1"
        done = splitting.split(order.id, units, carry_credit=carry)
        gone = sum(line.qty for line in done.moved)
        return f"{counted(gone, 'unit')} of {order.number} went to the new order {done.child}."

    return send


def _units(form: Typed, line: SalesOrderLine) -> int:
    top = line.open_qty
    return form.read(f"qty-{line.id}", lambda text: read_whole(text or "0", 0, top)) or 0
