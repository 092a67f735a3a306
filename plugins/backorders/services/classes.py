"""The class of each order, kept beside it (A05), and when an order becomes a back order (A21)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, is_sqlite
from erp_core.settings import settings
from plugins.backorders.domain.order_class import CLASS_OF, OrderClass, order_class
from plugins.backorders.models import OrderState
from plugins.backorders.services import bulk
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import QUEUE
from plugins.backorders.settings import BackorderSettings
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder


@dataclass(slots=True)
class State:
    """The stored state of one order."""

    order_id: int
    order_class: str = OrderClass.NONE
    marked: bool = True
    episode: int = 0

    def become(self, wanted: OrderClass) -> bool:
        """Take another class; says whether a marked order became a back order by that."""
        entered = self.marked and self.order_class == OrderClass.NONE and wanted != OrderClass.NONE
        self.order_class = wanted
        self.episode += entered
        return entered

    def row(self) -> dict[str, object]:
        """Return the row as it is stored."""
        return {
            "order_id": self.order_id,
            "order_class": str(self.order_class),
            "marked": self.marked,
            "episode": self.episode,
        }


def update(order_ids: Collection[int]) -> list[int]:
    """Recompute the class of these orders; returns those that became back orders just now.

    The rows are locked before the sums are read: two writers on two products of one order would
    else each miss what the other did.
    """
    entered: list[int] = []
    for part in chunks(sorted(order_ids)):
        states = _locked(part)
        new = [State(order_id) for order_id in part if order_id not in states]
        _mark(new)
        entered += store(states, new, _now(part))
    return entered


def _locked(order_ids: Collection[int]) -> dict[int, State]:
    query = (
        sa.select(
            OrderState.order_id, OrderState.order_class, OrderState.marked, OrderState.episode
        )
        .where(OrderState.order_id.in_(order_ids))
        .order_by(OrderState.order_id)
        .with_for_update()
    )
    return {row.order_id: State(*row) for row in db.session.execute(query)}


def inherit(parent_id: int, child_id: int) -> None:
    """Let a child order start as its parent stands: it is no new back order (A21, F105)."""
    for state in _locked([parent_id]).values():
        bulk.insert_missing(OrderState, [{**state.row(), "order_id": child_id}])


def _mark(new: Iterable[State]) -> None:
    """Leave new orders of companies that stopped marking without a mark (F149)."""
    states = {state.order_id: state for state in new}
    if not states:
        return
    query = sa.select(SalesOrder.id, SalesOrder.company_id).where(SalesOrder.id.in_(states))
    for order_id, company in db.session.execute(query):
        rules = settings(BackorderSettings, company=company)
        states[order_id].marked = not rules.stop_marking_on_create


def _now(order_ids: Collection[int]) -> dict[int, OrderClass]:
    covered = sa.func.sum(QUEUE.c.allocated_qty + QUEUE.c.substitutable_qty)
    short = sa.func.sum(QUEUE.c.backordered_qty)
    query = sa.select(QUEUE.c.order_id, covered, short).group_by(QUEUE.c.order_id)
    rows = db.session.execute(query.where(QUEUE.c.order_id.in_(order_ids)))
    return {
        order_id: order_class(allocated=covered, substitutable=0, backordered=short)
        for order_id, covered, short in rows
    }


def store(
    states: dict[int, State], new: Iterable[State], wanted: dict[int, OrderClass]
) -> list[int]:
    """Write the states whose class differs from the wanted one; returns who became back orders."""
    entered: list[int] = []
    changed: list[State] = []
    added = list(new)
    for state in [*states.values(), *added]:
        target = wanted.get(state.order_id, OrderClass.NONE)
        if target == state.order_class:
            continue
        changed.append(state)
        if state.become(target):
            entered.append(state.order_id)
    known = [state.row() for state in changed if state.order_id in states]
    bulk.update(OrderState, ("order_id",), known)
    bulk.insert(OrderState, [state.row() for state in added])
    return sorted(entered)


@dataclass(slots=True)
class Repaired:
    """How many states a full pass wrote, and who became a back order by that."""

    changed: int = 0
    entered: list[int] = field(default_factory=list)


def repair(plan: Layout, order_ids: sa.Select[int] | None = None) -> Repaired:
    """Bring the states of these orders, or of all, in line with the queue.

    With all of them, orders that were created while marking was off are marked again (F150, A17).
    """
    done = Repaired(entered=[] if order_ids is not None else _mark_again(plan))
    done.changed = len(done.entered)
    wrong: dict[int, State] = {}
    added: list[State] = []
    wanted: dict[int, OrderClass] = {}
    for order_id, short, covered, *stored in _differing(plan, order_ids):
        wanted[order_id] = CLASS_OF[bool(short), bool(covered)]
        if stored[0] is None:
            added.append(State(order_id))
        else:
            wrong[order_id] = State(order_id, *stored)
    for part in chunks(added):
        _mark(part)
    done.entered += store(wrong, added, wanted)
    done.changed += len(wrong) + len(added)
    return done


def _differing(plan: Layout, order_ids: sa.Select[int] | None) -> Iterable[Any]:
    """Return orders whose class is not what their lines say: id, short, covered, the state."""
    if is_sqlite() and order_ids is None:
        return _compared(plan)
    lines = _lines(plan, order_ids)
    state, mine = OrderState.__table__.c, _mine(plan, order_ids)
    short, covered = (sa.func.coalesce(lines.c[name], 0) for name in ("short", "covered"))
    ought = sa.case(
        (short == 0, str(OrderClass.NONE)),
        (covered == 0, str(OrderClass.FULL)),
        else_=str(OrderClass.PARTIAL),
    )
    states = sa.select(OrderState.__table__).where(mine).subquery()
    both = lines.join(states, states.c.order_id == lines.c.order_id, full=True)
    key = sa.func.coalesce(lines.c.order_id, states.c.order_id)
    kept = [states.c[column.name] for column in (state.order_class, state.marked, state.episode)]
    query = sa.select(key, short, covered, *kept).select_from(both).order_by(key)
    unlike = sa.or_(states.c.order_id.is_(None), states.c.order_class != ought)
    return db.session.execute(query.where(unlike))


def _lines(plan: Layout, order_ids: sa.Select[int] | None) -> sa.Subquery:
    covered = QUEUE.c.allocated_qty + QUEUE.c.substitutable_qty > 0
    query = (
        sa.select(
            QUEUE.c.order_id,
            sa.func.max(sa.case((QUEUE.c.backordered_qty > 0, 1), else_=0)).label("short"),
            sa.func.max(sa.case((covered, 1), else_=0)).label("covered"),
        )
        .where(QUEUE.c.pool.not_in(plan.asleep))
        .group_by(QUEUE.c.order_id)
    )
    return (query if order_ids is None else query.where(QUEUE.c.order_id.in_(order_ids))).subquery()


def _mine(plan: Layout, order_ids: sa.Select[int] | None) -> sa.ColumnElement[bool]:
    """Say which states may be looked at: those of the orders, or of companies that are awake."""
    if order_ids is not None:
        return OrderState.order_id.in_(order_ids)
    if not plan.asleep:
        return sa.true()
    awake = sa.select(SalesOrder.id).where(SalesOrder.warehouse_id.in_(plan.demand))
    return OrderState.order_id.in_(awake)


def _compared(plan: Layout) -> Iterator[tuple[Any, ...]]:
    """Compare in the client: SQLite hands lines over faster than it sorts them."""
    awake = QUEUE.c.pool.not_in(plan.asleep)
    lines = sa.select(QUEUE.c.order_id).where(awake)
    short = {row[0] for row in bulk.stream(lines.where(QUEUE.c.backordered_qty > 0))}
    with_some = lines.where(QUEUE.c.allocated_qty + QUEUE.c.substitutable_qty > 0)
    covered = {row[0] for row in bulk.stream(with_some)}
    columns = (OrderState.order_id, OrderState.order_class, OrderState.marked, OrderState.episode)
    missing = short | covered
    for order_id, *state in bulk.stream(sa.select(*columns).where(_mine(plan, None))):
        missing.discard(order_id)
        if state[0] != CLASS_OF[order_id in short, order_id in covered]:
            yield order_id, order_id in short, order_id in covered, *state
    for order_id in sorted(missing):
        yield order_id, order_id in short, order_id in covered, None, None, None


def _mark_again(plan: Layout) -> list[int]:
    """Mark orders that were created while marking was off; returns those that are back orders.

    For their customers this is the moment at which they become one: a new episode begins.
    """
    query = (
        sa.select(OrderState.order_id, OrderState.order_class, OrderState.episode)
        .join(SalesOrder, SalesOrder.id == OrderState.order_id)
        .where(OrderState.marked.is_(False), SalesOrder.company_id.not_in(plan.silent))
        .where(SalesOrder.warehouse_id.in_(plan.demand))
        .order_by(OrderState.order_id)
    )
    rows = db.session.execute(query).all()
    marked = [
        {
            "order_id": order_id,
            "marked": True,
            "episode": episode + (order_class != OrderClass.NONE),
        }
        for order_id, order_class, episode in rows
    ]
    bulk.update(OrderState, ("order_id",), marked)
    return [order_id for order_id, order_class, _ in rows if order_class != OrderClass.NONE]
