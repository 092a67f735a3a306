"""The frame around every page: side bar, theme, density, who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for
from flask_security import current_user

from erp_core.access import can
from erp_core.plugin import MenuEntry
from erp_core.registry import CORE, Owned, live, registry

FIRST, LAST = "Work", "Admin"
THEMES = ("auto", "light", "dark")
DENSITIES = ("default", "compact", "comfortable")
CORE_MENU = (
    MenuEntry("Admin", "Plugins", "core_plugins.index", "core.plugins.edit", "puzzle", 80),
    MenuEntry("Admin", "Jobs", "core_jobs.index", "core.jobs.view", "clock", 82),
    MenuEntry("Admin", "People", "core_user.index_view", "core.users.edit", "users", 84),
    MenuEntry("Admin", "Audit log", "core_audit.index_view", "core.audit.view", "history", 86),
    MenuEntry("Admin", "Settings", "core_settings.index", "core.settings.edit", "settings", 90),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the side bar."""

    title: str
    url: str
    icon: str
    badge: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the base template needs to draw the frame."""

    sections: list[tuple[str, list[Item]]]
    user: Any
    theme: str
    density: str


def shell() -> Shell:
    """Build the frame for this request, once."""
    if "erp_shell" not in g:
        user = current_user if getattr(current_user, "is_authenticated", False) else None
        state = dict(user.view_state or {}) if user else {}
        g.erp_shell = Shell(
            sections=_sections() if user else [],
            user=user,
            theme=_choice(request.cookies.get("theme"), THEMES),
            density=_choice(state.get("density") or request.cookies.get("density"), DENSITIES),
        )
    return g.erp_shell


def _choice(value: Any, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]


def _entries() -> list[MenuEntry]:
    known = registry()
    owned = [Owned(item.owner, item.thing.menu) for item in known.views if item.thing.menu]
    built = current_app.view_functions
    core = [Owned(CORE, entry) for entry in CORE_MENU if entry.endpoint in built]
    return [entry for entry in live([*core, *owned, *known.menu]) if entry is not None]


def _sections() -> list[tuple[str, list[Item]]]:
    entries = [entry for entry in _entries() if can(entry.permission) and entry.visible()]
    names = dict.fromkeys(entry.section for entry in entries)
    ranked = sorted(names, key=lambda name: (name != FIRST, name == LAST))
    return [(name, _items(entries, name)) for name in ranked]


def _items(entries: list[MenuEntry], section: str) -> list[Item]:
    mine = sorted((e for e in entries if e.section == section), key=lambda e: (e.order, e.title))
    return [_item(entry) for entry in mine]


def _item(entry: MenuEntry) -> Item:
    blueprint = entry.endpoint.rpartition(".")[0]
    here = (request.endpoint or "").rpartition(".")[0] == blueprint
    return Item(entry.title, url_for(entry.endpoint), entry.icon, entry.badge(), here)
