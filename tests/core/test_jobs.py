"""Runs of jobs: claimed once, progress seen from outside, cancelled, failed in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core import jobs
from erp_core.app import Erp
from erp_core.db import db, now, reading, retrying, transaction
from erp_core.errors import ErpError
from erp_core.models import JobClock, JobRun
from erp_core.registry import registry
from erp_core.scheduler import Worker, acquire
from tests.core.boot import toy

Act = Callable[[Callable[[], Any]], Any]
WEIGH = "toy_gadget.weigh"


def run_of(app: Erp, run_id: int) -> JobRun:
    with app.app_context(), reading():
        run = db.session.get(JobRun, run_id)
        assert run is not None
        db.session.expunge(run)
        return run


def gadgets(app: Erp) -> list[str]:
    with app.app_context():
        return [one.name for one in toy("toy_gadget.services").gadgets()]


def lead(app: Erp) -> int:
    with app.app_context():
        epoch = acquire("me")
    assert epoch is not None
    return epoch


def claim(app: Erp, epoch: int) -> int | None:
    with app.app_context():
        return jobs.claim_due(registry().jobs[WEIGH], epoch)


def test_a_due_period_is_claimed_once_by_four_who_race(toy_app: Erp) -> None:
    epoch = lead(toy_app)
    claimed: list[int | None] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        claimed.append(claim(toy_app, epoch))

    for _ in range(3):  # three periods
        threads = [threading.Thread(target=race) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(claimed) == 4
        assert len([one for one in claimed if one is not None]) == 1
        claimed.clear()
        with toy_app.app_context(), transaction():
            db.session.execute(sa.update(JobClock).values(next_due=now()))


def test_a_period_that_is_not_due_is_not_claimed(toy_app: Erp) -> None:
    epoch = lead(toy_app)
    assert claim(toy_app, epoch) is not None
    assert claim(toy_app, epoch) is None
    with toy_app.app_context():
        clock = db.session.get(JobClock, WEIGH)
        assert clock is not None
        assert timedelta(minutes=59) < clock.next_due - now() <= timedelta(hours=1)


def test_an_old_epoch_claims_nothing(toy_app: Erp) -> None:
    epoch = lead(toy_app)
    assert claim(toy_app, epoch - 1) is None
    assert claim(toy_app, epoch + 1) is None
    assert claim(toy_app, epoch) is not None


def test_a_plain_job_keeps_its_figures(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: toy("toy_gadget.services").make_gadget("ball"))
    with toy_app.app_context():
        run = jobs.run_now(WEIGH, by="me@example.com")
        assert (run.state, run.rows_touched, run.error) == ("done", 1, "")
        assert run.requested_by == "me@example.com"
        assert run.started_at is not None
        assert run.finished_at is not None
        assert run.finished_at >= run.started_at
        assert run.duration_ms is not None


def test_a_job_may_return_figures_by_name(toy_app: Erp) -> None:
    with toy_app.app_context():
        assert jobs.run_now("toy_gadget.fail", by="me").result == {"rows": 0, "checked": 7}


def start(app: Erp, name: str, **arguments: Any) -> tuple[int, threading.Thread]:
    """Queue a run and let somebody else execute it."""
    with app.app_context(), transaction():
        run_id = jobs.request_run(name, by="me", arguments=arguments).id

    def work() -> None:
        with app.app_context():
            assert jobs.claim(run_id)
            jobs.execute(run_id)

    thread = threading.Thread(target=work)
    thread.start()
    return run_id, thread


def seen(app: Erp, run_id: int, enough: Callable[[JobRun], bool]) -> Iterator[JobRun]:
    """Look at a run from another connection until it has come far enough."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        run = run_of(app, run_id)
        yield run
        if enough(run):
            return
        time.sleep(0.02)
    pytest.fail(f"the run never came that far: {run.state}, {run.done} of {run.total}")


def cancel(app: Erp, run_id: int) -> None:
    def work() -> None:
        with transaction():
            jobs.request_cancel(run_id)

    with app.app_context():
        retrying(work)


def test_progress_is_seen_from_another_connection(toy_app: Erp) -> None:
    run_id, thread = start(toy_app, "toy_gadget.make_many", count=5, pause=60)
    looks = list(seen(toy_app, run_id, lambda run: run.state == "done"))
    thread.join()
    steps = [run.done for run in looks]
    assert steps == sorted(steps)
    assert set(steps) & {1, 2, 3, 4}
    assert {run.message for run in looks} & {f"made {n} of 5" for n in range(1, 5)}
    assert gadgets(toy_app) == [f"made {n}" for n in range(1, 6)]


