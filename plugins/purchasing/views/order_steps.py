"""Cancelling what is open: a dialog that says whom it hurts, and the post that does it."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import from_htmx, go
from erp_core.errors import ConflictError
from plugins.purchasing.domain.status import Step, allowed, refusal
from plugins.purchasing.models import PurchaseOrder
from plugins.purchasing.services import loading, orders
from plugins.purchasing.services.waiting import waiting
from plugins.purchasing.views import typed
from plugins.purchasing.views.mixin import Mixin, here


class OrderSteps(Mixin):
    """What happens to an order after it was sent."""

    @expose("/<int:pk>/cancel")
    @requires("purchasing.order.edit")
    def cancel_view(self, pk: int) -> ResponseReturnValue:
        """Ask before cancelling what is open, naming who waits for it."""
        order = ready(pk, Step.CANCEL)
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


def ready(pk: int, step: Step) -> PurchaseOrder:
    """Return an order that can take this step now; raises ConflictError."""
    order = loading.get(pk)
    if not allowed(step, order.status):
        raise ConflictError(refusal(step, order.number, order.status))
    return order
