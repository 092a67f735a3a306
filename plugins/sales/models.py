"""Customers, sales orders and their lines, payments and shipments."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model, now
from erp_core.models import Company
from plugins.inventory.models import Product, Warehouse, one_of
from plugins.sales.domain.money import line_total
from plugins.sales.domain.reasons import CancelReason
from plugins.sales.domain.statuses import OPEN_STATUSES, OrderStatus

__all__ = [
    "OPEN_STATUSES",
    "ORDER_LINE",
    "Cancellation",
    "Customer",
    "Delay",
    "OrderStatus",
    "Payment",
    "Return",
    "ReturnLine",
    "SalesOrder",
    "SalesOrderLine",
    "Shipment",
    "ShipmentLine",
]

ORDER_LINE = "sales.order_line"
"""Under this key order lines are pegged to supply."""


class Customer(Model):
    """Somebody who buys."""

    __tablename__ = "sales_customer"
    __audited__ = True
    __table_args__ = (
        sa.UniqueConstraint("code", info={"sentence": "Another customer has this code already."}),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    name: Mapped[str] = mapped_column(sa.String(200), index=True)
    company_name: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    phone: Mapped[str] = mapped_column(sa.String(64), default="")
    street: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    region: Mapped[str] = mapped_column(sa.String(120), default="")
    postcode: Mapped[str] = mapped_column(sa.String(32), default="")
    country: Mapped[str] = mapped_column(sa.String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.company_name or self.name


class SalesOrder(Model):
    """What a customer ordered. `sequence` is its place in the order of service (0 = draft).

    Every command raises `version`, also when only lines changed, so that an edit based on an old
    page is refused (I17); the services lock the row first, so the mapper need not count (it could
    only write one row at a time then). `approved_at` locks the lines;
    `entry_key` names the form that entered the order, so that a second click enters no second one.
    """

    __tablename__ = "sales_order"
    __audited__ = True
    __unaudited__: ClassVar[frozenset[str]] = frozenset({"version"})
    __table_args__ = (
        one_of("status", OrderStatus),
        sa.CheckConstraint(
            "priority BETWEEN -8 AND 7",
            name="priority",
            info={"sentence": "The priority is a whole number from -8 to 7."},
        ),
        sa.UniqueConstraint("entry_key", info={"sentence": "This order was saved already."}),
        sa.Index(None, "status", "id"),
        sa.Index(None, "ordered_on", "id"),
        sa.Index(None, "warehouse_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("core_company.id"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_customer.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    status: Mapped[str] = mapped_column(sa.String(24), default=OrderStatus.DRAFT)
    sequence: Mapped[int] = mapped_column(default=0, index=True)
    priority: Mapped[int] = mapped_column(default=0)
    ordered_on: Mapped[date]
    required_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    channel: Mapped[str] = mapped_column(sa.String(32), default="office")
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    ship_name: Mapped[str] = mapped_column(sa.String(200), default="")
    ship_street: Mapped[str] = mapped_column(sa.String(200), default="")
    ship_city: Mapped[str] = mapped_column(sa.String(120), default="")
    ship_region: Mapped[str] = mapped_column(sa.String(120), default="")
    ship_postcode: Mapped[str] = mapped_column(sa.String(32), default="")
    ship_country: Mapped[str] = mapped_column(sa.String(80), default="")
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    confirmed_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    entry_key: Mapped[str | None] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(default=1)
    company: Mapped[Company] = relationship()
    customer: Mapped[Customer] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list[SalesOrderLine]] = relationship(
        order_by="SalesOrderLine.position", cascade="all, delete-orphan", back_populates="order"
    )
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id", back_populates="order")

    @property
    def total_minor(self) -> int:
        """Return the value of what was ordered and not cancelled, in minor units."""
        return sum(line.total_minor for line in self.lines)

    @property
    def paid_minor(self) -> int:
        """Return what was paid so far, in minor units."""
        return sum(payment.amount_minor for payment in self.payments)

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(Model):
    """One product of an order. Open = ordered - shipped - cancelled, never negative (I3).

    A line whose units all went to a child order stays with 0 ordered, for what refers to it.
    `rounding_minor` is the cent or two by which a split line differs from its own rounding, so
    that both parts cost what the whole did; any later change of the quantity forgets it.
    """

    __tablename__ = "sales_order_line"
    __audited__ = True
    __table_args__ = (
        sa.CheckConstraint(
            "ordered_qty >= 0 AND shipped_qty >= 0 AND cancelled_qty >= 0 "
            "AND shipped_qty + cancelled_qty <= ordered_qty",
            name="quantities",
            info={"sentence": "More was shipped or cancelled than was ordered."},
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 65535", name="position"),
        sa.CheckConstraint("discount_bp BETWEEN 0 AND 10000", name="discount"),
        sa.UniqueConstraint("order_id", "position"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    ordered_qty: Mapped[int]
    shipped_qty: Mapped[int] = mapped_column(default=0)
    cancelled_qty: Mapped[int] = mapped_column(default=0)
    unit_price_minor: Mapped[int] = mapped_column(default=0)
    discount_bp: Mapped[int] = mapped_column(default=0)
    rounding_minor: Mapped[int] = mapped_column(default=0)
    order: Mapped[SalesOrder] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    @property
    def open_qty(self) -> int:
        """Return what is still to be delivered, in stock units."""
        return self.ordered_qty - self.shipped_qty - self.cancelled_qty

    @property
    def total_minor(self) -> int:
        """Return quantity times price less discount, rounded half up, in minor units."""
        kept = self.ordered_qty - self.cancelled_qty
        return line_total(kept, self.unit_price_minor, self.discount_bp) + self.rounding_minor


class Payment(Model):
    """Money received for an order (or paid back: negative)."""

    __tablename__ = "sales_payment"
    __audited__ = True
    __table_args__ = (sa.CheckConstraint("amount_minor <> 0", name="amount"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    method: Mapped[str] = mapped_column(sa.String(32))
    amount_minor: Mapped[int]
    reference: Mapped[str] = mapped_column(sa.String(120), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    order: Mapped[SalesOrder] = relationship(back_populates="payments")


class Shipment(Model):
    """Goods that left together."""

    __tablename__ = "sales_shipment"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    order: Mapped[SalesOrder] = relationship()
    lines: Mapped[list[ShipmentLine]] = relationship(cascade="all, delete-orphan")


class ShipmentLine(Model):
    """Units of one order line in a shipment."""

    __tablename__ = "sales_shipment_line"
    __table_args__ = (
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.UniqueConstraint("shipment_id", "order_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_shipment.id"))
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"), index=True)
    qty: Mapped[int]
    order_line: Mapped[SalesOrderLine] = relationship()


class Delay(Model):
    """A promise of shipping that was moved, from when to when and why; never changed again."""

    __tablename__ = "sales_delay"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    promised_on: Mapped[date]
    before: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")


class Cancellation(Model):
    """Units of one order line that were given up, and why."""

    __tablename__ = "sales_cancellation"
    __table_args__ = (
        one_of("reason", CancelReason),
        sa.CheckConstraint("qty > 0", name="qty"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"))
    qty: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(16))
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")


class Return(Model):
    """Goods that came back from a customer into a warehouse."""

    __tablename__ = "sales_return"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    order: Mapped[SalesOrder] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list[ReturnLine]] = relationship(cascade="all, delete-orphan")


class ReturnLine(Model):
    """Units of one order line in a return."""

    __tablename__ = "sales_return_line"
    __table_args__ = (
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.UniqueConstraint("return_id", "order_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_return.id"))
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"), index=True)
    qty: Mapped[int]
    order_line: Mapped[SalesOrderLine] = relationship()