def test_cancelling_stops_at_the_next_step_and_keeps_what_is_done(toy_app: Erp) -> None:
    run_id, thread = start(toy_app, "toy_gadget.make_many", count=200, pause=30)
    list(seen(toy_app, run_id, lambda run: run.done >= 2))
    cancel(toy_app, run_id)
    thread.join(20)
    run = run_of(toy_app, run_id)
    assert run.state == "cancelled"
    assert run.message == "Cancelled; what was saved before stays."
    assert 2 <= len(gadgets(toy_app)) < 200
    assert len(gadgets(toy_app)) == run.done


def test_a_long_job_lets_others_write_meanwhile(toy_app: Erp) -> None:
    """On SQLite it holds the write lock nearly all the time, and gives way once a second."""
    run_id, thread = start(toy_app, "toy_gadget.make_many", count=100_000, hold=150)
    list(seen(toy_app, run_id, lambda run: run.done >= 2))
    waited = []
    try:
        for number in range(3):
            begun = time.monotonic()
            with toy_app.app_context(), transaction():
                toy("toy_gadget.services").make_gadget(f"mine {number}")
            waited.append(time.monotonic() - begun)
    finally:
        cancel(toy_app, run_id)
        thread.join(30)
    assert not thread.is_alive()
    assert max(waited) < 4, waited
    assert {"mine 0", "mine 1", "mine 2"} <= set(gadgets(toy_app))


def test_a_queued_run_is_cancelled_at_once(toy_app: Erp, toy_act: Act) -> None:
    run_id = toy_act(lambda: jobs.request_run(WEIGH, by="me").id)
    toy_act(lambda: jobs.request_cancel(run_id))
    assert run_of(toy_app, run_id).state == "cancelled"
    with toy_app.app_context():
        assert jobs.claim_queued() is None


@pytest.mark.parametrize(
    ("way", "says"),
    [("sentence", "The gadget is stuck; turn it."), ("fault", "KeyError: 'screw'")],
)
def test_a_failure_is_kept_in_words_and_undone(toy_app: Erp, way: str, says: str) -> None:
    with toy_app.app_context():
        run = jobs.run_now("toy_gadget.fail", by="me", arguments={"way": way})
        assert (run.state, run.error) == ("failed", says)
    assert gadgets(toy_app) == []


def test_a_run_of_a_job_that_is_gone_fails_in_words(toy_app: Erp) -> None:
    with toy_app.app_context(), transaction():
        db.session.add(JobRun(job="gone.job"))
    with toy_app.app_context():
        run_id = jobs.claim_queued()
        assert run_id is not None
        jobs.execute(run_id)
    assert "There is no job 'gone.job'" in run_of(toy_app, run_id).error


def test_a_run_asked_for_is_not_taken_by_a_worker_meanwhile(toy_app: Erp) -> None:
    taken: list[int | None] = []

    def spy(_run: object) -> None:
        taken.append(jobs.claim_queued())

    job = toy_app.extensions["erp"].jobs["toy_gadget.fail"]
    toy_app.extensions["erp"].jobs["toy_gadget.fail"] = jobs.Job(job.name, "", spy, None, job.owner)
    try:
        with toy_app.app_context():
            assert jobs.run_now("toy_gadget.fail", by="me").state == "done"
    finally:
        toy_app.extensions["erp"].jobs["toy_gadget.fail"] = job
    assert taken == [None]


def test_asking_for_an_unknown_job_names_the_known_ones(toy_ctx: Erp) -> None:
    with pytest.raises(ErpError, match=r"no job 'x.y'. Jobs: .*toy_gadget\.weigh"):
        jobs.request_run("x.y", by="me")


def test_queued_runs_are_taken_in_their_order(toy_app: Erp, toy_act: Act) -> None:
    wanted = toy_act(lambda: [jobs.request_run(WEIGH, by="me").id for _ in range(3)])
    with toy_app.app_context():
        assert [jobs.claim_queued() for _ in range(4)] == [*wanted, None]


def test_a_worker_runs_what_was_asked_for(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: toy("toy_gadget.services").make_gadget("ball"))
    run_id = toy_act(lambda: jobs.request_run(WEIGH, by="me").id)
    worker = Worker(toy_app)
    worker.start()
    try:
        list(seen(toy_app, run_id, lambda run: run.state == "done"))
    finally:
        worker.stop()


def test_a_change_inside_a_job_is_audited_with_the_jobs_name(toy_app: Erp) -> None:
    from erp_core.models import AuditRow

    with toy_app.app_context():
        jobs.run_now("toy_gadget.make_many", by="me", arguments={"count": 1})
        actors = db.session.scalars(
            sa.select(AuditRow.actor).filter_by(subject="toy_gadget_gadget")
        )
        assert list(actors) == ["job toy_gadget.make_many"]
