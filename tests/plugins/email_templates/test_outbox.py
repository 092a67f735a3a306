"""From an event to the outbox: once for each occasion, only where a template is assigned."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core import lifecycle
from erp_core.companies import add_company
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.events import publish
from erp_core.jobs import run_now
from erp_core.models import AuditRow, JobRun
from erp_core.registry import mail_source, mailable_events
from erp_core.settings import save
from erp_core.testing.statements import statements
from plugins.backorders.services import notices, refresh
from plugins.email_templates.domain.states import State
from plugins.email_templates.domain.waiting import Digest
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services import assignments, catalogue, templates
from plugins.email_templates.services.assignments import Choice
from plugins.email_templates.services.renderer import Draft
from plugins.purchasing.models import Supplier
from plugins.purchasing.services.creating import NewPurchase, NewPurchaseLine
from plugins.purchasing.services.orders import create
from plugins.sales.models import Customer
from plugins.sales.services import orders
from tests.plugins.backorders.market import Market, arrive, draft, open_market, ordered
from tests.plugins.email_templates.postoffice import (
    EVENT,
    hurry,
    post_office,
    send,
    states,
    template,
    use,
)


@pytest.fixture
def market(act: Any) -> Market:
    """A market whose customer can be written to."""

    def build() -> Market:
        found = open_market()
        db.session.get_one(Customer, found.customer).email = "petra@example.com"
        return found

    return act(build)


def assign(event: str = EVENT, audience: str = "customer", **more: Any) -> int:
    """Make a template and send it when the event happens."""
    made = template(event, name=f"{event} to {audience}")
    assignments.choose(Choice(event, audience, template_id=made.id, **more))
    return made.id


def mails() -> list[tuple[str, str, str]]:
    query = sa.select(OutgoingMail.event_key, OutgoingMail.address, OutgoingMail.record)
    return [tuple(row) for row in db.session.execute(query.order_by(OutgoingMail.id))]


def test_a_back_order_mails_once_for_each_episode(act: Any, market: Market) -> None:
    act(assign)
    number = act(lambda: ordered(market, (market.mug, 3)).number)
    for _ in range(10):
        act(refresh.refresh)
    assert act(mails) == [(EVENT, "petra@example.com", number)]
    act(lambda: arrive(market.mug, market.porto, 3))
    act(lambda: arrive(market.mug, market.porto, -2))
    assert len(act(mails)) == 2  # covered, and short again: a new episode


def test_without_the_unique_occasion_a_refresh_mails_again(
    act: Any, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the database's rule is what holds, not good luck."""
    act(assign)
    act(lambda: ordered(market, (market.mug, 3)))
    act(announce_again)
    assert len(act(mails)) == 1
    marks = iter(range(1000))
    monkeypatch.setattr(
        "plugins.email_templates.services.outbox._digest", lambda *_: str(next(marks))
    )
    act(announce_again)
    assert len(act(mails)) == 2


def announce_again() -> None:
    """Publish the events of the newest records a second time."""
    source = mail_source(catalogue.event_of(EVENT))
    assert source is not None
    for event in source.recent().values():
        publish(event)


def test_nothing_assigned_nothing_queued_and_one_statement_spent(
    app: Any, act: Any, market: Market
) -> None:
    act(lambda: ordered(market, (market.mug, 3)))
    assert act(mails) == []
    act(lambda: arrive(market.mug, market.porto, 1))
    with statements(app) as seen:
        act(lambda: arrive(market.mug, market.porto, 1))
    asked = [text for text in seen if "email_templates" in text]
    assert len(asked) == 1, asked


def test_the_number_of_statements_does_not_grow_with_the_orders(
    app: Any, act: Any, market: Market
) -> None:
    act(assign)
    act(lambda: assign(audience="staff", recipients="ada@example.com\nbob@example.com"))
    seen = [confirm_many(app, act, market, count) for count in (2, 12)]
    assert seen[0] == seen[1]
    assert len(act(mails)) == 3 * 14


def confirm_many(app: Any, act: Any, market: Market, count: int) -> int:
    """Confirm short orders in one step; returns how many statements e-mail needed for it."""
    made = act(lambda: [draft(market, (market.kettle, 1)).id for _ in range(count)])
    with statements(app) as found:
        act(lambda: orders.confirm(made))
    return len([text for text in found if "email_templates" in text])


def test_a_mail_stands_or_falls_with_its_cause(app: Any, act: Any, market: Market) -> None:
    act(assign)

    def fail() -> None:
        ordered(market, (market.mug, 3))
        assert len(mails()) == 1
        raise ErpError("The form was wrong after all.")

    with pytest.raises(ErpError):
        act(fail)
    assert act(mails) == []


def test_off_nothing_is_queued_and_on_again_only_new_events(act: Any, market: Market) -> None:
    act(assign)
    act(lambda: lifecycle.disable("email_templates"))
    act(lambda: ordered(market, (market.mug, 3)))
    act(lambda: lifecycle.enable("email_templates"))
    act(refresh.refresh)
    assert act(mails) == []
    number = act(lambda: ordered(market, (market.mug, 1)).number)
    assert [record for _, _, record in act(mails)] == [number]


