"""The screen purchasing.order: the list, the page of one order, its steps, and a new one."""

from __future__ import annotations

from typing import Any

from plugins.purchasing.views.new_order import NewOrder
from plugins.purchasing.views.order_follow_up import FollowUp
from plugins.purchasing.views.order_grid import OrderGrid
from plugins.purchasing.views.order_page import LINES, OrderPage
from plugins.purchasing.views.order_receive import ReceiveStep
from plugins.purchasing.views.order_steps import OrderSteps


class PurchaseOrderView(OrderPage, ReceiveStep, FollowUp, OrderSteps, NewOrder, OrderGrid):
    """What we ask suppliers for."""

    key = "purchasing.order"
    see = "purchasing.view"
    more_screens = (LINES,)
    title = "Purchase orders"
    subtitle = "Incoming from the moment they are sent"

    def __init__(self, model: type[Any], name: str = "") -> None:
        super().__init__(model, name)
        # Orders are made on a page of their own; its view names the permission.
        self.can_create = True
