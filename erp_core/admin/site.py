"""Build the Flask-Admin site from what plugins registered, and the core's own screens."""

from __future__ import annotations

from typing import Any

import flask_admin.base
import flask_admin.helpers
import flask_admin.model.base
from flask import Flask, request
from flask_admin import Admin
from flask_admin.theme import BootstrapTheme

from erp_core.access import SIGNED_IN
from erp_core.admin import core_pages
from erp_core.admin.shell import shell
from erp_core.admin.web import csp_nonce, safe_target
from erp_core.errors import PluginError
from erp_core.registry import CORE, Registry


def _redirect_target(param_name: str = "url") -> str | None:
    """Replace Flask-Admin's redirect check by ours."""
    return safe_target(request.values.get(param_name), fallback="") or None


for module in (flask_admin.helpers, flask_admin.model.base):
    module.get_redirect_target = _redirect_target


def build_site(app: Flask, known: Registry) -> Admin:
    """Create the site, mount every registered screen and check the parts added to them."""
    theme = BootstrapTheme(folder="bootstrap4", base_template="admin/base.html")
    index = core_pages.HomeView(url="/", endpoint="admin", template="admin/index.html")
    admin = Admin(
        app, name="Pegboard", url="/", index_view=index, theme=theme, csp_nonce_generator=csp_nonce
    )
    _claim(known, index, CORE, {"index": SIGNED_IN})
    for view in core_pages.core_views():
        _mount(admin, known, view, CORE)
    for owned in known.views:
        spec = owned.thing
        name = spec.menu.title if spec.menu else ""
        view = spec.view(spec.model, name) if spec.model else spec.view(name)
        _mount(admin, known, view, owned.owner)
    _check_parts(known)
    app.context_processor(lambda: {"shell": shell()})
    return admin


def _mount(admin: Admin, known: Registry, view: Any, owner: str) -> None:
    admin.add_view(view)
    _claim(known, view, owner, {})


def _claim(known: Registry, view: Any, owner: str, permissions: dict[str, str]) -> None:
    """Write down owner and permission of each address of a view."""
    for _url, name, _methods in view._urls:
        needed = permissions.get(name) or view.permission_for(name)
        known.routes[f"{view.blueprint.name}.{name}"] = (owner, needed)
    known.routes[f"{view.blueprint.name}.static"] = (owner, "public")


def _check_parts(known: Registry) -> None:
    """Refuse a part for a screen that nobody offers; the message lists the screens."""
    for target, owned in known.parts.items():
        if owned and target not in known.screens:
            screens = ", ".join(sorted(known.screens))
            raise PluginError(
                f"Plugin {owned[0].owner} adds {owned[0].thing.key!r} to the screen {target!r}, "
                f"which no plugin offers. Screens: {screens}."
            )
