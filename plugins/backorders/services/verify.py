"""Recompute what back orders store from its sources and name each difference (I2-I6, iv, vi)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import sqlalchemy as sa

from erp_core.db import db
from erp_core.ports import Difference
from plugins.backorders.domain.order_class import OrderClass, order_class
from plugins.backorders.domain.record import Record
from plugins.backorders.models import Backorder, OrderState, RulingKind
from plugins.backorders.services import bulk, naming, records, refresh, repair, requested, rulings
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import QUEUE, Rows, Spot
from plugins.inventory.services.upsert import chunks
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
    verdict = refresh.judge(plan)
    yield from _lines(verdict.moved)
    yield from _balances(verdict, plan)
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


def _lines(moved: Mapping[int, Moved]) -> Iterator[Difference]:
    """I5: nobody is served before an earlier claim; I6: nobody waits while stock lies free."""
    names = naming.line_names(moved)
    gains = _gains(moved)
    for line, move in sorted(moved.items()):
        before, after = move.before, move.after
        if before.allocated != after.allocated:
            rule = "I6" if gains[line] > 0 else "I5"
            where = f"allocated units of {names[line]}"
            yield _differs(rule, where, before.allocated, after.allocated)
        if before.substitutable != after.substitutable:
            where = f"units of {names[line]} that a replacement covers"
            yield _differs("I5", where, before.substitutable, after.substitutable)


def _gains(moved: Mapping[int, Moved]) -> dict[int, int]:
    """Return, for each line, how many units its product and pool should give out beyond today."""
    homes = _spots(moved)
    sums: dict[Spot, int] = defaultdict(int)
    for line, move in moved.items():
        sums[homes[line]] += move.after.allocated - move.before.allocated
    return {line: sums[homes[line]] for line in moved}


def _spots(line_ids: Collection[int]) -> dict[int, Spot]:
    found: dict[int, Spot] = {}
    for part in chunks(sorted(line_ids)):
        query = sa.select(QUEUE.c.line_id, QUEUE.c.product_id, QUEUE.c.pool)
        for line, product, pool in db.session.execute(query.where(QUEUE.c.line_id.in_(part))):
            found[line] = (product, pool)
    return found


def _balances(verdict: refresh.Verdict, plan: Layout) -> Iterator[Difference]:
    """I2: counted is what lies there. I4: what is given out and waits is the sum of the lines."""
    stored = refresh.stored_balances(plan)
    sums = _sums(plan)
    spots = sorted({*stored, *sums, *verdict.supplies})
    wrong = [spot for spot in spots if stored.get(spot, Figures()) != _right(spot, verdict, sums)]
    names = naming.spot_names(wrong)
    for spot in wrong:
        have, ought = stored.get(spot, Figures()), _right(spot, verdict, sums)
        if have.counted != ought.counted:
            yield _differs("I2", f"counted units of {names[spot]}", have.counted, ought.counted)
        if have.free != ought.free:
            yield _differs("I4", f"free units of {names[spot]}", have.free, ought.free)
        if have.backordered != ought.backordered:
            where = f"back-ordered units of {names[spot]}"
            yield _differs("I4", where, have.backordered, ought.backordered)


def _right(spot: Spot, verdict: refresh.Verdict, sums: Mapping[Spot, tuple[int, int]]) -> Figures:
    counted = verdict.figures(spot).counted
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
