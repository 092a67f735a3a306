"""Steps of an order at one click: confirm, approve, hold, take off hold.

A second click finds the order where the first one brought it and gets the same answer (I11).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can, requires
from erp_core.admin.answers import from_htmx, say
from erp_core.admin.views import BulkAction
from erp_core.admin.web import safe_target
from erp_core.errors import ConflictError
from plugins.sales.models import OPEN_STATUSES, OrderStatus, SalesOrder
from plugins.sales.services import orders
from plugins.sales.services.figures import whole_order
from plugins.sales.views.order_grid import OrderGrid
from plugins.sales.views.wording import counted

CONFIRMED_BEFORE = (*OPEN_STATUSES, OrderStatus.FULFILLED)


class OrderSteps(OrderGrid):
    """Addresses that take one step with one order."""

    @expose("/<int:pk>/confirm", methods=("POST",))
    @requires("sales.order.confirm")
    def confirm_order(self, pk: int) -> ResponseReturnValue:
        """Turn a draft into demand."""
        order = _once(orders.confirm, pk, CONFIRMED_BEFORE)
        flash(f"{order.number} is confirmed.", "success")
        return self._back(pk)

    @expose("/<int:pk>/approve", methods=("POST",))
    @requires("sales.order.approve")
    def approve_order(self, pk: int) -> ResponseReturnValue:
        """Lock the lines of an order."""
        order = _once(orders.approve, pk, (OrderStatus.APPROVED,))
        flash(f"{order.number} is approved; its lines are locked.", "success")
        return self._back(pk)

    @expose("/<int:pk>/withdraw", methods=("POST",))
    @requires("sales.order.approve")
    def withdraw_approval(self, pk: int) -> ResponseReturnValue:
        """Unlock the lines of an order."""
        (order,) = orders.withdraw_approval([pk])
        flash(f"{order.number} is not approved any more; its lines can be changed.", "success")
        return self._back(pk)

    @expose("/<int:pk>/hold", methods=("POST",))
    @requires("sales.order.approve")
    def hold_order(self, pk: int) -> ResponseReturnValue:
        """Stop an order from shipping; the message offers the way back."""
        order = _once(orders.hold, pk, (OrderStatus.ON_HOLD,))
        say(f"{order.number} is on hold.", undo_url=self.get_url(".unhold_order", pk=pk))
        return self._back(pk)

    @expose("/<int:pk>/unhold", methods=("POST",))
    @requires("sales.order.approve")
    def unhold_order(self, pk: int) -> ResponseReturnValue:
        """Let a held order go on."""
        order = _once(orders.unhold, pk, (*OPEN_STATUSES[:2], OPEN_STATUSES[3]))
        flash(f"{order.number} is off hold.", "success")
        return self._back(pk)

    def bulk_actions(self) -> list[BulkAction]:
        """Offer to confirm several drafts at once."""
        return [BulkAction("confirm", "Confirm", "check")] if can("sales.order.confirm") else []

    def run_bulk(self, name: str, ids: list[int]) -> str:
        """Confirm the selected drafts, all or none, in the order of their numbers."""
        if name != "confirm":
            return super().run_bulk(name, ids)
        done = orders.confirm(sorted(ids))
        return f"{counted(len(done), 'order')} confirmed."

    def _back(self, pk: int) -> ResponseReturnValue:
        """Go on where the click was: the list with its filters, or the order's page."""
        home = self.get_url(".index_view")
        seen = urlsplit(request.headers.get("HX-Current-URL", "")) if from_htmx() else None
        if seen and seen.path == home:
            return redirect(safe_target(f"{seen.path}?{seen.query}", fallback=home))
        return redirect(self.get_url(".detail_view", pk=pk))


def _once(
    step: Callable[[list[int]], list[SalesOrder]], pk: int, reached: Collection[str]
) -> SalesOrder:
    try:
        return step([pk])[0]
    except ConflictError:
        order = whole_order(pk)
        if order.status not in reached:
            raise
        return order
