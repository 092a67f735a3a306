"""The facade that plugins talk to: every verb of the plugin contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import click
from flask import Blueprint

from erp_core.errors import PluginError
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
from erp_core.registry import Job, Owned, Part, Registry, ViewSpec

EventType = TypeVar("EventType", bound=Event)


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

    def mail(self, event: type[Event], source: MailSource) -> None:
        """Say who is written to when a mailable event is published, and with which data."""
        self._registry.check_open()
        known = {item.key: owned for item, owned in self._registry.mail.items()}
        self._unique(known, event.key, "mail source of the event")
        self._registry.mail[event] = Owned(self.owner, source)

    def view(
        self,
        cls: type[Any],
        model: type[Any] | None = None,
        *,
        name: str = "",
        menu: str = "",
        icon: str = "point",
        order: int = 100,
        badge: Callable[[], object] = lambda: None,
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
        self._registry.screens[key] = Owned(self.owner, title)

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
        """React to a fact inside the announcer's transaction; to all facts with `Event` itself."""
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

    def page_action(self, target: str, action: PageAction) -> None:
        """Add a button that opens a dialog on a detail page of a screen."""
        self._part(target, action)

    def command(self, command: click.Command) -> None:
        """Add a command (or a group that is merged with one of the same name) to `erp`."""
        self._registry.check_open()
        self._registry.commands.append(Owned(self.owner, command))

    def _part(self, target: str, part: Part) -> None:
        self._registry.check_open()
        there = [owned.thing for owned in self._registry.parts[target]]
        taken = {item.key for item in there if type(item) is type(part)}
        self._unique(taken, part.key, f"{type(part).__name__.lower()} of {target}")
        self._registry.parts[target].append(Owned(self.owner, part))

    def _unique(self, taken: Iterable[str], key: str, kind: str) -> None:
        if key in taken:
            raise PluginError(f"Plugin {self.owner} registers the {kind} {key!r} a second time.")
