"""The frame around every page: side bar, theme, density, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import g, request, url_for
from flask_security import current_user

from erp_core.access import SIGNED_IN, can
from erp_core.db import db
from erp_core.models import Company
from erp_core.plugin import MenuEntry
from erp_core.registry import CORE, Owned, live, registry

FIRST, LAST = "Work", ("Settings", "Admin")
THEMES = ("auto", "light", "dark")
DENSITIES = ("default", "compact", "comfortable")
KEYS = ("on", "off")
CORE_MENU = (
    MenuEntry("Work", "Dashboard", "admin.index", SIGNED_IN, "layout-dashboard", 1),
    MenuEntry("Admin", "Plugins", "core_plugins.index", "core.plugins.edit", "puzzle", 80),
    MenuEntry("Admin", "Jobs", "core_jobs.index", "core.jobs.view", "clock", 82),
    MenuEntry("Admin", "People", "core_user.index_view", "core.users.edit", "users", 84),
    MenuEntry(
        "Admin", "Companies", "core_company.index_view", "core.companies.edit", "building", 85
    ),
    MenuEntry("Admin", "Audit log", "core_audit.index_view", "core.audit.view", "history", 86),
    MenuEntry("Admin", "Settings", "core_settings.index", "core.settings.edit", "settings", 90),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the side bar."""

    title: str
    url: str
    icon: str
    badge: object
    active: bool


class Shell:
    """Everything the base template needs to draw the frame; what costs a query waits for use."""

    logout_url = "/logout"

    def __init__(self, user: Any) -> None:
        state: dict[str, Any] = dict(user.view_state or {}) if user else {}
        cookies = request.cookies
        self.user = user
        self.theme = _choice(state.get("theme") or cookies.get("theme"), THEMES)
        self.density = _choice(state.get("density") or cookies.get("density"), DENSITIES)
        self.keys = _choice(state.get("keys") or cookies.get("keys"), KEYS)
        self.preference_url = url_for("core_preferences.index") if user else ""
        self.search_url = url_for("core_search.index") if user else ""
        self.account_url = self.preference_url
        self._company = str(state.get("company", "0"))

    @cached_property
    def sections(self) -> list[tuple[str, list[Item]]]:
        """Return the side bar: section titles with the entries this person may open."""
        return _sections() if self.user else []

    @cached_property
    def companies(self) -> list[tuple[int, str]]:
        """Return id and name of the companies to choose from; empty when there is only one."""
        if not self.user:
            return []
        found = db.session.execute(sa.select(Company.id, Company.name).order_by(Company.name))
        rows = [(row.id, row.name) for row in found]
        return rows if len(rows) > 1 else []

    @property
    def company_id(self) -> int:
        """Return the company this person works for at the moment; 0 means all."""
        return next((number for number, _ in self.companies if str(number) == self._company), 0)

    @property
    def company(self) -> str:
        """Return the chosen company's name, or an empty string for all."""
        return dict(self.companies).get(self.company_id, "")


def shell() -> Shell:
    """Build the frame for this request, once."""
    if "erp_shell" not in g:
        known = getattr(current_user, "is_authenticated", False)
        g.erp_shell = Shell(current_user if known else None)
    found: Shell = g.erp_shell
    return found


def _choice(value: Any, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]


def _entries() -> list[MenuEntry]:
    known = registry()
    owned = [Owned(item.owner, item.thing.menu) for item in known.views if item.thing.menu]
    core = [Owned(CORE, entry) for entry in CORE_MENU]
    return [entry for entry in live([*core, *owned, *known.menu]) if entry is not None]


def _sections() -> list[tuple[str, list[Item]]]:
    entries = [entry for entry in _entries() if can(entry.permission) and entry.visible()]
    names = dict.fromkeys(entry.section for entry in entries)
    return [(name, _items(entries, name)) for name in sorted(names, key=_rank)]


def _rank(section: str) -> tuple[bool, int]:
    """Daily work stands first, what is set up once last; between them the order of the plugins."""
    return section != FIRST, LAST.index(section) + 1 if section in LAST else 0


def _items(entries: list[MenuEntry], section: str) -> list[Item]:
    mine = sorted((e for e in entries if e.section == section), key=lambda e: (e.order, e.title))
    return [_item(entry) for entry in mine]


def _item(entry: MenuEntry) -> Item:
    blueprint = entry.endpoint.rpartition(".")[0]
    here = (request.endpoint or "").rpartition(".")[0] == blueprint
    return Item(entry.title, url_for(entry.endpoint), entry.icon, entry.badge(), here)
