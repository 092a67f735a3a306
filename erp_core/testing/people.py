"""Clients that are signed in with a role and send valid CSRF tokens."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from erp_core.access import ADMIN, add_user
from erp_core.db import transaction

NO_PASSWORD = "!"  # noqa: S105 - fits no password, and hashing one takes a third of a second


class Person:
    """Somebody with a browser: signed in with roles, posting forms with their token."""

    def __init__(self, app: Flask, *roles: str) -> None:
        self.app = app
        self.client = app.test_client()
        self.email = f"{'-'.join(roles)}-{secrets.token_hex(3)}@example.com"
        with app.app_context(), transaction():
            mark = add_user(self.email, NO_PASSWORD, list(roles)).fs_uniquifier
        raw = secrets.token_hex(20)
        with self.client.session_transaction() as session:
            session.update({"_user_id": mark, "_fresh": True, "csrf_token": raw})
        signer = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
        self.token = signer.dumps(raw)

    def get(self, url: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(url, **options)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form."""
        return self.client.post(url, data={**(data or {}), "csrf_token": self.token}, **options)

    def page(self, url: str, **options: Any) -> str:
        """Open a page that must answer 200; returns its text."""
        response = self.get(url, follow_redirects=True, **options)
        assert response.status_code == 200, (url, response.status_code, response.text[:600])
        return response.text


def admin(app: Flask) -> Person:
    """Return a person who may do everything."""
    return Person(app, ADMIN)
