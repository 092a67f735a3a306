"""What people call order lines and stock, for the sentences they read."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.services.queue import Spot
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder, SalesOrderLine


def line_names(line_ids: Collection[int]) -> dict[int, str]:
    """Return how people call these order lines: "line 2 of SO-1001 (HF-310)"."""
    found = {line: f"order line {line}, which is gone" for line in line_ids}
    for part in chunks(sorted(line_ids)):
        query = (
            sa.select(SalesOrderLine.id, SalesOrderLine.position, SalesOrder.number, Product.sku)
            .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
            .join(Product, Product.id == SalesOrderLine.product_id)
            .where(SalesOrderLine.id.in_(part))
        )
        for line, position, number, sku in db.session.execute(query):
            found[line] = f"line {position} of {number} ({sku})"
    return found


def spot_names(spots: Collection[Spot]) -> dict[Spot, str]:
    """Return how people call a product in a pool: "HF-310 at Porto"."""
    products = sorted({product for product, _ in spots})
    skus: dict[int, str] = {}
    for part in chunks(products):
        query = sa.select(Product.id, Product.sku).where(Product.id.in_(part))
        skus |= {product: sku for product, sku in db.session.execute(query)}
    places = {
        key: name for key, name in db.session.execute(sa.select(Warehouse.id, Warehouse.name))
    }
    return {
        (product, pool): f"{skus[product]} at {places.get(pool, f'company {-pool}')}"
        for product, pool in spots
    }