def test_a_switch_for_each_event_and_audience(act: Any, market: Market) -> None:
    act(lambda: assign(enabled=False))
    act(lambda: assign(audience="staff", recipients="ada@example.com"))
    act(lambda: ordered(market, (market.mug, 3)))
    assert [address for _, address, _ in act(mails)] == ["ada@example.com"]


def test_a_company_replaces_the_default_or_switches_it_off(act: Any, market: Market) -> None:
    act(assign)
    other = act(lambda: add_company("B", "Brand B").id)
    mine = act(lambda: template(name="Ours").id)
    act(lambda: assignments.choose(Choice(EVENT, "customer", market.company, mine)))
    rules = act(lambda: assignments.rules_of(EVENT))
    own = assignments.rule_for(rules, "customer", market.company)
    default = assignments.rule_for(rules, "customer", other)
    assert own
    assert default
    assert own.version_id != default.version_id
    off = Choice(EVENT, "customer", market.company, mine, enabled=False)
    act(lambda: assignments.choose(off))
    act(lambda: ordered(market, (market.mug, 3)))
    assert act(mails) == []
    act(lambda: assignments.forget(EVENT, "customer", market.company))
    act(lambda: ordered(market, (market.mug, 3)))
    assert len(act(mails)) == 1


def test_a_customer_without_an_address_is_shown_as_failed(act: Any, market: Market) -> None:
    act(assign)
    act(lambda: setattr(db.session.get_one(Customer, market.customer), "email", "a@b.org,c@d.org"))
    act(lambda: ordered(market, (market.mug, 3)))
    row = act(lambda: db.session.execute(sa.select(OutgoingMail.state, OutgoingMail.reason)).one())
    assert row.state == State.FAILED
    assert "Petra Novák: 'a@b.org,c@d.org' holds several addresses" in row.reason


def test_filled_in_part_and_completely_are_told_apart(act: Any, market: Market) -> None:
    act(lambda: assign("backorders.order_complete"))
    act(lambda: assign("backorders.order_partial"))
    first = act(lambda: ordered(market, (market.mug, 2)).id)
    second = act(lambda: ordered(market, (market.mug, 2)).id)
    act(lambda: arrive(market.mug, market.porto, 3))
    told = act(lambda: notices.tell([first, second]))
    assert (told.complete, told.partial) == (1, 1)
    events = Counter(event for event, _, _ in act(mails))
    assert events == Counter({"backorders.order_complete": 1, "backorders.order_partial": 1})
    assert act(lambda: notices.tell([first], complete=False)) == notices.Told(0, 0)


def test_a_purchase_order_goes_to_its_supplier(act: Any, market: Market) -> None:
    act(lambda: assign_purchase())

    def buy() -> None:
        maker = Supplier(code="NORD", name="Nordlicht", email="orders@nord.example")
        db.session.add(maker)
        db.session.flush()
        lines = (NewPurchaseLine(market.mug, 5),)
        create([NewPurchase(maker.id, market.porto, lines, status="sent")])

    act(buy)
    ((event, address, record),) = act(mails)
    assert (event, address, record[:3]) == ("purchasing.order_sent", "orders@nord.example", "PO-")


def assign_purchase() -> None:
    parts = {"subject": "{{ purchase.number }}", "text": "{{ supplier.name }} {{ lines|length }}"}
    made = template("purchasing.order_sent", **parts)
    assignments.choose(Choice("purchasing.order_sent", "supplier", template_id=made.id))


def test_queueing_wakes_the_worker_once(act: Any, market: Market) -> None:
    act(assign)
    act(lambda: ordered(market, (market.mug, 3)))
    act(lambda: ordered(market, (market.mug, 3)))
    query = sa.select(sa.func.count()).where(JobRun.job == "email_templates.dispatch")
    assert act(lambda: db.session.scalar(query)) == 1


def test_staff_get_one_digest(app: Any, act: Any, market: Market) -> None:
    act(lambda: assign(audience="staff", recipients="ada@example.com", digest=Digest.HOURLY))
    for _ in range(3):
        act(lambda: ordered(market, (market.mug, 1)))
    assert act(states) == Counter({State.HELD: 3})
    with post_office() as office:
        act(lambda: use(office.port))
        with app.app_context():
            send()
        assert not office.accepted
        act(hurry)
        with app.app_context():
            send()
        assert len(office.contents) == 1
        assert b"3 notices: About SO-" in office.contents[0]
        assert office.contents[0].count(b"Dear Petra") == 3
    assert act(states) == Counter({State.DIGESTED: 3, State.SENT: 1})


def test_every_event_of_the_house_can_be_written_about(act: Any) -> None:
    def draft_all() -> list[str]:
        problems = []
        for cls in mailable_events().values():
            names = [name for name, _, _ in catalogue.variables_of(cls) if "[]" not in name]
            text = " ".join(f"{{{{ {name} }}}}" for name in names if name != "lines")
            made = templates.create(cls.title, cls.key)
            problems.append(templates.save(made, Draft(cls.title, text)).problem)
        return problems

    found = act(draft_all)
    assert len(found) >= 5
    assert not any(found), found


