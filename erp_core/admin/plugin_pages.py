"""The plugins page: what is installed, what needs what, and the switch of each plugin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can
from erp_core.admin.answers import from_htmx, go, say, silent
from erp_core.admin.job_pages import last_runs, run_words
from erp_core.admin.screen import ErpView
from erp_core.discovery import Found
from erp_core.errors import NotFoundError
from erp_core.lifecycle import disable, enable, would_hide
from erp_core.models import JobRun
from erp_core.plugin import Permission
from erp_core.registry import Job, Registry, enabled, registry, state


@dataclass(frozen=True, slots=True)
class Card:
    """One installed plugin as the page shows it."""

    found: Found
    on: bool
    held_off_by: list[str]
    also_on: list[str]
    needs: list[str]
    used_by: list[str]
    permissions: Sequence[Permission]
    screens: list[str]
    jobs: list[tuple[Job, JobRun | None]]
    has_settings: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What switching a plugin off hides."""

    name: str
    title: str
    hidden: list[str]
    screens: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Say who else is hidden and that nothing is lost."""
        if not self.hidden:
            return "No other plugin needs it. All data stays."
        needs = "needs" if len(self.hidden) == 1 else "need"
        who = listed(self.hidden)
        return f"{who} {needs} {self.title} and would be hidden too. All data stays."


class PluginsView(ErpView):
    """Installed plugins and their switches."""

    key = "core.plugins"
    see = change = "core.plugins.edit"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show every installed plugin, and those that cannot be loaded with the reason."""
        known = registry()
        runs = last_runs()
        cards = [card_of(known, item, runs) for item in known.plugins]
        facts = {"cards": cards, "broken": known.broken, "may_set": can("core.settings.edit")}
        return self.render("core/plugins.html", title="Plugins", **facts, **run_words())

    @expose("/enable", methods=("POST",))
    def enable_view(self) -> ResponseReturnValue:
        """Switch on plugins, each with what it needs."""
        changed = [item for name in _asked() for item in enable(name)]
        return self._done(changed, "on", self.get_url(".disable_view", plugin=changed))

    @expose("/off/<plugin>")
    def plan_view(self, plugin: str) -> ResponseReturnValue:
        """Show what switching a plugin off hides, and ask."""
        plan = plan_of(registry(), _known(plugin))
        template = "core/plugin_off.html" if from_htmx() else "core/plugin_off_page.html"
        return self.render(template, title=f"Switch off {plan.title}", plan=plan)

    @expose("/disable", methods=("POST",))
    def disable_view(self) -> ResponseReturnValue:
        """Switch off plugins; what needs them hides with them, and comes back with them."""
        changed = [name for name in _asked() if enabled(name)]
        for name in changed:
            disable(name)
        return self._done(changed, "off", self.get_url(".enable_view", plugin=changed))

    def _done(self, changed: list[str], state: str, undo_url: str) -> ResponseReturnValue:
        known = registry()
        titles = listed([known.found(name).manifest.title for name in changed])
        verb = "is" if len(changed) == 1 else "are"
        if not changed:
            flash("Nothing was changed: it was so already.", "info")
        elif "undo" in request.args:
            flash(f"{titles} {verb} {state} again.", "success")
        else:
            say(f"{titles} {verb} {state}.", undo_url=f"{undo_url}&undo=1")
        if "undo" in request.args and from_htmx():
            return silent()
        return go(self.get_url(".index"))


def _asked() -> list[str]:
    """Return the plugins named by the form or, for Undo, by the address."""
    return [_known(name).name for name in request.values.getlist("plugin")]


def _known(name: str) -> Found:
    for item in registry().plugins:
        if item.name == name:
            return item
    raise NotFoundError(f"No plugin is called {name[:60]!r}.")


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: `A, B and C`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def card_of(known: Registry, item: Found, runs: dict[str, JobRun]) -> Card:
    """Collect what the page says about one plugin."""
    on = enabled(item.name)
    off = [name for name in known.requirements(item.name) if not enabled(name)]
    return Card(
        found=item,
        on=on,
        held_off_by=titles_of(known, off) if not on and _own_switch_on(item, off) else [],
        also_on=[] if on else titles_of(known, off),
        needs=titles_of(known, known.requirements(item.name)),
        used_by=titles_of(known, known.dependants(item.name)),
        permissions=item.manifest.permissions,
        screens=screens_of(known, item.name),
        jobs=[(job, runs.get(job.name)) for job in known.jobs.values() if job.owner == item.name],
        has_settings=item.name in known.settings,
    )


def _own_switch_on(item: Found, off: list[str]) -> bool:
    """Say whether only the plugins in `off` keep this one off."""
    return bool(off) and state().enabled.get(item.name, item.manifest.enabled_by_default)


def titles_of(known: Registry, names: Sequence[str]) -> list[str]:
    """Return the titles of plugins."""
    return [known.found(name).manifest.title for name in names]


def screens_of(known: Registry, owner: str) -> list[str]:
    """Return the menu titles of a plugin's screens."""
    entries = [spec.thing.menu for spec in known.views if spec.owner == owner]
    entries += [entry.thing for entry in known.menu if entry.owner == owner]
    return [entry.title for entry in entries if entry]


def plan_of(known: Registry, item: Found) -> Plan:
    """Work out what hides when a plugin is switched off."""
    hidden = would_hide(item.name)
    owners = [item.name, *hidden]
    return Plan(
        name=item.name,
        title=item.manifest.title,
        hidden=titles_of(known, hidden),
        screens=[screen for owner in owners for screen in screens_of(known, owner)],
        jobs=[job.title for job in known.jobs.values() if job.owner in owners and job.every],
    )
