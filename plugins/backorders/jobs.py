"""Periodic work of back orders."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

from erp_core.jobs import Progress
from erp_core.settings import settings
from plugins.backorders.services import pins, refresh
from plugins.backorders.settings import BackorderSettings


def recalculate() -> Generator[Progress, None, dict[str, int]]:
    """Check everything again and repair what is wrong; returns what was read and changed (A09)."""
    work = refresh.steps()
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            done = end.value
            return {"lines": done.lines, "rows": done.rows, "orders": done.orders}
        yield Progress(step.done, step.total, "Giving out stock again")


def period() -> timedelta:
    """Return the time between two checks."""
    return timedelta(minutes=settings(BackorderSettings).backorder_refresh_minutes)


def expire_pins() -> int:
    """Give up pins whose time has come; returns how many (A29)."""
    return pins.expire()
