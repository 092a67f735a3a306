"""Fill the back orders of many orders as a long run, a few hundred at a time (F123-F134)."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.jobs import Progress
from plugins.backorders.domain.sharing import Share, Want, share
from plugins.backorders.models import BalanceRow, FillEntry
from plugins.backorders.services import bulk, filling, notices
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import QUEUE
from plugins.sales.models import OrderStatus, SalesOrder
from plugins.sales.services import orders as sales
from plugins.sales.services import splitting
from plugins.sales.services.loading import locked

FILL_BATCH = "backorders.fill_batch"
"""The job that fills."""

AT_A_TIME = 200
"""Orders in one step: they are committed together."""

REASON = "Filled by a batch"
APPROVABLE = (OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_FULFILLED)


class Approve(StrEnum):
    """Which filled orders a run approves (F126)."""

    NONE = "none"
    COMPLETE = "complete"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is to do; `products` empty means all, `held` also fills units held back."""

    products: tuple[int, ...] = ()
    partial: bool = False
    approve: Approve = Approve.NONE
    carry: bool = False
    ship_on: date | None = None
    mail_complete: bool = False
    mail_partial: bool = False
    held: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the options as a run keeps them."""
        day = self.ship_on.isoformat() if self.ship_on else None
        return {**asdict(self), "approve": str(self.approve), "ship_on": day}

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Options:
        """Return the options that a run keeps."""
        day, approve = given.get("ship_on"), Approve(given.get("approve", Approve.NONE))
        known = {**given, "products": tuple(given.get("products", ())), "approve": approve}
        return cls(**{**known, "ship_on": date.fromisoformat(day) if day else None})


@dataclass(slots=True)
class Totals:
    """How many of each step a run did (F132)."""

    orders_filled: int = 0
    complete: int = 0
    partial: int = 0
    units: int = 0
    new_orders: int = 0
    credit_carried: int = 0
    approved: int = 0
    told_complete: int = 0
    told_partial: int = 0
    passed_over: int = 0
    reasons: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Return the summary of a run; the first reason why an order was passed over, if any."""
        known = {name: value for name, value in asdict(self).items() if name != "reasons"}
        return {**known, "rows": self.orders_filled, **self._reason()}

    def _reason(self) -> dict[str, str]:
        return {"reason": self.reasons[0]} if self.reasons else {}


Step = tuple[Progress, dict[str, Any]]
"""How far a run is, and its summary so far."""


def steps(run_id: int, options: Options) -> Generator[Step, None, dict[str, Any]]:
    """Fill order after order in the order of service; each step leaves whole orders only.

    What a run has done stays done when it is cancelled; another run goes on from there.
    """
    total, done, after, totals = waiting(options), 0, -1, Totals()
    while part := _next(options, after):
        after = part[-1][1]
        _fill_part(run_id, [key for key, _ in part], options, totals)
        done += len(part)
        words = f"{totals.orders_filled:,} orders filled"
        yield Progress(done, max(total, done), words), totals.figures()
    return totals.figures()


def waiting(options: Options) -> int:
    """Count the orders for which stock lies free."""
    found = _candidates(options).group_by(QUEUE.c.order_id).subquery()
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0)


def _candidates(options: Options) -> sa.Select[Any]:
    balance = sa.and_(BalanceRow.product_id == QUEUE.c.product_id, BalanceRow.pool == QUEUE.c.pool)
    lacks = QUEUE.c.open_qty - QUEUE.c.allocated_qty - (0 if options.held else QUEUE.c.forced_qty)
    query = (
        sa.select(QUEUE.c.order_id, sa.func.min(QUEUE.c.alloc_key))
        .join(BalanceRow, balance)
        .join(SalesOrder, SalesOrder.id == QUEUE.c.order_id)
        .where(lacks > 0, BalanceRow.free > 0, QUEUE.c.pool.not_in(layout().asleep))
        .where(SalesOrder.status != OrderStatus.ON_HOLD)
    )
    chosen = QUEUE.c.product_id.in_(options.products)
    return query.where(chosen) if options.products else query


