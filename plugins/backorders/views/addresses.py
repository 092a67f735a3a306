"""Where other pages are, and the one back order that an address names."""

from __future__ import annotations

from typing import Any

from flask import url_for

from erp_core.access import can
from erp_core.errors import NotFoundError
from plugins.backorders.models import Backorder
from plugins.backorders.views.finding import by_ids

LIST = "backorders_backorder.index_view"


def settings() -> str:
    """Return the address of the back-order settings, empty for those who may not change them."""
    if not can("core.settings.edit"):
        return ""
    return url_for("core_settings.index", plugin="backorders")


def order(order_id: int) -> str:
    """Return the address of a sales order's page."""
    return url_for("sales_order.detail_view", pk=order_id)


def product(product_id: int) -> str:
    """Return the address of a product's page."""
    return url_for("inventory_product.detail_view", pk=product_id)


def listed(**filters: object) -> str:
    """Return the address of the list with filters."""
    kept: dict[str, Any] = {key: value for key, value in filters.items() if value}
    return url_for(LIST, **kept)


def stock_detail() -> str:
    """Return the address of Stock detail."""
    return url_for("backorders_stock_detail.index_view")


def found(pk: int) -> Backorder:
    """Return a back order of the companies in view; raises NotFoundError."""
    rows = by_ids([pk]) if pk < 2**62 else []
    if not rows:
        raise NotFoundError(f"There is no back order BO-{pk}.")
    return rows[0]
