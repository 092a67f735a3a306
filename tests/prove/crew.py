"""Clients in processes of their own, forked from a built application: they race, and are killed.

A client tells what its user was told: one line for each answer, written after the commit.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, reading, retrying, transaction
from erp_core.errors import ErpError
from erp_core.jobs import run_now
from erp_core.ports import Verifier
from erp_core.registry import providers
from plugins.backorders.models import QueueRow
from plugins.inventory.models import StockMove
from plugins.inventory.services import stock
from plugins.sales.models import OPEN_STATUSES, SalesOrder
from plugins.sales.services import orders, shipping
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market

BUSY = "The database is busy"
FORK = multiprocessing.get_context("fork")
Turn = Callable[[Market, Random], Any]


def confirm(market: Market, random: Random) -> dict[str, Any]:
    """Enter and confirm an order of one or two of the three products."""
    chosen = random.sample([market.mug, market.kettle, market.spare], random.randint(1, 2))
    lines = [(product, random.randint(1, 3)) for product in chosen]
    order = m.ordered(market, *lines, priority=random.choice([0, 0, 0, 4]))
    return {"order": order.id, "units": sum(units for _, units in lines)}


def confirm_hot(market: Market, random: Random) -> dict[str, Any]:
    """Enter and confirm an order of the hot product alone."""
    units = random.randint(1, 3)
    return {"order": m.ordered(market, (market.mug, units)).id, "units": units}


def receive(market: Market, random: Random) -> dict[str, Any]:
    """Receive a few units of the hot product."""
    units = random.randint(1, 4)
    moves = [m.Move(market.mug, market.porto, units, m.MoveKind.RECEIPT)]
    stock.post(moves, stock.Source("test.crew", random.getrandbits(50)))
    return {"received": units}


def ship(market: Market, random: Random) -> dict[str, Any]:
    """Ship what can leave of one of the oldest orders."""
    query = sa.select(SalesOrder.id).where(SalesOrder.status.in_(OPEN_STATUSES))
    found = list(db.session.scalars(query.order_by(SalesOrder.id).limit(6)))
    return {"shipped": shipping.ship(random.choice(found)).id} if found else {}


def cancel(market: Market, random: Random) -> dict[str, Any]:
    """Give up one of the newest orders."""
    query = sa.select(SalesOrder.id).where(SalesOrder.status.in_(OPEN_STATUSES))
    found = list(db.session.scalars(query.order_by(SalesOrder.id.desc()).limit(40)))
    if not found:
        return {}
    orders.cancel([key := random.choice(found)])
    return {"cancelled": key}


MIXED: tuple[Turn, ...] = (confirm_hot, confirm_hot, confirm, receive, receive, ship, cancel)


@dataclass(frozen=True, slots=True)
class Shift:
    """What a client does: turns drawn by its seed, until they are done or the time is up."""

    market: Market
    turns: Sequence[Turn]
    seconds: float = 60
    count: int = 10**9
    setup: Callable[[Flask], Any] | None = None


@dataclass(slots=True)
class Answers:
    """What the users of all clients were told."""

    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)

    def take(self, line: dict[str, Any]) -> None:
        if "fault" in line:
            self.faults.append(line["fault"])
            return
        self.done[line["turn"]] += 1
        if "order" in line:
            self.orders.append(line["order"])


def work(app: Flask, shift: Shift, seed: int, tell: Connection) -> None:
    """Be a client; ends the process without the tidying up of its parent."""
    random = Random(seed)
    with app.app_context():
        db.engine.dispose(close=False)
    with contextlib.ExitStack() as stack:
        if shift.setup:
            stack.enter_context(shift.setup(app))
        end = time.monotonic() + shift.seconds
        for _ in range(shift.count):
            if time.monotonic() > end:
                break
            tell.send_bytes(json.dumps(_turn(app, shift, random)).encode())
    tell.close()
    os._exit(0)


def _turn(app: Flask, shift: Shift, random: Random) -> dict[str, Any]:
    turn = random.choice(shift.turns)
    try:
        with app.app_context():
            told = retrying(lambda: _in_transaction(turn, shift.market, random))
    except ErpError as answer:
        busy = str(answer).startswith(BUSY)
        return {"fault": str(answer)} if busy else {"turn": "refused"}
    except Exception as fault:
        return {"fault": f"{type(fault).__name__}: {fault}"[:500]}
    return {"turn": turn.__name__, **told}


def _in_transaction(turn: Turn, market: Market, random: Random) -> dict[str, Any]:
    with transaction():
        return dict(turn(market, random) or {})


def refresh(_market: Market, _random: Random) -> dict[str, Any]:
    """Run the full pass, as the worker does."""
    run = run_now("backorders.refresh", by="crew")
    assert run.state == "done", run.error
    return {}


def start(app: Flask, shift: Shift, seed: int) -> tuple[BaseProcess, Connection]:
    """Fork a client."""
    hear, tell = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, args=(app, shift, seed, tell), daemon=True)
    process.start()
    tell.close()
    return process, hear


def heard(hear: Connection) -> Iterator[dict[str, Any]]:
    """Give what a client told, until it is silent for ever."""
    with contextlib.suppress(EOFError):
        while True:
            yield json.loads(hear.recv_bytes())


def rush(app: Flask, shift: Shift, clients: int) -> Answers:
    """Let so many clients work at once; returns what they were told."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    answers = Answers()
    crew = [start(app, shift, seed) for seed in range(1, clients + 1)]
    open_ones = [hear for _, hear in crew]
    while open_ones:
        for hear in multiprocessing.connection.wait(open_ones):
            try:
                answers.take(json.loads(hear.recv_bytes()))  # type: ignore[union-attr]
            except EOFError:
                open_ones.remove(hear)  # type: ignore[arg-type]
    for process, _ in crew:
        process.join()
    return answers


