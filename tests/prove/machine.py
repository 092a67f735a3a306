"""The state machine: random commands through public services, each checked against the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from erp_core.app import create_app
from erp_core.db import db, reading, transaction
from erp_core.errors import ErpError
from erp_core.ports import Verifier
from erp_core.registry import providers, registry
from erp_core.testing.databases import Database
from plugins.backorders.models import BalanceRow, OrderState, QueueRow
from plugins.backorders.services import forcing, pins
from plugins.inventory.models import StockBalance
from plugins.inventory.services import adjust, transfers
from plugins.inventory.services.transfers import NewTransfer
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import orders, shipping, splitting
from tests.plugins.backorders import market as m
from tests.prove.model import Line, Model, Order, Places

UNITS = st.integers(1, 9)
SWITCHES = ("consider_replacement", "ignore_dropship", "stop_marking_on_create", "allocation_scope")
LIFE, CROWD = 20, 9
"""Steps between two restarts at least (building the application takes a second); open orders."""


def same(stored: dict[Any, Any], expected: dict[Any, Any]) -> None:
    """Compare what is stored with the model, and show only what differs: key, stored, expected."""
    differing = [
        (key, stored.get(key), expected.get(key))
        for key in stored.keys() | expected.keys()
        if stored.get(key) != expected.get(key)
    ]
    assert not differing, differing


class Business(RuleBasedStateMachine):
    """One history. `hits` counts how often each rule did something, over all histories."""

    database: ClassVar[Database]
    app: ClassVar[Flask]
    hits: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        with self.app.app_context():
            db.engine.dispose()
        self.database.reset()
        self.market = market = self.act(m.open_market)
        places = Places(market.porto, market.north, market.vendor, market.broken)
        replaced, untracked = {market.mug: market.spare}, frozenset({market.card})
        self.model = Model(places, market.company, replaced, untracked)
        self.age = self.born = 0

    def act(self, work: Callable[[], Any]) -> Any:
        """Send one command as an edge does."""
        with self.app.app_context(), transaction():
            return work()

    def refused(self, work: Callable[[], Any]) -> None:
        try:
            self.act(work)
        except ErpError:
            return
        raise AssertionError("this should have been refused")

    def did(self, name: str) -> None:
        type(self).hits[name] += 1
        self.age += 1
        self.model.count()

    @property
    def products(self) -> list[int]:
        return [self.market.mug, self.market.kettle, self.market.spare]

    def demanding(self) -> list[Order]:
        return [order for order in self.model.orders.values() if order.demand and order.open]

    def claims(self) -> list[tuple[Order, Line]]:
        return [(order, line) for order, line in self.model.lines() if line.claimed]

    @precondition(lambda self: self.age % 3 != 1)
    @rule(data=st.data(), product=st.integers(0, 2), units=st.integers(1, 9))
    def receive(self, data: st.DataObject, product: int, units: int) -> None:
        places = self.model.places
        place = data.draw(
            st.sampled_from([places.home] * 3 + [places.north, places.vendor, places.broken])
        )
        self.act(lambda: m.arrive(self.products[product], place, units))
        self.model.move(self.products[product], place, units)
        self.did("receive")

    @precondition(lambda self: len(self.demanding()) < CROWD)
    @rule(
        wanted=st.lists(st.tuples(st.integers(0, 3), UNITS), min_size=1, max_size=3),
        far=st.booleans(),
        draft=st.integers(0, 3).map(lambda one: not one),
    )
    def order(self, wanted: list[tuple[int, int]], far: bool, draft: bool) -> None:
        known = [*self.products, self.market.card]
        place = self.model.places.north if far else self.model.places.home

        def enter() -> Order:
            lines = [(known[product], units) for product, units in wanted]
            made = (m.draft if draft else m.ordered)(self.market, *lines, warehouse_id=place)
            mine = [Line(ln.id, ln.product_id, ln.position, ln.ordered_qty) for ln in made.lines]
            return Order(made.id, place, mine)

        order = self.act(enter)
        self.model.orders[order.id] = order
        if not draft:
            self._confirmed(order)
        self.did("order")

    def _confirmed(self, order: Order) -> None:
        self.model.turns += 1
        order.demand, order.turn = True, self.model.turns

    @precondition(lambda self: any(not o.demand and o.open for o in self.model.orders.values()))
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        drafts = [o for o in self.model.orders.values() if not o.demand and o.open]
        chosen = data.draw(st.lists(st.sampled_from(drafts), min_size=1, max_size=3, unique_by=id))
        self.act(lambda: orders.confirm([order.id for order in chosen]))
        for order in chosen:
            self._confirmed(order)
        self.did("confirm")

    @precondition(lambda self: self.demanding())
    @rule(data=st.data(), priority=st.integers(-8, 7))
    def prioritise(self, data: st.DataObject, priority: int) -> None:
        order = data.draw(st.sampled_from(self.demanding()))
        self.act(lambda: orders.set_priority(order.id, priority))
        order.priority = priority
        self.did("prioritise")

    @precondition(lambda self: self.demanding())
    @rule(data=st.data())
    def relocate(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.demanding()))
        places = self.model.places
        target = places.home if order.place == places.north else places.north
        self.act(lambda: orders.set_warehouse(order.id, target))
        order.place = target
        self.did("relocate")

    @precondition(lambda self: self.model.workflow and self.claims())
    @rule(data=st.data())
    def pin(self, data: st.DataObject) -> None:
        _, line = data.draw(st.sampled_from(self.claims()))
        room = line.claimed - line.forced
        if not room:
            self.refused(lambda: pins.pin({line.id: 1}, reason="promised"))
            type(self).hits["pin refused"] += 1
            return
        units = data.draw(st.integers(1, room))
        self.act(lambda: pins.pin({line.id: units}, reason="promised"))
        line.pinned = units
        self.did("pin")

    @precondition(lambda self: self.model.workflow and any(ln.pinned for _, ln in self.claims()))
    @rule(data=st.data())
    def unpin(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([line for _, line in self.claims() if line.pinned]))
        self.act(lambda: pins.unpin([line.id]))
        line.pinned = 0
        self.did("unpin")

    @precondition(lambda self: self.model.workflow and self.claims())
    @rule(data=st.data())
    def force(self, data: st.DataObject) -> None:
        _, line = data.draw(st.sampled_from(self.claims()))
        units = data.draw(st.integers(1, line.claimed))
        self.act(lambda: forcing.force({line.id: units}, reason="asked by the customer"))
        line.hold_back(units)
        self.did("force")

    @precondition(lambda self: self.model.workflow and any(ln.forced for _, ln in self.claims()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([line for _, line in self.claims() if line.forced]))
        self._release(line, data.draw(st.integers(1, line.forced)))

    @precondition(lambda self: self.model.workflow and any(ln.forced for _, ln in self.claims()))
    @rule(data=st.data())
    def release_all(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([line for _, line in self.claims() if line.forced]))
        self._release(line, line.forced)

    def _release(self, line: Line, units: int) -> None:
        self.act(lambda: forcing.release({line.id: units}, reason="no longer asked"))
        line.hold_back(line.forced - units)
        self.did("release")

    @precondition(lambda self: self.shippable())
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        order, line, most = data.draw(st.sampled_from(self.shippable()))
        units = data.draw(st.integers(1, most))
        self.act(lambda: shipping.ship(order.id, {line.id: units}))
        left = units
        for place in self.model.members(order.place):
            taken = min(left, self.model.lies(line.product, place))
            self.model.move(line.product, place, -taken)
            left -= taken
        if line.product not in self.model.untracked and self.model.workflow:
            line.take_along(units)
        else:
            line.shipped += units
        self.did("ship")

    def shippable(self) -> list[tuple[Order, Line, int]]:
        found = []
        for order in self.demanding():
            for line in order.lines:
                most = self._limit(order, line)
                if most:
                    found.append((order, line, most))
        return found

    def _limit(self, order: Order, line: Line) -> int:
        if line.product in self.model.untracked:
            return line.open
        if self.model.workflow:
            return line.allocated
        here = self.model.lies(line.product, order.place)
        for other in order.lines:  # with nobody keeping account, earlier lines come first
            if other is line:
                return min(line.open, here)
            here -= min(other.open, here) if other.product == line.product else 0
        raise AssertionError("a line of another order")

    @precondition(lambda self: self.demanding())
    @rule(data=st.data())
    def cancel_units(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.demanding()))
        line = data.draw(st.sampled_from([line for line in order.lines if line.open]))
        units = data.draw(st.integers(1, line.open))
        self.refused(lambda: orders.cancel_line(line.id, line.open + 1))
        self.act(lambda: orders.cancel_line(line.id, units))
        line.cancelled += units
        self.did("cancel_units")

    @precondition(lambda self: self.demanding() and self.age % 3 == 0)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self.demanding()))
        self.act(lambda: orders.cancel([order.id]))
        for line in order.lines:
            line.cancelled += line.open
        self.did("cancel")

    @precondition(lambda self: self.demanding())
    @rule(data=st.data(), units=st.integers(1, 4))
    def grow(self, data: st.DataObject, units: int) -> None:
        order = data.draw(st.sampled_from(self.demanding()))
        line = data.draw(st.sampled_from([line for line in order.lines if line.open]))
        wanted = line.ordered + units
        self.act(lambda: orders.set_quantities(order.id, {line.id: wanted}))
        line.ordered = wanted
        self.did("grow")

    @precondition(lambda self: self.model.workflow and self.divisible())
    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        order, line = data.draw(st.sampled_from(self.divisible()))
        units = data.draw(st.integers(1, line.open - 1))

        def divide() -> Order:
            child = splitting.split(order.id, {line.id: units}).child
            mine = [Line(ln.id, ln.product_id, ln.position, ln.ordered_qty) for ln in child.lines]
            return Order(child.id, order.place, mine, order.priority, order.turn, demand=True)

        child = self.act(divide)
        line.ordered -= units
        self.model.orders[child.id] = child
        self.did("split")

    def divisible(self) -> list[tuple[Order, Line]]:
        return [
            (order, line)
            for order, line in self.claims()
            if line.open > 1 and not line.pinned and not line.forced
        ]

    @precondition(lambda self: self.age % 3)
    @rule(data=st.data(), product=st.integers(0, 2))
    def adjust(self, data: st.DataObject, product: int) -> None:
        places, key = self.model.places, self.products[product]
        place = data.draw(st.sampled_from([places.home, places.home, places.north, places.vendor]))
        here = self.model.lies(key, place)
        self.refused(lambda: adjust.adjust(place, {key: -here - 1}, "more than there is"))
        change = data.draw(st.integers(-here, 6).filter(bool))
        self.act(lambda: adjust.adjust(place, {key: change}, "counted"))
        self.model.move(key, place, change)
        self.did("adjust")

    @precondition(lambda self: any(self.model.on_hand.values()))
    @rule(data=st.data())
    def transfer(self, data: st.DataObject) -> None:
        filled = [spot for spot, units in self.model.on_hand.items() if units]
        product, source = data.draw(st.sampled_from(filled))
        places = self.model.places
        others = [p for p in (places.home, places.north, places.broken) if p != source]
        target = data.draw(st.sampled_from(others))
        units = data.draw(st.integers(1, self.model.lies(product, source)))

        def send() -> int:
            made = transfers.create(NewTransfer(source, target, ((product, units),)))
            transfers.request(made.id)
            return transfers.dispatch(made.id).id

        if units > self.model.takeable(product, source):
            self.refused(send)
            type(self).hits["transfer refused"] += 1
            return
        key = self.act(send)
        self.model.move(product, source, -units)
        self.model.transit[key] = (product, target, units)
        self.did("transfer")

    @precondition(lambda self: self.model.transit)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.transit)))
        product, target, units = self.model.transit.pop(key)
        self.act(lambda: transfers.receive(key))
        self.model.move(product, target, units)
        self.did("arrive")

    @precondition(lambda self: self.age % 4 == 1)
    @rule(name=st.sampled_from(SWITCHES), on=st.booleans())
    def toggle(self, name: str, on: bool) -> None:
        value = ("location", "company")[on] if name == "allocation_scope" else on
        self.act(lambda: m.set_to(name, value))
        if name == "consider_replacement":
            self.model.substituting = on
        elif name == "ignore_dropship":
            self.model.ignore_dropship = on
        elif name == "allocation_scope":
            self.model.shared = on
        self.did("toggle")

    @precondition(lambda self: not self.model.workflow or self.age % 16 == 9)
    @rule()
    def workflow(self) -> None:
        on = not self.model.workflow
        self.act(lambda: m.set_to("enable_backorder_workflow", on))
        self.model.workflow = on
        self.did("workflow")

    @precondition(lambda self: self.age >= self.born + LIFE)
    @rule()
    def restart(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
            config = registry().config
        type(self).app = create_app(config)
        self.born = self.age
        self.did("restart")

    @invariant()
    def stored_figures_are_those_of_the_model(self) -> None:
        with self.app.app_context(), reading():
            self._compare_documents()
            if self.model.workflow:
                self._compare_queue()
            if self.age % 5 == 0:
                self.verify()
            db.session.rollback()

    def _compare_documents(self) -> None:
        query = sa.select(StockBalance.product_id, StockBalance.warehouse_id, StockBalance.on_hand)
        stored = {(product, place): n for product, place, n in db.session.execute(query) if n}
        same(stored, {spot: units for spot, units in self.model.on_hand.items() if units})
        columns = (SalesOrderLine.ordered_qty, SalesOrderLine.shipped_qty)
        rows = db.session.execute(
            sa.select(SalesOrderLine.id, *columns, SalesOrderLine.cancelled_qty)
        )
        lines = {ln.id: (ln.ordered, ln.shipped, ln.cancelled) for _, ln in self.model.lines()}
        same({key: tuple(figures) for key, *figures in rows}, lines)

    def _compare_queue(self) -> None:
        columns = ("open", "pinned", "forced", "allocated", "substitutable", "backordered")
        figures = [getattr(QueueRow, f"{name}_qty") for name in columns]
        rows = db.session.execute(
            sa.select(QueueRow.line_id, QueueRow.product_id, QueueRow.pool, *figures)
        )
        stored = {line: (product, pool, tuple(more)) for line, product, pool, *more in rows}
        same(stored, {ln.id: (ln.product, ln.pool, ln.figures) for _, ln in self.claims()})
        self._compare_balances()
        kinds = {key: kind for key, kind in db.session.execute(
            sa.select(OrderState.order_id, OrderState.order_class).join(
                SalesOrder, SalesOrder.id == OrderState.order_id
            )
        )}  # fmt: skip
        for order in self.model.orders.values():
            assert kinds.get(order.id, "none") == order.kind, order

    def _compare_balances(self) -> None:
        rows = db.session.execute(
            sa.select(
                BalanceRow.product_id,
                BalanceRow.pool,
                BalanceRow.counted,
                BalanceRow.free,
                BalanceRow.backordered,
            )
        )
        stored = {(p, pool): (c, f, b) for p, pool, c, f, b in rows if c or f or b}
        spots = {(line.product, line.pool) for _, line in self.claims()} | set(stored)
        for product, place in self.model.on_hand:
            pool = self.model.pool_of_stock(place)
            spots |= {(product, pool)} if pool is not None else set()
        expected = {
            s: (self.model.counted(s), self.model.free(s), self.model.short(s)) for s in spots
        }
        same(stored, {spot: figures for spot, figures in expected.items() if any(figures)})

    def verify(self) -> None:
        verifiers = providers(Verifier)  # type: ignore[type-abstract]
        found = [difference for one in verifiers for difference in one.differences()]
        assert not found, found

    def teardown(self) -> None:
        with self.app.app_context(), reading():
            self.verify()
            db.session.remove()
            db.engine.dispose()
