"""The start-up sequence, as one readable page: find, check, register, build, freeze."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any, cast

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import FileSystemLoader
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from whitenoise import WhiteNoise

from erp_core.access import declare_routes, init_access
from erp_core.admin.core_pages import COMPANIES, HOME
from erp_core.admin.site import build_site
from erp_core.admin.web import explain, init_web
from erp_core.api.site import init_api
from erp_core.cli import add_commands
from erp_core.config import Config, load_config
from erp_core.db import db, reading, retrying, transaction
from erp_core.discovery import HOME as OWN_PLUGINS
from erp_core.discovery import Broken, Found, fault, plan
from erp_core.errors import ConfigError, PluginError
from erp_core.limits import init_limits
from erp_core.registration import Registration
from erp_core.registry import CORE, Owned, Registry
from erp_core.settings import file_problems

log = logging.getLogger(__name__)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Erp(Flask):
    """A Flask application whose requests are units of work."""

    def full_dispatch_request(self) -> Any:
        """Read without locks for requests that only look."""
        if request.method in SAFE:
            with reading():
                return super().full_dispatch_request()
        return super().full_dispatch_request()

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Look who asks; that opens the transaction, so a busy database shows here first."""
        if request.method in SAFE:
            return super().preprocess_request()
        return retrying(super().preprocess_request)

    def handle_user_exception(self, error: Exception) -> Any:
        """Draw error pages without the write lock, which somebody else may hold."""
        db.session.rollback()
        with reading():
            return super().handle_user_exception(error)

    def dispatch_request(self) -> ResponseReturnValue:
        """Commit what a changing request did, or nothing; run it again if the database asks."""
        if request.method in SAFE:
            return super().dispatch_request()
        return retrying(self._unit_of_work)

    def _unit_of_work(self) -> ResponseReturnValue:
        with transaction():
            response = self.make_response(super().dispatch_request())
            if response.status_code >= 400:
                db.session.rollback()
            return response


class StoredInteger(IntegerConverter):
    """A whole number in an address, no larger than the database can hold; others answer 404."""

    def __init__(self, url_map: Map, *limits: Any, **options: Any) -> None:
        super().__init__(url_map, *limits, **{"max": 2**63 - 1, **options})


def create_app(config: Config | None = None) -> Erp:
    """Build the application. Raises ConfigError or PluginError with a sentence to act on."""
    settings = config or load_config()
    app = Erp("erp_core", template_folder="admin/templates", static_folder="admin/static")
    _configure(app, settings)
    app.url_map.converters["int"] = StoredInteger
    for refused in (DataError, OverflowError):
        app.register_error_handler(refused, _unusable_value)
    known = Registry(settings)
    app.extensions["erp"] = known
    _extensions(app)
    found = plan(settings.plugin_paths, only=settings.plugins, safe_mode=settings.safe_mode)
    known.broken.extend(found.broken)
    with app.app_context():
        known.plugins = tuple(_register_all(app, known, found.plugins))
        for problem in file_problems(known):
            raise ConfigError(problem)
        _build(app, known)
    known.frozen = True
    return app


def _unusable_value(_error: Exception) -> ResponseReturnValue:
    """Refuse what no column can hold: a number out of range, a NUL in a text."""
    sentence = "One of the values is too large, or holds characters that cannot be stored."
    return explain(422, f"{sentence} Nothing was changed.")


def _configure(app: Erp, settings: Config) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=_absolute(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=21 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        TRUSTED_HOSTS=list(settings.allowed_hosts) or None,
        BABEL_DEFAULT_LOCALE=settings.language,
        BABEL_DEFAULT_TIMEZONE=settings.timezone,
    )
    if settings.proxy_count:
        hops = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _absolute(url: str) -> str:
    """Make a SQLite path absolute (Flask-SQLAlchemy would put it below its instance folder)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    path = Path(parsed.database).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"database_url names {path}: {error.strerror}.") from None
    return parsed.set(database=str(path)).render_as_string(hide_password=False)


def _engine_options(settings: Config) -> dict[str, Any]:
    if settings.dialect == "sqlite":
        return {"connect_args": {"timeout": 5, "check_same_thread": False}}
    limits = "-c lock_timeout=3000 -c statement_timeout=30000 -c timezone=UTC"
    return {"connect_args": {"options": limits}, "pool_pre_ping": True, "pool_size": 10}


def _extensions(app: Erp) -> None:
    db.init_app(app)
    Babel(app)
    CSRFProtect(app)
    init_web(app)
    init_access(app)
    init_limits(app)
    static = Path(str(app.static_folder))
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(static), prefix="static/")  # type: ignore[method-assign]


def _register_all(app: Erp, known: Registry, found: tuple[Found, ...]) -> list[Found]:
    """Call each plugin's `register`; one that fails is left out, with all that need it."""
    loaded: list[Found] = []
    for item in found:
        missing = set(item.manifest.depends) - {other.name for other in loaded}
        reason = (
            f"It depends on {', '.join(sorted(missing))}, which did not load."
            if missing
            else _register(known, item)
        )
        if not reason:
            loaded.append(item)
            known.plugins = tuple(loaded)
        elif _is_ours(item):
            raise PluginError(f"Plugin {item.name} cannot be loaded: {reason}")
        else:
            known.drop(item.name)
            known.broken.append(Broken(item.name, item.package, reason))
    return loaded


def _is_ours(item: Found) -> bool:
    """A plugin that comes with the product must load; one of somebody else's may be left out."""
    return item.folder.resolve().parent == OWN_PLUGINS


def _register(known: Registry, item: Found) -> str:
    """Return why registration failed, or an empty string."""
    try:
        module = importlib.import_module(f"{item.package}.register")
        module.register(Registration(known, item.name))
    except Exception as error:
        log.exception("plugin %s failed to register", item.name)
        return fault(error)
    return ""


def _build(app: Erp, known: Registry) -> None:
    known.screens.setdefault(HOME, Owned(CORE, "Dashboard"))
    known.screens.setdefault(COMPANIES, Owned(CORE, "Companies"))
    for owned in known.blueprints:
        app.register_blueprint(owned.thing)
    for item in known.plugins:
        _add_templates(app, item)
    build_site(app, known)
    init_api(app, known)
    add_commands(app, known)
    declare_routes(app, known)


def _add_templates(app: Erp, item: Found) -> None:
    """Let a plugin's `templates/` folder be found after the core's."""
    folder = item.folder / "templates"
    if folder.is_dir():
        cast(FileSystemLoader, app.jinja_loader).searchpath.append(str(folder))
