"""How much waits, by supplier, location and status: sums answered by one index of open records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.record import Status
from plugins.backorders.models import Backorder
from plugins.sales.models import SalesOrder, SalesOrderLine

WANTED = Backorder.short_qty + Backorder.filled_qty
FULL_DISCOUNT = 10_000
VALUE = (
    WANTED * SalesOrderLine.unit_price_minor * (FULL_DISCOUNT - SalesOrderLine.discount_bp)
    + FULL_DISCOUNT // 2
) // FULL_DISCOUNT
"""What the waiting units are sold for, rounded half up to a minor unit."""

MOST_VALUED = 10_000
"""Lines of a group whose value is summed; a greater group shows lines and units only."""

NO_SUPPLIER = 0


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

    @property
    def rank(self) -> tuple[bool, str, int]:
        """Return its place among groups: by name, those without a supplier last (F044)."""
        return self.supplier_id == NO_SUPPLIER, self.name.casefold(), self.supplier_id


@dataclass(frozen=True, slots=True)
class Tally:
    """Lines and units of one supplier, location and status."""

    supplier_id: int
    name: str
    lead_time: int | None
    warehouse_id: int
    status: str
    lines: int
    units: int


def tallies(supplied: Any, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Tally]:
    """Sum the records that the conditions leave; one statement.

    Records are summed by product first, so that suppliers are looked up once for each product.
    """
    shape = (Backorder.product_id, Backorder.warehouse_id, Backorder.status)
    summed = sa.select(
        *shape, sa.func.count().label("lines"), sa.func.sum(WANTED).label("units")
    ).where(*conditions)
    some = summed.group_by(*shape).subquery("some")
    key = sa.func.coalesce(supplied.c.supplier_id, NO_SUPPLIER)
    by = (key, supplied.c.supplier_name)
    query = (
        sa.select(
            *by,
            sa.func.max(supplied.c.lead_time_days),
            some.c.warehouse_id,
            some.c.status,
            sa.func.sum(some.c.lines),
            sa.func.sum(some.c.units),
        )
        .join_from(some, supplied, supplied.c.product_id == some.c.product_id, isouter=True)
        .group_by(*by, some.c.warehouse_id, some.c.status)
    )
    return [
        Tally(int(key), name or "No supplier", lead, place, status, int(lines), int(units))
        for key, name, lead, place, status, lines, units in db.session.execute(query)
    ]


def by_status(found: Iterable[Tally]) -> Counter[str]:
    """Count lines of each status."""
    counts: Counter[str] = Counter()
    for tally in found:
        counts[tally.status] += tally.lines
    return counts


def grouped(found: Iterable[Tally]) -> list[Group]:
    """Return the suppliers' groups in the order of the list."""
    groups: dict[int, Group] = {}
    for one in found:
        empty = Group(one.supplier_id, one.name, one.lead_time)
        group = groups.setdefault(one.supplier_id, empty)
        group.lines += one.lines
        group.units += one.units
        group.new += one.lines if one.status == Status.NEW else 0
        known = [days for days in (group.lead_time, one.lead_time) if days is not None]
        group.lead_time = max(known, default=None)
    return sorted(groups.values(), key=lambda group: group.rank)


def add_values(groups: Collection[Group], supplied: Any, conditions: Sequence[Any]) -> None:
    """Add the value of the waiting units to the groups; amounts stay apart by currency."""
    wanted = {group.supplier_id: group for group in groups if group.lines <= MOST_VALUED}
    named = [key for key in wanted if key != NO_SUPPLIER]
    parts = [_values_of(supplied, conditions, named)] if named else []
    if NO_SUPPLIER in wanted:
        parts.append(_values_of_nobody(supplied, conditions))
    rows = db.session.execute(sa.union_all(*parts)) if parts else ()
    for key, currency, minor in sorted(rows, key=lambda row: row[1]):
        wanted[key].values.append((int(minor), currency))


def _values_of(supplied: Any, conditions: Sequence[Any], named: list[int]) -> sa.Select[Any]:
    key = supplied.c.supplier_id
    query = _valued(key, conditions).join(supplied, supplied.c.product_id == Backorder.product_id)
    return query.where(key.in_(named)).group_by(key, SalesOrder.currency)


def _values_of_nobody(supplied: Any, conditions: Sequence[Any]) -> sa.Select[Any]:
    query = _valued(sa.literal(NO_SUPPLIER), conditions).where(of_supplier(supplied, NO_SUPPLIER))
    return query.group_by(SalesOrder.currency)


def _valued(key: Any, conditions: Sequence[Any]) -> sa.Select[Any]:
    return (
        sa.select(key, SalesOrder.currency, sa.func.sum(VALUE))
        .select_from(Backorder)
        .join(Backorder.line)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(*conditions)
    )


def of_supplier(supplied: Any, key: int) -> sa.ColumnElement[bool]:
    """Return the condition for records of a supplier's products, or of those without one."""
    if key == NO_SUPPLIER:
        return ~sa.exists().where(supplied.c.product_id == Backorder.product_id)
    products = sa.select(supplied.c.product_id).where(supplied.c.supplier_id == key)
    return Backorder.product_id.in_(products)
