"""Long work of purchasing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.jobs import Progress
from erp_core.models import JobRun
from plugins.purchasing.services import proposal_runs


def order_proposal(run: JobRun) -> Generator[Progress, None, dict[str, Any]]:
    """Make proposed orders, a few suppliers at a time; a cancelled run leaves whole orders.

    The summary is kept at every step, so that a cancelled run has one, too.
    """
    run_id, work = run.id, proposal_runs.steps(run.arguments)
    while True:
        try:
            progress, figures = next(work)
        except StopIteration as end:
            return dict(end.value)
        db.session.execute(sa.update(JobRun).filter_by(id=run_id).values(result=figures))
        yield progress
