"""What every page shares: headers, nonce, asset addresses, error pages, redirect check."""

from __future__ import annotations

import hashlib
import logging
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from erp_core.admin.sentences import sentence_for
from erp_core.db import db
from erp_core.errors import ErpError

log = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
TITLES = {
    400: "This request cannot be used",
    401: "Please sign in",
    403: "You may not do this",
    404: "Nothing here",
    409: "Somebody else was first",
    413: "That is too large",
    422: "Please check what you entered",
    429: "Too many attempts",
    500: "Something went wrong on our side",
}
WHAT_NOW = {
    403: "Ask an administrator for the permission, or go back.",
    404: "It may have been removed, or the plugin it belongs to is switched off.",
    409: "Load the page again to see the present state.",
    500: "Nothing was saved. Try again; if it stays, give this reference to your administrator.",
}


def csp_nonce() -> str:
    """Return the nonce that this response's script and style tags must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def asset(filename: str) -> str:
    """Return the address of a static file with its content hash, so it can be cached for ever."""
    path = STATIC / filename
    modified = path.stat().st_mtime_ns if path.is_file() else 0
    return _address(filename, modified, request.script_root if request else "")


@cache
def _address(filename: str, modified: int, script_root: str) -> str:
    """A page names the sprite for each of its icons: file and root decide, so it is kept."""
    content = (STATIC / filename).read_bytes() if modified else None
    version = "missing" if content is None else hashlib.sha256(content).hexdigest()[:10]
    return url_for("static", filename=filename, v=version)


def safe_target(target: str | None, *, fallback: str = "/") -> str:
    """Return `target` if it is a path inside this site, else `fallback`.

    A path starts with one slash and holds no backslash, control character or scheme.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return fallback
    if any(char == "\\" or ord(char) < 32 or ord(char) == 127 for char in target):
        return fallback
    return target


def start_request() -> None:
    """Give the request an id that error pages, logs and the audit log share."""
    g.request_id = secrets.token_hex(6)


def add_headers(response: Response) -> Response:
    """Set the security headers of every answer."""
    nonce = f"'nonce-{csp_nonce()}'"
    policy = (
        f"default-src 'self'; script-src 'self' {nonce}; style-src 'self' {nonce}; "
        "img-src 'self' data:; font-src 'self'; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    elif "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def init_web(app: Flask) -> None:
    """Attach headers, template globals and error pages."""
    app.before_request(start_request)
    app.after_request(add_headers)
    app.jinja_env.globals.update(asset=asset, csp_nonce=csp_nonce)
    app.register_error_handler(ErpError, _erp_error)
    app.register_error_handler(IntegrityError, _integrity_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _erp_error(error: ErpError) -> ResponseReturnValue:
    return explain(error.status, str(error))


def _integrity_error(error: IntegrityError) -> ResponseReturnValue:
    return explain(409, sentence_for(error))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    return explain(code, str(error.description or ""), errors=_field_errors(error))


def _unexpected(error: Exception) -> ResponseReturnValue:
    if current_app.testing or current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    log.exception("request %s failed", g.get("request_id", "-"))
    return explain(500, "")


def _field_errors(error: HTTPException) -> list[dict[str, str]]:
    """Return what request validation found, one entry a field: where and why."""
    messages = getattr(error, "data", {}).get("messages", {})
    return [
        {"pointer": f"/{place}/{field}", "message": "; ".join(map(str, reasons))}
        for place, fields in messages.items()
        for field, reasons in (fields.items() if isinstance(fields, dict) else [("", fields)])
    ]


def explain(
    code: int, sentence: str, *, errors: list[dict[str, str]] | None = None
) -> ResponseReturnValue:
    """Answer with one sentence: as a page, as a fragment for htmx, as problem+json for the API."""
    db.session.rollback()
    title = TITLES.get(code, "This did not work")
    facts: dict[str, Any] = {"code": code, "title": title, "sentence": sentence}
    facts |= {"what_now": WHAT_NOW.get(code, ""), "reference": g.get("request_id", "")}
    if request.path.startswith("/api/"):
        return _problem({**facts, "errors": errors or []})
    if request.headers.get("HX-Request"):
        return render_template("erp/error_fragment.html", **facts), code
    return render_template("erp/error.html", **facts), code


def _problem(facts: dict[str, Any]) -> ResponseReturnValue:
    body = {
        "type": "about:blank",
        "title": facts["title"],
        "status": facts["code"],
        "detail": facts["sentence"],
        "errors": facts["errors"],
        "request_id": facts["reference"],
    }
    response = jsonify(body)
    response.status_code = facts["code"]
    response.content_type = "application/problem+json"
    return response
