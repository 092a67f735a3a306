"""Dialogs about the lines of an order: add one, change a quantity, cancel units."""

from __future__ import annotations

from collections.abc import Callable

from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import orders
from plugins.sales.services.figures import whole_order
from plugins.sales.services.lines import line_of
from plugins.sales.views.dialog import Dialog, Typed
from plugins.sales.views.order_dialogs import REASONS, OrderDialogs, read_why
from plugins.sales.views.reading import read_whole
from plugins.sales.views.typed_lines import TypedLine, read_lines
from plugins.sales.views.wording import counted


class LineDialogs(OrderDialogs):
    """Addresses that open a dialog (GET) and carry it out (POST)."""

    @expose("/<int:pk>/lines/new", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def add_line(self, pk: int) -> ResponseReturnValue:
        """Add one product to the order."""
        order = whole_order(pk)
        proposed = {"product": "", "qty": "1", "price": "", "discount": ""}
        send = _adding(order)
        return self.answer(Dialog(order, "sales/add_line.html", proposed, send, step=Step.CHANGE))

    @expose("/<int:pk>/lines/<int:line_id>/quantity", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def edit_quantity(self, pk: int, line_id: int) -> ResponseReturnValue:
        """Change the ordered quantity of a line."""
        order = whole_order(pk)
        line = line_of(order, line_id)
        more = {"line": line, "lowest": max(line.shipped_qty + line.cancelled_qty, 1)}
        proposed = {"qty": str(line.ordered_qty)}
        send = _editing(order, line)
        return self.answer(Dialog(order, "sales/quantity.html", proposed, send, more, Step.CHANGE))

    @expose("/<int:pk>/lines/<int:line_id>/cancel", methods=("GET", "POST"))
    @requires("sales.order.cancel")
    def cancel_units(self, pk: int, line_id: int) -> ResponseReturnValue:
        """Give up units of one line."""
        order = whole_order(pk)
        line = line_of(order, line_id)
        proposed = {"qty": str(line.open_qty)}
        send = _giving_up(line)
        template = "sales/cancel_units.html"
        more = {"line": line, "reasons": REASONS}
        return self.answer(Dialog(order, template, proposed, send, more, Step.CHANGE))


def _adding(order: SalesOrder) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        line = TypedLine.of(form.values)
        (new,) = read_lines([line], order.currency) or (None,)
        form.errors.update(line.errors)
        form.check()
        assert new is not None, "a line without errors was read"
        (made,) = orders.add_lines(order.id, [new])
        return f"{counted(made.ordered_qty, 'unit')} of {made.product.sku} added."

    return send


def _editing(order: SalesOrder, line: SalesOrderLine) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        qty = form.read("qty", read_whole)
        form.check()
        orders.set_quantities(order.id, {line.id: qty})
        return f"{line.product.sku}: {counted(qty, 'unit')} ordered."

    return send


def _giving_up(line: SalesOrderLine) -> Callable[[Typed], str]:
    def send(form: Typed) -> str:
        qty, why = form.read("qty", read_whole), read_why(form)
        form.check()
        orders.cancel_line(line.id, qty, why)
        return f"{line.product.sku}: {counted(qty, 'unit')} cancelled."

    return send
