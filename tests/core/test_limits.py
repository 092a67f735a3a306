"""Guessing passwords is slow."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient


def attempt(client: FlaskClient, email: str) -> int:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert found
    form = {"email": email, "password": "not the right one", "csrf_token": found.group(1)}
    return client.post("/login", data=form).status_code


def test_the_eleventh_wrong_password_for_one_account_within_a_minute_has_to_wait(
    app: Flask,
) -> None:
    client = app.test_client()
    codes = [attempt(client, "guess@example.com") for _ in range(11)]
    assert codes[10] == 429
    assert 429 not in codes[:10]
    assert attempt(client, "somebody.else@example.com") != 429
