"""Delivery: nothing is lost, nothing is sent twice by itself, what is in doubt is shown."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db, now, transaction
from erp_core.errors import ConflictError, ErpError
from plugins.email_templates.domain.states import State
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services import claims, dispatch, outbox
from plugins.email_templates.services.smtp import Connection, Envelope, Result, Sender, Server
from plugins.email_templates.settings import TlsMode
from tests.plugins.email_templates.postoffice import (
    MODES,
    SILENT,
    STALLS,
    fill,
    post_office,
    send,
    settle,
    states,
    use,
)

SENDER = Sender("shop@example.com", "Nordic Outdoor", "", "out@example.com")


def expected(mode: str, count: int) -> Counter[str]:
    if mode == "5xx":
        return Counter({State.FAILED: count})
    if mode in SILENT:
        return Counter({State.UNCERTAIN: count})
    return Counter({State.SENT: count})


def outcome(app: Any, act: Any, mode: str, count: int) -> None:
    """Send `count` mails through a server that fails once for each; look where all ended."""
    with post_office(mode) as office:
        act(lambda: use(office.port, smtp_timeout_seconds=1))
        act(lambda: fill(count))
        found = settle(app, act, rounds=count + 6 if mode in STALLS else 8)
        assert max(office.accepted.values(), default=0) <= 1  # nobody got a mail twice
        if mode == "stall EHLO":  # one stall takes the server out of reach, for one run
            assert found == Counter({State.SENT: count})
        else:
            assert found == expected(mode, count)
        wanted = {"5xx": 0, "drop after DATA": 0, "stall after contents": 0}.get(mode, count)
        assert sum(office.accepted.values()) == wanted  # and none is missing


@pytest.mark.parametrize("mode", MODES)
def test_a_failing_server_costs_no_mail_and_doubles_none(app: Any, act: Any, mode: str) -> None:
    outcome(app, act, mode, 1 if "stall" in mode else 3)


@pytest.mark.prove
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", MODES)
def test_fifty_mails_through_each_kind_of_failure(app: Any, act: Any, mode: str) -> None:
    outcome(app, act, mode, 50)


def test_without_the_mark_before_the_contents_a_mail_is_sent_twice(
    app: Any, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: forget that contents were on their way, and the customer gets two."""
    ask = Connection.transmit

    def forgetful(connection: Connection, contents: bytes) -> Result:
        found = ask(connection, contents)
        return Result(State.QUEUED, "") if found.state is State.UNCERTAIN else found

    monkeypatch.setattr(Connection, "transmit", forgetful)
    with post_office("accept without answer") as office:
        act(lambda: use(office.port, smtp_timeout_seconds=1))
        act(lambda: fill(1))
        settle(app, act)
        assert max(office.accepted.values()) == 2


def facts(*names: str) -> tuple[Any, ...]:
    """Return what is stored of the first mail."""
    mail = outbox.get(1)
    return tuple(getattr(mail, name) for name in names)


def claimed(seconds: float = 60) -> tuple[str, list[claims.Claimed]]:
    return claims.claim(20, seconds)


def test_what_a_dead_worker_had_not_begun_goes_back_to_the_queue(app: Any, act: Any) -> None:
    act(lambda: fill(2))
    attempt, mails = act(lambda: claimed(-1))
    assert act(lambda: claims.start(mails[0], attempt, -1))
    assert act(claims.recover) == 2
    assert act(states) == Counter({State.UNCERTAIN: 1, State.QUEUED: 1})
    reason = act(lambda: outbox.get(mails[0].id).reason)
    assert "ended before the server's answer" in reason


def test_who_lost_the_lease_does_not_send(app: Any, act: Any) -> None:
    act(lambda: fill(1))
    old, (mail,) = act(lambda: claimed(-1))
    act(claims.recover)
    new, (again,) = act(claimed)
    assert not act(lambda: claims.start(mail, old, 60))
    assert act(lambda: claims.start(again, new, 60))


def test_an_answer_that_comes_late_still_counts(app: Any, act: Any) -> None:
    act(lambda: fill(1))
    attempt, (mail,) = act(lambda: claimed(-1))
    act(lambda: claims.start(mail, attempt, -1))
    act(claims.recover)
    act(lambda: claims.finish(mail, attempt, Result(State.SENT, "250 taken"), None))
    assert act(states) == Counter({State.SENT: 1})


def test_two_workers_claim_different_mails(app: Any, act: Any) -> None:
    act(lambda: fill(30))
    first, second = act(claimed)[1], act(claimed)[1]
    assert [len(first), len(second)] == [20, 10]
    assert not {mail.id for mail in first} & {mail.id for mail in second}


def test_without_a_server_mails_wait_and_nothing_is_counted(app: Any, act: Any) -> None:
    act(lambda: fill(1))
    with app.app_context():
        assert send() == {}
        row = db.session.scalars(sa.select(OutgoingMail)).one()
        assert (row.state, row.attempts) == (State.QUEUED, 0)


