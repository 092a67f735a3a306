"""The audit log: one row for each change of an audited table, with who, before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from erp_core import audit
from erp_core.access import create_user
from erp_core.app import Erp
from erp_core.db import db
from erp_core.models import AuditRow, Company, Role
from erp_core.testing.people import Person
from tests.core.boot import toy

Act = Callable[[Callable[[], Any]], Any]


def rows(app: Erp, subject: str) -> list[AuditRow]:
    """Return what was written since the database was made (with its one company)."""
    with app.app_context():
        wanted = sa.select(AuditRow).filter_by(subject=subject).order_by(AuditRow.id)
        found = list(db.session.scalars(wanted))
        db.session.expunge_all()
        return found[1:] if subject == "core_company" else found


def company() -> Company:
    return db.session.scalars(sa.select(Company)).one()


def test_creating_changing_and_deleting_leave_one_row_each(toy_app: Erp, toy_act: Act) -> None:
    key = toy_act(lambda: toy("toy_gadget.services").make_gadget("ball", 5).id)
    gadget = toy("toy_gadget.models").Gadget
    gizmo = toy("toy_gizmo.models").Gizmo
    toy_act(lambda: setattr(db.session.get(gadget, key), "weight", 7))
    toy_act(lambda: db.session.execute(sa.delete(gizmo)))
    toy_act(lambda: db.session.delete(db.session.get(gadget, key)))
    made, changed, gone = rows(toy_app, "toy_gadget_gadget")
    assert [row.action for row in (made, changed, gone)] == ["create", "change", "delete"]
    assert {row.subject_id for row in (made, changed, gone)} == {str(key)}
    assert made.before == {} or set(made.before.values()) == {None}
    assert (made.after["name"], made.after["weight"]) == ("ball", 5)
    assert (changed.before, changed.after) == ({"weight": 5}, {"weight": 7})
    assert gone.before["name"] == "ball"
    assert gone.before["weight"] == 7


def test_a_change_that_changes_nothing_leaves_no_row(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: setattr(company(), "name", company().name))
    assert rows(toy_app, "core_company") == []


def test_the_value_before_is_known_also_after_a_commit(toy_app: Erp) -> None:
    with toy_app.app_context():
        mine = company()
        db.session.commit()  # the row is expired: its values are not in memory
        mine.name = "Another name"
        db.session.commit()
    (row,) = rows(toy_app, "core_company")
    assert (row.before, row.after) == ({"name": "My company"}, {"name": "Another name"})


def test_a_deleted_row_is_kept_also_when_it_was_not_in_memory(toy_app: Erp) -> None:
    with toy_app.app_context():
        extra = Company(code="X", name="Extra")
        db.session.add(extra)
        db.session.commit()
        db.session.delete(extra)
        db.session.commit()
    assert rows(toy_app, "core_company")[-1].before["name"] == "Extra"


def test_what_is_rolled_back_leaves_no_row(toy_app: Erp) -> None:
    with toy_app.app_context():
        company().name = "Never"
        db.session.flush()
        db.session.rollback()
    assert rows(toy_app, "core_company") == []


def test_a_change_over_the_web_names_the_person_and_the_request(
    toy_app: Erp, toy_admin: Person
) -> None:
    toy_admin.post("/toy/make", {"name": "ball"})
    (row,) = rows(toy_app, "toy_gadget_gadget")
    assert row.actor == toy_admin.email
    assert len(row.request_id) == 12
    assert row.at.tzinfo is not None


def test_a_change_by_a_command_or_nobody_is_named_so(toy_app: Erp, toy_act: Act) -> None:
    toy_app.test_cli_runner().invoke(args=["gadget", "make", "ball"], catch_exceptions=False)
    toy_act(lambda: toy("toy_gadget.services").make_gadget("cube"))
    assert [row.actor for row in rows(toy_app, "toy_gadget_gadget")] == ["command", "system"]


def test_secrets_of_people_are_not_written(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: create_user("a@example.com", "a long password", ["viewer"]))
    (row,) = rows(toy_app, "core_user")
    assert row.after["email"] == "a@example.com"
    assert not {"password", "fs_uniquifier", "view_state"} & set(row.after)


def test_giving_a_person_another_role_is_written(toy_app: Erp, toy_act: Act) -> None:
    key = toy_act(lambda: create_user("a@example.com", "a long password", ["viewer"]).id)

    def promote() -> None:
        from erp_core.models import User

        role = Role(name="manager", permissions=[])
        person = db.session.get(User, key)
        assert person is not None
        db.session.add(role)
        person.roles.append(role)

    toy_act(promote)
    created, changed = rows(toy_app, "core_user")
    assert created.after["roles"] == ["viewer"]
    assert (changed.before, changed.after) == (
        {"roles": ["viewer"]},
        {"roles": ["manager", "viewer"]},
    )


def test_a_row_written_by_hand_is_complete(toy_app: Erp, toy_act: Act) -> None:
    def write() -> None:
        audit.act_as("me@example.com")
        audit.record(db.session(), "change", "toys", 4, before={"n": 1}, after={"n": 2})

    toy_act(write)
    (row,) = rows(toy_app, "toys")
    assert (row.actor, row.subject_id, row.before, row.after) == (
        "me@example.com",
        "4",
        {"n": 1},
        {"n": 2},
    )


@pytest.mark.parametrize(
    "statement", ["UPDATE core_audit SET actor = 'x'", "DELETE FROM core_audit"]
)
def test_the_log_cannot_be_rewritten(toy_app: Erp, toy_act: Act, statement: str) -> None:
    toy_act(lambda: toy("toy_gadget.services").make_gadget("ball"))
    with toy_app.app_context(), pytest.raises(DBAPIError, match="core_audit is append-only"):
        db.session.execute(sa.text(statement))
