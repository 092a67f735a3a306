"""The one list of everything that back orders add."""

from __future__ import annotations

from erp_core.registration import Registration
from plugins.backorders import events, models
from plugins.backorders.settings import BackorderSettings

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register settings, events, screens, jobs and ports."""
    erp.settings(BackorderSettings)
    erp.event(events.OrdersBackordered, events.BackordersFilled)
