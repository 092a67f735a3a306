"""What is registered and by whom; the facade plugins talk to; and who is switched on.

Everything registered carries its owner, so the question "is this plugin on?" is asked in one
place, here, at the moment of use. Nothing an author writes contains that check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar, cast

import click
import sqlalchemy as sa
from flask import Blueprint, current_app, g

from erp_core.config import Config
from erp_core.db import db
from erp_core.discovery import Broken, Found
from erp_core.errors import PluginError
from erp_core.models import PluginState, SettingRow
from erp_core.plugin import (
    Action,
    Column,
    Event,
    Filter,
    MailSource,
    MenuEntry,
    PageAction,
    Panel,
    PluginSettings,
)

CORE = "core"
Thing = TypeVar("Thing")
Port = TypeVar("Port")
EventType = TypeVar("EventType", bound=Event)
Part = Column | Action | Filter | PageAction | Panel


@dataclass(frozen=True, slots=True)
class Owned(Generic[Thing]):
    """A registered thing and the plugin that answers for it."""

    owner: str
    thing: Thing


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic or requested work; `every` may read settings, None means on request only."""

    name: str
    title: str
    run: Callable[..., object]
    every: timedelta | Callable[[], timedelta] | None
    owner: str

    def interval(self) -> timedelta | None:
        """Return the present interval."""
        return self.every() if callable(self.every) else self.every


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """A Flask-Admin screen to build: class, model (or None) and its menu entry."""

    view: type[Any]
    model: type[Any] | None
    menu: MenuEntry | None


@dataclass(slots=True)
class Registry:
    """Everything that plugins registered, in dependency order."""

    config: Config
    plugins: tuple[Found, ...] = ()
    broken: list[Broken] = field(default_factory=list)
    settings: dict[str, type[PluginSettings]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    views: list[Owned[ViewSpec]] = field(default_factory=list)
    blueprints: list[Owned[Blueprint]] = field(default_factory=list)
    apis: list[Owned[Any]] = field(default_factory=list)
    menu: list[Owned[MenuEntry]] = field(default_factory=list)
    commands: list[Owned[click.Command]] = field(default_factory=list)
    events: dict[str, Owned[type[Event]]] = field(default_factory=dict)
    mail: dict[type[Event], Owned[MailSource]] = field(default_factory=dict)
    handlers: dict[type[Event], list[Owned[Callable[[Any], None]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    providers: dict[type[Any], list[Owned[Any]]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[Owned[Part]]] = field(default_factory=lambda: defaultdict(list))
    screens: dict[str, Owned[str]] = field(default_factory=dict)
    routes: dict[str, tuple[str, str]] = field(default_factory=dict)
    presets: dict[str, set[str]] = field(default_factory=dict)
    frozen: bool = False

    def check_open(self) -> None:
        """Refuse registration after the start (phase 5)."""
        if self.frozen:
            raise PluginError("The registry is closed: plugins register only while starting.")

    def drop(self, owner: str) -> None:
        """Forget everything of a plugin whose `register` failed half way."""
        self.settings.pop(owner, None)
        tables: list[dict[Any, Any]] = [self.jobs, self.events, self.screens, self.mail]
        for table in tables:
            for key in [key for key, item in table.items() if item.owner == owner]:
                table.pop(key)
        groups: list[list[Any]] = [self.views, self.blueprints, self.apis, self.menu]
        groups += [self.commands, *self.handlers.values(), *self.providers.values()]
        for group in [*groups, *self.parts.values()]:
            group[:] = [item for item in group if item.owner != owner]

    def found(self, name: str) -> Found:
        """Return an installed plugin; raises PluginError for an unknown name."""
        for item in self.plugins:
            if item.name == name:
                return item
        known = ", ".join(item.name for item in self.plugins)
        raise PluginError(f"No plugin is called {name!r}. Installed: {known}.")

    def dependants(self, name: str) -> list[str]:
        """List the installed plugins that need `name`, directly or through others."""
        needing = {name}
        for item in self.plugins:
            if needing & set(item.manifest.depends):
                needing.add(item.name)
        return [item.name for item in self.plugins if item.name in needing - {name}]

    def requirements(self, name: str) -> list[str]:
        """List what `name` needs, directly or through others, in loading order."""
        needed = {name}
        for item in reversed(self.plugins):
            if item.name in needed:
                needed |= set(item.manifest.depends)
        return [item.name for item in self.plugins if item.name in needed - {name}]


@dataclass(frozen=True, slots=True)
class State:
    """Plugin rows and saved settings as one query gave them; `on` remembers what follows."""

    enabled: Mapping[str, bool]
    values: Mapping[tuple[str, str, str, int], Any]
    on: dict[str, bool] = field(default_factory=dict)


def registry() -> Registry:
    """Return the registry of the running application."""
    return cast(Registry, current_app.extensions["erp"])


def state() -> State:
    """Return toggles and saved settings, read once for each request, job or command."""
    if "erp_state" not in g:
        g.erp_state = _read_state()
    return cast(State, g.erp_state)


def forget_state() -> None:
    """Drop what this request remembers, after changing a toggle or a setting."""
    g.pop("erp_state", None)
    g.pop("erp_settings", None)


def _read_state() -> State:
    nothing = sa.null()
    plugins: sa.SelectBase = sa.select(
        PluginState.name, nothing, nothing, sa.literal(0), nothing, PluginState.enabled
    )
    saved: sa.SelectBase = sa.select(
        SettingRow.plugin,
        SettingRow.key,
        SettingRow.scope,
        SettingRow.scope_id,
        sa.cast(SettingRow.value, sa.Text),
        sa.literal(False),
    )
    rows: Sequence[Any] = db.session.execute(sa.union_all(plugins, saved)).all()
    return State(
        enabled={row[0]: bool(row[5]) for row in rows if row[1] is None},
        values={(r[0], r[1], r[2], r[3]): r[4] for r in rows if r[1] is not None},
    )


def enabled(name: str) -> bool:
    """Say whether a plugin is on: its own row and those of everything it needs."""
    if name == CORE:
        return True
    now = state()
    if name not in now.on:
        known = registry()
        needed = [known.found(item) for item in (name, *known.requirements(name))]
        now.on[name] = all(_own_switch(item, now.enabled) for item in needed)
    return now.on[name]


def _own_switch(found: Found, rows: Mapping[str, bool]) -> bool:
    return rows.get(found.name, found.manifest.enabled_by_default)


def live(items: Iterable[Owned[Thing]]) -> Iterator[Thing]:
    """Yield the things whose owner is on."""
    for item in items:
        if enabled(item.owner):
            yield item.thing


def providers(port: type[Port]) -> list[Port]:
    """Return the answers to a port from plugins that are on, in dependency order."""
    return list(live(registry().providers.get(port, [])))


def parts(target: str, kind: type[Thing]) -> list[Thing]:
    """Return the parts of one kind that plugins add to a screen and show now."""
    shown = [part for part in live(registry().parts.get(target, [])) if part.visible()]
    return [part for part in shown if isinstance(part, kind)]


def mailable_events() -> dict[str, type[Event]]:
    """Return the events of enabled plugins that a template can be assigned to, by key."""
    announced = registry().events.items()
    return {
        key: owned.thing
        for key, owned in announced
        if owned.thing.mailable and enabled(owned.owner) and mail_source(owned.thing)
    }


def mail_source(event: type[Event]) -> MailSource | None:
    """Return who says how an event is mailed, if anybody who is on does."""
    owned = registry().mail.get(event)
    return owned.thing if owned and enabled(owned.owner) else None
