"""The recalculation: when everything was checked last, and a button that asks for it (A09)."""

from __future__ import annotations

import sqlalchemy as sa
from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import format_timedelta
from flask_security import current_user

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.db import db, now
from erp_core.jobs import find_job, request_run
from erp_core.models import JobRun

JOB = "backorders.refresh"


def checked_words() -> str:
    """Say how long ago everything was checked; one statement."""
    done = sa.select(JobRun.finished_at).filter_by(job=JOB, state="done")
    at = db.session.scalar(done.order_by(JobRun.id.desc()).limit(1))
    if at is None:
        return "stock not checked as a whole yet"
    return f"stock checked {format_timedelta(at - now(), add_direction=True, threshold=1.2)}"


class Refreshing:
    """The address that asks for a recalculation."""

    @expose("/refresh", methods=("POST",))
    @requires("backorders.refresh")
    def refresh_now(self) -> ResponseReturnValue:
        """Queue the full pass, unless it waits already, and show its progress."""
        find_job(JOB)
        waiting = sa.select(JobRun).filter_by(job=JOB, state="queued").order_by(JobRun.id)
        run = db.session.scalar(waiting.limit(1)) or request_run(JOB, by=current_user.email)
        if can("core.jobs.view"):
            return go(url_for("core_jobs.run_view", run_id=run.id))
        flash("Recalculation is queued; the list shows when it is done.", "success")
        return go(url_for(".index_view"))
