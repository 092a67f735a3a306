"""The worker's lease: one leads, a dead one is followed, a paused one is fenced off."""

from __future__ import annotations

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

from erp_core import jobs, scheduler
from erp_core.app import Erp
from erp_core.db import db, now, transaction
from erp_core.models import JobRun, Lease
from erp_core.registry import registry
from erp_core.scheduler import LEASE_SECONDS, acquire, release
from erp_core.testing.databases import Database
from tests.core.boot import toy
from tests.core.processes import QUICK_LEASE, Place, kill, wait_for


def lease(app: Erp) -> Lease:
    with app.app_context():
        found = db.session.scalars(sa.select(Lease)).one_or_none()
        return Lease(holder=found.holder, epoch=found.epoch) if found else Lease(holder="", epoch=0)


def expire(app: Erp) -> None:
    """Let the lease run out."""
    with app.app_context(), transaction():
        db.session.execute(sa.update(Lease).values(expires_at=Lease.expires_at - LEASE_SECONDS - 1))


def test_one_leads_until_its_lease_ends(toy_app: Erp) -> None:
    with toy_app.app_context():
        first = acquire("a")
        assert first is not None
        assert acquire("b") is None
        assert acquire("a") == first
    expire(toy_app)
    with toy_app.app_context():
        assert acquire("b") == first + 1
        assert acquire("a") is None


def test_a_lease_given_back_is_free_at_once(toy_app: Erp) -> None:
    with toy_app.app_context():
        first = acquire("a")
        release("b")
        assert acquire("b") is None
        release("a")
        assert first is not None
        assert acquire("b") == first + 1


def test_a_paused_leader_claims_nothing_after_it_was_followed(toy_app: Erp) -> None:
    job = toy_app.extensions["erp"].jobs["toy_gadget.weigh"]
    with toy_app.app_context():
        old = acquire("a")
    expire(toy_app)
    with toy_app.app_context():
        new = acquire("b")
    assert old is not None
    assert new is not None
    with toy_app.app_context():
        assert jobs.claim_due(job, old) is None
        assert jobs.claim_due(job, new) is not None


def test_a_worker_that_could_not_renew_does_not_act(toy_app: Erp) -> None:
    worker = scheduler.Worker(toy_app)
    worker.renew()
    assert worker.leads
    worker._valid_until = time.monotonic() - 1
    worker.run_due("toy_gadget.tick")
    with toy_app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(JobRun.id))) == 0


def test_a_new_leader_gives_up_the_runs_of_the_dead_one(toy_app: Erp) -> None:
    with toy_app.app_context():
        epoch = acquire("dead")
        assert epoch is not None
        lost = jobs.claim_due(registry().jobs["toy_gadget.weigh"], epoch)
    expire(toy_app)
    worker = scheduler.Worker(toy_app)
    worker.renew()
    with toy_app.app_context():
        run = db.session.get(JobRun, lost)
        assert run is not None
        assert (run.state, run.error) == ("failed", "The worker stopped meanwhile.")
        assert run.finished_at is not None
        assert run.finished_at <= now()


def ticks(app: Erp) -> list[tuple[int, int]]:
    """Return which process wrote which row of the periodic job."""
    tick = toy("toy_gadget.models").Tick
    with app.app_context():
        return [(row[0], row[1]) for row in db.session.execute(sa.select(tick.id, tick.process))]


def test_a_killed_worker_is_followed_and_no_period_runs_twice(
    toy_app: Erp, toy_database: Database, tmp_path: Path
) -> None:
    place = Place(tmp_path, toy_database.url)
    with (
        place.running("worker", before=QUICK_LEASE) as one,
        place.running("worker", before=QUICK_LEASE) as two,
    ):
        wait_for(lambda: len(ticks(toy_app)) >= 2, f"two ticks: {place.logs()}")
        first = lease(toy_app)
        leader = one if f":{one.pid}:" in first.holder else two
        follower = two if leader is one else one
        assert f":{leader.pid}:" in first.holder
        assert {process for _, process in ticks(toy_app)} == {leader.pid}

        kill(leader)
        wait_for(lambda: ticks(toy_app)[-1][1] == follower.pid, f"the other: {place.logs()}")
        second = lease(toy_app)
        assert f":{follower.pid}:" in second.holder
        assert second.epoch == first.epoch + 1
        os.kill(follower.pid, signal.SIGTERM)
        assert follower.wait(30) == 0

    processes = [process for _, process in ticks(toy_app)]
    assert processes == sorted(processes, key=[leader.pid, follower.pid].index)
    assert periods_apart(toy_app)


def periods_apart(app: Erp) -> bool:
    """Say whether runs of the job that is due every second began at least that far apart."""
    wanted = sa.select(JobRun.started_at).filter_by(job="toy_gadget.tick").order_by(JobRun.id)
    with app.app_context():
        begun = [at.timestamp() for at in db.session.scalars(wanted) if at is not None]
    return all(later - earlier > 0.95 for earlier, later in pairwise(begun))
