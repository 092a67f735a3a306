"""The rows of the list, their groups and the counts of its chips: one statement each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from erp_core.db import db
from erp_core.registry import providers
from plugins.backorders.domain.record import Status
from plugins.backorders.models import Backorder
from plugins.backorders.views.asked import NO_SUPPLIER, Asked
from plugins.backorders.views.workflow import companies_in_view
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import SupplySource
from plugins.sales.models import Customer, SalesOrder, SalesOrderLine

WANTED = Backorder.short_qty + Backorder.filled_qty
FULL_DISCOUNT = 10_000
VALUE = (
    WANTED * SalesOrderLine.unit_price_minor * (FULL_DISCOUNT - SalesOrderLine.discount_bp)
    + FULL_DISCOUNT // 2
) // FULL_DISCOUNT
"""What the waiting units are sold for, rounded half up to a minor unit."""


@dataclass(slots=True)
class Group:
    """One supplier's part of the list: how much of it waits, over all pages."""

    supplier_id: int
    name: str
    lead_time: int | None = None
    lines: int = 0
    units: int = 0
    new: int = 0
    values: list[tuple[int, str]] = field(default_factory=list)


def suppliers() -> sa.Subquery:
    """Return (product_id, supplier_id, supplier_name, lead_time_days), one row a product.

    The first supply source that knows suppliers answers; without one the table is empty (F044).
    """
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        answer = source.suppliers()
        if answer is not None:
            return answer.subquery("supplied")
    nobody = sa.select(
        Product.id.label("product_id"),
        sa.cast(sa.null(), sa.Integer).label("supplier_id"),
        sa.cast(sa.null(), sa.String).label("supplier_name"),
        sa.cast(sa.null(), sa.Integer).label("lead_time_days"),
    )
    return nobody.where(sa.false()).subquery("supplied")


def since() -> sa.ColumnElement[Any]:
    """Return the day a customer waits from: that of the order, or of a re-opening (A06)."""
    earlier = sa.alias(Backorder.__table__, "earlier")
    again = (
        sa.exists()
        .where(earlier.c.line_id == Backorder.line_id, earlier.c.id < Backorder.id)
        .correlate(Backorder.__table__)
    )
    opened = sa.func.date(Backorder.opened_at, type_=sa.Date)
    return sa.case((again, opened), else_=SalesOrder.ordered_on)


class Finder:
    """Answers one reading of the address; every method is one statement."""

    def __init__(self, asked: Asked, more: Sequence[sa.ColumnElement[bool]] = ()) -> None:
        self.asked = asked
        self.more = more
        self.supplied = suppliers()

    def _joined(self, *columns: Any) -> sa.Select[Any]:
        return (
            sa.select(*columns)
            .select_from(Backorder)
            .join(Backorder.line)
            .join(Backorder.order)
            .join(SalesOrder.customer)
            .join(Backorder.product)
            .join(self.supplied, self.supplied.c.product_id == Product.id, isouter=True)
        )

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filters in force, without the status."""
        asked = self.asked
        found: list[sa.ColumnElement[bool]] = [SalesOrder.company_id.in_(companies_in_view())]
        found.extend(self.more)
        if asked.suppliers:
            found.append(self.supplier_id().in_(asked.suppliers))
        if asked.stores:
            found.append(Backorder.warehouse_id.in_(asked.stores))
        if asked.search:
            found.append(_matches(asked.search))
        return found

    def supplier_id(self) -> sa.ColumnElement[Any]:
        """Return the supplier of a row; 0 stands for none."""
        return sa.func.coalesce(self.supplied.c.supplier_id, NO_SUPPLIER)

    def counts(self) -> dict[str, int]:
        """Count the rows of each status that the other filters leave."""
        query = self._joined(Backorder.status, sa.func.count()).where(*self.conditions())
        rows = db.session.execute(query.group_by(Backorder.status))
        return {status: int(count) for status, count in rows}

    def page(self, offset: int, limit: int | None) -> list[Backorder]:
        """Return rows by supplier, the oldest first inside each (F044)."""
        query = self._joined(Backorder).where(*self._all_conditions()).options(*_loaded())
        name = self.supplied.c.supplier_name
        ranked = query.order_by(name.is_(None), name, self.supplier_id(), since(), Backorder.id)
        return list(db.session.scalars(ranked.offset(offset).limit(limit)))

    def ids(self) -> list[int]:
        """Return the ids of every row, by supplier and age."""
        name = self.supplied.c.supplier_name
        query = self._joined(Backorder.id).where(*self._all_conditions())
        ranked = query.order_by(name.is_(None), name, self.supplier_id(), since(), Backorder.id)
        return list(db.session.scalars(ranked))

    def _all_conditions(self) -> list[sa.ColumnElement[bool]]:
        return [*self.conditions(), Backorder.status.in_(self.asked.statuses)]

    def groups(self, supplier_ids: Collection[int]) -> dict[int, Group]:
        """Return the totals of these suppliers' groups; amounts stay apart by currency."""
        new = sa.func.sum(sa.case((Backorder.status == Status.NEW, 1), else_=0))
        sums = (sa.func.count(), sa.func.sum(WANTED), new, sa.func.sum(VALUE))
        shown = (self.supplied.c.supplier_name, sa.func.max(self.supplied.c.lead_time_days))
        key = self.supplier_id()
        query = self._joined(key, *shown, SalesOrder.currency, *sums)
        query = query.where(*self._all_conditions(), key.in_(supplier_ids))
        by = (key, self.supplied.c.supplier_name, SalesOrder.currency)
        return _grouped(db.session.execute(query.group_by(*by).order_by(SalesOrder.currency)))

    def supplier_of(self, product_ids: Collection[int]) -> dict[int, tuple[int, str]]:
        """Return the supplier of each product, by id and name."""
        rows = sa.select(
            self.supplied.c.product_id, self.supplied.c.supplier_id, self.supplied.c.supplier_name
        ).where(self.supplied.c.product_id.in_(product_ids))
        return {product: (key, name) for product, key, name in db.session.execute(rows)}

    def supplier_choices(self) -> list[tuple[int, str]]:
        """Return the suppliers that have back orders in the companies in view."""
        key = self.supplier_id()
        query = self._joined(key, self.supplied.c.supplier_name).distinct()
        shown = query.where(SalesOrder.company_id.in_(companies_in_view()))
        rows = [(key, name or "No supplier") for key, name in db.session.execute(shown)]
        return sorted(rows, key=lambda row: (row[0] == NO_SUPPLIER, row[1].casefold(), row[0]))


