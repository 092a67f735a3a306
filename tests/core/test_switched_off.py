"""A plugin that is off: nothing it registered is there, nothing of its data is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from erp_core import access, jobs, lifecycle
from erp_core.app import Erp
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.models import AuditRow
from erp_core.plugin import Action, Column, Filter, Panel
from erp_core.registry import mailable_events, parts, registry
from erp_core.scheduler import acquire
from erp_core.testing.people import Person
from tests.core.boot import toy

GADGETS = "toy_gadget.gadget"
Act = Callable[[Callable[[], Any]], Any]
PAGES = ["/toy_gizmo/gizmo/", "/gizmo/hello", "/gizmo/deep/hello"]


@pytest.fixture
def gadget(toy_act: Act) -> int:
    """A gadget that was painted red by the gizmo when it was made."""
    return int(toy_act(lambda: toy("toy_gadget.services").make_gadget("ball").id))


@pytest.fixture(params=["itself", "what it needs"])
def off(request: pytest.FixtureRequest, toy_act: Act, gadget: int) -> None:
    """Switch the gizmo off: its own switch, or that of the plugin below it."""
    if request.param == "itself":
        toy_act(lambda: lifecycle.disable("toy_gizmo"))


def shown(person: Person, url: str) -> str:
    return person.page(url)


def test_while_on_everything_is_there(toy_app: Erp, toy_admin: Person, gadget: int) -> None:
    assert all(toy_admin.get(page).status_code == 200 for page in PAGES)
    grid = toy_admin.page("/toy_gadget/gadget/")
    assert all(text in grid for text in ("Gizmo colour", "Gizmo paint", "Repaint blue", "Gizmos"))
    assert "red" in grid
    assert "painted red" in toy_admin.page(f"/toy_gadget/gadget/{gadget}/expand")
    with toy_app.app_context():
        assert {type(part) for part in parts(GADGETS, object)} == {Column, Filter, Action, Panel}
        assert toy("toy_gadget.services").advice("ball") == ["Paint ball."]
        assert jobs.find_job("toy_gizmo.fade").owner == "toy_gizmo"


@pytest.mark.parametrize("name", ["toy_gizmo", "toy_gadget"])
def test_off_pages_and_screens_answer_404(
    toy_admin: Person, toy_act: Act, gadget: int, name: str
) -> None:
    toy_act(lambda: lifecycle.disable(name))
    assert [toy_admin.get(page).status_code for page in PAGES] == [404] * len(PAGES)


def test_off_the_api_answers_404(toy_app: Erp, toy_admin: Person, toy_act: Act) -> None:
    def token() -> str:
        person = access.create_user("bot@example.com", "long enough for all", ["admin"])
        return access.create_token(person, "bot", [])

    header = {"Authorization": f"Bearer {toy_act(token)}"}
    client = toy_app.test_client()
    assert client.get("/api/v1/gizmos/", headers=header).status_code == 200
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    assert client.get("/api/v1/gizmos/", headers=header).status_code == 404


def test_off_columns_filters_actions_panels_and_menu_entries_are_gone(
    toy_app: Erp, toy_admin: Person, toy_act: Act, gadget: int
) -> None:
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    grid = toy_admin.page("/toy_gadget/gadget/")
    assert "ball" in grid
    for text in ("Gizmo colour", "Gizmo paint", "Repaint blue", "Gizmos", "Gizmo page"):
        assert text not in grid
    assert "painted" not in toy_admin.page(f"/toy_gadget/gadget/{gadget}/expand")
    with toy_app.app_context():
        assert parts(GADGETS, object) == []


def test_off_an_action_sent_by_hand_does_nothing(
    toy_app: Erp, toy_admin: Person, toy_act: Act, gadget: int
) -> None:
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    form = {"action": "repaint", "rowid": str(gadget)}
    answer = toy_admin.post("/toy_gadget/gadget/action/", form)
    assert answer.status_code == 422
    toy_act(lambda: lifecycle.enable("toy_gizmo"))
    assert "painted red" in toy_admin.page(f"/toy_gadget/gadget/{gadget}/expand")


def test_off_handlers_and_providers_are_skipped(toy_app: Erp, toy_act: Act) -> None:
    services, gizmo = toy("toy_gadget.services"), toy("toy_gizmo.models").Gizmo
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    made = toy_act(lambda: services.make_gadget("cursed").id)  # painting it would fail
    with toy_app.app_context():
        assert db.session.get(gizmo, made) is None
        assert services.advice("ball") == []


def test_off_a_job_is_neither_claimed_nor_run(toy_app: Erp, toy_act: Act) -> None:
    queued = toy_act(lambda: jobs.request_run("toy_gizmo.fade", by="me").id)
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    with toy_app.app_context():
        epoch = acquire("me")
        assert epoch is not None
        assert jobs.claim_due(registry().jobs["toy_gizmo.fade"], epoch) is None
        with pytest.raises(ErpError, match=r"no job 'toy_gizmo\.fade'"):
            jobs.request_run("toy_gizmo.fade", by="me")
        assert jobs.claim_queued() == queued
        jobs.execute(queued)
    with toy_app.app_context():
        run = db.session.get(jobs.JobRun, queued)
        assert run.state == "failed"
        assert "toy_gizmo.fade" in run.error


def test_off_a_command_refuses_with_a_sentence(toy_app: Erp, toy_act: Act) -> None:
    runner = toy_app.test_cli_runner()
    assert runner.invoke(args=["gizmo"]).output == "Hello from the gizmo.\n"
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    result = runner.invoke(args=["gizmo"])
    assert isinstance(result.exception, ErpError)
    assert "erp plugin enable toy_gizmo" in str(result.exception)


def test_off_a_mailable_event_is_not_offered(toy_app: Erp, toy_act: Act) -> None:
    with toy_app.app_context():
        assert "toy_gadget.made" in mailable_events()
    toy_act(lambda: lifecycle.disable("toy_gadget"))
    with toy_app.app_context():
        assert mailable_events() == {}


def test_a_plugin_counts_as_off_while_what_it_needs_is_off_and_keeps_its_own_row(
    toy_app: Erp, toy_admin: Person, toy_act: Act
) -> None:
    toy_act(lambda: lifecycle.disable("toy_gadget"))
    assert toy_admin.get("/gizmo/hello").status_code == 404
    assert toy_act(lambda: lifecycle.enable("toy_gadget")) == ["toy_gadget"]
    assert toy_admin.get("/gizmo/hello").status_code == 200


def test_enabling_switches_on_what_is_needed(toy_act: Act) -> None:
    for name in ("toy_gadget", "toy_gizmo"):
        toy_act(lambda name=name: lifecycle.disable(name))
    assert toy_act(lambda: lifecycle.enable("toy_gizmo")) == ["toy_gadget", "toy_gizmo"]
    assert toy_act(lambda: lifecycle.enable("toy_gizmo")) == []


def test_before_switching_off_the_dependants_can_be_named(toy_act: Act) -> None:
    assert toy_act(lambda: lifecycle.would_hide("toy_gadget")) == ["toy_gizmo"]
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    assert toy_act(lambda: lifecycle.would_hide("toy_gadget")) == []


def test_a_toggle_is_written_to_the_audit_log(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: lifecycle.disable("toy_gizmo"))
    with toy_app.app_context():
        row = db.session.scalars(db.select(AuditRow).filter_by(subject="core_plugin")).one()
        assert (row.subject_id, row.before, row.after) == (
            "toy_gizmo",
            {"enabled": True},
            {"enabled": False},
        )