def test_the_name_that_users_know_finds_the_event(act: Any) -> None:
    assert act(lambda: catalogue.event_of("OutOfStockInventoryNotice").key) == EVENT
    with pytest.raises(NotFoundError, match=r"No event is called 'nope'\. Events: "):
        act(lambda: catalogue.event_of("nope"))


def test_a_version_is_kept_each_time_and_can_be_restored(act: Any) -> None:
    made = act(lambda: template().id)
    act(lambda: templates.save(templates.get(made), Draft("Second", "Text")))
    act(lambda: templates.restore(templates.get(made), 1))
    found = act(lambda: [(v.number, v.subject, v.note) for v in templates.versions(made)])
    assert [number for number, _, _ in found] == [3, 2, 1]
    assert found[0] == (3, "About {{ order.number }}", "Version 1 again")
    assert act(lambda: templates.get(made).current_number) == 3
    with pytest.raises(NotFoundError, match="has no version 9"):
        act(lambda: templates.restore(templates.get(made), 9))


def test_a_broken_version_is_kept_and_never_sent(act: Any, market: Market) -> None:
    made = act(lambda: template().id)
    broken = Draft("About {{ order.number }}", "Dear\n{{ customer.nmae }}")
    problem = act(lambda: templates.save(templates.get(made), broken).problem)
    assert problem.startswith("The text, line 2, uses the unknown variable “nmae”")
    assert act(lambda: templates.get(made).current_number) == 1
    hostile = Draft("S", "{{ order.__class__ }}")
    act(lambda: templates.save(templates.get(made), hostile))
    assert [v for (v,) in act(lambda: [(v.number,) for v in templates.versions(made)])] == [2, 1]
    said = act(
        lambda: db.session.scalars(
            sa.select(AuditRow.after).where(AuditRow.action == "refuse")
        ).all()
    )
    assert any("__class__" in entry["said"] for entry in said)
    act(lambda: templates.save(templates.get(made), Draft("S", "Fine")))
    assert act(lambda: templates.get(made).current_number) == 2


def test_two_people_cannot_overwrite_each_other(act: Any) -> None:
    made = act(lambda: template().id)
    act(lambda: templates.save(templates.get(made), Draft("B", "b"), seen=1))
    with pytest.raises(ConflictError, match="Somebody else saved"):
        act(lambda: templates.save(templates.get(made), Draft("C", "c"), seen=1))


REFUSED = {
    "an audience it is not sent to": Choice(EVENT, "press"),
    "is not for this event and company": Choice(EVENT, "customer", template_id=999),
    "one address in each line": Choice(EVENT, "staff", recipients="a@x.org, b@x.org"),
    "No event is called": Choice("nope", "customer"),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_an_assignment_that_cannot_work_is_refused(act: Any, sentence: str) -> None:
    with pytest.raises(ErpError) as caught:
        act(lambda: assignments.choose(REFUSED[sentence]))
    assert sentence.replace("an audience it ", "") in str(caught.value)


def test_staff_mail_needs_somebody_to_go_to(act: Any) -> None:
    made = act(lambda: template().id)
    with pytest.raises(ErpError, match="which of your people"):
        act(lambda: assignments.choose(Choice(EVENT, "staff", template_id=made)))


def test_a_template_in_use_is_not_put_away(act: Any) -> None:
    made = act(assign)
    with pytest.raises(ConflictError, match="is assigned once"):
        act(lambda: templates.archive(templates.get(made)))


def test_the_sender_must_be_an_address(act: Any) -> None:
    with pytest.raises(ErpError, match="several addresses"):
        act(lambda: save("email_templates", "from_address", "a@x.org,b@x.org"))


def test_old_contents_are_removed_by_the_job(app: Any, act: Any, market: Market) -> None:
    act(assign)
    act(lambda: ordered(market, (market.mug, 3)))
    with app.app_context():
        assert run_now("email_templates.clean", by="test").rows_touched == 0
    old = now().replace(year=2020)
    act(
        lambda: db.session.execute(sa.update(OutgoingMail).values(created_at=old, state=State.SENT))
    )
    with app.app_context():
        assert run_now("email_templates.clean", by="test").rows_touched == 1


def test_the_commands_count_and_send(app: Any, act: Any, market: Market) -> None:
    act(assign)
    act(lambda: ordered(market, (market.mug, 3)))
    runner = app.test_cli_runner()
    with post_office() as office:
        act(lambda: use(office.port))
        assert '"queued": 1' in runner.invoke(args=["mail", "status", "--json"]).output
        assert runner.invoke(args=["mail", "send"]).output.startswith("1 sent")
        assert sum(office.accepted.values()) == 1
    assert "Nothing was due." in runner.invoke(args=["mail", "send"]).output
