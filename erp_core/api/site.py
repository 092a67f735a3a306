"""Mount the REST resources that plugins registered and describe them in one document."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect

from erp_core import __version__
from erp_core.access import PUBLIC
from erp_core.registry import CORE, Registry

PREFIX = "/api/v1"


class ErpApi(Api):
    """The extension, leaving error pages to the application: it answers for all faces."""

    def _register_error_handlers(self) -> None:
        """Register none; `erp_core.admin.web` writes problem+json below /api/."""


def init_api(app: Flask, known: Registry) -> Api:
    """Create the document at /api/v1/openapi.json and register every plugin's resources."""
    app.config.update(
        API_TITLE="Pegboard",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = ErpApi(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    known.routes["api-docs.openapi_json"] = (CORE, PUBLIC)
    csrf: CSRFProtect = app.extensions["csrf"]
    for owned in known.apis:
        api.register_blueprint(owned.thing, url_prefix=f"{PREFIX}{owned.thing.url_prefix or ''}")
        csrf.exempt(owned.thing)
    return api