def _next(options: Options, after: int) -> list[tuple[int, int]]:
    """Return the next orders with their places in the order of service."""
    place = sa.func.min(QUEUE.c.alloc_key)
    query = _candidates(options).group_by(QUEUE.c.order_id).having(place > after)
    rows = db.session.execute(query.order_by(place).limit(AT_A_TIME))
    return [(order_id, key) for order_id, key in rows]


def _fill_part(run_id: int, order_ids: Sequence[int], options: Options, totals: Totals) -> None:
    """Fill several orders at once; when one of them is refused, each alone."""
    try:
        with db.session.begin_nested():
            _fill(run_id, order_ids, options, totals)
    except ErpError as error:
        if len(order_ids) == 1:
            totals.passed_over += 1
            totals.reasons.append(str(error))
            return
        for order_id in order_ids:
            _fill_part(run_id, [order_id], options, totals)


def _fill(run_id: int, order_ids: Sequence[int], options: Options, totals: Totals) -> None:
    orders = {order.id: order for order in locked(order_ids)}
    shares = share(wants(order_ids, options), partial=options.partial)
    if not shares:
        return
    units = dict(chain.from_iterable(one.units.items() for one in shares))
    filling.fill_lines(units, reason=REASON)
    rows = [_housed(orders[one.order_id], one, options) for one in shares]
    approved = approve(rows, options.approve)
    told = notices.tell(
        [row["order_id"] for row in rows],
        complete=options.mail_complete,
        partial=options.mail_partial,
    )
    facts = {"run_id": run_id, "ship_on": options.ship_on, "at": now()}
    bulk.insert(
        FillEntry, [{**row, **facts, "approved": row["order_id"] in approved} for row in rows]
    )
    _count(totals, rows, len(approved), told)


def wants(order_ids: Collection[int], options: Options) -> list[Want]:
    """Return what the lines of these orders lack and may get, in the order of service."""
    found = []
    for product, pool, order_id, line, _sku, _name, lacking, forced, free in filling.lacking(
        order_ids
    ):
        allowed = not options.products or product in options.products
        fillable = (lacking if options.held else lacking - forced) if allowed else 0
        found.append(Want(order_id, line, (product, pool), lacking, fillable, free))
    place = {key: at for at, key in enumerate(order_ids)}
    return sorted(found, key=lambda want: place[want.order_id])


def _housed(order: SalesOrder, one: Share, options: Options) -> dict[str, Any]:
    """Move the units of an approved order to a child (A13); returns the row of who has them."""
    child = splitting.child_for_fill(order.id, one.units, carry_credit=options.carry)
    holder = order if child is None else child.child
    carried = 0 if child is None else sum(pay.amount_minor for pay in holder.payments)
    return {
        "order_id": holder.id,
        "parent_id": None if child is None else order.id,
        "units": sum(one.units.values()),
        "complete": one.complete or child is not None,
        "carried_minor": carried,
    }


def approve(rows: Sequence[Mapping[str, Any]], which: Approve) -> set[int]:
    """Approve the filled orders that the option asks for and that may be; returns their ids."""
    if which is Approve.NONE:
        return set()
    wanted = [r["order_id"] for r in rows if r["complete"] or which is Approve.PARTIAL]
    fitting = [
        order.id
        for order in locked(wanted)
        if order.approved_at is None and order.status in APPROVABLE
    ]
    return {order.id for order in sales.approve(fitting)}


def _count(
    totals: Totals, rows: Sequence[Mapping[str, Any]], approved: int, told: notices.Told
) -> None:
    complete = sum(row["complete"] for row in rows)
    totals.orders_filled += len(rows)
    totals.complete += complete
    totals.partial += len(rows) - complete
    totals.units += sum(row["units"] for row in rows)
    totals.new_orders += sum(row["parent_id"] is not None for row in rows)
    totals.credit_carried += sum(row["carried_minor"] > 0 for row in rows)
    totals.approved += approved
    totals.told_complete += told.complete
    totals.told_partial += told.partial
