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
from erp_core.plugin import Action, Column, Event, Filter, MenuEntry, Panel, PluginSettings

CORE = "core"
Thing = TypeVar("Thing")
Port = TypeVar("Port")
EventType = TypeVar("EventType", bound=Event)
Part = Column | Action | Filter | Panel


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
    handlers: dict[type[Event], list[Owned[Callable[[Any], None]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    providers: dict[type[Any], list[Owned[Any]]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[Owned[Part]]] = field(default_factory=lambda: defaultdict(list))
    screens: dict[str, str] = field(default_factory=dict)
    routes: dict[str, tuple[str, str]] = field(default_factory=dict)
    frozen: bool = False

    def check_open(self) -> None:
        """Refuse registration after the start (phase 5)."""
        if self.frozen:
            raise PluginError("The registry is closed: plugins register only while starting.")

    def drop(self, owner: str) -> None:
        """Forget everything of a plugin whose `register` failed half way."""
        self.settings.pop(owner, None)
        for table in (self.jobs, self.events):
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


class Registration:
    """The verbs a plugin's `register(erp)` may use. It remembers which plugin is talking."""

    def __init__(self, registry: Registry, owner: str) -> None:
        self._registry = registry
        self.owner = owner

    def settings(self, cls: type[PluginSettings]) -> None:
        """Add typed settings; the form and the documentation are made from them."""
        self._registry.check_open()
        self._registry.settings[self.owner] = cls

    def event(self, *classes: type[Event]) -> None:
        """Announce which events this plugin publishes; mailable ones can get a template."""
        self._registry.check_open()
        for cls in classes:
            key = cls.key or f"{self.owner}.{cls.__name__}"
            self._unique(self._registry.events, key, "event")
            self._registry.events[key] = Owned(self.owner, cls)

    def view(
        self,
        cls: type[Any],
        model: type[Any] | None = None,
        *,
        name: str = "",
        menu: str = "",
        icon: str = "point",
        order: int = 100,
        badge: Callable[[], int | None] = lambda: None,
        visible: Callable[[], bool] = lambda: True,
    ) -> None:
        """Add a Flask-Admin screen, with `name` and `menu` also to the side bar."""
        self._registry.check_open()
        entry = None
        if menu:
            endpoint = f"{cls.key.replace('.', '_')}.{cls.home}"
            permission = cls.permission_for(cls.home)
            entry = MenuEntry(menu, name, endpoint, permission, icon, order, badge, visible)
        for key in (cls.key, *cls.more_screens):
            self.screen(key, name or key)
        self._registry.views.append(Owned(self.owner, ViewSpec(cls, model, entry)))

    def screen(self, key: str, title: str) -> None:
        """Name a screen or table that other plugins may add parts to."""
        self._registry.check_open()
        self._unique(self._registry.screens, key, "screen")
        self._registry.screens[key] = title

    def menu(self, entry: MenuEntry) -> None:
        """Add a side bar entry for a page of a blueprint."""
        self._registry.check_open()
        self._registry.menu.append(Owned(self.owner, entry))

    def blueprint(self, blueprint: Blueprint) -> None:
        """Add pages; every view function names its permission with `access.requires`."""
        self._registry.check_open()
        self._registry.blueprints.append(Owned(self.owner, blueprint))

    def api(self, blueprint: Any) -> None:
        """Add REST resources (a flask-smorest blueprint) below /api/v1."""
        self._registry.check_open()
        self._registry.apis.append(Owned(self.owner, blueprint))

    def job(
        self,
        name: str,
        run: Callable[..., object],
        *,
        every: timedelta | Callable[[], timedelta] | None = None,
        title: str = "",
    ) -> None:
        """Add work for the scheduler (`every`) or for a button (`every=None`)."""
        self._registry.check_open()
        full = f"{self.owner}.{name}"
        self._unique(self._registry.jobs, full, "job")
        label = title or name.replace("_", " ").capitalize()
        self._registry.jobs[full] = Job(full, label, run, every, self.owner)

    def subscribe(self, event: type[EventType], handler: Callable[[EventType], None]) -> None:
        """React to a fact inside the announcer's transaction."""
        self._registry.check_open()
        self._registry.handlers[event].append(Owned(self.owner, handler))

    def provide(self, port: type[Any], answer: object) -> None:
        """Answer another plugin's question."""
        self._registry.check_open()
        self._registry.providers[port].append(Owned(self.owner, answer))

    def column(self, target: str, column: Column) -> None:
        """Add a column to a screen or line table."""
        self._part(target, column)

    def action(self, target: str, action: Action) -> None:
        """Add an action on chosen rows of a screen."""
        self._part(target, action)

    def filter(self, target: str, chosen: Filter) -> None:
        """Add a select filter to a screen."""
        self._part(target, chosen)

    def panel(self, target: str, panel: Panel) -> None:
        """Add a panel to an expanded row or detail page of a screen."""
        self._part(target, panel)

    def command(self, command: click.Command) -> None:
        """Add a command (or a group that is merged with one of the same name) to `erp`."""
        self._registry.check_open()
        self._registry.commands.append(Owned(self.owner, command))

    def _part(self, target: str, part: Part) -> None:
        self._registry.check_open()
        taken = {owned.thing.key for owned in self._registry.parts[target]}
        self._unique(taken, part.key, f"part of {target}")
        self._registry.parts[target].append(Owned(self.owner, part))

    def _unique(self, taken: Iterable[str], key: str, kind: str) -> None:
        if key in taken:
            raise PluginError(f"Plugin {self.owner} registers the {kind} {key!r} a second time.")


@dataclass(frozen=True, slots=True)
class State:
    """Plugin rows and saved settings as one query gave them."""

    enabled: Mapping[str, bool]
    values: Mapping[tuple[str, str, str, int], Any]


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
    nothing = sa.literal(None)
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
    known = registry()
    rows = state().enabled
    return all(_own_switch(known.found(item), rows) for item in [name, *known.requirements(name)])


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
    """Return columns, actions, filters or panels that plugins add to a screen and show now."""
    shown = [part for part in live(registry().parts.get(target, [])) if part.visible()]
    return [part for part in shown if isinstance(part, kind)]


def mailable_events() -> dict[str, type[Event]]:
    """Return the events of enabled plugins that a template can be assigned to, by key."""
    announced = registry().events.items()
    return {
        key: owned.thing
        for key, owned in announced
        if owned.thing.mailable and enabled(owned.owner)
    }
