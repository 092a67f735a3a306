"""Digests: what staff hear of together is gathered into one mail when its time has come."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db, now
from plugins.email_templates.domain.states import State
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services.outbox import new_message_id
from plugins.email_templates.services.renderer import Draft, TemplateError, render

MOST = 200
"""Mails in one digest; more go into a second one."""

EVENT = "digest"


def collect() -> int:
    """Gather held mails that are due, one digest for each address and company; returns how many."""
    count = 0
    for _key, mails in groupby(_due(), key=lambda mail: (mail.address, mail.company_id)):
        parts = [mail for mail in mails if _rendered(mail)]
        if parts:
            _gather(parts[:MOST])
            count += 1
    return count


def _due() -> Sequence[OutgoingMail]:
    query = (
        sa.select(OutgoingMail)
        .where(OutgoingMail.state == State.HELD, OutgoingMail.due_at <= now())
        .options(joinedload(OutgoingMail.version))
        .order_by(OutgoingMail.address, OutgoingMail.company_id, OutgoingMail.id)
        .limit(5 * MOST)
        .with_for_update(of=OutgoingMail, skip_locked=True)
    )
    return db.session.scalars(query).all()


def _rendered(mail: OutgoingMail) -> bool:
    version = mail.version
    try:
        if version is None:
            raise TemplateError("text", 0, "is gone")
        done = render(Draft(version.subject, version.text), mail.variables)
    except TemplateError as error:
        mail.state, mail.reason = State.FAILED, str(error)[:500]
        return False
    mail.subject, mail.text = done.subject, done.text
    return True


def _gather(parts: Sequence[OutgoingMail]) -> None:
    first, count = parts[0], len(parts)
    digest = OutgoingMail(
        occasion=uuid.uuid4().hex,
        event_key=EVENT,
        audience=first.audience,
        company_id=first.company_id,
        record=f"{count} notices" if count > 1 else first.record,
        address=first.address,
        name=first.name,
        language=first.language,
        message_id=new_message_id(first.company_id),
        optional=all(part.optional for part in parts),
        subject=f"{count} notices: {first.subject} …"[:250] if count > 1 else first.subject,
        text="\n\n".join(f"{part.subject}\n\n{part.text.strip()}\n" for part in parts),
    )
    db.session.add(digest)
    db.session.flush()
    for part in parts:
        part.state, part.digest_id = State.DIGESTED, digest.id
    db.session.flush()
