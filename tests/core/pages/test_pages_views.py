"""Saved views: private and shared ones, a role's first view, who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from erp_core.testing.people import Person

AUDIT = "/core/audit/"
HTMX = {"HX-Request": "true"}


def save(person: Person, **form: Any) -> Any:
    wish = {"screen": "core.audit", "name": "Mine", "state": "search=lamp&page=3", **form}
    return person.post("/core/views/", data=wish, headers=HTMX)


def test_a_view_is_private_until_somebody_with_leave_shares_it(boss: Person, lamp_app: Any) -> None:
    answer = save(boss)
    assert answer.headers["HX-Redirect"] == f"{AUDIT}?search=lamp&view=1-mine"
    manager = Person(lamp_app, "manager")
    assert "Mine" not in manager.page(AUDIT)
    save(boss, name="Everybody's", shared="1")
    assert "Everybody&#39;s" in manager.page(AUDIT)


def test_a_wrong_name_keeps_the_dialog(boss: Person) -> None:
    answer = save(boss, name="  ")
    assert answer.status_code == 422
    assert "Give the view a name of 1 to 60 characters." in answer.text
    assert save(boss, role="nobody", name="x").status_code == 422
    assert save(boss, screen="core.nothing").status_code == 404


def test_a_role_meets_its_view_first_and_all_rows_stay_in_reach(boss: Person) -> None:
    save(boss, name="Start", role="admin")
    answer = boss.get(AUDIT)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?search=lamp&view=1-start")
    page = boss.page(f"{AUDIT}?view=all")
    assert "All rows" in page


def test_who_may_not_share_or_see_is_refused(lamp_app: Any, viewer: Person) -> None:
    assert save(viewer).status_code == 403
    manager = Person(lamp_app, "manager")
    save(manager, name="Team", shared="1")
    assert viewer.post("/core/views/1/delete").status_code == 403
    answer = manager.post("/core/views/1/delete", headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"{AUDIT}?view=all"
    assert "Team" not in manager.page(f"{AUDIT}?view=all").partition('id="views-menu"')[2]


@pytest.mark.parametrize("text", ["", "x", "a\x00b", "%" * 300])
def test_the_search_of_the_palette_answers_anything(boss: Person, text: str) -> None:
    assert "<ul>" in boss.get("/core/search/", query_string={"q": text}).text
