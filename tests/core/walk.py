"""Walk the URL map of an application: who may enter, what needs a CSRF token, what breaks.

Each walk returns its findings as sentences; an empty list is a pass. They know no route by name
except those that are public on purpose.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import IntegerConverter, Rule

from erp_core.access import PUBLIC, SIGNED_IN
from erp_core.testing.people import Person

SAFE = {"GET", "HEAD", "OPTIONS"}
PUBLIC_ENDPOINTS = {
    "static": "style sheets and scripts",
    "security.login": "signing in",
    "security.logout": "signing out",
    "api-docs.openapi_json": "what integrators read first",
    "core_health.index": "what a load balancer asks",
    "core_health.ready_view": "what a load balancer asks",
}
"""What anybody may call, and why; static folders of blueprints besides."""
WORDS = {"export_type": "csv", "kind": "csv"}
HUGE = 10**20
JUNK = (
    "page=-1&page_size=-1&sort=99&desc=x&search=%F0%9F%92%A9%ED%A0%80%27%22%3C%25_&id=0&pk=0"
    "&url=//evil.example/&flt0_0=x&flt9_99=x&status=nope&store=-1&limit=-1&query=x&ids=x",
    f"page={HUGE}&page_size={HUGE}&sort=-1&desc=2&search=%00&id={HUGE}&pk=x&flt0_0={HUGE}"
    f"&filter=nope&store={HUGE}&supplier={HUGE}&product=x&offset={HUGE}&no_such=1",
)
FORMS: tuple[dict[str, Any], ...] = (
    {},
    {
        "id": str(HUGE),
        "action": "nope",
        "rowid": ["0", "-1", "x", str(HUGE), "\u00b2"],
        "ids": "x",
        "quantity": str(HUGE),
        "name": "\x00" * 3,
        "version": "x",
    },
)


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one route, with values for its arguments."""

    endpoint: str
    method: str
    url: str
    permission: str

    def __str__(self) -> str:
        return f"{self.method} {self.url} ({self.endpoint}, {self.permission})"

    @property
    def is_api(self) -> bool:
        return self.url.startswith("/api/")


def calls(app: Flask, *, integer: int = 1) -> Iterator[Call]:
    """Give every route with every method, except HEAD and OPTIONS."""
    routes = app.extensions["erp"].routes
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            permission = routes.get(rule.endpoint, ("", "unknown"))[1]
            yield Call(rule.endpoint, method, url_of(app, rule, integer), permission)


def url_of(app: Flask, rule: Rule, integer: int) -> str:
    values = {name: _value(rule, name, integer) for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


def _value(rule: Rule, name: str, integer: int) -> object:
    if isinstance(rule._converters[name], IntegerConverter):
        return integer
    return WORDS.get(name, "x")


def protected(call: Call) -> bool:
    """Say whether a route is meant to be closed to visitors."""
    return not (call.endpoint in PUBLIC_ENDPOINTS or call.endpoint.endswith(".static"))


class Visitor:
    """Somebody who is not signed in, with a browser that sends valid CSRF tokens."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        raw = secrets.token_hex(20)
        with self.client.session_transaction() as session:
            session["csrf_token"] = raw
        self.token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)


def send(client: Any, call: Call, token: str = "", **options: Any) -> int | str:
    """Return the status, or the name of the exception that came out."""
    headers = {"X-CSRFToken": token} if token else {}
    try:
        with client.open(call.url, method=call.method, headers=headers, **options) as answer:
            return int(answer.status_code)
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:160]}"


def open_to_visitors(app: Flask) -> list[str]:
    """Find routes that answer a visitor with something else than 302 to the login, 401 or 404."""
    visitor = Visitor(app)
    findings = []
    for call in filter(protected, calls(app)):
        status = send(visitor.client, call, visitor.token)
        if status not in {302, 401, 404} or (call.is_api and status != 401):
            findings.append(f"{call} answers a visitor with {status}")
        elif status == 302 and not leads_to_login(visitor, call):
            findings.append(f"{call} sends a visitor somewhere else than to the login")
    return findings


def leads_to_login(visitor: Visitor, call: Call) -> bool:
    headers = {"X-CSRFToken": visitor.token}
    answer = visitor.client.open(call.url, method=call.method, headers=headers)
    return str(answer.location).startswith("/login?next=")


def open_without_a_role(app: Flask) -> list[str]:
    """Find routes that answer somebody signed in without roles with something else than 403."""
    person = Person(app)
    findings = []
    for call in filter(protected, calls(app)):
        if call.permission == SIGNED_IN or call.is_api:
            continue
        status = send(person.client, call, person.token)
        if status != 403:
            findings.append(f"{call} answers somebody without a role with {status}")
    return findings


def public_by_mistake(app: Flask) -> list[str]:
    """Find routes marked public that nobody listed here."""
    found = filter(protected, calls(app))
    return [f"{call} is public" for call in found if call.permission == PUBLIC]


def without_csrf(app: Flask) -> list[str]:
    """Find changing routes that an administrator's browser can call without a token."""
    person = Person(app, "admin")
    findings = []
    for call in calls(app):
        if call.method in SAFE:
            continue
        status = send(person.client, call)
        wanted = 401 if call.is_api else 400
        if status != wanted:
            findings.append(f"{call} answers a request without a token with {status}")
    return findings


def breaking(app: Flask, *, types_only: bool = False) -> list[str]:
    """Find routes that break on parameters nobody should send.

    `types_only` sends just what a strictly typed database refuses and the embedded one may not.
    """
    person = Person(app, "admin")
    findings = []
    usual = {call.url for call in calls(app)}
    for integer in (1, 0, HUGE):
        for call in calls(app, integer=integer):
            if integer != 1 and call.url in usual:
                continue
            for status, what in _junk(person, call, integer, types_only):
                if not isinstance(status, int) or status >= 500:
                    findings.append(f"{call} breaks on {what[:90]}: {status}")
    return findings


def _junk(
    person: Person, call: Call, integer: int, types_only: bool
) -> Iterator[tuple[int | str, str]]:
    chosen = slice(1, None, 2) if types_only else slice(None)
    if call.endpoint in {"security.logout", "security.login"} and call.method == "POST":
        return
    if call.method == "GET":
        for query in JUNK[chosen] if integer == 1 else ("",):
            yield send(person.client, call, query_string=query), query
    else:
        for form in FORMS[chosen] if integer == 1 else FORMS[:1]:
            yield send(person.client, call, person.token, data=form), str(form)
