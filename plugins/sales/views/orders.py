"""The screen `sales.order`: grid, steps, order page, dialogs and the new order in one.

Its parts stand on each other in one line, each in a file of its own: Flask-Admin collects the
addresses of every class by itself, so two branches would hide each other's.
"""

from __future__ import annotations

from plugins.sales.views.edit_order import EditOrderPage


class OrderView(EditOrderPage):
    """Manage orders."""
