"""The page of one order: lines, payments, shipments, and what can be done now."""

from __future__ import annotations

from flask_admin import expose

from erp_core.access import can, requires
from erp_core.admin.views import Button
from erp_core.plugin import PageAction, Panel
from erp_core.registry import parts
from plugins.sales.domain.statuses import Step, allowed
from plugins.sales.models import OrderStatus, SalesOrder
from plugins.sales.services import delaying, returning
from plugins.sales.services.figures import relatives, shipments_of, whole_order
from plugins.sales.services.payments import owed
from plugins.sales.views.line_table import LineTable
from plugins.sales.views.order_steps import OrderSteps
from plugins.sales.views.wording import WORDS


def changeable(order: SalesOrder) -> bool:
    """Say whether the person may change the order's lines now."""
    fits = allowed(Step.CHANGE, order.status) and order.approved_at is None
    return fits and can("sales.order.edit")


def payable(order: SalesOrder) -> bool:
    """Say whether the person may record money for the order now."""
    fits = order.status != OrderStatus.CANCELLED and owed(order) > 0
    return fits and can("sales.payment.record")


class OrderPage(OrderSteps):
    """`/sales/order/<pk>/`: everything about one order."""

    @expose("/<int:pk>/")
    @requires("sales.view")
    def detail_view(self, pk: int) -> str:
        """Show an order with the columns and panels other plugins add."""
        order = whole_order(pk)
        return self.render(
            "sales/order.html",
            title=order.number,
            order=order,
            table=LineTable.of(order),
            panels=[(panel.title, panel.render(order)) for panel in parts(self.key, Panel)],
            shipments=shipments_of(pk),
            relatives=relatives(order),
            delays=delaying.delays_of(pk),
            returns=returning.returns_of(pk),
            return_url=self._return_url(order),
            actions=self.order_actions(order),
            line_actions=self.line_actions(order),
            pay_url=self.get_url(".pay_order", pk=pk) if payable(order) else "",
            plan_url=self.get_url(".plan_order", pk=pk) if self._can_plan(order) else "",
            changeable=changeable(order),
            owed=owed(order),
            parent_url=self.get_url(".index_view"),
            **WORDS,
        )

    def order_actions(self, order: SalesOrder) -> list[Button]:
        """Return the buttons of the page head: the next step first in rank, once primary."""
        offered = [
            (Step.CONFIRM, "Confirm", "confirm_order", "post", "check", "sales.order.confirm"),
            (Step.UNHOLD, "Take off hold", "unhold_order", "post", "player-play", APPROVE),
            (Step.SHIP, "Ship…", "ship_order", "dialog", "truck-delivery", "sales.order.ship"),
            (Step.APPROVE, "Approve", "approve_order", "post", "lock", APPROVE),
            (Step.HOLD, "Hold", "hold_order", "post", "player-pause", APPROVE),
            (Step.CHANGE, "Edit", "edit_order", "get", "pencil", EDIT),
            (Step.CHANGE, "Add line", "add_line", "dialog", "plus", EDIT),
            (Step.SPLIT, "Split…", "split_order", "dialog", "arrows-split", EDIT),
            (Step.WITHDRAW, "Withdraw approval", "withdraw_approval", "post", "lock-open", APPROVE),
            (Step.DELAY, "Delay shipping…", "delay_order", "dialog", "calendar-due", EDIT),
            (Step.CANCEL, "Cancel…", "cancel_order", "dialog", "ban", "sales.order.cancel"),
        ]
        shown = [row for row in offered if self._offers(order, row[0]) and can(row[5])]
        first = next((row[0] for row in shown if row[0] in LEADING), None)
        return [
            Button(
                label,
                self.get_url(f".{name}", pk=order.id),
                method,
                _role(step),
                icon,
                step is first,
            )
            for step, label, name, method, icon, _permission in shown
        ]

    def line_actions(self, order: SalesOrder) -> list[Button]:
        """Return the buttons that other plugins put at the lines."""
        offered = [part for part in parts(self.key, PageAction) if can(part.permission)]
        found = [(part, part.url(order)) for part in offered]
        return [Button(part.title, url, "dialog", icon=part.icon) for part, url in found if url]

    def _offers(self, order: SalesOrder, step: Step) -> bool:
        approved = order.approved_at is not None
        barred = LOCKED_BY_APPROVAL if approved else (Step.WITHDRAW,)
        return allowed(step, order.status) and step not in barred

    def _return_url(self, order: SalesOrder) -> str:
        offered = can("sales.order.return") and any(line.shipped_qty for line in order.lines)
        return self.get_url(".return_goods", pk=order.id) if offered else ""

    def _can_plan(self, order: SalesOrder) -> bool:
        return allowed(Step.MOVE, order.status) and can("sales.order.edit")


def _role(step: Step) -> str:
    """Return how a step is drawn: what is rarer stands in the menu More."""
    if step is Step.CANCEL:
        return "danger"
    return "more" if step in (Step.SPLIT, Step.DELAY) else ""


APPROVE, EDIT = "sales.order.approve", "sales.order.edit"
LOCKED_BY_APPROVAL = (Step.APPROVE, Step.CHANGE, Step.SPLIT)
LEADING = (Step.CONFIRM, Step.UNHOLD, Step.SHIP)
