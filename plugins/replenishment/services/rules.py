"""Reorder rules: the checks of a change, and rules made from the products' reorder points."""

from __future__ import annotations

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from plugins.inventory.models import Product, Warehouse, WarehouseKind
from plugins.inventory.services import catalogue, pegs
from plugins.replenishment.models import DEMAND_SOURCE, Method, ReorderRule

PLACES = (WarehouseKind.STORE, WarehouseKind.WAREHOUSE)
"""Kinds of warehouses that goods are bought for."""


def check(rule: ReorderRule) -> None:
    """Refuse a rule that could never order sensibly; raises ErpError with the reason."""
    place, product = rule.warehouse, rule.product
    if not place.active or place.kind not in PLACES:
        raise ErpError(f"{place.name} is no active store or warehouse; choose another location.")
    if not product.tracked:
        raise ErpError(f"The quantity of {product.sku} is not tracked, so nothing can run low.")
    if rule.method == Method.MIN_MAX and rule.max_qty <= rule.min_qty:
        raise ErpError(
            f"{product.sku}: the maximum is {rule.max_qty:,}, the minimum {rule.min_qty:,}. "
            "The maximum must be above the minimum."
        )
    with db.session.no_autoflush:
        twin = db.session.scalar(
            sa.select(ReorderRule.id)
            .filter_by(product_id=product.id, warehouse_id=place.id)
            .where(ReorderRule.id != (rule.id or 0))
        )
    if twin is not None:
        raise ErpError(f"{product.sku} has a rule for {place.name} already; change that one.")


def release(rule_id: int) -> None:
    """Let go of what is on order for a rule that is deleted: it is for nobody then."""
    pegs.shrink_demand(DEMAND_SOURCE, {rule_id: 0})


def from_products() -> int:
    """Make a min/max rule of every product with a reorder point and no rule; returns how many.

    For the first company's default location: order up to twice the reorder point. What is made to
    order is not kept on a shelf.
    """
    place = catalogue.default_warehouse(catalogue.companies()[0].id)
    made = [_rule(product, place) for product in db.session.scalars(_without_rule())]
    db.session.add_all(made)
    db.session.flush()
    return len(made)


def _without_rule() -> sa.Select[Product]:
    ruled = sa.exists().where(ReorderRule.product_id == Product.id)
    kept = (Product.active, Product.tracked, Product.custom_made.is_(False))
    wanted = (*kept, Product.reorder_point > 0, ~ruled)
    return sa.select(Product).where(*wanted).order_by(Product.id)


def _rule(product: Product, place: Warehouse) -> ReorderRule:
    point = product.reorder_point
    return ReorderRule(
        product_id=product.id, warehouse_id=place.id, min_qty=point, max_qty=2 * point
    )
