"""How often somebody may try: signing in is limited by address and account.

Counters are kept in memory, so each web process counts for itself; a business with several puts
its own limit in front, or accepts processes times the figure.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

PER_ACCOUNT = "10 per minute"
PER_ADDRESS = "60 per minute"


def init_limits(app: Flask) -> None:
    """Limit attempts to sign in; one more is answered with 429."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    by_address: Any = limiter.limit(PER_ADDRESS, methods=["POST"])
    by_account: Any = limiter.limit(PER_ACCOUNT, key_func=_account, methods=["POST"])
    view = app.view_functions["security.login"]
    app.view_functions["security.login"] = by_account(by_address(view))


def _account() -> str:
    email = request.form.get("email", "").strip().casefold()[:254]
    return f"{get_remote_address()} {email}"
