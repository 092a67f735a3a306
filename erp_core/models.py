"""The core's own tables: plugins, settings, companies, people, jobs, audit, sequences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model, now


class PluginState(Model):
    """Whether a plugin is switched on; one row for each installed plugin."""

    __tablename__ = "core_plugin"
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    enabled: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(default=now)


class SettingRow(Model):
    """One saved value. Labels, types and help stay in code."""

    __tablename__ = "core_setting"
    __table_args__ = (sa.UniqueConstraint("plugin", "key", "scope", "scope_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    plugin: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[str] = mapped_column(sa.String(64))
    scope: Mapped[str] = mapped_column(sa.String(8))
    scope_id: Mapped[int] = mapped_column(default=0)
    value: Mapped[Any] = mapped_column(sa.JSON)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    changed_by: Mapped[str] = mapped_column(sa.String(254), default="")


class Company(Model):
    """A legal or brand unit; documents and settings may belong to one."""

    __tablename__ = "core_company"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    currency: Mapped[str] = mapped_column(sa.String(3), default="EUR")

    def __str__(self) -> str:
        return self.name


role_user = sa.Table(
    "core_role_user",
    Model.metadata,
    sa.Column("user_id", sa.ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("core_role.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Model, RoleMixin):  # type: ignore[misc]
    """A named set of permissions; presets come from the manifests, `permissions` adds to them."""

    __tablename__ = "core_role"
    __audited__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    description: Mapped[str] = mapped_column(sa.String(254), default="")
    permissions: Mapped[list[str]] = mapped_column(default=list)

    def __str__(self) -> str:
        return self.name


class User(Model, UserMixin):  # type: ignore[misc]
    """A person who signs in. `view_state` holds own view preferences (theme, density)."""

    __tablename__ = "core_user"
    __audited__ = True
    __unaudited__: ClassVar[frozenset[str]] = frozenset({"password", "fs_uniquifier", "view_state"})
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    password: Mapped[str] = mapped_column(sa.String(254))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    view_state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    roles: Mapped[list[Role]] = relationship(secondary=role_user, lazy="selectin")

    def __str__(self) -> str:
        return self.email


class SavedView(Model):
    """A list as somebody wants to find it again: its address's state under a name (F052, F053).

    `state` is the query of the address: filters, columns and their order, sorting, page size. A
    shared view is offered to everybody who sees the screen; `role` opens it first for a role.
    """

    __tablename__ = "core_saved_view"
    __table_args__ = (
        sa.UniqueConstraint(
            "screen", "user_id", "name", info={"sentence": "You have a view of this name already."}
        ),
        sa.Index(None, "user_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    screen: Mapped[str] = mapped_column(sa.String(120))
    name: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[str] = mapped_column(sa.Text, default="")
    shared: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(sa.String(64), default="")
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiToken(Model):
    """An integrator's token: shown once, stored hashed, limited to its scopes."""

    __tablename__ = "core_api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_user.id", ondelete="CASCADE"))
    scopes: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class JobClock(Model):
    """When a declared job is due next; claimed by one guarded UPDATE."""

    __tablename__ = "core_job"
    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    next_due: Mapped[datetime]


class JobRun(Model):
    """One run of a job: progress while it lasts, figures and errors afterwards."""

    __tablename__ = "core_job_run"
    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('queued','running','done','failed','cancelled')", name="state"
        ),
        sa.Index(None, "job", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(sa.String(120))
    state: Mapped[str] = mapped_column(sa.String(16), default="queued")
    requested_by: Mapped[str] = mapped_column(sa.String(254), default="")
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(sa.String(500), default="")
    rows_touched: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(sa.Text, default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)


class Lease(Model):
    """Who leads the scheduler, until when; `epoch` rises with every new leader (fencing)."""

    __tablename__ = "core_lease"
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(120), default="")
    expires_at: Mapped[float] = mapped_column(sa.Float, default=0.0)
    epoch: Mapped[int] = mapped_column(default=0)


class AuditRow(Model):
    """Append-only record of a change: who, when, which row, before and after."""

    __tablename__ = "core_audit"
    __table_args__ = (sa.Index(None, "subject", "subject_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor: Mapped[str] = mapped_column(sa.String(254))
    request_id: Mapped[str] = mapped_column(sa.String(64), default="")
    action: Mapped[str] = mapped_column(sa.String(16))
    subject: Mapped[str] = mapped_column(sa.String(64))
    subject_id: Mapped[str] = mapped_column(sa.String(64))
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SequenceRow(Model):
    """Counter rows behind `next_value` on the embedded engine."""

    __tablename__ = "core_sequence"
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    value: Mapped[int]
