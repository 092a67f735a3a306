"""Eight clients at once on three hot products: nothing oversold, nobody overtaken.

The negative control takes the row lock of the balances away; then the same run must go wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from threading import Barrier, Thread
from typing import Any

import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, retrying, transaction
from erp_core.errors import ErpError
from erp_core.testing.statements import listening
from plugins.backorders.models import BalanceRow
from plugins.backorders.services import refresh
from plugins.backorders.services.verify import QueueVerifier
from plugins.inventory.services import stock
from plugins.sales.models import OPEN_STATUSES, SalesOrder
from plugins.sales.services import orders, shipping
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Act, Market

CLIENTS, TURNS = 8, 8
Turn = Callable[[Market, Random], object]


def products(market: Market) -> list[int]:
    return [market.mug, market.kettle, market.spare]


def confirm(market: Market, random: Random) -> None:
    two = random.sample(products(market), 2)
    urgent = random.choice([0, 0, 0, 4])
    m.ordered(market, *((product, random.randint(1, 3)) for product in two), priority=urgent)


def receive(market: Market, random: Random) -> None:
    two = random.sample(products(market), 2)
    m.arrive_all({product: random.randint(1, 4) for product in two}, market.porto)


def ship(market: Market, random: Random) -> None:
    query = sa.select(SalesOrder.id).where(SalesOrder.status.in_(OPEN_STATUSES))
    found = list(db.session.scalars(query.order_by(SalesOrder.id)))
    if found:
        shipping.ship(random.choice(found[:6]))


def cancel(market: Market, random: Random) -> None:
    query = sa.select(SalesOrder.id).where(SalesOrder.status.in_(OPEN_STATUSES))
    found = list(db.session.scalars(query))
    if found:
        orders.cancel([random.choice(found)])


MIXED: tuple[Turn, ...] = (confirm, confirm, confirm, receive, receive, ship, cancel)


def client(app: Flask, turns: Iterator[Callable[[], object]], failed: list[BaseException]) -> None:
    """Do one turn after the other, each as an edge does it."""
    for turn in turns:
        try:
            with app.app_context():
                retrying(lambda turn=turn: _in_transaction(turn), attempts=12)  # type: ignore[misc]
        except ErpError:
            continue  # "nothing can ship now", "cancelled already": an answer, not a fault
        except BaseException as fault:
            failed.append(fault)
            return


def _in_transaction(turn: Callable[[], object]) -> None:
    with transaction():
        turn()


def race(app: Flask, market: Market, kinds: tuple[Turn, ...]) -> list[BaseException]:
    """Let all clients run at once; returns what failed."""
    start, failed = Barrier(CLIENTS), list[BaseException]()

    def turns(seed: int) -> Iterator[Callable[[], object]]:
        random = Random(seed)
        start.wait()
        for _ in range(TURNS):
            kind = random.choice(kinds)
            yield lambda kind=kind: kind(market, random)  # type: ignore[misc]

    threads = [Thread(target=client, args=(app, turns(seed), failed)) for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_many_clients_at_once_leave_everything_right(app: Flask, act: Act) -> None:
    market: Market = act(m.open_market)
    act(lambda: m.arrive_all(dict.fromkeys(products(market), 1), market.porto))
    deadlocks: list[str] = []

    def note(context: Any) -> None:
        if getattr(context.original_exception, "sqlstate", "") == "40P01":
            deadlocks.append(str(context.original_exception))

    with listening(app, "handle_error", note):
        failed = race(app, market, MIXED)
    assert not failed, failed
    assert not deadlocks, deadlocks
    with app.app_context():
        assert not list(QueueVerifier().differences())
        assert refresh.refresh().rows == 0
        held = stock.on_hand(products(market))
        rows = db.session.execute(sa.select(BalanceRow.product_id, BalanceRow.counted))
        for product, counted in rows:
            assert counted == held.get((product, market.porto), 0)
        made = db.session.scalar(sa.select(sa.func.count()).select_from(SalesOrder)) or 0
        assert made > CLIENTS


def unlocked(
    _connection: object, _cursor: object, statement: str, parameters: object, *_more: object
) -> tuple[str, object]:
    """Take the lock out of the statement that locks balance rows, and give others time."""
    if "FROM backorders_balance" in statement and "FOR UPDATE" in statement:
        time.sleep(0.01)
        statement = statement.replace("FOR UPDATE", "")
    return statement, parameters


def test_without_the_lock_on_balance_rows_the_same_run_goes_wrong(app: Flask, act: Act) -> None:
    """PostgreSQL only: SQLite locks the whole file when a transaction begins."""
    market: Market = act(m.open_market)
    act(lambda: m.arrive_all(dict.fromkeys(products(market), 60), market.porto))
    with listening(app, "before_cursor_execute", unlocked, retval=True):
        failed = race(app, market, (confirm, receive))
    with app.app_context():
        wrong = bool(failed or list(QueueVerifier().differences()))
        assert wrong is (db.engine.dialect.name == "postgresql"), failed
        refresh.refresh()
        assert not list(QueueVerifier().differences())
