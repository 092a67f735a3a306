"""What a person chose for their own screens: theme, row height, keys, company, own settings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user

from erp_core.access import SIGNED_IN
from erp_core.admin.answers import from_htmx
from erp_core.admin.screen import ErpView
from erp_core.admin.settings_change import carry_out, read_wish
from erp_core.admin.settings_fields import Field, Place, find, own_fields
from erp_core.admin.shell import DENSITIES, KEYS, THEMES
from erp_core.db import db
from erp_core.errors import ErpError, NotAllowedError, NotFoundError
from erp_core.models import Company
from erp_core.registry import enabled, registry
from erp_core.settings import Scope

ALLOWED = {"theme": THEMES, "density": DENSITIES, "keys": KEYS}
YEAR = 365 * 24 * 3600


class PreferencesView(ErpView):
    """One person's own choices; they follow the person to every browser."""

    key = "core.preferences"
    see = change = SIGNED_IN

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the choices, or keep one of them."""
        if request.method == "GET":
            return self._page()
        name, value = _asked()
        remember(name, value)
        return _with_cookie(name, value)

    @expose("/setting", methods=("POST",))
    def setting_view(self) -> ResponseReturnValue:
        """Keep or forget an own value of a setting that allows one."""
        wish = read_wish(request.form, _own_place(request.form.get("plugin", "")))
        if wish.key not in {field.key for field in own_fields(wish.place)}:
            raise NotAllowedError(f"{wish.key} has one value for everybody.")
        outcome = carry_out(wish)
        changed = find(own_fields(wish.place), wish.key)
        outcome.put_on(changed)
        status = 422 if outcome.error else 200
        if not from_htmx():
            return Response(self._page(wish.place.plugin, changed), status)
        url = self.get_url(".setting_view")
        page = self.render("core/setting.html", field=changed, place=wish.place, save_url=url)
        return Response(page, status)

    def _page(self, plugin: str = "", changed: Field | None = None) -> str:
        groups = own_groups()
        for place, _title, fields in groups:
            if changed and place.plugin == plugin:
                fields[:] = [changed if item.key == changed.key else item for item in fields]
        return str(self.render("core/preferences.html", title="My preferences", groups=groups))


def _own_place(plugin: str) -> Place:
    if plugin not in registry().settings:
        raise NotFoundError(f"There are no settings of {plugin[:60]!r}.")
    return Place(plugin, Scope("user", current_user.id))


def own_groups() -> list[tuple[Place, str, list[Field]]]:
    """Return place, title and fields of each plugin that lets a user keep own values."""
    known = registry()
    places = [_own_place(name) for name in known.settings if enabled(name)]
    found = [(place, own_fields(place)) for place in places]
    titles = {place.plugin: known.found(place.plugin).manifest.title for place in places}
    return [(place, titles[place.plugin], fields) for place, fields in found if fields]


def _asked() -> tuple[str, str]:
    """Read `name` and `value`; raises ErpError that lists what may be chosen."""
    name, value = request.form.get("name", ""), request.form.get("value", "")
    if name == "company":
        return name, _company(value)
    if name not in ALLOWED:
        names = ", ".join([*ALLOWED, "company"])
        raise ErpError(f"There is no preference {name[:40]!r}. Preferences: {names}.")
    if value not in ALLOWED[name]:
        raise ErpError(f"{name} cannot be {value[:40]!r}. Allowed: {', '.join(ALLOWED[name])}.")
    return name, value


def _company(value: str) -> str:
    if value in {"", "0"}:
        return "0"
    known = {str(number) for number in db.session.scalars(sa.select(Company.id))}
    if value not in known:
        raise ErpError(f"There is no company {value[:20]!r}.")
    return value


def remember(name: str, value: str) -> None:
    """Keep a choice of the person signed in."""
    state: dict[str, Any] = dict(current_user.view_state or {})
    current_user.view_state = state | {name: value}
    db.session.flush()


def _with_cookie(name: str, value: str) -> Response:
    """Theme and row height are cookies too, so that the sign-in page looks right."""
    answer = _answer()
    if name in ("theme", "density"):
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=secure)
    return answer


def _answer() -> Response:
    """Answer the page's own form with the page; the frame's menu changes the screen itself."""
    if "back" not in request.form:
        return Response(status=204)
    flash("Saved", "success")
    if from_htmx():
        return Response(status=204, headers={"HX-Refresh": "true"})
    return Response(status=302, headers={"Location": request.script_root + request.path})
