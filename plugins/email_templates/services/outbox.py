"""The outbox: what an event calls for is queued in the transaction of its cause (I12)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult

from erp_core.audit import actor, record
from erp_core.db import db, is_sqlite, now
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.jobs import request_run
from erp_core.models import JobRun
from erp_core.plugin import STAFF, Event, Message
from erp_core.registry import mail_source
from erp_core.settings import settings
from plugins.email_templates.addresses import clean_address, one_line
from plugins.email_templates.domain.states import RESENDABLE, SUPPRESSIBLE, State
from plugins.email_templates.domain.waiting import held_until
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services.assignments import Rule, rule_for, rules_of
from plugins.email_templates.services.renderer import Draft
from plugins.email_templates.settings import MailSettings

JOB = "email_templates.dispatch"
TEST = "test"
"""The audience of mails that try a template out."""

ROWS = 500
"""Rows in one INSERT: both engines take fewer than 32,767 values."""

Row = dict[str, Any]


def on_event(event: Event) -> None:
    """Queue what an event calls for; without an assignment nothing is even composed (F164)."""
    if not event.mailable:
        return
    source = mail_source(type(event))
    rules = rules_of(event.key) if source else {}
    if source is None or not any(rules.values()):
        return
    rows = [row for message in source.messages(event) for row in _rows(event.key, message, rules)]
    if _insert(rows):
        nudge()


def _rows(
    event_key: str, message: Message, rules: Mapping[tuple[str, int | None], Rule | None]
) -> Iterator[Row]:
    rule = rule_for(rules, message.audience, message.company_id)
    if rule is None:
        return
    if message.audience != STAFF:
        yield _row(event_key, message, rule)
    for address in rule.recipients if message.audience == STAFF else ():
        about = replace(message, address=address, dedupe=f"{message.dedupe} to {address}")
        yield _row(event_key, about, rule)


def _row(event_key: str, message: Message, rule: Rule) -> Row:
    at = now()
    held = held_until(rule.digest, at) if message.audience == STAFF else None
    row = {
        "occasion": _digest(event_key, message.audience, message.dedupe),
        "event_key": event_key,
        "audience": message.audience,
        "company_id": message.company_id,
        "record": one_line(message.record)[:120],
        "name": one_line(message.name)[:254],
        "language": message.language[:16],
        "version_id": rule.version_id,
        "variables": dict(message.variables),
        "optional": rule.optional,
        "state": State.HELD if held else State.QUEUED,
        "due_at": held or at,
        "message_id": new_message_id(message.company_id),
    }
    return row | _address(message)


def _address(message: Message) -> Row:
    """Return the checked address; a mail that can reach nobody is kept as failed, to be seen."""
    try:
        return {"address": clean_address(message.address), "reason": ""}
    except ValueError as error:
        name = one_line(message.name)[:120] or message.audience
        reason = f"{name}: {error}. Correct it there, and resend to the right address here."
        return {"address": "", "reason": reason[:500], "state": State.FAILED}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def new_message_id(company_id: int | None) -> str:
    """Return a Message-ID of our own; it stays with the mail through all attempts."""
    sender = settings(MailSettings, company=company_id or 0).from_address
    return f"<{uuid.uuid4().hex}@{sender.rpartition('@')[2] or 'pegboard.invalid'}>"


def _insert(rows: Sequence[Row]) -> int:
    """Insert what is new; an occasion that is known already stays as it is (A21)."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    count = 0
    for start in range(0, len(rows), ROWS):
        statement = insert(OutgoingMail).values([*rows[start : start + ROWS]])
        done = db.session.execute(statement.on_conflict_do_nothing(index_elements=["occasion"]))
        count += cast("CursorResult[Any]", done).rowcount
    return count


def nudge() -> None:
    """Ask the worker to look at the outbox as soon as this transaction is committed."""
    waiting = sa.exists().where(JobRun.job == JOB, JobRun.state == "queued")
    if not db.session.scalar(sa.select(waiting)):
        request_run(JOB, by=actor())


