"""Periodic work of replenishment."""

from __future__ import annotations

from datetime import timedelta

from erp_core.settings import settings
from plugins.replenishment.services import proposals
from plugins.replenishment.settings import ReplenishmentSettings


def propose() -> dict[str, int]:
    """Bring the proposals up to date; returns how many are new, stayed and went."""
    done = proposals.refresh()
    return {"new": done.new, "stayed": done.stayed, "gone": done.gone, "rows": done.new + done.gone}


def period() -> timedelta:
    """Return the time between two checks."""
    return timedelta(minutes=settings(ReplenishmentSettings).check_minutes)
