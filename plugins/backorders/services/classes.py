"""The class of each order, kept beside it (A05), and when an order becomes a back order (A21)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from erp_core.db import db
from erp_core.settings import settings
from plugins.backorders.domain.order_class import OrderClass, OrderTally, order_class
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


def repair(tally: OrderTally, plan: Layout) -> Repaired:
    """Bring every state in line with a full pass over the queue, and mark again (F150, A17)."""
    done = Repaired(entered=_mark_again(plan))
    done.changed = len(done.entered)
    known = _all(plan)
    wrong = {k: state for k, state in known.items() if state.order_class != tally.class_of(k)}
    added = [State(key) for key in sorted((tally.short | tally.covered) - known.keys())]
    for part in chunks(added):
        _mark(part)
    wanted = {key: tally.class_of(key) for key in [*wrong, *(state.order_id for state in added)]}
    done.entered += store(wrong, added, wanted)
    done.changed += len(wrong) + len(added)
    return done


def _all(plan: Layout) -> dict[int, State]:
    columns = (OrderState.order_id, OrderState.order_class, OrderState.marked, OrderState.episode)
    query = sa.select(*columns)
    if plan.asleep:
        query = query.join(SalesOrder, SalesOrder.id == OrderState.order_id)
        query = query.where(SalesOrder.warehouse_id.in_(plan.demand))
    return {row.order_id: State(*row) for row in db.session.execute(query)}


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
