"""Which template an event sends to whom: a default for all, and what single companies change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import STAFF
from plugins.email_templates.addresses import clean_addresses
from plugins.email_templates.domain.waiting import Digest
from plugins.email_templates.models import Assignment, Template, Version
from plugins.email_templates.services.catalogue import event_of
from plugins.email_templates.services.templates import usable

Key = tuple[str, int | None]
"""(audience, company id); None stands for every company."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an assignment means for the outbox."""

    version_id: int
    recipients: tuple[str, ...]
    digest: Digest
    optional: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one event, audience and company (None: every company)."""

    event_key: str
    audience: str
    company_id: int | None = None
    template_id: int | None = None
    enabled: bool = True
    recipients: str = ""
    digest: Digest = Digest.EACH
    optional: bool = False


def rules_of(event_key: str) -> Mapping[Key, Rule | None]:
    """Return what is assigned to an event; None where it is switched off. One statement."""
    query = (
        sa.select(Assignment, Version.id)
        .join(Template, Template.id == Assignment.template_id, isouter=True)
        .join(Template.current, isouter=True)
        .where(Assignment.event_key == event_key)
    )
    return {
        (row.audience, row.company_id): _rule(row, version)
        for row, version in db.session.execute(query)
    }


def _rule(row: Assignment, version_id: int | None) -> Rule | None:
    if not row.enabled or version_id is None:
        return None
    recipients = tuple(row.recipients.splitlines())
    return Rule(version_id, recipients, Digest(row.digest), row.optional)


def rule_for(
    rules: Mapping[Key, Rule | None], audience: str, company_id: int | None
) -> Rule | None:
    """Return the rule that holds: the company's own if it has one, else the default."""
    own = (audience, company_id)
    return rules[own] if own in rules else rules.get((audience, None))


def choose(choice: Choice) -> Assignment:
    """Keep what was chosen; raises ErpError for a template that does not fit or a bad address."""
    cls = event_of(choice.event_key)
    if choice.audience not in cls.audiences:
        raise ErpError(f"“{cls.title}” is not sent to {choice.audience[:40]!r}.")
    row = _row(cls.key, choice) or Assignment(
        event_key=cls.key, audience=choice.audience, company_id=choice.company_id
    )
    row.template_id = _fitting(cls.key, choice)
    row.enabled, row.digest, row.optional = choice.enabled, choice.digest, choice.optional
    row.recipients = "\n".join(_recipients(choice))
    db.session.add(row)
    db.session.flush()
    return row


def _row(event_key: str, choice: Choice) -> Assignment | None:
    return db.session.scalar(
        sa.select(Assignment).where(
            Assignment.event_key == event_key,
            Assignment.audience == choice.audience,
            Assignment.company_id.is_not_distinct_from(choice.company_id),
        )
    )


def _fitting(event_key: str, choice: Choice) -> int | None:
    if choice.template_id is None:
        return None
    if choice.template_id in {item.id for item in usable(event_key, choice.company_id)}:
        return choice.template_id
    raise ErpError("This template is not for this event and company, or cannot be used yet.")


def _recipients(choice: Choice) -> list[str]:
    if choice.audience != STAFF:
        return []
    try:
        found = clean_addresses(choice.recipients)
    except ValueError as error:
        raise ErpError(f"{error}. Write one address in each line.") from None
    if choice.template_id is not None and choice.enabled and not found:
        raise ErpError("Say which of your people get this: one address in each line.")
    return found


def forget(event_key: str, audience: str, company_id: int) -> None:
    """Let a company follow the default again."""
    row = _row(event_key, Choice(event_key, audience, company_id))
    if row is not None:
        db.session.delete(row)
        db.session.flush()


def chosen(company_id: int | None) -> Mapping[tuple[str, str, int | None], Assignment]:
    """Return the default assignments and those of one company, with their templates."""
    mine = sa.or_(Assignment.company_id.is_(None), Assignment.company_id == (company_id or 0))
    query = sa.select(Assignment).where(mine).options(joinedload(Assignment.template))
    rows: Sequence[Assignment] = db.session.scalars(query).all()
    return {(row.event_key, row.audience, row.company_id): row for row in rows}