def test_a_server_out_of_reach_is_asked_once_a_run(app: Any, act: Any) -> None:
    act(lambda: use(1, smtp_timeout_seconds=1))
    act(lambda: fill(25))
    with app.app_context():
        assert send() == {"queued": 25}
        rows = db.session.scalars(sa.select(OutgoingMail)).all()
        assert {row.attempts for row in rows} == {1}
        assert "127.0.0.1:1: " in rows[0].reason


def test_a_template_that_breaks_at_sending_fails_that_mail_alone(app: Any, act: Any) -> None:
    with post_office() as office:
        act(lambda: use(office.port))
        act(lambda: fill(3))
        act(
            lambda: db.session.execute(
                sa.update(OutgoingMail).filter_by(occasion="2").values(variables={})
            )
        )
        with app.app_context():
            assert send() == {"sent": 2, "failed": 1}
            reason = db.session.scalars(
                sa.select(OutgoingMail.reason).filter_by(occasion="2")
            ).one()
            assert "The subject, line 1, uses a value that is not there" in reason


def test_one_mail_has_one_recipient_and_proper_headers(app: Any, act: Any) -> None:
    with post_office() as office:
        act(lambda: use(office.port, reply_to="help@example.com", unsubscribe_address="no@x.org"))
        act(lambda: fill(1, name="Petra\r\nBcc: eve@example.com", language="de", optional=True))
        with app.app_context():
            send()
        message = message_from_bytes(office.contents[0], policy=default)
    assert message["To"] == '"Petra Bcc: eve@example.com" <person1@example.com>'
    assert message["Bcc"] is None
    assert message["From"] == "Nordic Outdoor <shop@example.com>"
    assert message["Message-ID"] == "<1@example.com>"
    assert message["Reply-To"] == "help@example.com"
    assert message["List-Unsubscribe"] == "<mailto:no@x.org?subject=unsubscribe>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert message["Subject"] == "About SO-1"
    assert message.get_content().strip() == "Dear Petra"


def test_lines_of_dots_arrive_as_they_were_written() -> None:
    envelope = Envelope(SENDER, "a@example.com", "", "S", ".\n..\nend", "<p>.</p>", "<1@x.org>")
    with post_office() as office:
        connection = Connection(Server("127.0.0.1", office.port, TlsMode.NONE, "", 5))
        connection.announce("shop@example.com", "a@example.com")
        assert connection.transmit(envelope.as_bytes()).state is State.SENT
        connection.quit()
        taken = office.contents[0].replace(b"\r\n..", b"\r\n.")
    plain = message_from_bytes(taken, policy=default).get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == [".", "..", "end"]


def test_resending_keeps_the_mail_and_says_who_did_it(app: Any, act: Any) -> None:
    act(lambda: fill(1, state=State.UNCERTAIN))
    act(lambda: outbox.resend(1, "right@example.com"))
    found = act(lambda: facts("state", "address", "message_id"))
    assert found == (State.QUEUED, "right@example.com", "<1@example.com>")
    with pytest.raises(ConflictError, match="queued already"):
        act(lambda: outbox.resend(1))
    with pytest.raises(ErpError, match="several addresses"):
        act(lambda: outbox.resend(1, "a@example.com, b@example.com"))


def test_a_sent_mail_is_sent_again_as_a_copy(app: Any, act: Any) -> None:
    act(lambda: fill(1, state=State.SENT))
    copy = act(lambda: outbox.resend(1).id)
    assert act(lambda: outbox.get(copy).message_id) != "<1@example.com>"
    assert act(states) == Counter({State.SENT: 1, State.QUEUED: 1})


def test_a_suppressed_mail_stays_where_it_is(app: Any, act: Any) -> None:
    act(lambda: fill(1))
    act(lambda: outbox.suppress(1))
    with post_office() as office:
        act(lambda: use(office.port))
        with app.app_context():
            send()
        assert not office.accepted
    with pytest.raises(ConflictError, match="it stays so"):
        act(lambda: outbox.suppress(1))


def test_old_contents_go_and_who_got_what_stays(app: Any, act: Any) -> None:
    act(lambda: fill(2, state=State.SENT, text="Dear Petra"))
    assert act(lambda: outbox.forget_contents(now() - timedelta(days=1))) == 0
    assert act(lambda: outbox.forget_contents(now() + timedelta(days=1))) == 2
    assert act(lambda: facts("text", "variables", "address")) == ("", {}, "person1@example.com")
    with pytest.raises(ConflictError, match="contents of this e-mail were removed"):
        act(lambda: outbox.resend(1))


def test_a_run_ends_in_time_and_the_next_goes_on(app: Any, act: Any) -> None:
    with post_office() as office:
        act(lambda: use(office.port))
        act(lambda: fill(5))
        with app.app_context():
            steps = dispatch.Run(batch=2, seconds=0.0).steps()
            with transaction():
                next(steps)
            with transaction(), pytest.raises(StopIteration):
                next(steps)
            assert states() == Counter({State.QUEUED: 5})
