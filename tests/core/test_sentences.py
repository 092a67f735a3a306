"""A refused constraint becomes a sentence: its own, or one made from its kind; never SQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from erp_core.admin.sentences import sentence_for
from erp_core.app import Erp
from erp_core.db import db
from erp_core.models import Company, JobRun
from erp_core.testing.people import Person
from tests.core.boot import toy


def refused(work: Callable[[], object]) -> str:
    def write() -> None:
        work()
        db.session.flush()

    with pytest.raises(IntegrityError) as caught:
        write()
    db.session.rollback()
    return sentence_for(caught.value)


def test_a_constraint_speaks_its_own_sentence(toy_ctx: Erp) -> None:
    says = refused(lambda: toy("toy_gadget.services").make_gadget("ball", -1))
    assert says == "A gadget weighs nothing or more."


def test_a_second_one_with_the_same_key_is_named(toy_ctx: Erp) -> None:
    says = refused(lambda: db.session.add(Company(code="MAIN", name="Again")))
    assert says == "There is one with the same code already; nothing was changed."


def test_something_that_is_used_elsewhere_stays(toy_ctx: Erp) -> None:
    use = toy("toy_gadget.models").Use
    says = refused(lambda: db.session.add(use(gadget_id=999, times=1)))
    assert "used elsewhere, or refers to something that is gone" in says


def test_a_rule_without_a_sentence_is_refused_without_sql(toy_ctx: Erp) -> None:
    says = refused(lambda: db.session.add(JobRun(job="x", state="dancing")))
    assert says == "The database refused these values; nothing was changed."


def test_a_missing_value_is_refused_without_sql(toy_ctx: Erp) -> None:
    says = refused(lambda: db.session.execute(sa.insert(Company).values(name="No code")))
    assert "INSERT" not in says
    assert "core_company" not in says


def test_the_form_shows_the_sentence_and_keeps_what_was_typed(
    toy_app: Erp, toy_admin: Person
) -> None:
    form = {"name": "a rare ball", "weight": "-3", "number": "7"}
    answer = toy_admin.post("/toy_gadget/gadget/new/", form)
    assert "A gadget weighs nothing or more." in answer.text
    assert "a rare ball" in answer.text
    assert "CHECK" not in answer.text
    with toy_app.app_context():
        assert toy("toy_gadget.services").gadgets() == []
