"""The rows of the list, their groups and the counts of its chips: one statement each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from erp_core.admin.paging import CAP, Counted
from erp_core.admin.shell import shell
from erp_core.db import db
from erp_core.registry import providers
from plugins.backorders.domain.record import Status
from plugins.backorders.models import Backorder
from plugins.backorders.views.asked import Asked
from plugins.backorders.views.searching import matches
from plugins.backorders.views.tallies import (
    NO_SUPPLIER,
    Group,
    Tally,
    add_values,
    by_status,
    grouped,
    of_supplier,
    tallies,
)
from plugins.backorders.views.workflow import companies_in_view, places_in_view
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import SupplySource
from plugins.sales.models import SalesOrder

MOST_COUNTED = 999
"""Open back orders that the menu counts; more of them are "999+"."""


def suppliers() -> sa.CTE:
    """Return (product_id, supplier_id, supplier_name, lead_time_days), one row a product.

    The first supply source that knows suppliers answers; without one the table is empty (F044).
    """
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        answer = source.suppliers()
        if answer is not None:
            return answer.cte("supplied")
    nobody = sa.select(
        Product.id.label("product_id"),
        sa.cast(sa.null(), sa.Integer).label("supplier_id"),
        sa.cast(sa.null(), sa.String).label("supplier_name"),
        sa.cast(sa.null(), sa.Integer).label("lead_time_days"),
    )
    return nobody.where(sa.false()).cte("supplied")


class Finder:
    """Answers one reading of the address; every method is one statement, whatever waits.

    Sums come from `tallies`, so the groups of a page and where it starts in each are known before
    a row is read; the rows are then read in the order of an index.
    """

    def __init__(self, asked: Asked, more: Sequence[sa.ColumnElement[bool]] = ()) -> None:
        self.asked = asked
        self.more = more
        self.supplied = suppliers()

    @property
    def closed(self) -> bool:
        """Say whether closed records are asked for."""
        return Status.FULFILLED in self.asked.statuses

    def _where(self, status: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
        """Return the conditions in force but for suppliers, stores and the single status."""
        found = [status, *self.more]
        if shell().company_id:
            found.append(Backorder.warehouse_id.in_(places_in_view()))
        if self.asked.search:
            found.append(matches(self.asked.search))
        return found

    @cached_property
    def _open(self) -> list[Tally]:
        return tallies(self.supplied, self._where(Backorder.closed_at.is_(None)))

    @cached_property
    def _fulfilled(self) -> list[Tally]:
        return tallies(self.supplied, self._where(Backorder.status == Status.FULFILLED))

    def _chosen(self, found: Iterable[Tally]) -> list[Tally]:
        asked = self.asked
        return [
            one
            for one in found
            if (not asked.suppliers or one.supplier_id in asked.suppliers)
            and (not asked.stores or one.warehouse_id in asked.stores)
        ]

    def counts(self) -> dict[str, Counted]:
        """Count the rows of each status that the other filters leave.

        What was fulfilled grows for ever: it is counted to a cap, unless it is what is listed.
        """
        open_ones = by_status(self._chosen(self._open))
        counts = {status: Counted(number) for status, number in open_ones.items()}
        if self.closed:
            number = by_status(self._chosen(self._fulfilled))[Status.FULFILLED]
            return {**counts, Status.FULFILLED: Counted(number)}
        return {**counts, Status.FULFILLED: self._fulfilled_to_cap()}

    def _fulfilled_to_cap(self) -> Counted:
        where = [*self._where(Backorder.status == Status.FULFILLED), *self._narrowing()]
        rows = sa.select(sa.literal(1)).select_from(Backorder).where(*where).limit(CAP + 1)
        found = db.session.scalar(sa.select(sa.func.count()).select_from(rows.subquery()))
        return Counted.of(int(found or 0), CAP)

    def _narrowing(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.asked.suppliers:
            wanted = [of_supplier(self.supplied, key) for key in self.asked.suppliers]
            found.append(sa.or_(*wanted))
        if self.asked.stores:
            found.append(Backorder.warehouse_id.in_(self.asked.stores))
        return found

    @cached_property
    def groups(self) -> list[Group]:
        """Return the groups of the list, over all pages."""
        found = self._chosen(self._fulfilled if self.closed else self._open)
        return grouped(one for one in found if one.status in self.asked.statuses)

    def _listed(self) -> list[sa.ColumnElement[bool]]:
        alive = Backorder.closed_at.is_(None)
        found = self._where(sa.true() if self.closed else alive)
        found.append(Backorder.status.in_(self.asked.statuses))
        if self.asked.stores:
            found.append(Backorder.warehouse_id.in_(self.asked.stores))
        return found

    def ids(self, offset: int, limit: int) -> list[int]:
        """Return the ids of a page: by supplier, the oldest first inside each (F044)."""
        slices = list(page_slices(self.groups, offset, limit))
        parts = [self._slice(place, one) for place, one in enumerate(slices)]
        if not parts:
            return []
        rows = db.session.execute(sa.union_all(*parts)).all()
        return [row.id for row in sorted(rows, key=lambda row: (row.place, row.since, row.id))]

    def _slice(self, place: int, one: Slice) -> sa.Select[Any]:
        """Read a part of a group from its nearer end."""
        down = one.start > one.behind
        keys = [key.desc() if down else key for key in (Backorder.since, Backorder.id)]
        rows = (
            sa.select(Backorder.id, Backorder.since)
            .where(*self._listed(), of_supplier(self.supplied, one.supplier_id))
            .order_by(*keys)
            .offset(one.behind if down else one.start)
            .limit(one.size)
            .subquery()
        )
        return sa.select(sa.literal(place).label("place"), rows.c.since, rows.c.id)

    def page(self, offset: int, limit: int) -> list[Backorder]:
        """Return the rows of a page with what they show."""
        ids = self.ids(offset, limit)
        places = {key: place for place, key in enumerate(ids)}
        query = _joined().where(Backorder.id.in_(ids)) if ids else None
        rows = db.session.scalars(query).all() if query is not None else ()
        return sorted(rows, key=lambda row: places[row.id])

    def totals(self, supplier_ids: Collection[int]) -> dict[int, Group]:
        """Return these suppliers' groups with what their units are sold for."""
        found = {group.supplier_id: group for group in self.groups}
        chosen = {key: found.get(key, Group(key, "No supplier")) for key in supplier_ids}
        add_values(list(chosen.values()), self.supplied, self._listed())
        return chosen

    def supplier_of(self, product_ids: Collection[int]) -> dict[int, tuple[int, str]]:
        """Return the supplier of each product, by id and name."""
        rows = sa.select(
            self.supplied.c.product_id, self.supplied.c.supplier_id, self.supplied.c.supplier_name
        ).where(self.supplied.c.product_id.in_(product_ids))
        return {product: (key, name) for product, key, name in db.session.execute(rows)}

    def supplier_choices(self) -> list[tuple[int, str]]:
        """Return the suppliers with open back orders in view, and those that are chosen."""
        found = {group.supplier_id: group.name for group in grouped(self._open)}
        if self.closed:
            found |= {group.supplier_id: group.name for group in grouped(self._fulfilled)}
        return sorted(found.items(), key=lambda row: (row[0] == NO_SUPPLIER, row[1].casefold()))

    def store_choices(self) -> list[tuple[int, str]]:
        """Return the locations that these back orders are served from, by name."""
        listed = [*self._open, *(self._fulfilled if self.closed else ())]
        used = {one.warehouse_id for one in listed} | self.asked.stores
        query = sa.select(Warehouse.id, Warehouse.name).where(Warehouse.id.in_(used))
        query = query.where(Warehouse.company_id.in_(companies_in_view()))
        return [(key, name) for key, name in db.session.execute(query.order_by(Warehouse.name))]


