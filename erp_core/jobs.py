"""Runs of jobs: queue, claim, progress, cancel, and what is kept of each run.

A job is a plain function (one transaction) or a generator that yields `Progress`: each yield is a
commit point where progress becomes visible and a cancellation is obeyed. A job may take one
argument, the `JobRun` row with its `arguments`; it returns nothing, the number of rows touched,
or a mapping of figures for the summary (`rows` is the number touched).
"""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError

from erp_core.audit import act_as
from erp_core.db import db, is_sqlite, now, reading, retrying, transaction
from erp_core.errors import ErpError
from erp_core.models import JobClock, JobRun, Lease
from erp_core.registry import Job, enabled, forget_state, registry

log = logging.getLogger(__name__)
SCHEDULE = "schedule"
"""Who asked for the runs that the scheduler starts."""
TURN_SECONDS, PAUSE_SECONDS = 1.0, 0.12


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job has come; yielding one commits the work so far."""

    done: int
    total: int
    message: str = ""


Steps: TypeAlias = Generator[tuple[Progress, dict[str, Any]], None, dict[str, Any]]
"""A long run that tells how far it is, with its summary so far; it returns the whole summary."""


class CancelledError(Exception):
    """The run was cancelled by a person; what was committed before stays."""


def find_job(name: str) -> Job:
    """Return a declared job; raises ErpError for an unknown name or a plugin that is off."""
    job = registry().jobs.get(name)
    if job is None or not enabled(job.owner):
        known = ", ".join(key for key, item in registry().jobs.items() if enabled(item.owner))
        raise ErpError(f"There is no job {name!r}. Jobs: {known}.")
    return job


def request_run(name: str, *, by: str, arguments: Mapping[str, Any] | None = None) -> JobRun:
    """Queue a run for the worker; the caller's transaction makes it visible."""
    find_job(name)
    run = JobRun(job=name, requested_by=by, arguments=dict(arguments or {}))
    db.session.add(run)
    db.session.flush()
    return run


def run_now(name: str, *, by: str, arguments: Mapping[str, Any] | None = None) -> JobRun:
    """Run a job here and now (a command or a test); commits, and returns the finished run."""
    with transaction():
        run = request_run(name, by=by, arguments=arguments)
        run.state, run.started_at = "running", now()  # a worker must not claim it meanwhile
    run_id = run.id
    execute(run_id)
    return cast(JobRun, db.session.get(JobRun, run_id))


def claim_due(job: Job, epoch: int) -> int | None:
    """Claim a due period of a job for the leader with this `epoch`; returns the run's id.

    One guarded UPDATE decides, so two schedulers never run the same period.
    """
    interval = job.interval()
    if interval is None or not enabled(job.owner):
        return None
    with transaction():
        _ensure_clock(job.name)
        if not _advance_clock(job.name, interval, epoch):
            return None
        run = JobRun(job=job.name, requested_by=SCHEDULE, state="running", started_at=now())
        db.session.add(run)
        db.session.flush()
        return run.id


def _ensure_clock(name: str) -> None:
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    row = insert(JobClock).values(name=name, next_due=now())
    db.session.execute(row.on_conflict_do_nothing())


def _advance_clock(name: str, interval: timedelta, epoch: int) -> bool:
    leads = sa.exists().where(Lease.name == "scheduler", Lease.epoch == epoch)
    due = sa.update(JobClock).where(JobClock.name == name, JobClock.next_due <= now(), leads)
    return _changed(due.values(next_due=now() + interval))


def _changed(statement: sa.Update) -> bool:
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount == 1


def claim_queued() -> int | None:
    """Claim the oldest queued run; returns its id, or None when nothing waits."""
    waiting = sa.select(JobRun.id).filter_by(state="queued").order_by(JobRun.id).limit(1)
    run_id = db.session.scalar(waiting)
    db.session.rollback()
    return run_id if run_id is not None and claim(run_id) else None


def claim(run_id: int) -> bool:
    """Move one queued run to running; False when somebody else was first."""
    queued = sa.update(JobRun).where(JobRun.id == run_id, JobRun.state == "queued")
    with transaction():
        return _changed(queued.values(state="running", started_at=now()))


