"""Suppliers, what they sell, purchase orders and receipts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model, now
from erp_core.models import Company
from plugins.inventory.models import Product, Warehouse, one_of


class PurchaseStatus(StrEnum):
    """Life of a purchase order (features.md 5.2). Supply is incoming from Sent on."""

    DRAFT = "draft"
    SENT = "sent"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class LineOutcome(StrEnum):
    """What a supplier said about units that do not come as ordered (C26)."""

    LATE = "late"
    DISCONTINUED = "discontinued"
    REFUSED = "refused"


SUPPLY_SOURCE = "purchasing.order"
"""Under this key purchase order lines are pegged to demand and answer as a supply source."""

INCOMING_STATUSES = (PurchaseStatus.SENT, PurchaseStatus.PARTIALLY_RECEIVED)


class Supplier(Model):
    """Somebody we buy from; contact data must be kept for ordering (F028)."""

    __tablename__ = "purchasing_supplier"
    __audited__ = True
    __table_args__ = (
        sa.UniqueConstraint("code", info={"sentence": "Another supplier has this code already."}),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    name: Mapped[str] = mapped_column(sa.String(200), index=True)
    contact: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    phone: Mapped[str] = mapped_column(sa.String(64), default="")
    street: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    region: Mapped[str] = mapped_column(sa.String(120), default="")
    postcode: Mapped[str] = mapped_column(sa.String(32), default="")
    country: Mapped[str] = mapped_column(sa.String(80), default="")
    lead_time_days: Mapped[int] = mapped_column(default=7)
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    active: Mapped[bool] = mapped_column(default=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class SupplierProduct(Model):
    """What one supplier sells of one product: its SKU there, price, lead time, lot sizes."""

    __tablename__ = "purchasing_supplier_product"
    __audited__ = True
    __table_args__ = (
        sa.UniqueConstraint(
            "supplier_id",
            "product_id",
            info={"sentence": "This supplier sells this product already."},
        ),
        sa.CheckConstraint(
            "price_minor >= 0 AND minimum_qty >= 1 AND multiple_qty >= 1",
            name="positive",
            info={"sentence": "Price is 0 or more; minimum and multiple are 1 or more."},
        ),
        sa.Index(
            "uq_purchasing_supplier_product_preferred",
            "product_id",
            unique=True,
            sqlite_where=sa.text("preferred"),
            postgresql_where=sa.text("preferred"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_supplier.id"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    supplier_sku: Mapped[str] = mapped_column(sa.String(64), default="")
    price_minor: Mapped[int] = mapped_column(default=0)
    lead_time_days: Mapped[int | None]
    minimum_qty: Mapped[int] = mapped_column(default=1)
    multiple_qty: Mapped[int] = mapped_column(default=1)
    preferred: Mapped[bool] = mapped_column(default=False)
    supplier: Mapped[Supplier] = relationship()
    product: Mapped[Product] = relationship()


class PurchaseOrder(Model):
    """What we ask a supplier for, delivered to a location or straight to the customer.

    Every step on the order or its lines sets `changed_at`, so `version` rises with each and a form
    that was filled in before cannot be used a second time.
    """

    __tablename__ = "purchasing_order"
    __audited__ = True
    __table_args__ = (one_of("status", PurchaseStatus), sa.Index(None, "supplier_id", "status"))
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("core_company.id"))
    supplier_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_supplier.id"))
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    status: Mapped[str] = mapped_column(sa.String(24), default=PurchaseStatus.DRAFT)
    ship_to_customer: Mapped[bool] = mapped_column(default=False)
    ship_to: Mapped[str] = mapped_column(sa.String(500), default="")
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")
    expected_on: Mapped[date | None]
    sent_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    external_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    company: Mapped[Company] = relationship()
    supplier: Mapped[Supplier] = relationship()
    warehouse: Mapped[Warehouse] = relationship()
    lines: Mapped[list[PurchaseOrderLine]] = relationship(
        order_by="PurchaseOrderLine.position", cascade="all, delete-orphan", back_populates="order"
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(Model):
    """One product of a purchase order. Open = ordered - received - cancelled (I9).

    `over_qty` of the ordered units were never asked for: the supplier sent them and they were
    taken in. `expected_on` is the line's own new date; without one the order's date holds.
    """

    __tablename__ = "purchasing_order_line"
    __audited__ = True
    __table_args__ = (
        sa.CheckConstraint(
            "ordered_qty > 0 AND received_qty >= 0 AND cancelled_qty >= 0 "
            "AND received_qty + cancelled_qty <= ordered_qty",
            name="quantities",
            info={"sentence": "More was received or cancelled than was ordered."},
        ),
        sa.CheckConstraint("over_qty BETWEEN 0 AND ordered_qty", name="over"),
        sa.UniqueConstraint("order_id", "position"),
        sa.UniqueConstraint(
            "order_id",
            "product_id",
            info={"sentence": "This product stands on the purchase order already."},
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_order.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    ordered_qty: Mapped[int]
    received_qty: Mapped[int] = mapped_column(default=0)
    cancelled_qty: Mapped[int] = mapped_column(default=0)
    over_qty: Mapped[int] = mapped_column(default=0, server_default="0")
    unit_cost_minor: Mapped[int] = mapped_column(default=0)
    expected_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    outcome_note: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    order: Mapped[PurchaseOrder] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()

    @property
    def open_qty(self) -> int:
        """Return what is still to come, in stock units."""
        return self.ordered_qty - self.received_qty - self.cancelled_qty


class Receipt(Model):
    """Goods that arrived together for a purchase order, or one that takes such a receipt back.

    `reverses_id` names the receipt that is taken back; each can be taken back once. `reason` says
    why more was accepted than ordered, or why a receipt was wrong.
    """

    __tablename__ = "purchasing_receipt"
    __audited__ = True
    __table_args__ = (
        sa.Index(
            "uq_purchasing_receipt_reverses",
            "reverses_id",
            unique=True,
            info={"sentence": "This receipt was taken back already."},
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_order.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    reason: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("purchasing_receipt.id"))
    order: Mapped[PurchaseOrder] = relationship()
    lines: Mapped[list[ReceiptLine]] = relationship(cascade="all, delete-orphan")


class ReceiptLine(Model):
    """Units of one purchase order line in a receipt.

    `stocked` says whether the product was tracked then, so that the ledger has a row of it.
    `direct_qty` of the units went straight to customers (F094, F108); `over_qty` were not ordered.
    """

    __tablename__ = "purchasing_receipt_line"
    __table_args__ = (
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.CheckConstraint(
            "direct_qty BETWEEN 0 AND qty AND over_qty BETWEEN 0 AND qty", name="parts"
        ),
        sa.UniqueConstraint("receipt_id", "order_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_receipt.id"))
    order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_order_line.id"))
    qty: Mapped[int]
    direct_qty: Mapped[int] = mapped_column(default=0, server_default="0")
    over_qty: Mapped[int] = mapped_column(default=0, server_default="0")
    stocked: Mapped[bool] = mapped_column(default=True)
    order_line: Mapped[PurchaseOrderLine] = relationship()


class SupplierReturn(Model):
    """Goods that went back to the supplier of a purchase order, which stays received (5.2)."""

    __tablename__ = "purchasing_return"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_order.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    order: Mapped[PurchaseOrder] = relationship()
    lines: Mapped[list[SupplierReturnLine]] = relationship(cascade="all, delete-orphan")


class SupplierReturnLine(Model):
    """Units of one purchase order line that went back."""

    __tablename__ = "purchasing_return_line"
    __table_args__ = (
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.UniqueConstraint("return_id", "order_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(sa.ForeignKey("purchasing_return.id"))
    order_line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("purchasing_order_line.id"), index=True
    )
    qty: Mapped[int]
    stocked: Mapped[bool] = mapped_column(default=True)
    order_line: Mapped[PurchaseOrderLine] = relationship()
