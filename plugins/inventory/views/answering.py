"""Where the browser goes after a step: back to the page it was taken on."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from flask.typing import ResponseReturnValue

from erp_core.admin.answers import from_htmx, go
from erp_core.admin.web import safe_target


def back(fallback: str) -> ResponseReturnValue:
    """Go to the page that a dialog or row action was used on, else to `fallback`."""
    here = urlsplit(request.headers.get("HX-Current-URL", "")) if from_htmx() else None
    target = here._replace(scheme="", netloc="", fragment="").geturl() if here else ""
    return go(safe_target(target, fallback=fallback))
