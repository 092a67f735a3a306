"""Recompute what back orders store from its sources and name each difference (I2-I6, iv, vi)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import sqlalchemy as sa

from erp_core.db import db
from erp_core.ports import Difference
from plugins.backorders.domain.order_class import OrderClass, order_class
from plugins.backorders.domain.record import Record
from plugins.backorders.models import Backorder, BalanceRow, OrderState, RulingKind
from plugins.backorders.services import bulk, naming, records, repair, requested, rulings
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.differing import Wrong
from plugins.backorders.services.judging import Scope, judge
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.queue import QUEUE, Rows, Spot
from plugins.sales.models import SalesOrder


class QueueVerifier:
    """Queue against orders, allocation against the rules, balances against both, records."""

    def differences(self) -> Iterable[Difference]:
        """Yield every stored figure that is not what it should be; none while switched off."""
        plan = layout()
        if plan.awake:
            with bulk.whole_tables():
                yield from _all(plan)


def _all(plan: Layout) -> Iterator[Difference]:
    yield from _queue(plan)
    yield from _rulings(plan)
    rows, right = _decided(plan)
    yield from _lines(rows)
    yield from _balances(right, plan)
    yield from _classes(plan)
    yield from _records(plan)
    yield from _pegs(plan)


def _queue(plan: Layout) -> Iterator[Difference]:
    """I3: open = ordered - shipped - cancelled stands in the queue, once, at its place."""
    target = repair.wanted(plan)
    missing = {row.line_id: row.open_qty for row in db.session.execute(repair.missing(target))}
    gone = {row.line_id: row.open_qty for row in db.session.execute(repair.gone(target, plan))}
    other = {row.line_id: row for row in db.session.execute(repair.differing(target))}
    names = naming.line_names({*missing, *gone, *other})
    for line, units in sorted(missing.items()):
        yield _differs("I3", f"open units in the queue of {names[line]}", 0, units)
    for line, units in sorted(gone.items()):
        yield _differs("I3", f"open units in the queue of {names[line]}", units, 0)
    for line, row in sorted(other.items()):
        if row.open_qty != row.new_open_qty:
            where = f"open units in the queue of {names[line]}"
            yield _differs("I3", where, row.open_qty, row.new_open_qty)
        stored = (row.product_id, row.pool, row.alloc_key)
        wanted = (row.new_product_id, row.new_pool, row.new_alloc_key)
        if stored != wanted:
            where = f"product, pool and place in the queue of {names[line]}"
            yield _differs("I5", where, stored, wanted)


def _rulings(plan: Layout) -> Iterator[Difference]:
    """I4: pinned and forced units of a line are what somebody decided, with name and reason."""
    wrong = {row.line_id: row[-4:] for row in db.session.execute(rulings.differing(plan))}
    names = naming.line_names(wrong)
    for line, (pinned, forced, *ruled) in sorted(wrong.items()):
        for kind, have, ought in zip(RulingKind, (pinned, forced), ruled, strict=True):
            if have != ought:
                yield _differs("I4", f"{kind} units of {names[line]}", have, ought)
    loose = list(db.session.scalars(rulings.loose()))
    names = naming.line_names([ruling.line_id for ruling in loose])
    for ruling in loose:
        yield _differs("I4", f"{ruling.kind} units of {names[ruling.line_id]}", ruling.qty, 0)


def _decided(plan: Layout) -> tuple[list[Wrong], dict[Spot, Figures]]:
    """Decide over everything, trusting nothing that is stored: wrong lines, and right balances."""
    rows: list[Wrong] = []
    right: dict[Spot, Figures] = {}
    for scope in (Scope(plan), Scope(plan, replacing=True)):
        verdict = judge(scope)
        rows += [Wrong._make(row) for row in verdict.rows]
        right |= {spot: verdict.figures(spot) for spot in verdict.spots}
    return rows, right


def _lines(rows: Collection[Wrong]) -> Iterator[Difference]:
    """I5: nobody is served before an earlier claim; I6: nobody waits while stock lies free."""
    names = naming.line_names([row.line_id for row in rows])
    gains: dict[Spot, int] = defaultdict(int)
    for row in rows:
        gains[row.product_id, row.pool] += row.allocated - row.had
    for row in sorted(rows):
        if row.had != row.allocated:
            rule = "I6" if gains[row.product_id, row.pool] > 0 else "I5"
            yield _differs(rule, f"allocated units of {names[row.line_id]}", row.had, row.allocated)
        if row.marked != row.substitutable:
            where = f"units of {names[row.line_id]} that a replacement covers"
            yield _differs("I5", where, row.marked, row.substitutable)


def _balances(right: Mapping[Spot, Figures], plan: Layout) -> Iterator[Difference]:
    """I2: counted is what lies there. I4: what is given out and waits is the sum of the lines."""
    stored = _stored(plan)
    sums = _sums(plan)
    spots = sorted({*stored, *sums, *right})
    ought = {spot: _right(spot, right, sums) for spot in spots}
    wrong = [spot for spot in spots if stored.get(spot, Figures()) != ought[spot]]
    names = naming.spot_names(wrong)
    for spot in wrong:
        have, now = stored.get(spot, Figures()), ought[spot]
        if have.counted != now.counted:
            yield _differs("I2", f"counted units of {names[spot]}", have.counted, now.counted)
        if have.free != now.free:
            yield _differs("I4", f"free units of {names[spot]}", have.free, now.free)
        if have.backordered != now.backordered:
            where = f"back-ordered units of {names[spot]}"
            yield _differs("I4", where, have.backordered, now.backordered)


def _stored(plan: Layout) -> dict[Spot, Figures]:
    query = sa.select(BalanceRow.product_id, BalanceRow.pool, BalanceRow.counted)
    query = query.add_columns(BalanceRow.free, BalanceRow.backordered)
    rows = db.session.execute(query.where(BalanceRow.pool.not_in(plan.asleep)))
    return {(product, pool): Figures(*figures) for product, pool, *figures in rows}


def _right(
    spot: Spot, right: Mapping[Spot, Figures], sums: Mapping[Spot, tuple[int, int]]
) -> Figures:
    counted = right.get(spot, Figures()).counted
    allocated, backordered = sums.get(spot, (0, 0))
    return Figures(counted, counted - allocated, backordered)


def _sums(plan: Layout) -> dict[Spot, tuple[int, int]]:
    query = (
        sa.select(
            QUEUE.c.product_id,
            QUEUE.c.pool,
            sa.func.sum(QUEUE.c.allocated_qty),
            sa.func.sum(QUEUE.c.backordered_qty),
        )
        .where(QUEUE.c.pool.not_in(plan.asleep))
        .group_by(QUEUE.c.product_id, QUEUE.c.pool)
    )
    rows = db.session.execute(query)
    return {(product, pool): (int(given), int(short)) for product, pool, given, short in rows}


def _classes(plan: Layout) -> Iterator[Difference]:
    """vi: the class of an order is the function of its lines' quantities (A05)."""
    given = sa.func.coalesce(sa.func.sum(QUEUE.c.allocated_qty + QUEUE.c.substitutable_qty), 0)
    short = sa.func.coalesce(sa.func.sum(QUEUE.c.backordered_qty), 0)
    stored = sa.func.coalesce(OrderState.order_class, str(OrderClass.NONE))
    query: Rows = (
        sa.select(SalesOrder.number, stored, given, short)
        .join(QUEUE, QUEUE.c.order_id == SalesOrder.id, isouter=True)
        .join(OrderState, OrderState.order_id == SalesOrder.id, isouter=True)
        .where(SalesOrder.warehouse_id.in_(plan.demand))
        .where(sa.or_(OrderState.order_id.is_not(None), QUEUE.c.order_id.is_not(None)))
        .group_by(SalesOrder.id, SalesOrder.number, OrderState.order_class)
        .order_by(SalesOrder.id)
    )
    for number, have, covered, backordered in db.session.execute(query):
        ought = order_class(allocated=covered, substitutable=0, backordered=backordered)
        if have != ought:
            yield _differs("vi", f"back-order class of {number}", have, ought)


