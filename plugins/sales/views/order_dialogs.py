"""Dialogs about a whole order: ship, record a payment, cancel, priority and location."""

from __future__ import annotations

from collections.abc import Callable

from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from plugins.inventory.services import catalogue
from plugins.sales.domain.money import parse_amount, typed
from plugins.sales.domain.reasons import CancelReason, Why, read_reason
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import orders, payments, shipping
from plugins.sales.services.entry import SELLING
from plugins.sales.services.figures import whole_order
from plugins.sales.views.dialog import Dialog, OrderDialog, Typed
from plugins.sales.views.reading import read_signed, read_whole
from plugins.sales.views.wording import counted, money

REASONS = [(str(reason), reason.words) for reason in CancelReason]
METHODS = ("Bank transfer", "Card", "Cash", "Cheque", "Other")


class OrderDialogs(OrderDialog):
    """Addresses that open a dialog (GET) and carry it out (POST)."""

    @expose("/<int:pk>/ship", methods=("GET", "POST"))
    @requires("sales.order.ship")
    def ship_order(self, pk: int) -> ResponseReturnValue:
        """Ship chosen units; everything that can leave now is proposed."""
        order = whole_order(pk)
        limits = shipping.shippable(order)
        lines = [line for line in order.lines if line.open_qty]
        proposed = {f"qty-{line.id}": str(limits.get(line.id, 0)) for line in lines}
        more = {"lines": lines, "limits": limits}
        send = _shipping(order, lines)
        return self.answer(Dialog(order, "sales/ship.html", proposed, send, more, Step.SHIP))

    @expose("/<int:pk>/pay", methods=("GET", "POST"))
    @requires("sales.payment.record")
    def pay_order(self, pk: int) -> ResponseReturnValue:
        """Record a payment; what is owed is proposed (F023)."""
        order = whole_order(pk)
        rest = max(payments.owed(order), 0)
        proposed = {"amount": typed(rest, order.currency), "method": METHODS[0], "reference": ""}
        more = {"methods": [(name, name) for name in METHODS], "owed": rest}
        return self.answer(Dialog(order, "sales/pay.html", proposed, _paying(order), more))

    @expose("/<int:pk>/cancel", methods=("GET", "POST"))
    @requires("sales.order.cancel")
    def cancel_order(self, pk: int) -> ResponseReturnValue:
        """Ask, then give up what is open."""
        order = whole_order(pk)
        more = {"units": sum(line.open_qty for line in order.lines), "reasons": REASONS}
        send = _cancelling(order)
        return self.answer(Dialog(order, "sales/cancel.html", {}, send, more, Step.CANCEL))

    @expose("/<int:pk>/plan", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def plan_order(self, pk: int) -> ResponseReturnValue:
        """Change priority and location."""
        order = whole_order(pk)
        proposed = {"priority": str(order.priority), "warehouse": str(order.warehouse_id)}
        places = [place for place in catalogue.warehouses() if place.kind in SELLING]
        more = {"places": [(p.id, p.name) for p in places if p.company_id == order.company_id]}
        send = _planning(order)
        return self.answer(Dialog(order, "sales/plan.html", proposed, send, more, Step.MOVE))


def _shipping(order: SalesOrder, lines: list[SalesOrderLine]) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        units = {line.id: _read_units(form, line) for line in lines}
        form.check()
        shipment = shipping.ship(order.id, units)
        gone = sum(part.qty for part in shipment.lines)
        return f"{shipment.number}: {counted(gone, 'unit')} of {order.number} shipped."

    return send


def _read_units(form: Typed, line: SalesOrderLine) -> int:
    top = line.open_qty
    return form.read(f"qty-{line.id}", lambda text: read_whole(text, 0, top)) or 0


def _paying(order: SalesOrder) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        amount = form.read("amount", lambda text: parse_amount(text, order.currency))
        if form.values["method"] not in METHODS:
            form.errors["method"] = f"One of: {', '.join(METHODS)}."
        form.check()
        payments.record(order.id, form.values["method"], amount, form.values["reference"])
        return f"{money(amount, order.currency)} recorded for {order.number}."

    return send


def read_why(form: Typed) -> Why:
    """Read why units are given up; without a field of that name there is no particular reason."""
    reason = form.read("reason", lambda text: read_reason(text or CancelReason.OTHER))
    return Why(reason or CancelReason.OTHER, form.values.get("why", ""))


def _cancelling(order: SalesOrder) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        why = read_why(form)
        form.check()
        orders.cancel([order.id], why)
        return f"What was open of {order.number} is cancelled."

    return send


def _planning(order: SalesOrder) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        priority = form.read("priority", lambda text: read_signed(text, -8, 7))
        warehouse = form.read("warehouse", lambda text: read_whole(text, 1, 10**9 - 1))
        form.check()
        if priority != order.priority:
            orders.set_priority(order.id, priority)
        if warehouse != order.warehouse_id:
            orders.set_warehouse(order.id, warehouse)
        return f"Priority and location of {order.number} are saved."

    return send