class Slice(NamedTuple):
    """Consecutive rows of one group: how many, and how many of the group before and behind."""

    supplier_id: int
    start: int
    size: int
    behind: int


def page_slices(groups: Iterable[Group], offset: int, limit: int) -> Iterator[Slice]:
    """Yield the parts of groups that a page shows."""
    for group in groups:
        start = max(0, offset)
        size = min(group.lines - start, limit)
        offset -= group.lines
        if size > 0:
            limit -= size
            yield Slice(group.supplier_id, start, size, group.lines - start - size)


def open_store_choices() -> list[tuple[str, str]]:
    """Return every location of the companies in view, for a select."""
    query = sa.select(Warehouse.id, Warehouse.name).where(Warehouse.id.in_(places_in_view()))
    return [(str(key), name) for key, name in db.session.execute(query.order_by(Warehouse.name))]


def open_count() -> Counted | None:
    """Count open back orders of the companies in view, for the menu; None for none."""
    rows = sa.select(sa.literal(1)).select_from(Backorder).where(Backorder.closed_at.is_(None))
    if shell().company_id:
        rows = rows.where(Backorder.warehouse_id.in_(places_in_view()))
    capped = rows.limit(MOST_COUNTED + 1).subquery()
    found = db.session.scalar(sa.select(sa.func.count()).select_from(capped))
    return Counted.of(int(found or 0), MOST_COUNTED) or None


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


def by_ids(ids: Collection[int]) -> list[Backorder]:
    """Return these back orders of the companies in view with what dialogs need, oldest first."""
    query = _whole().where(Backorder.id.in_(ids)).order_by(Backorder.since, Backorder.id)
    return list(db.session.scalars(query))


def _joined() -> sa.Select[Any]:
    return (
        sa.select(Backorder)
        .join(Backorder.line)
        .join(Backorder.order)
        .join(SalesOrder.customer)
        .join(Backorder.product)
        .options(*_loaded())
    )


def _whole() -> sa.Select[Any]:
    return _joined().where(SalesOrder.company_id.in_(companies_in_view()))


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
    return list(db.session.scalars(query.order_by(Backorder.since, Backorder.id).limit(limit)))
