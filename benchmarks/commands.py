"""One order entered and confirmed, one delivery received: the same at every size of the book."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from random import Random
from statistics import median, quantiles
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from benchmarks import bare, book
from benchmarks.meter import Cost
from benchmarks.places import Place
from erp_core.db import db, transaction
from plugins.backorders.models import BalanceRow
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import stock
from plugins.sales.services import orders
from plugins.sales.services.orders import NewLine, NewOrder

ROUNDS, WARM_UP = 60, 5
RECEIPTS = (1, 10, 100)
DAY = date(2026, 11, 2)
_documents = count(1)


@dataclass(slots=True)
class Series:
    """What one command took, round by round, and how many statements it sends."""

    costs: list[Cost] = field(default_factory=list)
    statements: int = 0

    def wall(self) -> list[float]:
        return [cost.wall for cost in self.costs]

    def cpu(self) -> list[float]:
        return [cost.cpu for cost in self.costs]

    @property
    def ms(self) -> str:
        """Return median and 95th percentile of the wall time, and the median CPU."""
        wall = self.wall()
        return f"{median(wall) * 1e3:.1f} / {quantiles(wall, n=20)[-1] * 1e3:.1f}"

    @property
    def cpu_ms(self) -> str:
        return f"{median(self.cpu()) * 1e3:.1f}"


def ratio(mine: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the per-round ratios."""
    return median(a / b for a, b in zip(mine, other, strict=True))


class Desk:
    """Sends commands to one place, each as an edge does: own context, own transaction."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.random = Random(11)
        self.plan = book.Plan(0, random=Random(7))
        self.series: dict[str, Series] = {}
        self.floor = bare.Inserts(self._template())

    def _act(self, work: Callable[[], Any]) -> Any:
        with self.place.app.app_context(), transaction():
            return work()

    def _template(self) -> bare.Template:
        key = self._act(lambda: self._enter(self._wanted()))
        with self.place.app.app_context():
            return bare.template(key)

    def _wanted(self) -> NewOrder:
        lines = tuple(NewLine(self.plan.product(), self.random.randint(1, 12)) for _ in range(4))
        return NewOrder(customer_id=1, warehouse_id=1, lines=lines, ordered_on=DAY)

    def _enter(self, wanted: NewOrder) -> int:
        (order,) = orders.create([wanted])
        orders.confirm([order.id])
        return order.id

    def _timed(self, name: str, work: Callable[[], Any]) -> None:
        series = self.series.setdefault(name, Series())
        cost, _ = self.place.meter.measure(lambda: self._act(work), tidy=False)
        series.costs.append(cost)

    def round(self) -> None:
        """Do everything once, each beside its floor."""
        self.enter()
        draft = self._wanted()
        key = self._act(lambda: orders.create([draft])[0].id)
        self._timed("confirm", lambda: orders.confirm([key]))
        self._bare()
        for many in RECEIPTS:
            moves = self._moves(many)
            source = stock.Source("benchmark.receipt", next(_documents))
            self._timed(f"receive {many}", lambda m=moves, s=source: stock.post(m, s))

    def enter(self) -> None:
        """Enter and confirm one order."""
        wanted = self._wanted()
        self._timed("enter and confirm", lambda: self._enter(wanted))

    def _bare(self) -> None:
        with self.place.app.app_context():
            staged = self.floor.stage()
            series = self.series.setdefault("bare inserts", Series())
            cost, _ = self.place.meter.measure(lambda: self.floor.write(staged), tidy=False)
            series.costs.append(cost)
            self.floor.forget(staged)

    def _moves(self, many: int) -> list[Move]:
        """One unit for each of so many short products: exactly so many lines change."""
        return [Move(p, 1, 1, MoveKind.RECEIPT) for p in self.random.sample(self._short(), many)]

    def _short(self) -> list[int]:
        with self.place.app.app_context():
            query = sa.select(BalanceRow.product_id).where(BalanceRow.backordered > 0)
            return list(db.session.scalars(query.order_by(BalanceRow.product_id)))

    def count_statements(self) -> None:
        """Do everything once more and count what each command sends."""
        with self.place.app.app_context():
            engine = db.engine
        before = {name: len(series.costs) for name, series in self.series.items()}
        seen: list[str] = []
        timed = self._timed

        def counted(name: str, work: Callable[[], Any]) -> None:
            seen.clear()
            timed(name, work)
            self.series[name].statements = len(seen)

        self._timed = counted  # type: ignore[method-assign]
        with _noting(engine, seen):
            self.round()
        self._timed = timed  # type: ignore[method-assign]
        for name, series in self.series.items():
            del series.costs[before[name] :]


@contextmanager
def _noting(engine: sa.Engine, seen: list[str]) -> Any:
    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


def compare(places: Sequence[Place]) -> list[Desk]:
    """Let the commands run in turn on every place, so that all of them see the same machine."""
    desks = [Desk(place) for place in places]
    for turn in range(ROUNDS + WARM_UP):
        if turn == WARM_UP:
            for desk in desks:
                desk.series.clear()
        for desk in desks:
            desk.round()
    for desk in desks:
        desk.count_statements()
    return desks