def kill_after(app: Flask, shift: Shift, seed: int, delay: float) -> Answers:
    """Start a client, wait for its first answer and a moment more, and kill it."""
    process, hear = start(app, shift, seed)
    answers = Answers()
    answers.take(json.loads(hear.recv_bytes()))
    time.sleep(delay)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    for line in heard(hear):
        answers.take(line)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return answers


def wrong(app: Flask) -> list[str]:
    """Say everything that is wrong in the database, by verify and by a plain loop of our own."""
    with app.app_context(), reading():
        verifiers = providers(Verifier)  # type: ignore[type-abstract]
        found = [str(item) for one in verifiers for item in one.differences()]
        found += list(_inversions())
        found += list(_oversold())
        db.session.rollback()
    return found


def _inversions() -> Iterator[str]:
    """Nobody has units while an earlier line of the same product waits for some (I5)."""
    columns = (QueueRow.open_qty, QueueRow.allocated_qty, QueueRow.pinned_qty, QueueRow.forced_qty)
    query = sa.select(QueueRow.line_id, QueueRow.product_id, QueueRow.pool, *columns)
    waits: set[tuple[int, int]] = set()
    for line, product, pool, open_, given, pinned, forced in db.session.execute(
        query.order_by(QueueRow.product_id, QueueRow.pool, QueueRow.alloc_key)
    ):
        if given > pinned and (product, pool) in waits:
            yield f"line {line} has {given} units while an earlier one waits"
        if open_ - given - forced > 0:
            waits.add((product, pool))


def _oversold() -> Iterator[str]:
    """No more is given to lines than the ledger says is there (I2, I4)."""
    given = dict(
        db.session.execute(
            sa.select(QueueRow.product_id, sa.func.sum(QueueRow.allocated_qty)).group_by(
                QueueRow.product_id
            )
        ).all()
    )
    there = dict(
        db.session.execute(
            sa.select(StockMove.product_id, sa.func.sum(StockMove.qty)).group_by(
                StockMove.product_id
            )
        ).all()
    )
    for product, units in given.items():
        if units > there.get(product, 0):
            yield f"product {product}: {units} given, {there.get(product, 0)} there"
