"""Preferences, the style guide, health, and how durations are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from erp_core import migrate
from erp_core.admin.durations import LONGEST, duration_text, elapsed_text, parse_duration
from erp_core.app import Erp
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.models import User
from erp_core.settings import resolve
from erp_core.testing.people import Person
from tests.core.pages.conftest import build

Act = Callable[[Callable[[], Any]], Any]
URL = "/core/preferences/"


def view_state(act: Act, person: Person) -> dict[str, Any]:
    found = sa.select(User.view_state).filter_by(email=person.email)
    return dict(act(lambda: db.session.scalar(found)))


def test_a_theme_is_kept_for_the_person_and_in_a_cookie(viewer: Person, lamp_act: Act) -> None:
    answer = viewer.post(URL, {"name": "theme", "value": "dark"})
    assert answer.status_code == 204
    assert "theme=dark" in answer.headers["Set-Cookie"]
    assert view_state(lamp_act, viewer) == {"theme": "dark"}
    viewer.post(URL, {"name": "density", "value": "compact"})
    viewer.post(URL, {"name": "keys", "value": "off"})
    assert view_state(lamp_act, viewer) == {"theme": "dark", "density": "compact", "keys": "off"}
    page = viewer.page("/")
    assert 'data-theme="dark" data-density="compact" data-keys="off"' in page


def test_choices_follow_the_person_to_another_browser(viewer: Person) -> None:
    viewer.post(URL, {"name": "theme", "value": "dark"})
    viewer.client.delete_cookie("theme")
    assert 'data-theme="dark"' in viewer.page("/")


def test_a_company_is_chosen_and_given_up(viewer: Person, lamp_act: Act) -> None:
    viewer.post(URL, {"name": "company", "value": "2"})
    assert view_state(lamp_act, viewer) == {"company": "2"}
    assert "North branch" in viewer.page("/")
    viewer.post(URL, {"name": "company", "value": ""})
    assert view_state(lamp_act, viewer) == {"company": "0"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": "theme", "value": "pink"}, "Allowed: auto, light, dark."),
        ({"name": "admin", "value": "1"}, "There is no preference"),
        ({"name": "company", "value": "99"}, "There is no company"),
        ({}, "There is no preference"),
    ],
)
def test_other_choices_are_refused(
    viewer: Person, lamp_act: Act, data: dict[str, str], sentence: str
) -> None:
    answer = viewer.post(URL, data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert view_state(lamp_act, viewer) == {}


def test_without_scripts_the_form_leads_back(viewer: Person) -> None:
    page = viewer.page(URL)
    assert "Single-letter keys" in page
    answer = viewer.post(URL, {"name": "theme", "value": "dark", "back": "1"})
    assert (answer.status_code, answer.location) == (302, URL)


@pytest.mark.feature("F156")
def test_a_person_keeps_an_own_value_where_a_plugin_allows_it(
    viewer: Person, lamp_act: Act
) -> None:
    assert "Show a badge." in viewer.page(URL)
    answer = viewer.post(
        f"{URL}setting",
        {"plugin": "lamp", "key": "badge", "value": "false"},
        headers={"HX-Request": "true"},
    )
    assert "Your own value" in answer.text
    me = sa.select(User.id).filter_by(email=viewer.email)
    number = lamp_act(lambda: db.session.scalar(me))
    mine = lamp_act(lambda: {s.key: s for s in resolve("lamp", user=number)})
    assert (mine["badge"].value, mine["badge"].source) == (False, "user")
    others = lamp_act(lambda: {s.key: s.value for s in resolve("lamp", user=number + 1)})
    assert others["badge"] is True


def test_a_person_cannot_change_a_setting_that_is_the_same_for_everybody(
    viewer: Person, lamp_act: Act
) -> None:
    form = {"plugin": "lamp", "key": "watts", "value": "75"}
    answer = viewer.post(f"{URL}setting", form)
    assert answer.status_code == 403
    assert "has one value for everybody" in answer.text


def test_a_visitor_has_no_preferences_and_no_style_guide(lamp_app: Erp) -> None:
    for url in (URL, "/styleguide/"):
        answer = lamp_app.test_client().get(url)
        assert answer.status_code == 302
        assert "/login" in answer.location


def test_the_style_guide_shows_the_building_blocks(viewer: Person) -> None:
    assert "<h1>" in viewer.page("/styleguide")


def test_health_answers_anybody(lamp_app: Erp) -> None:
    visitor = lamp_app.test_client()
    assert visitor.get("/health/live").get_json() == {"status": "alive"}
    ready = visitor.get("/health/ready")
    assert (ready.status_code, ready.get_json()) == (200, {"status": "ready"})


def test_a_schema_that_is_behind_is_not_ready(lamp_app: Erp) -> None:
    with lamp_app.app_context():
        migrate.downgrade("core")
    answer = lamp_app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["reason"] == "The tables of core are not up to date."
    assert lamp_app.test_client().get("/health/live").status_code == 200


def test_a_database_that_is_away_is_not_ready() -> None:
    app = build("postgresql+psycopg://postgres@127.0.0.1:1/none?connect_timeout=1")
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not ready",
        "reason": "The database does not answer.",
    }


@given(
    st.timedeltas(min_value=timedelta(0), max_value=LONGEST).map(
        lambda d: d - d % timedelta(seconds=1)
    )
)
def test_a_duration_written_is_read_back(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15 min", 900), ("2h", 7200), ("1 d 12 h", 129_600), ("90 Minutes", 5400), ("0 s", 0)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "soon", "1 fortnight", "-5 min", "1,5 h", "5 min!"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ErpError, match="write it like 15 min"):
        parse_duration(text)


def test_elapsed_times_are_short() -> None:
    assert [elapsed_text(ms) for ms in (0, 340, 2_430, 65_000)] == [
        "0 ms",
        "340 ms",
        "2.4 s",
        "1 min 5 s",
    ]
