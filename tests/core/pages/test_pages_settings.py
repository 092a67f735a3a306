"""The settings page: where values come from, saving one at a time, undo, companies, refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from erp_core.db import db
from erp_core.models import AuditRow, SettingRow
from erp_core.settings import Scope, resolve, save
from erp_core.testing.people import Person

Act = Callable[[Callable[[], Any]], Any]
HX = {"HX-Request": "true"}
NORTH = 2


def setting_of(page: str, key: str) -> str:
    """Return the form of one setting, without those below it."""
    found = re.search(
        rf'<form class="peg-setting"[^>]*hx-target="#setting-{key}".*?</form>', page, re.S
    )
    assert found, key
    return found.group(0)


def send(person: Person, key: str, **data: Any) -> TestResponse:
    form = {"plugin": "lamp", "key": key, **data}
    return person.post("/core/settings/save", form, headers=HX)


def value(act: Act, key: str, company: int = 0, user: int = 0) -> tuple[Any, str]:
    def read() -> tuple[Any, str]:
        found = {item.key: item for item in resolve("lamp", company=company, user=user)}
        return found[key].value, found[key].source

    return act(read)


def audit(act: Act) -> list[tuple[str, str, Any, Any]]:
    rows = sa.select(AuditRow).filter_by(subject="core_setting").order_by(AuditRow.id)
    return act(
        lambda: [(r.actor, r.subject_id, r.before, r.after) for r in db.session.scalars(rows)]
    )


def test_every_setting_has_its_control_its_help_its_limits_and_its_source(boss: Person) -> None:
    page = boss.page("/core/settings/?plugin=lamp")
    assert 'role="switch"' in setting_of(page, "lit")
    assert "Light the lamps" in setting_of(page, "lit")
    watts = setting_of(page, "watts")
    assert "Power of a lamp. From 1 to 500." in watts
    assert 'value="60"' in watts
    assert "From settings.toml" in watts
    assert "Default value" in setting_of(page, "colour")
    assert re.search(r'value="warm" selected>Warm', setting_of(page, "colour"))
    assert re.search(r'value="house"\s*>The whole house', setting_of(page, "scope"))
    assert 'value="1 h 30 min"' in setting_of(page, "rest")


def test_tabs_name_the_plugins_that_are_on(boss: Person) -> None:
    page = boss.page("/core/settings/")
    assert re.search(r'plugin=lamp" aria-current="page">Lamps', page)
    assert re.search(r'plugin=shade"\s*>Shades', page)


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("watts", "75", 75),
        ("tariff", "0.35", "0.35"),
        ("colour", "cold", "cold"),
        ("scope", "house", "house"),
        ("rest", "2 h 15 min", "PT2H15M"),
        ("spare", "4", 4),
    ],
)
def test_a_changed_value_is_saved_at_once_with_undo(
    boss: Person, lamp_act: Act, key: str, typed: str, stored: Any
) -> None:
    answer = send(boss, key, value=typed)
    assert answer.status_code == 200
    assert "Saved" in answer.text
    assert 'name="clear" value="1">Undo' in answer.text
    assert 'hx-post="/core/settings/save"' in setting_of(answer.text, key)
    rows = sa.select(SettingRow.value).filter_by(plugin="lamp", key=key)
    assert lamp_act(lambda: db.session.scalars(rows).all()) == [stored]


def test_a_saved_value_holds_for_everybody_at_their_next_request(
    boss: Person, viewer: Person
) -> None:
    assert viewer.page("/lamp/page") == "60 watts"
    send(boss, "watts", value="75")
    assert viewer.page("/lamp/page") == "75 watts"


def test_undo_puts_back_the_saved_value_or_forgets_the_first_one(
    boss: Person, lamp_act: Act
) -> None:
    send(boss, "watts", value="75")
    second = send(boss, "watts", value="80")
    assert 'name="undo" value="75">Undo' in second.text
    undone = send(boss, "watts", value="80", undo="75")
    assert "Put back" in undone.text
    assert value(lamp_act, "watts") == (75, "global")
    send(boss, "watts", value="75", clear="1")
    assert value(lamp_act, "watts") == (60, "settings.toml")


def test_every_save_is_in_the_audit_log_with_who_and_what(boss: Person, lamp_act: Act) -> None:
    send(boss, "watts", value="75")
    send(boss, "colour", value="cold", company=NORTH)
    send(boss, "watts", clear="1")
    assert audit(lamp_act) == [
        (boss.email, "lamp.watts", {"value": 60}, {"value": 75}),
        (
            boss.email,
            "lamp.colour",
            {"value": "warm", "for": "North branch"},
            {"value": "cold", "for": "North branch"},
        ),
        (boss.email, "lamp.watts", {"value": 75}, {"value": 60}),
    ]


@pytest.mark.parametrize(
    ("key", "typed", "sentence"),
    [
        ("watts", "0", "Watts cannot be &#39;0&#39;: Input should be greater than or equal to 1."),
        ("watts", "1,5", "Watts cannot be &#39;1,5&#39;: Input should be a valid integer"),
        ("watts", "", "Watts cannot be &#39;&#39;: Input should be a valid integer"),
        ("watts", "9" * 400, "Watts cannot be"),
        ("tariff", "-1", "Input should be greater than or equal to 0"),
        ("tariff", "NaN", "Input should be a finite number"),
        ("colour", "green", "Input should be &#39;warm&#39; or &#39;cold&#39;"),
        ("rest", "soon", "write it like 15 min, 2 h or 1 d 12 h"),
        ("rest", "99999999 d", "is too long; 36500 d is the most"),
        ("dim_at_night", "perhaps", "Input should be a valid boolean"),
    ],
)
def test_a_wrong_value_gets_a_sentence_at_its_field_and_stays_typed(
    boss: Person, lamp_act: Act, key: str, typed: str, sentence: str
) -> None:
    answer = send(boss, key, value=typed)
    assert answer.status_code == 422
    field = setting_of(answer.text, key)
    assert sentence in field
    if key in {"watts", "tariff", "rest"}:
        assert f'value="{typed}"' in field
        assert 'aria-invalid="true"' in field
    saved = sa.select(sa.func.count()).select_from(SettingRow)
    assert lamp_act(lambda: db.session.scalar(saved)) == 0
    assert audit(lamp_act) == []


def test_after_a_wrong_value_the_old_one_typed_again_clears_the_complaint(boss: Person) -> None:
    wrong = send(boss, "watts", value="0")
    assert 'name="shown_wrong"' in wrong.text
    again = send(boss, "watts", value="60", shown_wrong="1")
    assert again.status_code == 200
    assert "peg-field-error" not in again.text


def test_sending_the_same_value_again_changes_nothing(boss: Person, lamp_act: Act) -> None:
    assert send(boss, "watts", value="60").status_code == 204
    assert value(lamp_act, "watts") == (60, "settings.toml")


def test_a_plugin_may_refuse_a_value_and_nothing_is_kept(boss: Person, lamp_act: Act) -> None:
    answer = send(boss, "watts", value="300")
    assert answer.status_code == 422
    assert "The shades melt above 200 watts" in answer.text
    assert 'value="300"' in setting_of(answer.text, "watts")
    assert value(lamp_act, "watts") == (60, "settings.toml")


def test_a_pinned_setting_is_shown_read_only_and_refused(boss: Person, lamp_act: Act) -> None:
    shown = setting_of(boss.page("/core/settings/?plugin=lamp"), "maker")
    assert "Pinned in settings.toml" in shown
    assert re.search(r'value="Tungsten Ltd"[^>]* disabled', shown)
    answer = send(boss, "maker", value="Osram")
    assert answer.status_code == 403
    assert "Maker cannot be changed here" in answer.text
    assert send(boss, "maker", clear="1").status_code == 403
    assert value(lamp_act, "maker") == ("Tungsten Ltd", "settings.toml")


def test_a_kind_of_value_without_a_control_says_where_to_set_it(boss: Person) -> None:
    assert "set in settings.toml" in setting_of(boss.page("/core/settings/?plugin=lamp"), "rooms")
    assert send(boss, "rooms", value="attic").status_code == 403


def test_what_hangs_below_a_switch_that_is_off_is_shown_disabled_and_kept(
    boss: Person, lamp_act: Act
) -> None:
    lamp_act(lambda: save("lamp", "night_level", 20))
    page = boss.page("/core/settings/?plugin=lamp")
    below = page[page.index('id="setting-dim_at_night"') :]
    assert re.search(r'<fieldset class="peg-setting-children" disabled>', below)
    assert "Turn on “Dim at night” to change these. Their values are kept." in below
    assert 'value="20"' in setting_of(page, "night_level")
    answer = send(boss, "night_level", value="30")
    assert answer.status_code == 409
    assert "Turn on “Dim at night” to change “Night level”." in answer.text
    assert value(lamp_act, "night_level") == (20, "global")


def test_turning_the_switch_on_opens_what_hangs_below(boss: Person) -> None:
    answer = send(boss, "dim_at_night", value=["false", "true"])
    assert answer.status_code == 200
    assert 'peg-setting-children" disabled' not in answer.text
    assert send(boss, "night_level", value="30").status_code == 200


def test_a_grandchild_is_closed_by_its_grandparent(boss: Person, lamp_act: Act) -> None:
    lamp_act(lambda: save("lamp", "dim_at_night", True))
    lamp_act(lambda: save("lamp", "lit", False))
    answer = send(boss, "night_level", value="30")
    assert answer.status_code == 409
    assert "Turn on “Light the lamps”" in answer.text


@pytest.mark.feature("F156")
def test_a_company_has_own_values_over_the_general_ones(boss: Person, lamp_act: Act) -> None:
    send(boss, "watts", value="75")
    own = send(boss, "watts", value="90", company=NORTH)
    assert "Own value of this company" in own.text
    assert value(lamp_act, "watts", company=NORTH) == (90, "company")
    assert value(lamp_act, "watts", company=1) == (75, "global")
    north = boss.page(f"/core/settings/?plugin=lamp&company={NORTH}")
    assert 'value="90"' in setting_of(north, "watts")
    assert "Use the general value" in setting_of(north, "watts")
    other = setting_of(boss.page("/core/settings/?plugin=lamp&company=1"), "watts")
    assert "Set for everybody" in other
    assert 'value="75"' in other
    assert "Use the general value" not in other


def test_the_general_value_comes_back_and_the_own_one_can_be_undone(
    boss: Person, lamp_act: Act
) -> None:
    send(boss, "watts", value="90", company=NORTH)
    back = send(boss, "watts", clear="1", company=NORTH)
    assert "Put back to 60" in back.text
    assert 'name="undo" value="90">Undo' in back.text
    assert value(lamp_act, "watts", company=NORTH) == (60, "settings.toml")
    send(boss, "watts", undo="90", company=NORTH)
    assert value(lamp_act, "watts", company=NORTH) == (90, "company")


def test_a_change_with_an_impact_is_shown_before_it_is_saved(boss: Person, lamp_act: Act) -> None:
    preview = send(boss, "lit", value="false")
    assert preview.status_code == 200
    assert "12 lamps &lt;go&gt; off" in preview.text
    assert "Not saved yet" in preview.text
    assert re.search(r'name="sure" value="1">Switch off', preview.text)
    assert value(lamp_act, "lit") == (True, "code")
    sure = send(boss, "lit", value="false", sure="1")
    assert "Saved" in sure.text
    assert "What would change" not in sure.text
    assert value(lamp_act, "lit") == (False, "global")
    undone = send(boss, "lit", value="false", clear="1")
    assert "Put back to on" in undone.text
    assert value(lamp_act, "lit") == (True, "code")


def test_keeping_it_as_it_is_forgets_the_preview(boss: Person, lamp_act: Act) -> None:
    send(boss, "lit", value="false")
    kept = send(boss, "lit", value="false", keep="1")
    assert "Not saved yet" not in kept.text
    assert re.search(r'role="switch"[^>]* checked', setting_of(kept.text, "lit"))
    assert value(lamp_act, "lit") == (True, "code")


def test_the_card_says_what_the_settings_mean_today_and_follows_each_save(boss: Person) -> None:
    page = boss.page("/core/settings/?plugin=lamp")
    assert "What this means today" in page
    assert "<p>60 watts for <b>everybody</b></p>" in page
    assert "<p>75 watts" in send(boss, "watts", value="75").text
    assert "What this means today" not in boss.page("/core/settings/?plugin=shade")


def test_a_stored_value_that_no_longer_fits_is_named_and_not_used(
    boss: Person, lamp_act: Act
) -> None:
    row = SettingRow(plugin="lamp", key="watts", scope="global", value=9000)
    lamp_act(lambda: db.session.add(row))
    shown = setting_of(boss.page("/core/settings/?plugin=lamp"), "watts")
    assert "The value from global is ignored" in shown
    assert 'value="60"' in shown


def test_without_scripts_a_form_saves_and_leads_back(boss: Person, lamp_act: Act) -> None:
    form = {"plugin": "lamp", "key": "watts", "value": "75", "company": NORTH}
    answer = boss.post("/core/settings/save", form)
    assert answer.status_code == 302
    assert answer.location == f"/core/settings/?plugin=lamp&company={NORTH}"
    assert "Saved" in boss.page(answer.location)
    wrong = boss.post("/core/settings/save", form | {"value": "0"})
    assert wrong.status_code == 422
    assert "<html" in wrong.text
    assert "greater than or equal to 1" in setting_of(wrong.text, "watts")


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"plugin": "desk", "key": "a"}, 404, "There are no settings of &#39;desk&#39;"),
        ({"plugin": "lamp", "key": "colur"}, 404, "lamp has no setting &#39;colur&#39;"),
        ({"plugin": "lamp", "key": "watts", "company": "77"}, 404, "There is no company"),
        ({"plugin": "lamp", "key": "watts", "company": "9" * 50}, 404, "There is no company"),
        ({"plugin": "lamp", "key": "watts", "company": "²"}, 404, "There is no company"),
        ({}, 404, "There are no settings"),
    ],
)
def test_what_does_not_exist_gets_a_sentence(
    boss: Person, data: dict[str, str], status: int, sentence: str
) -> None:
    answer = boss.post("/core/settings/save", data, headers=HX)
    assert answer.status_code == status
    assert sentence in answer.text


def test_settings_of_a_plugin_that_is_off_can_be_prepared(boss: Person, lamp_act: Act) -> None:
    boss.post("/core/plugins/disable", {"plugin": "lamp"})
    page = boss.page("/core/settings/?plugin=lamp")
    assert "Lamps is switched off. These values hold once it is on." in page
    assert "No plugin that is switched on has settings." in boss.page("/core/settings/")
    assert send(boss, "watts", value="75").status_code == 200
    assert value(lamp_act, "watts") == (75, "global")


def test_a_viewer_may_neither_see_nor_change_settings(viewer: Person, lamp_act: Act) -> None:
    seen = viewer.get("/core/settings/")
    assert seen.status_code == 403
    assert "Change settings" in seen.text
    assert send(viewer, "watts", value="75").status_code == 403
    assert value(lamp_act, "watts") == (60, "settings.toml")


def test_a_manager_may_change_settings(lamp_app: Any, lamp_act: Act) -> None:
    assert send(Person(lamp_app, "manager"), "watts", value="75").status_code == 200
    assert value(lamp_act, "watts") == (75, "global")


def test_a_form_without_its_token_changes_nothing(boss: Person, lamp_act: Act) -> None:
    data = {"plugin": "lamp", "key": "watts", "value": "75"}
    assert boss.client.post("/core/settings/save", data=data).status_code == 400
    assert value(lamp_act, "watts") == (60, "settings.toml")


def test_an_own_value_of_a_user_wins_over_the_company(lamp_act: Act) -> None:
    lamp_act(lambda: save("lamp", "badge", False, Scope("user", 1)))
    lamp_act(lambda: save("lamp", "badge", True, Scope("company", NORTH)))
    assert value(lamp_act, "badge", company=NORTH, user=1) == (False, "user")
