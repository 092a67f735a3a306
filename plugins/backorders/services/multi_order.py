"""Process many unapproved orders at once: fill what waits, charge what is filled, approve.

F058, F122, F135-F141. Filling shares its rules with the batch of `fill_batch`; approved orders are
left alone (F136).
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.jobs import Progress
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.domain.sharing import share
from plugins.backorders.models import OrderState
from plugins.backorders.services import charging, fill_batch, filling, notices
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders as sales
from plugins.sales.services.loading import locked

MULTI_ORDER = "backorders.multi_order"
"""The job that processes."""

AT_A_TIME = 100
"""Orders in one step: they are committed together."""

REASON = "Filled by the multi-order processor"


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with each order.

    `partial`: try to fill, else only if it can be filled completely (F137); `cards`: charge what
    was filled of orders that are not paid (F138); `waiting`: process orders that still wait, too
    (F139, A16); `mails`: announce what was filled.
    """

    order_ids: tuple[int, ...] = ()
    partial: bool = False
    cards: bool = False
    waiting: bool = False
    mails: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the options as a run keeps them."""
        return asdict(self)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Options:
        """Return the options that a run keeps."""
        return cls(**{**given, "order_ids": tuple(given.get("order_ids", ()))})


@dataclass(slots=True)
class Totals:
    """How many of each step a run did (F141)."""

    orders_looked_at: int = 0
    orders_filled: int = 0
    units: int = 0
    cards_charged: int = 0
    cards_declined: int = 0
    processed: int = 0
    left_waiting: int = 0
    passed_over: int = 0


Step = tuple[Progress, dict[str, Any]]


def steps(options: Options) -> Generator[Step, None, dict[str, Any]]:
    """Process order after order; each step is committed, and a card is charged between two."""
    totals, ids = Totals(), list(options.order_ids)
    for start in range(0, len(ids), AT_A_TIME):
        part = ids[start : start + AT_A_TIME]
        fitting = _fill_part(part, options, totals)
        if options.cards:
            yield Progress(start, len(ids), "charging cards"), asdict(totals)
            for order_id in fitting:
                _count_charges(charging.settle(order_id), totals)
        _process(fitting, options, totals)
        done = start + len(part)
        yield Progress(done, len(ids), f"{totals.processed:,} orders processed"), asdict(totals)
    return asdict(totals) | {"rows": totals.processed}


def _count_charges(results: Sequence[bool], totals: Totals) -> None:
    totals.cards_charged += sum(results)
    totals.cards_declined += len(results) - sum(results)


def fitting_orders(order_ids: Sequence[int]) -> list[SalesOrder]:
    """Return the orders, locked, that are open, not approved and not on hold (F136)."""
    found = db.session.scalars(sa.select(SalesOrder.id).where(SalesOrder.id.in_(order_ids)))
    rows = locked(found)
    return [o for o in rows if o.approved_at is None and o.status in fill_batch.APPROVABLE]


def _fill_part(order_ids: Sequence[int], options: Options, totals: Totals) -> list[int]:
    """Fill several orders at once; when one of them is refused, each alone."""
    totals.orders_looked_at += len(order_ids)
    fitting = [order.id for order in fitting_orders(order_ids)]
    totals.passed_over += len(order_ids) - len(fitting)
    if fitting and not _filled(fitting, options, totals):
        for order_id in fitting:
            totals.passed_over += not _filled([order_id], options, totals)
    return fitting


def _filled(order_ids: Sequence[int], options: Options, totals: Totals) -> bool:
    try:
        with db.session.begin_nested():
            _fill(order_ids, options, totals)
    except ErpError:
        return False
    return True


def _fill(order_ids: Sequence[int], options: Options, totals: Totals) -> None:
    query = sa.select(SalesOrder.id).where(SalesOrder.id.in_(order_ids))
    served = query.order_by(SalesOrder.priority.desc(), SalesOrder.sequence, SalesOrder.id)
    wants = fill_batch.wants(list(db.session.scalars(served)), fill_batch.Options(held=True))
    shares = share(wants, partial=options.partial)
    if not shares:
        return
    units = dict(chain.from_iterable(one.units.items() for one in shares))
    filling.fill_lines(units, reason=REASON)
    if options.cards:
        charging.intend({one.order_id: one.units for one in shares})
    if options.mails:
        notices.tell([one.order_id for one in shares])
    totals.orders_filled += len(shares)
    totals.units += sum(units.values())


def _process(order_ids: Sequence[int], options: Options, totals: Totals) -> None:
    """Approve what nothing waits of, or all of it (A16); in card mode only what is paid for."""
    short = _short(order_ids)
    unpaid = charging.declined(order_ids) if options.cards else set()
    wanted = [o.id for o in fitting_orders(order_ids) if o.id not in unpaid]
    ready = [key for key in wanted if options.waiting or key not in short]
    sales.approve(ready)
    totals.processed += len(ready)
    totals.left_waiting += len(wanted) - len(ready)


def _short(order_ids: Collection[int]) -> set[int]:
    query = sa.select(OrderState.order_id).where(OrderState.order_class != OrderClass.NONE)
    return set(db.session.scalars(query.where(OrderState.order_id.in_(order_ids))))
