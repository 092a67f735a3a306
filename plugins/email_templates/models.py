"""Templates with their versions, assignments to events, and the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from erp_core.db import Model, now
from erp_core.models import Company
from plugins.email_templates.domain.states import State
from plugins.email_templates.domain.waiting import Digest


def _one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


class Template(Model):
    """A text that can be assigned to one event: for every company, or one company's own.

    `current_number` is the version that is sent; a new template that cannot be used has none.
    """

    __tablename__ = "email_templates_template"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    event_key: Mapped[str] = mapped_column(sa.String(120), index=True)
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_company.id"), index=True)
    current_number: Mapped[int | None]
    archived: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    company: Mapped[Company | None] = relationship()
    current: Mapped[Version | None] = relationship(
        viewonly=True,
        primaryjoin=lambda: sa.and_(
            Template.id == foreign(Version.template_id),
            Template.current_number == foreign(Version.number),
        ),
    )

    def __str__(self) -> str:
        return self.name


class Version(Model):
    """One saved state of a template, never changed afterwards.

    With a `problem` it is a draft that cannot be used; the next save takes its place.
    """

    __tablename__ = "email_templates_version"
    __table_args__ = (sa.UniqueConstraint("template_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    template_id: Mapped[int] = mapped_column(
        sa.ForeignKey(
            "email_templates_template.id", ondelete="CASCADE", name="fk_email_templates_versions"
        )
    )
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(500))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")
    problem: Mapped[str] = mapped_column(sa.String(800), default="")
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    saved_by: Mapped[str] = mapped_column(sa.String(254))
    saved_at: Mapped[datetime] = mapped_column(default=now)


class Assignment(Model):
    """Which template is sent to an audience when an event happens; one default, one per company.

    A company's row replaces the default one, also when it is switched off.
    """

    __tablename__ = "email_templates_assignment"
    __audited__ = True
    __table_args__ = (
        _one_of("digest", Digest),
        sa.Index(
            "uq_email_templates_assignment_default",
            "event_key",
            "audience",
            unique=True,
            sqlite_where=sa.text("company_id IS NULL"),
            postgresql_where=sa.text("company_id IS NULL"),
        ),
        sa.UniqueConstraint("event_key", "audience", "company_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(sa.String(120))
    audience: Mapped[str] = mapped_column(sa.String(32))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_company.id"))
    template_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("email_templates_template.id", name="fk_email_templates_assigned"), index=True
    )
    enabled: Mapped[bool] = mapped_column(default=True)
    recipients: Mapped[str] = mapped_column(sa.Text, default="")
    digest: Mapped[str] = mapped_column(sa.String(8), default=Digest.EACH)
    optional: Mapped[bool] = mapped_column(default=False)
    template: Mapped[Template | None] = relationship()


class OutgoingMail(Model):
    """One e-mail to one recipient, from the event that caused it to its end (I12, I13).

    `occasion` is unique: what is announced twice is mailed once. `attempt` names the claim of the
    worker that may touch the row until `lease_until` (seconds of the database's clock).
    """

    __tablename__ = "email_templates_mail"
    __table_args__ = (
        _one_of("state", State),
        sa.UniqueConstraint("occasion"),
        sa.Index(None, "state", "due_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(12), default=State.QUEUED)
    occasion: Mapped[str] = mapped_column(sa.String(64))
    event_key: Mapped[str] = mapped_column(sa.String(120))
    audience: Mapped[str] = mapped_column(sa.String(32))
    company_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_company.id"))
    record: Mapped[str] = mapped_column(sa.String(120), default="")
    address: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(254), default="")
    language: Mapped[str] = mapped_column(sa.String(16), default="")
    message_id: Mapped[str] = mapped_column(sa.String(200))
    version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("email_templates_version.id"), index=True
    )
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    optional: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str] = mapped_column(sa.String(500), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    html: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    due_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[str] = mapped_column(sa.String(32), default="")
    lease_until: Mapped[float] = mapped_column(sa.Float, default=0.0)
    data_started_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    digest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("email_templates_mail.id"))
    version: Mapped[Version | None] = relationship()

    def __str__(self) -> str:
        return self.record or self.subject or f"E-mail {self.id}"
