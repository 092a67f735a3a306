"""Reorder rules, and the proposals that the check keeps up to date."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model, now
from plugins.inventory.models import Product, Warehouse, one_of
from plugins.replenishment.domain.formulas import Z
from plugins.replenishment.domain.rules import Method as Method

DEMAND_SOURCE = "replenishment.rule"
"""Under this name rules stand in pegs; the demand line is the rule's id."""

SERVICE_LEVELS = ", ".join(str(level) for level in Z)


class ReorderRule(Model):
    """When to buy one product for one location, and how much: min/max, or by the formulas.

    `lead_time_days` empty: that of the supplier. `service_permille`: cycles without a shortage.
    """

    __tablename__ = "replenishment_rule"
    __audited__ = True
    __table_args__ = (
        one_of("method", Method),
        sa.UniqueConstraint(
            "product_id",
            "warehouse_id",
            info={"sentence": "This product has a rule for this location already."},
        ),
        sa.CheckConstraint(
            "min_qty >= 0 AND max_qty >= 0 AND (method <> 'min_max' OR max_qty > min_qty)",
            name="levels",
            info={"sentence": "The maximum must be above the minimum."},
        ),
        sa.CheckConstraint(f"service_permille IN ({SERVICE_LEVELS})", name="service"),
        sa.CheckConstraint(
            "(lead_time_days IS NULL OR lead_time_days >= 0) AND lead_time_deviation >= 0",
            name="lead_time",
            info={"sentence": "Days cannot be negative."},
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"))
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"), index=True)
    method: Mapped[str] = mapped_column(sa.String(16), default=Method.MIN_MAX)
    min_qty: Mapped[int] = mapped_column(default=0)
    max_qty: Mapped[int] = mapped_column(default=0)
    service_permille: Mapped[int] = mapped_column(default=950)
    lead_time_days: Mapped[int | None]
    lead_time_deviation: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.product.sku} at {self.warehouse.name}"


class Proposal(Model):
    """What is missing of a product at a location: one row, updated in place (C21).

    `since` is when it was missing first; the row goes when nothing is missing any more.
    """

    __tablename__ = "replenishment_proposal"
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventory_product.id"), primary_key=True, autoincrement=False
    )
    warehouse_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventory_warehouse.id"), primary_key=True, autoincrement=False, index=True
    )
    backorders: Mapped[int] = mapped_column(default=0)
    reorder: Mapped[int] = mapped_column(default=0)
    on_order: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime] = mapped_column(default=now)
