"""The worker: APScheduler ticks, the database decides who leads and what is due.

Jobs are declared in code (memory job store). Each tick only looks for due work and claims it, so
a missed, doubled or late tick does no harm. One leader at a time holds a lease; its epoch fences
every claim, so a paused old leader cannot claim anything.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from typing import Any, cast

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult

from erp_core.db import database_seconds, db, is_sqlite, transaction
from erp_core.jobs import abandon_scheduled, claim_due, claim_queued, execute
from erp_core.models import Lease
from erp_core.registry import Registry

log = logging.getLogger(__name__)
LEASE_SECONDS = 15
RENEW_SECONDS = 4
TICK_SECONDS = 1


class Worker:
    """Runs scheduled and queued jobs while it leads; several may run, one leads."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.epoch: int | None = None
        self._valid_until = 0.0
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    @property
    def leads(self) -> bool:
        """Say whether the lease was renewed recently enough to act on it."""
        return self.epoch is not None and time.monotonic() < self._valid_until

    def start(self) -> None:
        """Take part in the election and begin to tick."""
        self._every(RENEW_SECONDS, self.renew)
        self._every(TICK_SECONDS, self.run_queued)
        for name in cast(Registry, self.app.extensions["erp"]).jobs:
            self._every(TICK_SECONDS, self.run_due, name)
        self.renew()
        self._scheduler.start()

    def _every(self, seconds: int, work: Any, *args: object) -> None:
        self._scheduler.add_job(self._guarded, "interval", args=[work, *args], seconds=seconds)

    def _guarded(self, work: Any, *args: object) -> None:
        """A tick that fails (database away) is logged; the next one tries again."""
        try:
            work(*args)
        except Exception:
            log.exception("worker tick failed")

    def stop(self) -> None:
        """Finish what runs, give the lease back and end."""
        self._scheduler.shutdown(wait=True)
        with self.app.app_context():
            release(self.name)

    def renew(self) -> None:
        """Take or keep the lease; a new leader gives up what the one before left running."""
        asked_at, before = time.monotonic(), self.epoch
        with self.app.app_context():
            self.epoch = acquire(self.name)
            if self.epoch not in (None, before):
                with transaction():
                    abandon_scheduled()
        self._valid_until = asked_at + LEASE_SECONDS - 1

    def run_due(self, name: str) -> None:
        """Run one job if its time has come and this worker leads."""
        if not self.leads or self.epoch is None:
            return
        with self.app.app_context():
            job = self.app.extensions["erp"].jobs[name]
            run_id = claim_due(job, self.epoch)
        self._execute(run_id)

    def run_queued(self) -> None:
        """Run what people asked for."""
        with self.app.app_context():
            run_id = claim_queued()
        self._execute(run_id)

    def _execute(self, run_id: int | None) -> None:
        if run_id is not None:
            with self.app.app_context():
                execute(run_id)


def acquire(holder: str) -> int | None:
    """Take or renew the lease; returns the epoch while `holder` leads, else None."""
    clock = database_seconds()
    mine = Lease.holder == holder
    free = sa.or_(mine, Lease.expires_at < clock)
    epoch = sa.case((mine, Lease.epoch), else_=Lease.epoch + 1)
    claim = sa.update(Lease).where(Lease.name == "scheduler", free)
    values = {"holder": holder, "expires_at": clock + LEASE_SECONDS, "epoch": epoch}
    with transaction():
        _ensure_lease()
        won = cast("CursorResult[Any]", db.session.execute(claim.values(**values))).rowcount
        found = db.session.scalar(sa.select(Lease.epoch).filter_by(name="scheduler"))
    return found if won else None


def release(holder: str) -> None:
    """Give the lease back, so that another worker may lead at once."""
    mine = sa.update(Lease).where(Lease.name == "scheduler", Lease.holder == holder)
    with transaction():
        db.session.execute(mine.values(expires_at=0.0))


def _ensure_lease() -> None:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    db.session.execute(insert(Lease).values(name="scheduler").on_conflict_do_nothing())


def run_until_stopped(app: Flask) -> None:
    """Run a worker until SIGTERM or SIGINT; a running job is finished first."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    worker = Worker(app)
    worker.start()
    log.info("worker %s started", worker.name)
    while not ended.wait(1):
        pass
    worker.stop()
