"""The one list of everything that sales adds."""

from __future__ import annotations

from erp_core.registration import Registration
from plugins.sales import events, models

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register events, screens, jobs and ports."""
    erp.event(
        events.OrdersConfirmed,
        events.OrdersChanged,
        events.OrdersCancelled,
        events.LinesShipped,
        events.PaymentRecorded,
    )
