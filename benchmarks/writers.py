"""Eight processes enter, confirm and receive 50 hot products for a minute; then verify counts."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random

from benchmarks.commands import DAY
from benchmarks.meter import cpu_seconds
from benchmarks.places import Place
from erp_core.db import db, is_sqlite, reading, retrying, transaction
from erp_core.ports import Verifier
from erp_core.registry import providers
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import stock
from plugins.sales.services import orders
from plugins.sales.services.orders import NewLine, NewOrder

WRITERS, SECONDS, HOT = 8, 60.0, 50
FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Minute:
    """What the writers got done together, and what was wrong afterwards."""

    seconds: float
    orders: int = 0
    receipts: int = 0
    faults: int = 0
    violations: int = 0
    cpu: float = 0.0

    @property
    def each(self) -> float:
        """Return CPU milliseconds a command, of the writers and the backends that served them."""
        return self.cpu / max(1, self.orders + self.receipts) * 1e3

    @property
    def rate(self) -> float:
        """Return orders confirmed a second."""
        return self.orders / self.seconds


def minute(place: Place, seconds: float = SECONDS) -> Minute:
    """Let the writers loose: 70 % new orders of four lines, 30 % receipts of three products."""
    with place.app.app_context():
        db.session.remove()
        db.engine.dispose()
    crew = []
    for seed in range(1, WRITERS + 1):
        hear, tell = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_write, args=(place, seed, seconds, tell), daemon=True)
        process.start()
        crew.append((process, hear))
    done = Minute(seconds)
    for process, hear in crew:
        confirmed, received, faults, cpu = hear.recv()
        done.orders += confirmed
        done.receipts += received
        done.faults += faults
        done.cpu += cpu
        process.join()
    done.violations = _violations(place)
    return done


def _write(place: Place, seed: int, seconds: float, tell: Connection) -> None:
    random, counts, receipts = Random(seed), [0, 0, 0], iter(range(seed * 10**9, 2**62))
    with place.app.app_context():
        db.engine.dispose(close=False)
    start, end = time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        kind = int(random.random() > 0.7)
        try:
            with place.app.app_context():
                retrying(lambda k=kind: _turn(k, random, next(receipts)))  # type: ignore[misc]
        except Exception:
            kind = 2
        counts[kind] += 1
    tell.send((*counts, time.process_time() - start + _backend(place)))
    os._exit(0)


def _backend(place: Place) -> float:
    """Return the CPU seconds of the backend that served this process; SQLite has none."""
    with place.app.app_context():
        if is_sqlite():
            return 0.0
        raw = db.session.connection().connection.dbapi_connection
        return cpu_seconds(raw.info.backend_pid)  # type: ignore[union-attr]


def _turn(kind: int, random: Random, receipt: int) -> None:
    with transaction():
        if kind:
            products = random.sample(range(1, HOT + 1), 3)
            moves = [Move(p, 1, random.randint(1, 9), MoveKind.RECEIPT) for p in products]
            stock.post(moves, stock.Source("benchmark.rush", receipt))
            return
        lines = _lines(random)
        (order,) = orders.create([NewOrder(1, 1, lines, ordered_on=DAY)])
        orders.confirm([order.id])


def _lines(random: Random) -> tuple[NewLine, ...]:
    chosen: Sequence[int] = random.sample(range(1, HOT + 1), 4)
    return tuple(NewLine(product, random.randint(1, 9)) for product in chosen)


def _violations(place: Place) -> int:
    with place.app.app_context(), reading():
        verifiers = providers(Verifier)  # type: ignore[type-abstract]
        found = sum(1 for one in verifiers for _ in one.differences())
        db.session.remove()
    return found
