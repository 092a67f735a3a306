"""The one list of everything that purchasing adds."""

from __future__ import annotations

from erp_core.registration import Registration
from plugins.purchasing import events, models

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register events, screens, jobs and ports."""
    for name in dir(events):
        thing = getattr(events, name)
        if isinstance(thing, type) and thing.__module__ == events.__name__ and hasattr(thing, "mailable"):
            erp.event(thing)
