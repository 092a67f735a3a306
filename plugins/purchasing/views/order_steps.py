"""Receiving and cancelling: dialogs that propose, and the posts that do it."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import from_htmx, go
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from plugins.purchasing.domain.status import Step, allowed, refusal
from plugins.purchasing.models import PurchaseOrder
from plugins.purchasing.services import loading, orders, receiving
from plugins.purchasing.services.waiting import waiting
from plugins.purchasing.views import typed
from plugins.purchasing.views.mixin import Mixin, here
from plugins.purchasing.views.typed import Typed


class OrderSteps(Mixin):
    """What happens to an order after it was sent."""

    @expose("/<int:pk>/receive")
    @requires("purchasing.order.receive")
    def receive_view(self, pk: int) -> ResponseReturnValue:
        """Ask what arrived; everything that is open is proposed."""
        return self._receive(_ready(pk, Step.RECEIVE), Typed({}))

    def _receive(self, order: PurchaseOrder, form: Typed, problem: str = "") -> str:
        lines = [line for line in order.lines if line.open_qty]
        return self._step("receive", order, lines=lines, form=form, problem=problem)

    @expose("/<int:pk>/receive", methods=("POST",))
    @requires("purchasing.order.receive")
    def receive_goods_view(self, pk: int) -> ResponseReturnValue:
        """Put what arrived into stock; a form that is sent twice has one effect (F096, I11)."""
        form = typed.typed()
        order = loading.get(pk)
        names = {line.id: f"arrived-{line.id}" for line in order.lines}
        read = {key: form.read(name, typed.arrived, 0) for key, name in names.items()}
        if form.errors:
            return self._receive(order, form, "Nothing was received: check the marked fields."), 422
        try:
            version = typed.seen_version()
            found = {key: qty for key, qty in read.items() if qty}
            receipt = receiving.receive(pk, found, version=version)
        except ErpError as error:
            if error.status != 422:
                raise
            db.session.rollback()
            return self._receive(loading.get(pk), form, str(error)), 422
        units = sum(found.values())
        flash(f"{receipt.number}: {units:,} {_units(units)} put into stock.", "success")
        return go(here(self.get_url(".detail_view", pk=pk)))

    @expose("/<int:pk>/cancel")
    @requires("purchasing.order.edit")
    def cancel_view(self, pk: int) -> ResponseReturnValue:
        """Ask before cancelling what is open, naming who waits for it."""
        order = _ready(pk, Step.CANCEL)
        only = request.args.get("line", "")
        lines = [x for x in order.lines if x.open_qty and only in {"", str(x.id)}]
        return self._step("cancel", order, lines=lines, only=only)

    @expose("/<int:pk>/cancel", methods=("POST",))
    @requires("purchasing.order.edit")
    def cancel_order_view(self, pk: int) -> ResponseReturnValue:
        """Cancel what is open of an order, or of one line of it."""
        only, version = typed.typed().number("line"), typed.seen_version()
        if only is None:
            order = orders.cancel(pk, version=version)
        else:
            still = {line.id: line.open_qty for line in loading.get(pk).lines}
            order = orders.cancel_lines(pk, {only: still.get(only, 0)}, version=version)
        what = "the open units of a line are" if only else "what was open is"
        flash(f"{order.number}: {what} cancelled.", "success")
        return go(here(self.get_url(".detail_view", pk=pk)))

    def _step(self, name: str, order: PurchaseOrder, **context: Any) -> str:
        """Draw a step as a fragment for the dialog, or as a page of its own."""
        lines = context.pop("lines")
        context["waiting"] = waiting([line.id for line in lines])
        kind = "dialog" if from_htmx() else "page"
        template = f"purchasing/{name}_{kind}.html"
        return self.render(template, order=order, title=order.number, lines_open=lines, **context)


def _ready(pk: int, step: Step) -> PurchaseOrder:
    order = loading.get(pk)
    if not allowed(step, order.status):
        raise ConflictError(refusal(step, order.number, order.status))
    return order


def _units(count: int) -> str:
    return "unit" if count == 1 else "units"
