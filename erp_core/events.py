"""Publish facts to the plugins that listen and are on, inside the announcer's transaction."""

from __future__ import annotations

from erp_core.plugin import Event
from erp_core.registry import live, registry


def publish(event: Event) -> None:
    """Hand `event` to every live handler, in dependency order, then to those that hear everything.

    A handler's exception ends the whole step: half a change is worse than none.
    """
    handlers = registry().handlers
    heard = handlers.get(type(event), [])
    everything = handlers.get(Event, []) if type(event) is not Event else []
    for handler in live([*heard, *everything]):
        handler(event)
