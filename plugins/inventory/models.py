"""Products, warehouses, the append-only ledger with its balances, transfers and pegs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model, now
from erp_core.models import Company
from plugins.inventory.domain.places import WarehouseKind as WarehouseKind
from plugins.inventory.domain.transfers import TransferStatus as TransferStatus


def one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """Allow only the members of an enumeration in a text column."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


class Product(Model):
    """Something that is sold. Quantities of it are whole stock units."""

    __tablename__ = "inventory_product"
    __audited__ = True
    __table_args__ = (
        sa.UniqueConstraint("sku", info={"sentence": "Another product has this SKU already."}),
        sa.CheckConstraint(
            "replacement_id IS NULL OR replacement_id <> id",
            name="replacement",
            info={"sentence": "A product cannot replace itself."},
        ),
        sa.CheckConstraint(
            "sale_price_minor >= 0 AND cost_minor >= 0 AND reorder_point >= 0",
            name="not_negative",
            info={"sentence": "Prices and the reorder point cannot be negative."},
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200), index=True)
    tracked: Mapped[bool] = mapped_column(default=True)
    custom_made: Mapped[bool] = mapped_column(default=False)
    replacement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("inventory_product.id"))
    barcode: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    sale_price_minor: Mapped[int] = mapped_column(default=0)
    cost_minor: Mapped[int] = mapped_column(default=0)
    reorder_point: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    replacement: Mapped[Product | None] = relationship(remote_side=[id])
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.sku} · {self.name}"


class Warehouse(Model):
    """A place that holds stock: building, shop, supplier, defective or reserved goods."""

    __tablename__ = "inventory_warehouse"
    __audited__ = True
    __table_args__ = (
        one_of("kind", WarehouseKind),
        sa.UniqueConstraint("code", info={"sentence": "Another warehouse has this code already."}),
        sa.Index(
            "uq_inventory_warehouse_default",
            "company_id",
            unique=True,
            sqlite_where=sa.text("is_default"),
            postgresql_where=sa.text("is_default"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("core_company.id"))
    code: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(16), default=WarehouseKind.WAREHOUSE)
    is_default: Mapped[bool] = mapped_column(default=False)
    serves_id: Mapped[int | None] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    street: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    postcode: Mapped[str] = mapped_column(sa.String(32), default="")
    country: Mapped[str] = mapped_column(sa.String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    serves: Mapped[Warehouse | None] = relationship(remote_side=[id])
    company: Mapped[Company] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class StockMove(Model):
    """One row of the ledger; the database refuses to change or delete it."""

    __tablename__ = "inventory_move"
    __table_args__ = (
        sa.CheckConstraint("qty <> 0", name="qty"),
        sa.UniqueConstraint(
            "source",
            "source_id",
            "source_line",
            "kind",
            "product_id",
            "warehouse_id",
            name="uq_inventory_move_once",
            info={"sentence": "This was posted already; nothing was changed."},
        ),
        sa.Index(None, "product_id", "warehouse_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"))
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    qty: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    source: Mapped[str] = mapped_column(sa.String(64))
    source_id: Mapped[int]
    source_line: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.String(254), default="")
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    at: Mapped[datetime] = mapped_column(default=now)
    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()


class StockBalance(Model):
    """What is on hand: the sum of the ledger, kept beside it in the same transaction (I1, I2)."""

    __tablename__ = "inventory_balance"
    __table_args__ = (
        sa.CheckConstraint(
            "on_hand >= 0",
            name="on_hand",
            info={"sentence": "There is not that much on hand; nothing was changed."},
        ),
    )
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(
        sa.ForeignKey("inventory_warehouse.id"), primary_key=True
    )
    on_hand: Mapped[int] = mapped_column(default=0)
    product: Mapped[Product] = relationship()
    warehouse: Mapped[Warehouse] = relationship()


class StockAdjustment(Model):
    """The document behind moves that a person entered by hand."""

    __tablename__ = "inventory_adjustment"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    reason: Mapped[str] = mapped_column(sa.String(254))
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    warehouse: Mapped[Warehouse] = relationship()


class Transfer(Model):
    """Goods on their way from one warehouse to another."""

    __tablename__ = "inventory_transfer"
    __audited__ = True
    __table_args__ = (
        one_of("status", TransferStatus),
        sa.CheckConstraint(
            "from_id <> to_id",
            name="two_places",
            info={"sentence": "A transfer needs two different warehouses."},
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_warehouse.id"))
    status: Mapped[str] = mapped_column(sa.String(24), default=TransferStatus.DRAFT, index=True)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    dispatched_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[Warehouse] = relationship(foreign_keys=[from_id])
    target: Mapped[Warehouse] = relationship(foreign_keys=[to_id])
    lines: Mapped[list[TransferLine]] = relationship(
        order_by="TransferLine.position", cascade="all, delete-orphan", back_populates="transfer"
    )
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.number


class TransferLine(Model):
    """One product of a transfer; 0 <= received + returned <= dispatched <= qty."""

    __tablename__ = "inventory_transfer_line"
    __audited__ = True
    __table_args__ = (
        sa.CheckConstraint(
            "qty > 0 AND received_qty >= 0 AND returned_qty >= 0 "
            "AND dispatched_qty >= received_qty + returned_qty AND qty >= dispatched_qty",
            name="quantities",
            info={"sentence": "Received cannot exceed dispatched, nor dispatched the quantity."},
        ),
        sa.UniqueConstraint("transfer_id", "position"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_transfer.id"))
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    qty: Mapped[int]
    dispatched_qty: Mapped[int] = mapped_column(default=0)
    received_qty: Mapped[int] = mapped_column(default=0)
    returned_qty: Mapped[int] = mapped_column(default=0, server_default="0")
    transfer: Mapped[Transfer] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()


class TransferReceipt(Model):
    """One arrival of goods of a transfer, at either end: the document behind its ledger rows."""

    __tablename__ = "inventory_transfer_receipt"
    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_transfer.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(sa.String(254), default="")
    transfer: Mapped[Transfer] = relationship()


class Peg(Model):
    """Ties a quantity of one supply line to one demand line, whoever owns the two."""

    __tablename__ = "inventory_peg"
    __table_args__ = (
        sa.CheckConstraint("qty > 0", name="qty"),
        sa.UniqueConstraint("supply_source", "supply_line_id", "demand_source", "demand_line_id"),
        sa.Index(None, "demand_source", "demand_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    supply_source: Mapped[str] = mapped_column(sa.String(64))
    supply_line_id: Mapped[int]
    demand_source: Mapped[str] = mapped_column(sa.String(64))
    demand_line_id: Mapped[int]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("inventory_product.id"), index=True)
    qty: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
