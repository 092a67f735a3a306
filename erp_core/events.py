"""Publish facts to the plugins that listen and are on, inside the announcer's transaction."""

from __future__ import annotations

from erp_core.plugin import Event
from erp_core.registry import live, registry


def publish(event: Event) -> None:
    """Hand `event` to every live handler, in dependency order.

    A handler's exception ends the whole step: half a change is worse than none.
    """
    for handler in live(registry().handlers.get(type(event), [])):
        handler(event)
