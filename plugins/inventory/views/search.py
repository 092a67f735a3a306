"""Products by SKU, barcode or name, for the box of Ctrl+K."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import url_for

from erp_core.db import db
from erp_core.ports import Hit
from plugins.inventory.models import Product


class ProductSearch:
    """Finds products; one whose SKU is typed in full stands first."""

    permission = "inventory.view"

    def find(self, text: str, limit: int) -> Iterator[Hit]:
        """Yield products."""
        columns = (Product.sku, Product.name, Product.barcode)
        named = sa.or_(*(column.icontains(text, autoescape=True) for column in columns))
        exact = sa.func.lower(Product.sku) != text.lower()
        query = sa.select(Product.id, Product.sku, Product.name).where(named)
        for key, sku, name in db.session.execute(query.order_by(exact, Product.sku).limit(limit)):
            yield Hit(name, url_for("inventory_product.detail_view", pk=key), "Product", "box", sku)