def _records(plan: Layout) -> Iterator[Difference]:
    """vi: records follow their lines, and their status is the function of their quantities."""
    for key, _line, *quantities, covered, short in db.session.execute(records.differing(plan)):
        record = Record(*quantities)
        if record.short != short:
            yield _differs("vi", f"missing units of BO-{key}", record.short, short)
        if record.filled > covered:
            yield _differs("vi", f"filled units of BO-{key}", record.filled, f"at most {covered}")
    unrecorded = {row.line_id: row for row in db.session.execute(records.unrecorded(plan))}
    names = naming.line_names(unrecorded)
    for line, row in unrecorded.items():
        yield _differs("vi", f"back order of {names[line]}", "none", row.backordered_qty)
    yield from _statuses()


def _statuses() -> Iterator[Difference]:
    query = sa.select(Backorder.id, Backorder.status, Backorder.closed_at, *records.QUANTITIES)
    waits = Backorder.short_qty + Backorder.filled_qty > 0
    suspect = sa.or_(
        Backorder.status != records.status_now(), Backorder.closed_at.is_(None) != waits
    )
    for key, status, closed_at, *quantities in db.session.execute(
        query.where(suspect).order_by(Backorder.id)
    ):
        record = Record(*quantities)
        if status != record.status:
            yield _differs("vi", f"status of BO-{key}", status, record.status)
        if (closed_at is None) != bool(record.wanted):
            state = "open" if closed_at is None else "closed"
            yield _differs("vi", f"BO-{key}", state, "open" if record.wanted else "closed")


def _pegs(plan: Layout) -> Iterator[Difference]:
    """iv: what is pegged to a line is what its record says, and no more than it lacks."""
    lines = requested.wrong(plan)
    if not lines:
        return
    units, names = requested.pegged(lines), naming.line_names(lines)
    query = sa.select(Backorder.line_id, Backorder.requested_qty, Backorder.short_qty)
    mine = query.where(Backorder.line_id.in_(lines), Backorder.closed_at.is_(None))
    said = {line: (asked, short) for line, asked, short in db.session.execute(mine)}
    for line in sorted(lines):
        asked, short = said.get(line, (0, 0))
        if asked != units.get(line, 0):
            where = f"requested units of {names[line]}"
            yield _differs("iv", where, asked, units.get(line, 0))
        if units.get(line, 0) > short:
            yield _differs("iv", f"pegs of {names[line]}", units[line], f"at most {short}")


def _differs(rule: str, where: str, stored: object, expected: object) -> Difference:
    return Difference(rule, where, str(stored), str(expected))
