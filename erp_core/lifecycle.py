"""Switch plugins on and off: rows only, so that it holds at the next request everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from erp_core.audit import record
from erp_core.db import db, now
from erp_core.events import publish
from erp_core.models import PluginState
from erp_core.plugin import Event
from erp_core.registry import enabled, forget_state, registry


@dataclass(frozen=True, slots=True)
class PluginToggled(Event):
    """A plugin was switched on or off; its own handlers hear of being switched on."""

    plugin: str
    on: bool


def enable(name: str) -> list[str]:
    """Switch a plugin on with everything it needs; returns what was switched on."""
    wanted = [*registry().requirements(name), registry().found(name).name]
    changed = [item for item in wanted if not _is_on(item)]
    for item in changed:
        _set(item, True)
    forget_state()
    for item in changed:
        publish(PluginToggled(item, True))
    return changed


def would_hide(name: str) -> list[str]:
    """Name the enabled plugins that count as off while `name` is off."""
    registry().found(name)
    return [item for item in registry().dependants(name) if enabled(item)]


def disable(name: str) -> None:
    """Switch a plugin off; dependants count as off, rows and data stay untouched."""
    registry().found(name)
    _set(name, False)
    forget_state()
    publish(PluginToggled(name, False))


def _is_on(name: str) -> bool:
    row = db.session.get(PluginState, name)
    return row.enabled if row else registry().found(name).manifest.enabled_by_default


def _set(name: str, on: bool) -> None:
    row = db.session.get(PluginState, name) or PluginState(name=name)
    before = {"enabled": _is_on(name)}
    row.enabled, row.changed_at = on, now()
    db.session.add(row)
    db.session.flush()
    record(db.session(), "change", "core_plugin", name, before=before, after={"enabled": on})
