"""The progress of a run that makes proposed orders, for buyers who do not see other jobs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import go
from erp_core.admin.job_pages import NO_WORKER, OPEN, figures_of, run_words, worker_alive
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import NotFoundError
from erp_core.jobs import request_cancel
from erp_core.models import JobRun
from plugins.purchasing.services.proposal_runs import ORDER_PROPOSAL

SHOWN = 20


class ProposalRunView(ErpView):
    """One run: its bar, its end, and the orders it made; it can be left and opened again."""

    key = "purchasing.proposal_run"
    see = change = "purchasing.order.edit"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """List the last runs, so that one can be found again after leaving its page."""
        newest = sa.select(JobRun).filter_by(job=ORDER_PROPOSAL).order_by(JobRun.id.desc())
        runs = db.session.scalars(newest.limit(SHOWN)).all()
        title = "Purchase orders being created"
        return self.render("purchasing/proposal_runs.html", title=title, runs=runs, **run_words())

    @expose("/<int:run_id>")
    @requires("purchasing.order.edit")
    def run_view(self, run_id: int) -> ResponseReturnValue:
        """Show the run."""
        return self._page("purchasing/proposal_run.html", _run(run_id))

    @expose("/<int:run_id>/progress")
    @requires("purchasing.order.edit")
    def progress_view(self, run_id: int) -> ResponseReturnValue:
        """Return the part that changes."""
        return self._page("core/job_progress.html", _run(run_id))

    @expose("/<int:run_id>/cancel", methods=("POST",))
    @requires("purchasing.order.edit")
    def cancel_view(self, run_id: int) -> ResponseReturnValue:
        """Stop after the supplier at hand; the orders that are made stay, whole."""
        run = _run(run_id)
        if run.state in OPEN:
            request_cancel(run.id)
        return go(self.get_url(".run_view", run_id=run_id))

    def _page(self, template: str, run: JobRun) -> str:
        waits = run.state == "queued" and not worker_alive()
        facts: dict[str, Any] = {"run": run, "figures": figures_of(run), "may_run": True}
        facts |= {"no_worker": NO_WORKER if waits else "", "open": run.state in OPEN}
        title = "Creating purchase orders"
        return str(self.render(template, title=title, **facts, **run_words()))


def _run(run_id: int) -> JobRun:
    run = db.session.get(JobRun, run_id)
    if run is None or run.job != ORDER_PROPOSAL:
        raise NotFoundError(f"There is no run {run_id} of purchase orders.")
    return run
