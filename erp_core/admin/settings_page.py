"""The settings page: made from the plugins' settings classes, saved one field at a time.

A value is saved as soon as it is changed, with Undo. If a plugin says what the change would do
(port `SettingsImpact`), that is shown first and a button saves it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup

from erp_core.admin.answers import from_htmx, go, silent
from erp_core.admin.screen import ErpView
from erp_core.admin.settings_change import NOTHING, Outcome, Wish, carry_out, read_wish, today
from erp_core.admin.settings_fields import Field, Place, fields_of, find
from erp_core.db import db
from erp_core.errors import NotFoundError
from erp_core.models import Company
from erp_core.registry import enabled, registry
from erp_core.settings import Scope


class SettingsView(ErpView):
    """Every plugin's settings, for everybody or for one company."""

    key = "core.settings"
    see = change = "core.settings.edit"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show one plugin's settings."""
        tabs = _tabs()
        asked = request.args.get("plugin", "")
        if not asked and not tabs:
            return self.render("core/settings.html", title="Settings", place=None)
        place = place_of(asked or tabs[0][0], request.args.get("company", ""))
        return self._page(place, fields_of(place))

    @expose("/save", methods=("POST",))
    def save_view(self) -> ResponseReturnValue:
        """Save, undo, clear or preview one setting."""
        form = request.form
        place = place_of(form.get("plugin", ""), form.get("company", ""))
        wish = read_wish(form, place)
        outcome = carry_out(wish)
        if outcome.unchanged and from_htmx() and not wish.shown_wrong:
            return silent()
        if not from_htmx() and not outcome.error and not outcome.impact:
            flash(outcome.notice or "Nothing was changed.", "success")
            return go(self.get_url(".index", **_address(place)))
        return self._answer(wish, outcome)

    def _answer(self, wish: Wish, outcome: Outcome) -> ResponseReturnValue:
        fields = fields_of(wish.place)
        changed = find(fields, wish.key)
        outcome.put_on(changed)
        if from_htmx():
            facts = _context(wish.place, outcome.impact)
            facts["save_url"] = self.get_url(".save_view")
            page = self.render("core/setting.html", field=changed, **facts)
        else:
            page = self._page(wish.place, fields, outcome.impact)
        return Response(page, status=422 if outcome.error else 200)

    def _page(self, place: Place, fields: list[Field], impact: Markup = NOTHING) -> str:
        context = _context(place, impact)
        return str(self.render("core/settings.html", title="Settings", fields=fields, **context))


def place_of(plugin: str, company: str) -> Place:
    """Return whose settings an address means; raises NotFoundError for what does not exist."""
    if plugin not in registry().settings:
        known = ", ".join(registry().settings)
        raise NotFoundError(f"There are no settings of {plugin[:60]!r}. Known: {known}.")
    if company in {"", "0"}:
        return Place(plugin)
    number = int(company) if company.isdecimal() and len(company) < 10 else 0
    if db.session.get(Company, number) is None:
        raise NotFoundError(f"There is no company {company[:20]!r}.")
    return Place(plugin, Scope("company", number))


def _tabs() -> list[tuple[str, str]]:
    known = registry()
    return [(n, known.found(n).manifest.title) for n in known.settings if enabled(n)]


def _address(place: Place) -> dict[str, Any]:
    return {"plugin": place.plugin} | ({"company": place.company} if place.company else {})


def _context(place: Place, impact: Markup) -> dict[str, Any]:
    found = registry().found(place.plugin)
    companies = db.session.execute(sa.select(Company.id, Company.name).order_by(Company.name))
    return {
        "place": place,
        "plugin_title": found.manifest.title,
        "plugin_on": enabled(place.plugin),
        "tabs": _tabs(),
        "companies": companies.all(),
        "impact": impact,
        "today": today(place),
    }