def _grouped(rows: Iterable[Any]) -> dict[int, Group]:
    found: dict[int, Group] = {}
    for key, name, lead_time, currency, lines, wanted, new, value in rows:
        group = found.setdefault(int(key), Group(int(key), name or "No supplier", lead_time))
        group.lines += int(lines)
        group.units += int(wanted)
        group.new += int(new)
        group.values.append((int(value), currency))
    return found


def store_choices() -> list[tuple[int, str]]:
    """Return the locations that back orders are served from, by name."""
    used = sa.exists().where(Backorder.warehouse_id == Warehouse.id)
    query = sa.select(Warehouse.id, Warehouse.name).where(
        Warehouse.company_id.in_(companies_in_view()), used
    )
    return [(key, name) for key, name in db.session.execute(query.order_by(Warehouse.name))]


def open_count() -> int | None:
    """Count open back orders of the companies in view, for the menu; None for none."""
    query = (
        sa.select(sa.func.count())
        .select_from(Backorder)
        .join(Backorder.order)
        .where(Backorder.closed_at.is_(None), SalesOrder.company_id.in_(companies_in_view()))
    )
    return db.session.scalar(query) or None


def _loaded() -> list[Any]:
    order = contains_eager(Backorder.order)
    return [
        contains_eager(Backorder.line),
        order.contains_eager(SalesOrder.customer),
        order.selectinload(SalesOrder.lines),
        order.selectinload(SalesOrder.payments),
        contains_eager(Backorder.product),
        selectinload(Backorder.warehouse),
    ]


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Match order, customer, product or the number of the back order itself."""
    columns = (
        SalesOrder.number,
        Customer.name,
        Customer.company_name,
        Product.sku,
        Product.name,
    )
    found = [column.icontains(text, autoescape=True) for column in columns]
    number = text.upper().removeprefix("BO-")
    if number.isdecimal() and len(number) < 19:
        found.append(Backorder.id == int(number))
    return sa.or_(*found)


def by_ids(ids: Collection[int]) -> list[Backorder]:
    """Return these back orders of the companies in view with what dialogs need, oldest first."""
    query = _whole().where(Backorder.id.in_(ids)).order_by(since(), Backorder.id)
    return list(db.session.scalars(query))


def _whole() -> sa.Select[Any]:
    return (
        sa.select(Backorder)
        .join(Backorder.line)
        .join(Backorder.order)
        .join(SalesOrder.customer)
        .join(Backorder.product)
        .where(SalesOrder.company_id.in_(companies_in_view()))
        .options(*_loaded())
    )


def of_order(line_ids: Collection[int]) -> list[Backorder]:
    """Return the open back orders of these order lines, by line."""
    return _open(Backorder.line_id.in_(line_ids), None)


def of_product(product_id: int, limit: int) -> list[Backorder]:
    """Return who waits for a product, the longest first."""
    return _open(Backorder.product_id == product_id, limit)


def longest(limit: int) -> list[Backorder]:
    """Return who waits longest."""
    return _open(sa.true(), limit)


def _open(condition: sa.ColumnElement[bool], limit: int | None) -> list[Backorder]:
    query = _whole().where(condition, Backorder.closed_at.is_(None))
    return list(db.session.scalars(query.order_by(since(), Backorder.id).limit(limit)))