def queue_test(address: str, company_id: int | None, draft: Draft, about: str) -> None:
    """Queue a rendered template to try it out; raises ErpError for an address that is none."""
    try:
        to = clean_address(address)
    except ValueError as error:
        raise ErpError(f"{error}.") from None
    row = OutgoingMail(
        occasion=_digest(TEST, uuid.uuid4().hex),
        event_key=TEST,
        audience=TEST,
        company_id=company_id,
        record=one_line(about)[:120],
        address=to,
        subject=one_line(f"[Test] {draft.subject}")[:500],
        text=draft.text,
        html=draft.html,
        message_id=new_message_id(company_id),
    )
    db.session.add(row)
    db.session.flush()
    nudge()


def get(mail_id: int) -> OutgoingMail:
    """Return a mail; raises NotFoundError."""
    found = db.session.get(OutgoingMail, mail_id)
    if found is None:
        raise NotFoundError("This e-mail does not exist (any more).")
    return found


def resend(mail_id: int, address: str = "") -> OutgoingMail:
    """Send a mail again on a person's word; a sent one as a copy, others as they are.

    Raises ConflictError while it waits or is being sent, ErpError for an address that is none.
    """
    mail = _locked(mail_id)
    to = _typed_address(address or mail.address)
    if not (mail.text or mail.version_id):
        raise ConflictError("The contents of this e-mail were removed; it cannot be sent again.")
    if mail.state == State.SENT:
        mail = _copy(mail)
    elif mail.state not in RESENDABLE:
        raise ConflictError(f"This e-mail is {State(mail.state).words.lower()} already.")
    record(
        db.session(),
        "resend",
        "email_templates_mail",
        mail.id,
        before={"state": mail.state, "address": mail.address},
        after={"state": State.QUEUED, "address": to},
    )
    mail.address, mail.state, mail.due_at, mail.reason = to, State.QUEUED, now(), ""
    mail.attempts, mail.attempt, mail.data_started_at = 0, "", None
    mail.created_at = now()
    db.session.flush()
    nudge()
    return mail


def _typed_address(text: str) -> str:
    try:
        return clean_address(text)
    except ValueError as error:
        raise ErpError(f"{error}.") from None


COPIED = (
    *("event_key", "audience", "company_id", "record", "name", "language", "version_id"),
    *("variables", "optional", "subject", "text", "html", "address"),
)


def _copy(mail: OutgoingMail) -> OutgoingMail:
    kept = {name: getattr(mail, name) for name in COPIED}
    ids = {"occasion": _digest(mail.occasion, uuid.uuid4().hex)}
    copy = OutgoingMail(**kept, **ids, message_id=new_message_id(mail.company_id))
    db.session.add(copy)
    db.session.flush()
    return copy


def suppress(mail_id: int) -> OutgoingMail:
    """Decide that a mail is not sent; raises ConflictError when it is too late for that."""
    mail = _locked(mail_id)
    if mail.state not in SUPPRESSIBLE:
        raise ConflictError(f"This e-mail is {State(mail.state).words.lower()}; it stays so.")
    before = {"state": mail.state}
    mail.state, mail.reason = State.SUPPRESSED, f"Suppressed by {actor()}."[:500]
    after = {"state": mail.state}
    record(db.session(), "suppress", "email_templates_mail", mail.id, before=before, after=after)
    db.session.flush()
    return mail


def _locked(mail_id: int) -> OutgoingMail:
    query = sa.select(OutgoingMail).filter_by(id=mail_id).with_for_update(of=OutgoingMail)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError("This e-mail does not exist (any more).")
    return found


def counts(states: Iterable[State] = State) -> dict[State, int]:
    """Return how many mails are in each of the states."""
    wanted = list(states)
    query = sa.select(OutgoingMail.state, sa.func.count()).where(OutgoingMail.state.in_(wanted))
    found = {row[0]: row[1] for row in db.session.execute(query.group_by(OutgoingMail.state))}
    return {state: int(found.get(state, 0)) for state in wanted}


def forget_contents(before: datetime) -> int:
    """Empty the contents of closed mails queued before an instant; who got what, when, stays."""
    closed = (State.SENT, State.FAILED, State.SUPPRESSED, State.DIGESTED)
    full = sa.or_(OutgoingMail.text != "", OutgoingMail.version_id.is_not(None))
    old = sa.update(OutgoingMail).where(OutgoingMail.state.in_(closed), full)
    values: Row = {"text": "", "html": "", "variables": {}, "version_id": None}
    done = db.session.execute(old.where(OutgoingMail.created_at < before).values(**values))
    return cast("CursorResult[Any]", done).rowcount
