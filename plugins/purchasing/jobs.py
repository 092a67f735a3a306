"""Long work of purchasing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from erp_core.jobs import Progress, with_summary
from erp_core.models import JobRun
from plugins.purchasing.services import proposal_runs


def order_proposal(run: JobRun) -> Generator[Progress, None, dict[str, Any]]:
    """Make proposed orders, a few suppliers at a time; a cancelled run leaves whole orders."""
    return with_summary(run, proposal_runs.steps(run.arguments))
