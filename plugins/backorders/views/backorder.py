"""The screen `backorders.backorder` with everything that can be done on it."""

from __future__ import annotations

from typing import Any

from plugins.backorders.views import workflow
from plugins.backorders.views.finding import open_count
from plugins.backorders.views.fulfil import Fulfilment
from plugins.backorders.views.refreshing import Refreshing


class BackorderView(Refreshing, Fulfilment):
    """Back orders: list, page, dialogs, export and recalculation."""


MENU: dict[str, Any] = {
    "icon": "package-off",
    "order": 10,
    "badge": open_count,
    "visible": workflow.on,
}
"""Where the list stands in the side bar: hidden while the workflow is off (F043, F145)."""

STOCK_MENU: dict[str, Any] = {"icon": "table", "order": 45, "visible": workflow.on}
"""Where Stock detail stands (F049)."""
