"""The plugins page: what is installed, and switches that hold for everybody at the next request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from erp_core.app import Erp
from erp_core.discovery import Broken
from erp_core.jobs import run_now
from erp_core.registry import enabled
from erp_core.testing.people import Person

Act = Callable[[Callable[[], Any]], Any]
HX = {"HX-Request": "true"}


def card(page: str, plugin: str) -> str:
    found = re.search(rf'<section class="peg-card" id="plugin-{plugin}".*?</section>', page, re.S)
    assert found, plugin
    return found.group(0)


def switched_on(act: Act) -> list[str]:
    return act(lambda: [name for name in ("lamp", "shade") if enabled(name)])


def test_each_plugin_says_what_it_is_needs_and_brings(boss: Person, lamp_app: Erp) -> None:
    with lamp_app.app_context():
        run_now("lamp.burn", by="test")
    page = boss.page("/core/plugins/")
    lamp = card(page, "lamp")
    for words in (
        "Lamps",
        "1.2.0",
        "Switches lamps and counts what they burn.",
        "Used by</dt><dd>Shades",
        "/core/settings/?plugin=lamp",
        "1 screen, 3 jobs, 1 permission",
        "See lamps",
        "lamp.lamp.view",
        "Job: Burn the lamps",
    ):
        assert words in lamp
    assert re.search(r"Burn the lamps</dt><dd>.*?Done.*?/core/jobs/1", lamp, re.S)
    assert "Needs</dt><dd>Lamps" in card(page, "shade")


def test_switching_off_says_first_what_hides_with_it(boss: Person) -> None:
    dialog = boss.get("/core/plugins/off/lamp", headers=HX).text
    assert "Shades needs Lamps and would be hidden too. All data stays." in dialog
    assert "Jobs that pause</dt><dd>Burn the lamps" in dialog
    assert "<html" not in dialog
    alone = boss.page("/core/plugins/off/shade")
    assert "No other plugin needs it. All data stays." in alone


def test_a_plugin_switched_off_is_gone_for_somebody_else_at_the_next_request(
    boss: Person, viewer: Person, lamp_act: Act
) -> None:
    assert viewer.get("/lamp/page").status_code == 200
    assert viewer.get("/shade/page").status_code == 200
    assert "/lamp/page" in viewer.page("/")
    boss.post("/core/plugins/disable", {"plugin": "lamp"})
    assert viewer.get("/lamp/page").status_code == 404
    assert viewer.get("/shade/page").status_code == 404
    assert "/lamp/page" not in viewer.page("/")
    assert switched_on(lamp_act) == []
    shade = card(boss.page("/core/plugins/"), "shade")
    assert "Off, because Lamps is off." in shade
    assert "Switching it on also switches on Lamps." in shade


def test_switching_back_on_brings_dependants_back(
    boss: Person, viewer: Person, lamp_act: Act
) -> None:
    boss.post("/core/plugins/disable", {"plugin": "lamp"})
    boss.post("/core/plugins/enable", {"plugin": "lamp"})
    assert viewer.get("/shade/page").status_code == 200
    assert switched_on(lamp_act) == ["lamp", "shade"]


def test_switching_on_also_switches_on_what_is_needed_and_undo_takes_both_back(
    boss: Person, lamp_act: Act
) -> None:
    for name in ("shade", "lamp"):
        boss.post("/core/plugins/disable", {"plugin": name})
    boss.page("/core/plugins/")
    answer = boss.post("/core/plugins/enable", {"plugin": "shade"})
    assert answer.location == "/core/plugins/"
    assert switched_on(lamp_act) == ["lamp", "shade"]
    page = boss.page("/core/plugins/")
    assert "Lamps and Shades are on." in page
    undo = re.search(r'data-undo="([^"]+)"', page)
    assert undo
    undone = boss.post(undo.group(1).replace("&amp;", "&"), headers=HX)
    assert undone.status_code == 204
    assert switched_on(lamp_act) == []
    assert "Lamps and Shades are off again." in boss.page("/core/plugins/")


def test_switching_off_from_the_dialog_leads_to_the_page_with_undo(
    boss: Person, lamp_act: Act
) -> None:
    answer = boss.post("/core/plugins/disable", {"plugin": "shade"}, headers=HX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/core/plugins/")
    page = boss.page("/core/plugins/")
    assert re.search(
        r'data-undo="/core/plugins/enable\?plugin=shade&amp;undo=1">Shades is off.', page
    )
    assert switched_on(lamp_act) == ["lamp"]


def test_switching_off_twice_changes_nothing_the_second_time(boss: Person) -> None:
    for _ in range(2):
        boss.post("/core/plugins/disable", {"plugin": "shade"})
    assert "Nothing was changed" in boss.page("/core/plugins/")


def test_an_unknown_plugin_gets_a_sentence(boss: Person) -> None:
    for answer in (
        boss.get("/core/plugins/off/desk"),
        boss.post("/core/plugins/disable", {"plugin": "desk"}),
        boss.post("/core/plugins/enable", {"plugin": "../../etc"}),
    ):
        assert answer.status_code == 404
        assert "No plugin is called" in answer.text


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_only_an_administrator_may_switch_plugins(lamp_app: Erp, lamp_act: Act, role: str) -> None:
    person = Person(lamp_app, role)
    assert person.get("/core/plugins/").status_code == 403
    assert person.get("/core/plugins/off/lamp").status_code == 403
    refused = person.post("/core/plugins/disable", {"plugin": "lamp"})
    assert refused.status_code == 403
    assert "Switch plugins on and off" in refused.text
    assert switched_on(lamp_act) == ["lamp", "shade"]


def test_a_plugin_that_cannot_be_loaded_is_listed_with_the_reason(
    boss: Person, lamp_app: Erp
) -> None:
    known = lamp_app.extensions["erp"]
    known.broken.append(Broken("desk", "plugins.desk", "It depends on wood, which is <gone>."))
    try:
        page = boss.page("/core/plugins/")
    finally:
        known.broken.pop()
    assert "Cannot be loaded" in page
    assert "It depends on wood, which is &lt;gone&gt;." in page
    assert "Cannot be loaded" not in boss.page("/core/plugins/")
