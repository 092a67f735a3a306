"""The screens of e-mail: what they keep, what they refuse, who may use them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from erp_core.testing.statements import statements
from plugins.email_templates.domain.states import State
from plugins.email_templates.models import Assignment, OutgoingMail, Template, Version
from plugins.sales.models import Customer
from tests.plugins.backorders.market import open_market, ordered
from tests.plugins.email_templates.postoffice import EVENT, fill, states, template

TEMPLATES = "/email_templates/template"
ASSIGN = "/email_templates/assignment"
MAILS = "/email_templates/mail"
GOOD = {"name": "Notice", "subject": "About {{ order.number }}", "text": "Hello", "html": ""}


@pytest.fixture
def made(act: Any) -> int:
    """A template with one version that can be used."""
    return int(act(lambda: template().id))


def test_a_new_template_opens_in_the_editor(app: Any, act: Any, admin: Person) -> None:
    page = admin.post(f"{TEMPLATES}/new", {"name": "Delay", "event": "OutOfStockInventoryNotice"})
    assert page.status_code == 302
    text = admin.page(page.location)
    assert "order.number" in text
    assert "Number of the order" in text
    assert act(lambda: db.session.scalars(sa.select(Template.event_key)).one()) == EVENT


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " ", "event": EVENT}, "name of 1 to 120 characters"),
        ({"name": "Kept name", "event": "nope"}, "No event is called"),
    ],
)
def test_a_new_template_that_cannot_be_made_keeps_what_was_typed(
    admin: Person, typed: dict[str, str], sentence: str
) -> None:
    page = admin.post(f"{TEMPLATES}/new", typed)
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{typed["name"]}"' in page.text


def test_a_broken_text_is_kept_and_the_old_one_stays_in_use(
    act: Any, admin: Person, made: int
) -> None:
    broken = GOOD | {"text": "Dear\n{{ customer.nmae }}", "seen": "1"}
    admin.post(f"{TEMPLATES}/{made}/save", broken)
    page = admin.page(f"{TEMPLATES}/{made}/")
    assert "The text, line 2, uses the unknown variable “nmae”" in page
    assert "Version 1 stays in use" in page
    assert "{{ customer.nmae }}" in page
    assert act(lambda: db.session.get_one(Template, made).current_number) == 1


def test_who_saves_on_an_old_version_keeps_the_text_and_is_told(admin: Person, made: int) -> None:
    admin.post(f"{TEMPLATES}/{made}/save", GOOD | {"seen": "1"})
    late = admin.post(f"{TEMPLATES}/{made}/save", GOOD | {"seen": "1", "text": "My long letter"})
    assert late.status_code == 409
    assert "Somebody else saved" in late.text
    assert "My long letter" in late.text


def test_an_earlier_version_is_restored(act: Any, admin: Person, made: int) -> None:
    admin.post(f"{TEMPLATES}/{made}/save", GOOD | {"seen": "1"})
    admin.post(f"{TEMPLATES}/{made}/restore/1")
    assert act(lambda: db.session.get_one(Template, made).current_number) == 3
    assert "Version 1 again" in admin.page(f"{TEMPLATES}/{made}/")


def test_the_preview_shows_a_real_record_under_a_policy_of_its_own(
    act: Any, admin: Person, made: int
) -> None:
    number = act(lambda: shortage())
    typed = GOOD | {"record": number, "html": "<b style='color:red'>{{ customer.name }}</b>"}
    page = admin.post(f"{TEMPLATES}/{made}/preview", typed)
    assert f"About {number}" in page.text
    assert 'sandbox="" srcdoc="&lt;b style' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    wrong = admin.post(f"{TEMPLATES}/{made}/preview", GOOD | {"text": "{{ 'a' * 9 }}"})
    assert "“*” is for numbers only" in wrong.text


def shortage() -> str:
    market = open_market()
    return str(ordered(market, (market.mug, 3)).number)


def test_a_test_mail_goes_to_one_address_only(act: Any, admin: Person, made: int) -> None:
    typed = GOOD | {"test_address": "me@example.com"}
    headers = {"HX-Request": "true"}
    sent = admin.post(f"{TEMPLATES}/{made}/test", typed, headers=headers)
    assert "is on its way to me@example.com" in sent.text
    row = act(
        lambda: db.session.execute(sa.select(OutgoingMail.subject, OutgoingMail.audience)).one()
    )
    assert tuple(row) == ("[Test] About SO-1042", "test")
    for bad in ("", "a@example.com, b@example.com", "a\x00@example.com"):
        refused = admin.post(f"{TEMPLATES}/{made}/test", typed | {"test_address": bad})
        assert "Hello" in refused.text
        assert "address" in refused.text
    assert act(states)[State.QUEUED] == 1


def test_a_template_is_put_away_and_its_versions_stay(act: Any, admin: Person, made: int) -> None:
    said = admin.post(f"{TEMPLATES}/{made}/archive", follow_redirects=True)
    assert "“Notice” is put away." in said.text
    assert "Notice" not in admin.page(f"{TEMPLATES}/")
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Version.id)))) == 1


def choice(made: int, **more: str) -> dict[str, str]:
    return {"event": EVENT, "audience": "customer", "template": str(made), "enabled": "1"} | more


def test_an_event_gets_its_template(act: Any, admin: Person, made: int) -> None:
    admin.post(f"{ASSIGN}/save", choice(made))
    row = act(
        lambda: db.session.execute(
            sa.select(Assignment.template_id, Assignment.company_id, Assignment.enabled)
        ).one()
    )
    assert tuple(row) == (made, None, True)
    assert "Once" in admin.page(f"{TEMPLATES}/")


def test_a_company_chooses_for_itself_and_follows_again(act: Any, admin: Person, made: int) -> None:
    admin.post(f"{ASSIGN}/save", choice(made, company="1"))
    assert "Own choice" in admin.page(f"{ASSIGN}/?company=1")
    admin.post(f"{ASSIGN}/save", choice(made, company="1", then="default"))
    assert act(lambda: db.session.scalar(sa.select(sa.func.count(Assignment.id)))) == 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"audience": "staff", "recipients": "a@x.org, b@x.org"}, "several addresses"),
        ({"audience": "staff", "recipients": ""}, "which of your people"),
        ({"template": "99999"}, "not for this event and company"),
        ({"template": "\u00b2"}, "one of the templates in the list"),
    ],
)
def test_a_wrong_assignment_keeps_what_was_typed(
    admin: Person, made: int, more: dict[str, str], sentence: str
) -> None:
    page = admin.post(f"{ASSIGN}/save", choice(made, **more))
    assert page.status_code == 422
    assert sentence in page.text
    assert more.get("recipients", "") in page.text


def test_the_list_says_why_a_mail_did_not_leave(act: Any, admin: Person) -> None:
    act(lambda: fill(1, state=State.FAILED, reason="550 no such person"))
    page = admin.page(f"{MAILS}/?state=failed")
    assert "550 no such person" in page
    assert "No mail server or no sender is set" in page
    assert "It is filled in when it leaves" in admin.page(f"{MAILS}/1/expand")
    assert "Failed" in admin.page("/")


def test_resending_asks_for_the_address(act: Any, admin: Person) -> None:
    act(lambda: fill(1, state=State.UNCERTAIN))
    headers = {"HX-Request": "true"}
    assert "a second time" in admin.page(f"{MAILS}/1/resend", headers=headers)
    bad = admin.post(f"{MAILS}/1/resend", {"address": "a@b.org,c@d.org"}, headers=headers)
    assert bad.status_code == 422
    assert "several addresses" in bad.text
    admin.post(f"{MAILS}/1/resend", {"address": "new@example.com"})
    assert act(states)[State.QUEUED] == 1


def test_several_mails_are_suppressed_at_once(act: Any, admin: Person) -> None:
    act(lambda: fill(2))
    act(lambda: fill_sent())
    chosen = {"action": "suppress", "rowid": ["1", "2", "3"]}
    page = admin.post(f"{MAILS}/action/", chosen, follow_redirects=True)
    assert "2 suppressed. 1 stay as they are." in page.text
    again = admin.post(f"{MAILS}/1/suppress")
    assert again.status_code == 409


def fill_sent() -> None:
    row = {"occasion": "sent", "event_key": EVENT, "audience": "customer"}
    row |= {"address": "a@example.com", "message_id": "<s@x.org>", "state": State.SENT}
    db.session.execute(sa.insert(OutgoingMail), [row])


def test_who_may_look_may_not_change(app: Any, act: Any, made: int) -> None:
    act(lambda: fill(1))
    viewer = Person(app, "viewer")
    page = viewer.page(f"{TEMPLATES}/{made}/")
    assert "readonly" in page
    assert "Send test" not in page
    for url in (f"{TEMPLATES}/{made}/save", f"{TEMPLATES}/{made}/test", f"{ASSIGN}/save"):
        assert viewer.post(url, GOOD).status_code == 403
    assert viewer.post(f"{MAILS}/1/suppress").status_code == 403
    assert viewer.get(f"{MAILS}/").status_code == 403


def test_lists_cost_the_same_however_long_they_are(app: Any, act: Any, admin: Person) -> None:
    counts = []
    for more in (2, 20):
        act(lambda more=more: [template(name=f"T{n}") for n in range(more)])
        found = []
        for url in (f"{TEMPLATES}/", f"{ASSIGN}/", f"{MAILS}/"):
            admin.page(url)
            with statements(app) as seen:
                admin.page(url)
            found.append(len(seen))
        counts.append(found)
    assert counts[0] == counts[1]


@pytest.mark.feature("F162", "F163", "F143")
def test_a_delay_and_a_cancellation_for_lack_of_stock_are_mailed(act: Any, admin: Person) -> None:
    order = act(lambda: order_to_mail())
    for event in ("sales.shipping_delayed", "order.cancelled_out_of_stock"):
        made = act(lambda event=event: template(event, name=event).id)
        admin.post(f"{ASSIGN}/save", choice(made) | {"event": event})
    seen = admin.page(f"/sales/order/{order}/delay", headers={"HX-Request": "true"})
    version = seen.partition('name="version" value="')[2].partition('"')[0]
    moved = {"version": version, "promised_on": "2099-01-31", "reason": "The maker is late"}
    assert admin.post(f"/sales/order/{order}/delay", moved).status_code < 400
    seen = admin.page(f"/sales/order/{order}/cancel", headers={"HX-Request": "true"})
    version = seen.partition('name="version" value="')[2].partition('"')[0]
    given_up = {"version": version, "reason": "out_of_stock", "why": ""}
    assert admin.post(f"/sales/order/{order}/cancel", given_up).status_code < 400
    listed = admin.page(f"{MAILS}/")
    assert "Shipping delayed" in listed
    assert "2 rows" in listed
    found = act(lambda: db.session.scalars(sa.select(OutgoingMail.event_key)).all())
    assert sorted(found) == ["order.cancelled_out_of_stock", "sales.shipping_delayed"]


def order_to_mail() -> int:
    market = open_market()
    db.session.get_one(Customer, market.customer).email = "petra@example.com"
    return int(ordered(market, (market.mug, 3)).id)
