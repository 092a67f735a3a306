"""Every route of the whole product: closed to who may not, no change without a token, no 500."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from erp_core.access import PUBLIC
from erp_core.app import Erp
from erp_core.registry import Registry
from erp_core.testing.databases import Database
from tests.core import walk

# Flask-Admin 2.2's own select fields under WTForms 3.3
pytestmark = pytest.mark.filterwarnings("ignore:Yielding raw tuples:DeprecationWarning")
on_sqlite = pytest.mark.parametrize("toy_database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "walked",
    [
        walk.open_to_visitors,
        walk.open_without_a_role,
        walk.public_by_mistake,
        walk.without_csrf,
    ],
)
def test_no_route_is_open_to_who_may_not(app: Erp, walked: Any) -> None:
    assert walked(app) == []


def test_no_route_breaks_on_junk(app: Erp, database: Database) -> None:
    assert walk.breaking(app, types_only=not database.url.startswith("sqlite")) == []


# -- the walks find what they are there to find --------------------------------------------


@pytest.fixture
def known(toy_app: Erp) -> Iterator[Registry]:
    """The registry of the toys; its routes are put back afterwards."""
    registry: Registry = toy_app.extensions["erp"]
    before = dict(registry.routes)
    yield registry
    registry.routes.clear()
    registry.routes.update(before)


def open_route(known: Registry, endpoint: str, permission: str) -> None:
    known.routes[endpoint] = (known.routes[endpoint][0], permission)


@on_sqlite
def test_the_toys_pass_every_walk(toy_app: Erp) -> None:
    walks = (
        walk.open_to_visitors,
        walk.open_without_a_role,
        walk.public_by_mistake,
        walk.without_csrf,
    )
    assert [finding for one in walks for finding in one(toy_app)] == []


@on_sqlite
@pytest.mark.parametrize("endpoint", ["toy_gadget_pages.mood", "toy_gizmo_pages.hello"])
def test_a_route_whose_permission_is_gone_is_found(
    toy_app: Erp, known: Registry, endpoint: str
) -> None:
    open_route(known, endpoint, PUBLIC)
    for walked in (walk.open_to_visitors, walk.open_without_a_role, walk.public_by_mistake):
        findings = walked(toy_app)
        assert len(findings) == 1
        assert endpoint in findings[0]


@on_sqlite
def test_without_the_guard_nearly_every_route_is_found(
    toy_app: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = toy_app.before_request_funcs[None]
    kept = [function for function in functions if function.__name__ != "guard"]
    assert len(kept) == len(functions) - 1
    monkeypatch.setitem(toy_app.before_request_funcs, None, kept)
    routes = [call for call in walk.calls(toy_app) if walk.protected(call)]
    assert len(walk.open_to_visitors(toy_app)) > len(routes) / 2


@on_sqlite
def test_without_csrf_protection_every_changing_route_is_found(
    toy_app: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(toy_app.config, "WTF_CSRF_CHECK_DEFAULT", False)
    changing = [
        call
        for call in walk.calls(toy_app)
        if call.method not in walk.SAFE and not call.is_api and walk.protected(call)
    ]
    findings = walk.without_csrf(toy_app)
    assert {str(call) for call in changing} <= {text.partition(" answers")[0] for text in findings}


@on_sqlite
def test_an_api_that_trusts_a_browser_session_is_found(
    toy_app: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_core.access._sign_in_by_token", lambda: None)
    findings = walk.without_csrf(toy_app)
    assert any("POST /api/v1/gadgets/" in finding for finding in findings)


@on_sqlite
def test_a_route_that_breaks_is_found(toy_app: Erp) -> None:
    findings = walk.breaking(toy_app)
    assert {finding.split()[1] for finding in findings} == {"/toy/crash"}
