"""The demand queue, balance rows, what people decided by hand, order classes, back-order records.

The engine lives on these tables alone; nothing of them stands on another plugin's table.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from erp_core.db import Model, now
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.domain.record import Status as Status
from plugins.inventory.models import Product, Warehouse, one_of
from plugins.sales.models import ORDER_LINE, SalesOrder, SalesOrderLine

OPEN_BACKORDERS = (Status.NEW, Status.ON_ORDER, Status.STOCK_AVAILABLE)
"""Statuses in which a back order is on the list of open ones."""

DEMAND_SOURCE = ORDER_LINE
"""Under this name sales order lines stand in pegs; the demand line is the sales line's id."""

CONTRADICTION = (
    "The stock figures of back orders contradict each other; nothing was changed. "
    "Recalculate back orders, then try again."
)


class QueueRow(Model):
    """One open demand line in the order of service; stored in that order.

    `pool` is a location's id, or minus a company's id when stock is shared by the company. The
    back-ordered quantity is what remains of open; forced units are part of it.
    """

    __tablename__ = "backorders_queue"
    __table_args__ = (
        sa.CheckConstraint(
            "open_qty > 0 AND allocated_qty >= 0 AND substitutable_qty >= 0 "
            "AND backordered_qty >= 0 AND pinned_qty >= 0 AND forced_qty >= 0 "
            "AND open_qty = allocated_qty + substitutable_qty + backordered_qty "
            "AND pinned_qty + forced_qty <= open_qty AND forced_qty <= backordered_qty",
            name="conserved",
            info={"sentence": CONTRADICTION},
        ),
        sa.Index(None, "order_id"),
        sa.Index(
            "ix_backorders_queue_waiting",
            "product_id",
            "pool",
            "alloc_key",
            sqlite_where=sa.text("open_qty - allocated_qty - forced_qty > 0"),
            postgresql_where=sa.text("open_qty - allocated_qty - forced_qty > 0"),
        ),
        sa.Index(
            "ix_backorders_queue_holding",
            "product_id",
            "pool",
            "alloc_key",
            sqlite_where=sa.text("allocated_qty > pinned_qty"),
            postgresql_where=sa.text("allocated_qty > pinned_qty"),
        ),
        sa.Index(
            "ix_backorders_queue_pinned",
            "product_id",
            "pool",
            sqlite_where=sa.text("pinned_qty > 0"),
            postgresql_where=sa.text("pinned_qty > 0"),
        ),
        sa.Index(
            "ix_backorders_queue_forced",
            "line_id",
            sqlite_where=sa.text("forced_qty > 0"),
            postgresql_where=sa.text("forced_qty > 0"),
        ),
        sa.UniqueConstraint("line_id"),
        {"sqlite_with_rowid": False},
    )
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventory_product.id"), primary_key=True, autoincrement=False
    )
    pool: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    alloc_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"))
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"))
    open_qty: Mapped[int]
    allocated_qty: Mapped[int] = mapped_column(default=0)
    substitutable_qty: Mapped[int] = mapped_column(default=0)
    backordered_qty: Mapped[int] = mapped_column(default=0)
    pinned_qty: Mapped[int] = mapped_column(default=0)
    forced_qty: Mapped[int] = mapped_column(default=0)


class RulingKind(StrEnum):
    """What a person can decide about a line's units."""

    PINNED = "pinned"
    FORCED = "forced"


class Ruling(Model):
    """Units of a line that a person pinned to it or held back from it (A29), and why.

    This is the document; the queue's `pinned_qty` and `forced_qty` repeat its `qty`. It follows
    the line: units that ship or are cancelled leave it, and with the last one it ends. A pin may
    end by itself at `expires_at`.
    """

    __tablename__ = "backorders_ruling"
    __audited__ = True
    __table_args__ = (
        one_of("kind", RulingKind),
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.CheckConstraint("expires_at IS NULL OR kind = 'pinned'", name="expiry"),
        sa.Index(
            "ix_backorders_ruling_expires_at",
            "expires_at",
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        ),
    )
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    qty: Mapped[int]
    owner: Mapped[str] = mapped_column(sa.String(254))
    reason: Mapped[str] = mapped_column(sa.String(254))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]


