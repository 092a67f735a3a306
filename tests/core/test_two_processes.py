"""Several processes on one PostgreSQL: what one switches holds at the next request of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from erp_core.app import Erp
from erp_core.db import db, transaction
from erp_core.settings import save
from erp_core.testing.databases import Database
from erp_core.testing.people import Person
from tests.core.processes import Browser, Place, servers, wait_for

pytestmark = pytest.mark.parametrize(
    "toy_database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def two(toy_app: Erp, toy_database: Database, tmp_path: Path) -> Iterator[list[Browser]]:
    """One administrator's browser at each of two servers."""
    person = Person(toy_app, "admin")
    session: dict[str, Any] = {}
    with person.client.session_transaction() as stored:
        session.update(stored)
    signer: Any = toy_app.session_interface
    cookie = signer.get_signing_serializer(toy_app).dumps(session)
    raw = URLSafeTimedSerializer(toy_app.secret_key or "", salt="wtf-csrf-token")
    token = raw.dumps(session["csrf_token"])
    place = Place(tmp_path, toy_database.url)
    with servers(place, 2) as ports:
        browsers = [Browser(port, cookie, token) for port in ports]
        for browser in browsers:
            wait_for(browser.answers, f"a server; it said {place.logs()}")
        yield browsers


def test_a_toggle_and_a_setting_hold_at_the_next_request_of_the_other(
    toy_app: Erp, two: list[Browser]
) -> None:
    one, other = two
    assert other.ask("/gizmo/hello")[0] == 200
    for _ in range(3):
        assert one.ask("/toy/switch/toy_gizmo/0", "POST") == (200, '{"on":false}\n')
        assert other.ask("/gizmo/hello")[0] == 404
        assert other.ask("/toy/switch/toy_gizmo/1", "POST")[0] == 200
        assert one.ask("/gizmo/hello")[0] == 200
    assert other.ask("/toy/mood")[1].strip() == '{"mood":"calm","size":3}'
    with toy_app.app_context(), transaction():
        save("toy_gadget", "mood", "wild")
        db.session.flush()
    assert {browser.ask("/toy/mood")[1].strip() for browser in two} == {'{"mood":"wild","size":3}'}
