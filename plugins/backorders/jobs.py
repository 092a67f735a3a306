"""Periodic work of back orders."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Any

from erp_core.jobs import Progress, with_summary
from erp_core.models import JobRun
from erp_core.settings import settings
from plugins.backorders.services import charging, fill_batch, multi_order, pins, refresh
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


def run_fill_batch(run: JobRun) -> Generator[Progress, None, dict[str, Any]]:
    """Fill back orders as the run's arguments say; a cancelled run leaves whole orders (F131)."""
    return with_summary(run, fill_batch.steps(run.id, fill_batch.Options.read(run.arguments)))


def run_multi_order(run: JobRun) -> Generator[Progress, None, dict[str, Any]]:
    """Process unapproved orders as the run's arguments say (F140)."""
    return with_summary(run, multi_order.steps(multi_order.Options.read(run.arguments)))


def charge_fills() -> Generator[Progress, None, int]:
    """Charge what was intended and not settled, after a crash for one (A14); returns how many."""
    orders = charging.pending()
    done = 0
    for place, order_id in enumerate(orders, start=1):
        done += len(charging.settle(order_id))
        yield Progress(place, len(orders))
    return done