class BalanceRow(Model):
    """One product in one pool: the row that is locked, in product order, by every change.

    `counted` is usable stock on hand, `free` what is given to nobody, `backordered` what waits.
    """

    __tablename__ = "backorders_balance"
    __table_args__ = (
        sa.CheckConstraint(
            "free >= 0 AND free <= counted AND backordered >= 0",
            name="free",
            info={"sentence": CONTRADICTION},
        ),
    )
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventory_product.id"), primary_key=True, autoincrement=False
    )
    pool: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    counted: Mapped[int] = mapped_column(default=0)
    free: Mapped[int] = mapped_column(default=0)
    backordered: Mapped[int] = mapped_column(default=0)


class OrderState(Model):
    """The class of an open order, kept beside it for the grid's index.

    `marked` is False for orders created while marking is switched off (F149, A17); `episode`
    counts how often the order became a back order (A21).
    """

    __tablename__ = "backorders_order"
    __table_args__ = (
        one_of("order_class", OrderClass),
        sa.Index(None, "order_class", "order_id"),
    )
    order_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sales_order.id"), primary_key=True, autoincrement=False
    )
    order_class: Mapped[str] = mapped_column(sa.String(8), default=OrderClass.NONE)
    marked: Mapped[bool] = mapped_column(default=True)
    episode: Mapped[int] = mapped_column(default=0)


class Backorder(Model):
    """The record that follows the short quantity of one order line until it is closed.

    `since` is the day the customer waits from: the order's, or that of a re-opening (A06).
    Own quantities: `short_qty` still waits, `filled_qty` got stock since and is not yet shipped,
    `fulfilled_qty` was shipped, `requested_qty` is pegged to supply on its way. `order_id` repeats
    the line's order without a foreign key: records are opened for other people's orders, and
    checking the key would wait for whoever has locked one of those and waits for our stock.
    """

    __tablename__ = "backorders_backorder"
    __table_args__ = (
        one_of("status", Status),
        sa.CheckConstraint(
            "short_qty >= 0 AND filled_qty >= 0 AND fulfilled_qty >= 0 AND requested_qty >= 0",
            name="not_negative",
        ),
        sa.Index(None, "status", "id"),
        sa.Index(None, "line_id"),
        sa.Index(
            "ix_backorders_backorder_oldest",
            "since",
            "id",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index(
            "ix_backorders_backorder_waiting",
            "product_id",
            "since",
            "id",
            "warehouse_id",
            "status",
            "short_qty",
            "filled_qty",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index(
            "uq_backorders_backorder_open",
            "line_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_line.id"))
    order_id: Mapped[int] = mapped_column(index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    status: Mapped[str] = mapped_column(sa.String(16), default=Status.NEW)
    short_qty: Mapped[int]
    filled_qty: Mapped[int] = mapped_column(default=0)
    fulfilled_qty: Mapped[int] = mapped_column(default=0)
    requested_qty: Mapped[int] = mapped_column(default=0)
    since: Mapped[date] = mapped_column(default=lambda: now().date())
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    line: Mapped[SalesOrderLine] = relationship()
    order: Mapped[SalesOrder] = relationship(
        primaryjoin=lambda: foreign(Backorder.order_id) == SalesOrder.id
    )
    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()

    @property
    def number(self) -> str:
        """Return the number that people use."""
        return f"BO-{self.id}"


class FillEntry(Model):
    """An order that a run filled; where the units left an approved order, `parent_id` names it."""

    __tablename__ = "backorders_fill_entry"
    __table_args__ = (sa.CheckConstraint("units > 0", name="units"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    units: Mapped[int]
    complete: Mapped[bool]
    approved: Mapped[bool] = mapped_column(default=False)
    carried_minor: Mapped[int] = mapped_column(default=0)
    ship_on: Mapped[date | None]
    at: Mapped[datetime] = mapped_column(default=now)
    order: Mapped[SalesOrder] = relationship(foreign_keys=order_id)


class ChargeState(StrEnum):
    """How far a charge is."""

    PENDING = "pending"
    CHARGED = "charged"
    DECLINED = "declined"


class FillCharge(Model):
    """Money to take from a card for what was filled (F122, A14); its id is the gateway's key.

    `reference` is the gateway's, `said` its refusal.
    """

    __tablename__ = "backorders_fill_charge"
    __audited__ = True
    __table_args__ = (
        one_of("state", ChargeState),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index(
            "ix_backorders_fill_charge_pending",
            "order_id",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    state: Mapped[str] = mapped_column(sa.String(16), default=ChargeState.PENDING)
    reference: Mapped[str] = mapped_column(sa.String(120), default="")
    said: Mapped[str] = mapped_column(sa.String(254), default="")
    at: Mapped[datetime] = mapped_column(default=now)
