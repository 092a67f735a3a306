"""Who may do what: preset roles, the guard's answers, people, tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core import access
from erp_core.access import all_permissions, can, create_token, create_user, preset_roles
from erp_core.app import Erp
from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.lifecycle import disable
from erp_core.models import ApiToken, Role, User
from erp_core.testing.people import Person

Act = Callable[[Callable[[], Any]], Any]
PASSWORD = "correct horse battery"
SEE, CHANGE = "toy_gadget.see", "toy_gadget.change"


# -- roles -----------------------------------------------------------------------------------


def test_the_preset_roles_are_what_the_manifests_say(toy_ctx: Erp) -> None:
    presets = preset_roles()
    assert presets["admin"] == {item.key for item in all_permissions()}
    assert {SEE, "toy_gizmo.see", "core.jobs.view"} <= presets["viewer"]
    assert not {CHANGE, "toy_gizmo.use", "core.settings.edit"} & presets["viewer"]
    assert {SEE, CHANGE, "core.settings.edit"} <= presets["manager"]
    assert not {"core.users.edit", "core.plugins.edit"} & presets["manager"]


def test_every_role_of_the_product_may_do_exactly_what_it_lists(app: Erp) -> None:
    with app.app_context():
        presets = preset_roles()
        every = [item.key for item in all_permissions()]
        people = {role: User(active=True, roles=[Role(name=role)]) for role in presets}
        with app.test_request_context():
            for role, person in people.items():
                assert {key for key in every if can(key, person)} == presets[role], role


def test_several_roles_add_up_and_a_role_may_hold_more(toy_app: Erp, toy_act: Act) -> None:
    def people() -> None:
        db.session.add(Role(name="painter", permissions=["toy_gizmo.use"]))
        create_user("both@example.com", PASSWORD, ["viewer", "painter"])

    toy_act(people)
    with toy_app.test_request_context():
        person = db.session.scalars(sa.select(User)).one()
        assert [can(key, person) for key in (SEE, "toy_gizmo.use", CHANGE)] == [True, True, False]


def test_somebody_switched_off_may_do_nothing(toy_app: Erp, toy_act: Act) -> None:
    person = Person(toy_app, "admin")
    assert person.get("/toy/mood").status_code == 200
    toy_act(lambda: db.session.execute(sa.update(User).values(active=False)))
    assert person.get("/toy/mood").status_code == 302


# -- what the guard answers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "page", "status"),
    [
        (None, "/toy/mood", 302),
        (None, "/toy_gadget/gadget/", 302),
        (None, "/api/v1/gadgets/", 401),
        (None, "/no/such/page", 404),
        ((), "/toy/mood", 403),
        ((), "/", 200),
        (("viewer",), "/toy/mood", 200),
        (("viewer",), "/toy_gadget/gadget/", 200),
        (("viewer",), "/toy_gadget/gadget/new/", 403),
        (("manager",), "/toy_gadget/gadget/new/", 200),
        (("manager",), "/core/user/", 403),
        (("admin",), "/core/user/", 200),
        (("admin",), "/api/v1/gadgets/", 401),
    ],
)
def test_the_guard_answers(
    toy_app: Erp, roles: tuple[str, ...] | None, page: str, status: int
) -> None:
    client = toy_app.test_client() if roles is None else Person(toy_app, *roles).client
    assert client.get(page).status_code == status


def test_a_visitor_is_sent_to_the_login_and_back(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: create_user("a@example.com", PASSWORD, ["viewer"]))
    client = toy_app.test_client()
    asked = client.get("/toy/mood?x=1")
    assert asked.location == "/login?next=/toy/mood?x%3D1"
    back = sign_in(client, "a@example.com", PASSWORD, "/toy/mood?x=1")
    assert back.status_code == 302
    assert back.location.endswith("/toy/mood?x=1")
    assert client.get("/toy/mood").status_code == 200


def test_a_fragment_for_htmx_gets_401_and_no_login_page(toy_app: Erp) -> None:
    answer = toy_app.test_client().get("/toy/mood", headers={"HX-Request": "true"})
    assert answer.status_code == 401


def test_a_refusal_names_the_permission(toy_app: Erp) -> None:
    answer = Person(toy_app, "viewer").get("/toy_gadget/gadget/new/")
    assert "Change gadgets" in answer.text


def test_a_plugin_that_is_off_is_404_for_everybody(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: disable("toy_gizmo"))
    for client in (toy_app.test_client(), Person(toy_app).client, Person(toy_app, "admin").client):
        assert client.get("/gizmo/hello").status_code == 404


# -- people ----------------------------------------------------------------------------------


def sign_in(client: Any, email: str, password: str, target: str = "") -> Any:
    """Post the login form the way a browser does."""
    page = client.get("/login", query_string={"next": target} if target else None)
    token = page.text.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    form = {"email": email, "password": password, "csrf_token": token, "next": target}
    return client.post("/login", data=form, query_string={"next": target} if target else None)


def test_a_person_signs_in_with_the_password_and_not_with_another(
    toy_app: Erp, toy_act: Act
) -> None:
    toy_act(lambda: create_user("Anna@Example.com", PASSWORD, ["viewer"]))
    client = toy_app.test_client()
    assert sign_in(client, "Anna@example.com", "wrong horse battery").status_code == 200
    assert client.get("/toy/mood").status_code == 302
    assert sign_in(client, "Anna@example.com", PASSWORD).status_code == 302
    assert client.get("/toy/mood").status_code == 200


def test_a_password_is_stored_as_a_slow_hash(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: create_user("a@example.com", PASSWORD, []))
    with toy_app.app_context():
        stored = db.session.scalar(sa.select(User.password))
        assert stored is not None
        assert stored.startswith("$argon2id$")
        assert PASSWORD not in stored


@pytest.mark.parametrize(
    ("email", "password", "roles", "says"),
    [
        ("a@example.com", "short", [], "fewer than 12 characters"),
        ("nobody", PASSWORD, [], "'nobody' is not an e-mail address"),
        ("a@example.com\nBcc: b@example.com", PASSWORD, [], "is not an e-mail address"),
        ("taken@example.com", PASSWORD, [], "taken@example.com has an account already"),
        ("taken@EXAMPLE.com", PASSWORD, [], "taken@example.com has an account already"),
        ("a@example.com", PASSWORD, ["king"], "no role 'king'. Roles: admin"),
    ],
)
def test_people_that_cannot_be_are_refused_with_a_sentence(
    toy_ctx: Erp, email: str, password: str, roles: list[str], says: str
) -> None:
    access.add_user("taken@example.com", "!", [])
    with pytest.raises(ErpError, match=says):
        create_user(email, password, roles)


# -- tokens ----------------------------------------------------------------------------------


class Bot:
    """A program with a token."""

    def __init__(self, app: Erp, act: Act, *scopes: str, role: str = "manager") -> None:
        self.client = app.test_client()
        self.text = act(lambda: self._make(role, list(scopes)))

    def _make(self, role: str, scopes: list[str]) -> str:
        return create_token(access.add_user("bot@example.com", "!", [role]), "bot", scopes)

    def ask(self, method: str = "GET", text: str = "", scheme: str = "Bearer") -> int:
        header = {"Authorization": f"{scheme} {text or self.text}"}
        body = {"name": "ball"} if method == "POST" else None
        return self.client.open(
            "/api/v1/gadgets/", method=method, headers=header, json=body
        ).status_code


def test_a_token_acts_for_its_person(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act)
    assert (bot.ask(), bot.ask("POST")) == (200, 201)


def test_a_scope_limits_a_token_below_what_its_person_may(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act, SEE)
    assert (bot.ask(), bot.ask("POST")) == (200, 403)


def test_a_scope_gives_nothing_its_person_may_not(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act, SEE, CHANGE, role="viewer")
    assert (bot.ask(), bot.ask("POST")) == (200, 403)


@pytest.mark.parametrize(
    "column", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}]
)
def test_a_revoked_or_expired_token_is_refused(
    toy_app: Erp, toy_act: Act, column: dict[str, Any]
) -> None:
    bot = Bot(toy_app, toy_act)
    toy_act(lambda: db.session.execute(sa.update(ApiToken).values(**column)))
    assert bot.ask() == 401


def test_the_token_of_somebody_switched_off_is_refused(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act)
    toy_act(lambda: db.session.execute(sa.update(User).values(active=False)))
    assert bot.ask() == 401


@pytest.mark.parametrize("text", ["peg_wrong", "x" * 5000, "ü", "' OR 1=1 --"])
def test_a_wrong_token_is_refused(toy_app: Erp, toy_act: Act, text: str) -> None:
    assert Bot(toy_app, toy_act).ask(text=text) == 401


def test_a_token_counts_on_the_api_alone(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act)
    header = {"Authorization": f"Bearer {bot.text}"}
    assert bot.client.get("/toy/mood", headers=header).status_code == 302
    assert bot.ask(scheme="Basic") == 401


def test_a_browser_session_does_not_count_on_the_api(toy_app: Erp) -> None:
    person = Person(toy_app, "admin")
    answer = person.client.post("/api/v1/gadgets/", json={"name": "ball"})
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert person.get("/api/v1/gadgets/").status_code == 401
    assert person.get("/toy/mood").status_code == 200


def test_a_token_is_stored_as_a_hash_alone(toy_app: Erp, toy_act: Act) -> None:
    bot = Bot(toy_app, toy_act)
    with toy_app.app_context():
        row = db.session.execute(sa.select(sa.text("*")).select_from(ApiToken)).mappings().one()
        assert bot.text not in str(dict(row))
        assert bot.text.removeprefix("peg_") not in str(dict(row))
        assert len(row["digest"]) == 64
