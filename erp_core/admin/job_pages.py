"""The jobs page: what runs when, every run with its progress, figures and error sentence.

A job that returns a mapping gets a summary: one line for each figure. The key `links` may hold
addresses inside this site by figure name; a figure with a link leads to the rows it counts.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import format_datetime, format_timedelta
from flask_security import current_user

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.admin.durations import duration_text, elapsed_text
from erp_core.admin.screen import ErpView
from erp_core.admin.settings_fields import in_words
from erp_core.admin.web import safe_target
from erp_core.db import db, now
from erp_core.errors import NotFoundError
from erp_core.jobs import find_job, request_cancel, request_run
from erp_core.models import JobClock, JobRun, Lease
from erp_core.registry import Job, enabled, registry

PAGE = 50
LAST_PAGE = 100_000
STATES = {
    "queued": ("Waiting", "wait"),
    "running": ("Running", "other"),
    "done": ("Done", "ok"),
    "failed": ("Failed", "missing"),
    "cancelled": ("Cancelled", "done"),
}
OPEN = ("queued", "running")
NO_WORKER = "No worker is running, so it waits until one starts (erp worker)."


@dataclass(frozen=True, slots=True)
class JobLine:
    """A declared job with its rhythm and its last run."""

    job: Job
    every: str
    due: datetime | None
    last: JobRun | None
    startable: bool


class JobsView(ErpView):
    """Declared jobs and their runs."""

    key = "core.jobs"
    see = "core.jobs.view"
    change = "core.jobs.run"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the declared jobs, then all runs, the newest first."""
        page = _page_number(request.args.get("page", ""))
        job, state = request.args.get("job", ""), request.args.get("state", "")
        runs = _runs(job, state, page)
        return self._render(
            "core/jobs.html",
            title="Jobs",
            lines=job_lines(),
            runs=runs[:PAGE],
            page=page,
            more=len(runs) > PAGE,
            chosen={"job": job, "state": state},
            worker=worker_alive(),
        )

    @expose("/start", methods=("POST",))
    def start_view(self) -> ResponseReturnValue:
        """Queue a run, unless one waits already, and show it."""
        job = find_job(request.form.get("job", ""))
        waiting = sa.select(JobRun).filter_by(job=job.name, state="queued").order_by(JobRun.id)
        run = db.session.scalar(waiting.limit(1)) or request_run(job.name, by=current_user.email)
        if not worker_alive():
            flash(f"{job.title} is queued. {NO_WORKER}", "warning")
        return go(self.get_url(".run_view", run_id=run.id))

    @expose("/<int:run_id>")
    @requires("core.jobs.view")
    def run_view(self, run_id: int) -> ResponseReturnValue:
        """Show one run; the page may be left and opened again while it lasts."""
        run = _run_or_404(run_id)
        return self._run_page("core/job_run.html", run)

    @expose("/<int:run_id>/progress")
    @requires("core.jobs.view")
    def progress_view(self, run_id: int) -> ResponseReturnValue:
        """Return the part of a run's page that changes while it lasts."""
        return self._run_page("core/job_progress.html", _run_or_404(run_id))

    @expose("/<int:run_id>/cancel", methods=("POST",))
    def cancel_view(self, run_id: int) -> ResponseReturnValue:
        """Ask a run to stop at its next commit point."""
        run = _run_or_404(run_id)
        if run.state in OPEN:
            request_cancel(run.id)
        else:
            flash("The run had ended already; nothing was changed.", "info")
        return go(self.get_url(".run_view", run_id=run_id))

    def _run_page(self, template: str, run: JobRun) -> str:
        title = job_title(run.job)
        waits = run.state == "queued" and not worker_alive()
        facts = {"run": run, "figures": figures_of(run), "no_worker": NO_WORKER if waits else ""}
        return self._render(template, title=title, open=run.state in OPEN, **facts)

    def _render(self, template: str, **facts: Any) -> str:
        return str(self.render(template, may_run=can(self.change), **facts, **run_words()))


def run_words() -> dict[str, Any]:
    """Return what templates need to name runs of jobs."""
    return {
        "states": STATES,
        "job_title": job_title,
        "owner_title": owner_title,
        "moment": moment,
        "away": away,
        "elapsed": elapsed_text,
        "sentence": error_sentence,
        "may_see_runs": can("core.jobs.view"),
    }


def _page_number(text: str) -> int:
    """Read a page number; nonsense means the first page."""
    return min(int(text), LAST_PAGE) if text.isdecimal() and len(text) < 10 else 0


def _runs(job: str, state: str, page: int) -> list[JobRun]:
    """Return a page of runs and one more, if there is one."""
    wanted = sa.select(JobRun).order_by(JobRun.id.desc()).offset(page * PAGE).limit(PAGE + 1)
    chosen = {"job": job} if job in registry().jobs else {}
    chosen |= {"state": state} if state in STATES else {}
    return list(db.session.scalars(wanted.filter_by(**chosen)))


def _run_or_404(run_id: int) -> JobRun:
    run = db.session.get(JobRun, run_id)
    if run is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return run


def job_lines() -> list[JobLine]:
    """Return the jobs of enabled plugins with rhythm, next due time and last run."""
    clocks = dict(db.session.execute(sa.select(JobClock.name, JobClock.next_due)).all())
    last = last_runs()
    jobs = [job for job in registry().jobs.values() if enabled(job.owner)]
    return [
        JobLine(
            job=job,
            every=_rhythm(job),
            due=clocks.get(job.name) if job.every else None,
            last=last.get(job.name),
            startable=bool(job.every) or not inspect.signature(job.run).parameters,
        )
        for job in jobs
    ]


def _rhythm(job: Job) -> str:
    interval = job.interval()
    return f"Every {duration_text(interval)}" if interval else "On request"


def last_runs() -> dict[str, JobRun]:
    """Return the newest run of each job, in one statement."""
    newest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job)
    found = db.session.scalars(sa.select(JobRun).where(JobRun.id.in_(newest)))
    return {run.job: run for run in found}


def worker_alive() -> bool:
    """Say whether a worker holds an unexpired lease, by the database's own clock."""
    until = sa.select(Lease.expires_at).filter_by(name="scheduler").scalar_subquery()
    moment, expires_at = db.session.execute(sa.select(sa.func.now(), until)).one()
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return expires_at is not None and at.timestamp() < expires_at


def job_title(name: str) -> str:
    """Return a job's title, also of one that is no longer declared."""
    job = registry().jobs.get(name)
    return job.title if job else name


def figures_of(run: JobRun) -> list[tuple[str, Any, str]]:
    """Return the summary of a run: words, figure, and where its rows are (or empty)."""
    links = run.result.get("links")
    known: Mapping[str, Any] = links if isinstance(links, Mapping) else {}
    return [
        (in_words(key), value, safe_target(str(known.get(key, "")), fallback=""))
        for key, value in run.result.items()
        if key != "links"
    ]


def owner_title(job: Job) -> str:
    """Return the title of the plugin a job belongs to."""
    return registry().found(job.owner).manifest.title


def error_sentence(run: JobRun) -> str:
    """Return the first line of an error: what follows in a database error is its SQL."""
    return (run.error or "").partition("\n")[0].partition("[SQL:")[0].strip()


def moment(at: datetime | None) -> str:
    """Write an instant in the business's time zone."""
    return str(format_datetime(at, "d MMM, HH:mm")) if at else ""


def away(at: datetime) -> str:
    """Write how far an instant is away: `in 5 minutes`, `2 hours ago`."""
    return str(format_timedelta(at - now(), add_direction=True, threshold=1.2))
