"""Who waits for a product, as a panel of its page."""

from __future__ import annotations

from markupsafe import Markup

from erp_core.plugin import Panel
from plugins.backorders.views import addresses, facts, workflow
from plugins.backorders.views.drawing import fragment
from plugins.backorders.views.finding import of_product
from plugins.inventory.models import Product

MOST = 10


def render_product(product: Product) -> Markup | str:
    """List who waits for a product, the longest first; nothing when nobody does."""
    rows = of_product(product.id, MOST)
    if not rows:
        return ""
    return fragment(
        "waiters.html",
        rows=rows,
        known=facts.load(rows),
        bright=workflow.highlighted(),
        all_url=addresses.listed(search=product.sku),
    )


WAITERS = Panel("backorders", "Waiting customers", render_product, visible=workflow.offered)
