"""The full path: prove what is right, rebuild the queue where it is not, decide the rest (A09).

The same answer as the incremental engine, reached from the documents and the stock on hand. It
repairs whatever is wrong, so nobody has to know why. On PostgreSQL it may commit between batches
of products, each of which is right in itself, so that others need not wait for the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from erp_core.db import db, is_sqlite
from erp_core.events import publish
from plugins.backorders.domain.full_pass import Spot
from plugins.backorders.events import BackordersFilled, OrdersBackordered
from plugins.backorders.services import (
    balances,
    bulk,
    classes,
    differing,
    proof,
    records,
    repair,
    requested,
    rulings,
)
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.demand import OPEN_QTY
from plugins.backorders.services.judging import Scope, judge
from plugins.backorders.services.layout import Layout, layout
from plugins.backorders.services.proof import Spotted
from plugins.backorders.services.queue import of_lines
from plugins.backorders.services.repair import Repaired
from plugins.inventory.models import StockBalance
from plugins.sales.models import OPEN_STATUSES, SalesOrder, SalesOrderLine

BATCH_LINES = 250_000
"""Lines that are decided anew in one step: what bounds memory, and how long others wait."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a full pass read and changed: lines read, rows touched, orders that changed class."""

    lines: int = 0
    rows: int = 0
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a full pass has come, in lines that are to be decided anew."""

    done: int
    total: int


def refresh() -> Outcome:
    """Recompute everything in the caller's transaction; with the workflow off, nothing (F145)."""
    work = steps()
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def steps() -> Generator[Step, None, Outcome]:
    """Recompute everything; whoever drives this may commit at each step.

    When settings change meanwhile, whoever changed them recomputed everything: then this ends.
    """
    plan = layout()
    if not plan.awake:
        return Outcome()
    work = _begin(plan)
    for scope in work.scopes():
        if work.divisible:
            work.committed = True
            yield Step(work.decided, work.total)
            if layout() != plan:
                return work.outcome()
        work.decide(scope)
    work.finish()
    return work.outcome()


@dataclass(slots=True)
class _Pass:
    plan: Layout
    book: proof.Book
    repaired: Repaired
    recorded: bool
    """Whether open back orders said what their lines say when the pass began."""
    committed: bool = False
    decided: int = 0
    rows: int = 0
    changed_orders: int = 0
    entered: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)

    @property
    def divisible(self) -> bool:
        """Say whether a commit between two batches leaves everything consistent."""
        return not is_sqlite() and not self.repaired.rows and not self.plan.substituting

    @property
    def total(self) -> int:
        """Return the lines to be decided anew."""
        return sum(item.lines for item in self.book.wrong if item.misgiven)

    def outcome(self) -> Outcome:
        """Return what was done."""
        return Outcome(self.book.queue.rows, self.rows, self.changed_orders)

    def scopes(self) -> Iterator[Scope]:
        """Yield what to decide anew, in parts of bounded size.

        Where replacements are considered, one product's stock decides about another's mark, and
        nothing can be proved without deciding.
        """
        misgiven = [item for item in self.book.wrong if item.misgiven]
        if is_sqlite() and len(misgiven) > bulk.FEW:
            yield Scope(self.plan)  # in one stream, in the order in which the rows are stored
        else:
            yield from (Scope(self.plan, spots) for spots in _parts(misgiven))
        if self.plan.substituting:
            yield Scope(self.plan, replacing=True)

    def decide(self, scope: Scope) -> None:
        """Decide products anew and write what changes."""
        balances.lock_all()
        verdict = judge(scope)
        with bulk.whole_tables():
            changed = differing.keep(verdict.rows)
            if changed:
                differing.write()
                self._follow()
        self._book({spot: verdict.figures(spot) for spot in verdict.spots})
        self.rows += changed
        self.decided += verdict.lines

    def _book(self, right: Mapping[Spot, Figures]) -> None:
        stored = balances.stored(right)
        changed = [(s, right[s]) for s in sorted(stored) if stored[s] != right[s]]
        new = [(spot, right[spot]) for spot in sorted(right.keys() - stored)]
        balances.write(changed)
        balances.add(new)
        self.rows += len(changed) + len(new)

    def _follow(self) -> None:
        differing.drop(sorted(self.repaired.moved))
        if self.divisible:
            self._classes(differing.order_ids())
        records_changed, filled = differing.follow(self.plan)
        self.rows += records_changed
        self.filled += filled

    def _classes(self, order_ids: sa.Select[int] | None) -> None:
        done = classes.repair(self.plan, order_ids)
        self.changed_orders += done.changed
        self.rows += done.changed
        self.entered += done.entered

    def finish(self) -> None:
        """Bring balances, classes, pegs and back orders in line, and announce what happened."""
        balances.lock_all()
        self._book({item.spot: item.figures for item in self._misbooked()})
        with bulk.whole_tables():
            self._classes(None)
            self._follow_repaired()
            if not self.recorded:
                self.rows += records.repair(self.plan)
            self.rows += records.mend_statuses() + requested.repair(self.plan)
        if self.entered:
            publish(OrdersBackordered(tuple(sorted(set(self.entered)))))
        if self.filled:
            publish(BackordersFilled(tuple(sorted(set(self.filled)))))

    def _misbooked(self) -> Sequence[Spotted]:
        """Return what only its balance row was wrong of; as it is now, if others went on."""
        wrong = proof.book(self.plan).wrong if self.committed else self.book.wrong
        return [item for item in wrong if not item.misgiven]

    def _follow_repaired(self) -> None:
        """Let pegs and records follow lines that the documents changed, from first to last."""
        now = of_lines(self.repaired.moved, self.plan)
        moved = {
            line: move._replace(after=now[line][1]) if line in now else move
            for line, move in self.repaired.moved.items()
        }
        requested.trim(moved)
        known = records.locked(moved)
        self.filled += records.follow_known(known, moved, self.repaired.shipped)
        self.rows += len(known)


def _parts(items: Sequence[Spotted]) -> Iterator[list[Spot]]:
    part, lines = [], 0
    for item in items:
        part.append(item.spot)
        lines += item.lines
        if lines >= BATCH_LINES:
            yield part
            part, lines = [], 0
    if part:
        yield part


def _begin(plan: Layout) -> _Pass:
    """Prove what is right; rebuild the queue when it is not what the orders demand."""
    balances.lock_all()
    with bulk.whole_tables():
        book, repaired = proof.book(plan), Repaired(0, {}, {})
        if proof.demanded(plan) != book.queue or rulings.wrong(plan):
            repaired = repair.repair(plan)
            book = proof.book(plan)
        recorded = proof.recorded(plan) == book.waiting and not records.overfilled()
    return _Pass(plan, book, repaired, recorded, rows=repaired.rows)


def on_order(condition: sa.ColumnElement[bool]) -> bool:
    """Say whether any open line of a confirmed order meets the condition."""
    found = (
        sa.select(SalesOrderLine.id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(SalesOrder.status.in_(OPEN_STATUSES), OPEN_QTY > 0, condition)
        .limit(1)
    )
    return db.session.scalar(found) is not None


def stocked(warehouse_ids: Collection[int]) -> bool:
    """Say whether any of these warehouses holds anything."""
    held = sa.select(StockBalance.product_id).where(StockBalance.on_hand != 0)
    found = held.where(StockBalance.warehouse_id.in_(warehouse_ids)).limit(1)
    return db.session.scalar(found) is not None
