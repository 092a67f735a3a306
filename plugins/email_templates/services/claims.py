"""Who may touch a mail: claims with a lease, and what becomes of a dead worker's mails.

A claim is one guarded UPDATE; every later write names it, so a worker that was paused until its
lease ran out changes nothing any more. Leases compare the database's own clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult

from erp_core.db import database_seconds, db, now
from plugins.email_templates.domain.states import State
from plugins.email_templates.domain.waiting import next_try
from plugins.email_templates.models import OutgoingMail, Version
from plugins.email_templates.services.renderer import Draft
from plugins.email_templates.services.smtp import Result

GONE = "The worker that sent it ended before the server's answer was written down: look whether "
GONE += "it arrived, then resend it or leave it."
FIELDS = (
    *("id", "company_id", "address", "name", "language", "message_id", "variables", "optional"),
    *("attempts", "created_at"),
)


ROWS_ONLY = {"synchronize_session": False}
"""No mail is held as an object here."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker may send, as plain data. `ready` says that it is rendered."""

    id: int
    company_id: int | None
    address: str
    name: str
    language: str
    message_id: str
    variables: Mapping[str, Any]
    optional: bool
    attempts: int
    created_at: datetime
    draft: Draft
    ready: bool


def claim(count: int, seconds: float, waiting: Collection[int] = ()) -> tuple[str, list[Claimed]]:
    """Claim the oldest mails that are due; returns the claim's name and the mails.

    `waiting` names companies that cannot send at the moment (0: mails of no company).
    """
    attempt = secrets.token_hex(16)
    due = sa.select(OutgoingMail.id).where(
        OutgoingMail.state == State.QUEUED,
        OutgoingMail.due_at <= now(),
        sa.func.coalesce(OutgoingMail.company_id, 0).not_in(waiting),
    )
    oldest = due.order_by(OutgoingMail.due_at, OutgoingMail.id).limit(count)
    picked = oldest.with_for_update(skip_locked=True).cte("picked")
    mine = sa.update(OutgoingMail).where(OutgoingMail.id.in_(sa.select(picked.c.id)))
    values: dict[str, Any] = {"state": State.SENDING, "attempt": attempt, "data_started_at": None}
    values |= {"attempts": OutgoingMail.attempts + 1, "lease_until": database_seconds() + seconds}
    taken = _changed(mine.values(**values))
    return attempt, _claimed(attempt) if taken else []


def _claimed(attempt: str) -> list[Claimed]:
    mail, version = OutgoingMail, Version
    parts = (mail.subject, mail.text, mail.html, version.subject, version.text, version.html)
    query = sa.select(*(getattr(mail, name) for name in FIELDS), *parts)
    query = query.join(version, version.id == mail.version_id, isouter=True)
    rows = db.session.execute(query.where(mail.attempt == attempt).order_by(mail.due_at, mail.id))
    return [_mail(row) for row in rows]


def _mail(row: Any) -> Claimed:
    plain, (*own, s, t, h) = row[: len(FIELDS)], row[len(FIELDS) :]
    ready = bool(own[1])
    draft = Draft(*own) if ready else Draft(s or "", t or "", h or "")
    return Claimed(**dict(zip(FIELDS, plain, strict=True)), draft=draft, ready=ready)


def start(mail: Claimed, attempt: str, seconds: float) -> bool:
    """Note that the contents are about to leave, and keep the rest of the claim alive.

    False: the lease ran out and somebody else has the mail, which must not be sent here.
    """
    mine = (OutgoingMail.attempt == attempt, OutgoingMail.state == State.SENDING)
    begun = sa.case((OutgoingMail.id == mail.id, now()), else_=OutgoingMail.data_started_at)
    values = {"data_started_at": begun, "lease_until": database_seconds() + seconds}
    kept = sa.update(OutgoingMail).where(*mine).values(**values).returning(OutgoingMail.id)
    return mail.id in set(db.session.scalars(kept, execution_options=ROWS_ONLY))


def finish(mail: Claimed, attempt: str, result: Result, draft: Draft | None) -> None:
    """Write down what became of a mail; one that was given up for lost may still turn out sent."""
    mine = sa.update(OutgoingMail).where(
        OutgoingMail.id == mail.id,
        OutgoingMail.attempt == attempt,
        OutgoingMail.state.in_((State.SENDING, State.UNCERTAIN)),
    )
    values: dict[str, Any] = {"state": result.state, "reason": result.words[:500]}
    values |= {} if draft is None else _parts(draft)
    if result.state is State.SENT:
        values["sent_at"] = now()
    if result.state is State.QUEUED:
        values |= _again(mail)
    db.session.execute(mine.values(**values), execution_options=ROWS_ONLY)


def _parts(draft: Draft) -> dict[str, str]:
    return {"subject": draft.subject, "text": draft.text, "html": draft.html}


def _again(mail: Claimed) -> dict[str, Any]:
    """Return when to try again; after two days the mail has failed for good."""
    at = now()
    wait = next_try(mail.attempts, at - mail.created_at)
    if wait is None:
        return {"state": State.FAILED, "data_started_at": None}
    return {"due_at": at + wait, "data_started_at": None, "attempt": ""}


def release(attempt: str) -> None:
    """Give back what was claimed and not begun."""
    rest = sa.update(OutgoingMail).where(
        OutgoingMail.attempt == attempt,
        OutgoingMail.state == State.SENDING,
        OutgoingMail.data_started_at.is_(None),
    )
    values = {"state": State.QUEUED, "attempt": "", "attempts": OutgoingMail.attempts - 1}
    db.session.execute(rest.values(**values), execution_options=ROWS_ONLY)


def recover() -> int:
    """Take up the mails of workers that died: back to the queue, or uncertain once begun."""
    lost = (OutgoingMail.state == State.SENDING, OutgoingMail.lease_until < database_seconds())
    safe = sa.update(OutgoingMail).where(*lost, OutgoingMail.data_started_at.is_(None))
    begun = sa.update(OutgoingMail).where(*lost, OutgoingMail.data_started_at.is_not(None))
    count = _changed(safe.values(state=State.QUEUED, attempt=""))
    return count + _changed(begun.values(state=State.UNCERTAIN, reason=GONE))


def overdue(after: timedelta = timedelta(0)) -> int:
    """Return how many mails should have left by now (or by `after` ago)."""
    query = sa.select(sa.func.count()).where(
        OutgoingMail.state == State.QUEUED, OutgoingMail.due_at <= now() - after
    )
    return int(db.session.scalar(query) or 0)


def _changed(statement: sa.Update) -> int:
    done = db.session.execute(statement, execution_options=ROWS_ONLY)
    return cast("CursorResult[Any]", done).rowcount