def execute(run_id: int) -> None:
    """Run a claimed job to its end and keep its figures; never raises for the job's faults."""
    started = time.monotonic()
    run = cast(JobRun, db.session.get(JobRun, run_id))
    name = run.job
    act_as(f"job {name}")
    db.session.rollback()
    try:
        result = retrying(lambda: _perform(find_job(name), run_id))
        outcome = {"state": "done", **_figures(result)}
    except CancelledError:
        outcome = {"state": "cancelled", "message": "Cancelled; what was saved before stays."}
    except Exception as error:
        log.exception("job %s failed", name)
        outcome = {"state": "failed", "error": _sentence(error)}
    db.session.rollback()
    forget_state()
    _finish(run_id, outcome, round((time.monotonic() - started) * 1000))


def _sentence(error: Exception) -> str:
    """Say what failed; never SQL or its values, which stand in the log."""
    if isinstance(error, ErpError):
        return str(error)
    if isinstance(error, DBAPIError):
        return f"The database refused: {str(error.orig).strip().splitlines()[0]}"
    return f"{type(error).__name__}: {error}"


def _perform(job: Job, run_id: int) -> object:
    forget_state()
    with transaction():
        run = cast(JobRun, db.session.get(JobRun, run_id, populate_existing=True))
        takes_run = bool(inspect.signature(job.run).parameters)
        result = job.run(run) if takes_run else job.run()
    if not inspect.isgenerator(result):
        return result
    return _drive(cast("Generator[Progress, None, object]", result), run_id)


def _drive(work: Generator[Progress, None, object], run_id: int) -> object:
    """Advance a long job from one commit point to the next."""
    turn = time.monotonic()
    while True:
        with transaction():
            try:
                progress = next(work)
            except StopIteration as end:
                return end.value
            _note(run_id, progress)
        forget_state()
        if _cancel_requested(run_id):
            work.close()
            raise CancelledError
        turn = _give_way(turn)


def with_summary(run: JobRun, work: Steps) -> Generator[Progress, None, dict[str, Any]]:
    """Keep the summary at every step of a run, so that a cancelled one has it, too."""
    run_id = run.id
    while True:
        try:
            progress, figures = next(work)
        except StopIteration as end:
            return dict(end.value)
        db.session.execute(sa.update(JobRun).filter_by(id=run_id).values(result=figures))
        yield progress


def _give_way(turn: float) -> float:
    """Once a second, leave SQLite's only write lock free long enough for those who wait for it.

    They look every tenth of a second. Without the pause a busy machine was seen to let somebody
    wait for five seconds, which is an error.
    """
    if not is_sqlite() or time.monotonic() - turn < TURN_SECONDS:
        return turn
    time.sleep(PAUSE_SECONDS)
    return time.monotonic()


def _cancel_requested(run_id: int) -> bool:
    """Look without keeping a transaction open: on SQLite it would hold the write lock."""
    with reading():
        found = db.session.scalar(sa.select(JobRun.cancel_requested).filter_by(id=run_id))
        db.session.rollback()
    return bool(found)


def _note(run_id: int, progress: Progress) -> None:
    values = {"done": progress.done, "total": progress.total, "message": progress.message[:500]}
    db.session.execute(sa.update(JobRun).filter_by(id=run_id).values(**values))


def _figures(result: object) -> dict[str, Any]:
    if isinstance(result, Mapping):
        return {"result": dict(result), "rows_touched": int(result.get("rows", 0))}
    return {"rows_touched": result if isinstance(result, int) else 0}


def _finish(run_id: int, outcome: dict[str, Any], duration_ms: int) -> None:
    values = {**outcome, "finished_at": now(), "duration_ms": duration_ms}
    with transaction():
        db.session.execute(sa.update(JobRun).filter_by(id=run_id).values(**values))


def request_cancel(run_id: int) -> None:
    """Ask a run to stop at its next commit point; a queued one is cancelled at once."""
    db.session.execute(sa.update(JobRun).filter_by(id=run_id).values(cancel_requested=True))
    queued = sa.update(JobRun).filter_by(id=run_id, state="queued")
    db.session.execute(queued.values(state="cancelled", finished_at=now()))


def abandon_scheduled() -> int:
    """Mark scheduled runs as failed whose leader died (a new one calls this); returns how many."""
    lost = sa.update(JobRun).where(JobRun.state == "running", JobRun.requested_by == SCHEDULE)
    values = {"state": "failed", "error": "The worker stopped meanwhile.", "finished_at": now()}
    return cast("CursorResult[Any]", db.session.execute(lost.values(**values))).rowcount
