"""The audit log: one row for each change of an audited table, written in the same flush."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import ColumnProperty, Session, UOWTransaction

from erp_core.db import Model
from erp_core.models import AuditRow


def actor() -> str:
    """Name who is acting: the signed-in person's e-mail address, or the command or job."""
    return str(g.get("actor", "system")) if has_app_context() else "system"


def act_as(name: str) -> None:
    """Set who is acting for the rest of this request, job or command."""
    g.actor = name


def record(session: Session, action: str, subject: str, subject_id: object, **changes: Any) -> None:
    """Write an audit row by hand, for changes made with bulk statements."""
    _insert(session, [_row(action, subject, subject_id, changes.get("before"), changes["after"])])


def record_each(
    session: Session, action: str, subject: str, after: Mapping[Any, dict[str, Any]]
) -> None:
    """Write one audit row for each subject id by hand, with one statement."""
    _insert(session, [_row(action, subject, key, None, said) for key, said in after.items()])


def _row(action: str, subject: str, subject_id: object, before: Any, after: Any) -> dict[str, Any]:
    return {
        "actor": actor(),
        "request_id": str(g.get("request_id", "")) if has_app_context() else "",
        "action": action,
        "subject": subject,
        "subject_id": str(subject_id),
        "before": before or {},
        "after": after or {},
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(sa.insert(AuditRow), rows)


@event.listens_for(Model, "attribute_instrument", propagate=True)
def _load_before_change(cls: Any, key: str, attribute: Any) -> None:
    """Read the old value of an audited column before it is overwritten, when it is not loaded."""
    if getattr(cls, "__audited__", False) and isinstance(attribute.property, ColumnProperty):
        event.listen(attribute, "set", _keep, active_history=True)


def _keep(_item: object, _value: object, _old: object, _initiator: object) -> None:
    """Do nothing: that somebody listens makes the old value known."""


@event.listens_for(Session, "after_flush")
def _write(session: Session, _context: UOWTransaction) -> None:
    rows = [_entry("create", item) for item in session.new if _watched(item)]
    rows += [_entry("change", item) for item in session.dirty if _watched(item)]
    rows += [_entry("delete", item) for item in session.deleted if _watched(item)]
    _insert(session, [row for row in rows if row["before"] or row["after"]])


def _watched(item: object) -> bool:
    return bool(getattr(item, "__audited__", False))


def _entry(action: str, item: object) -> dict[str, Any]:
    view = sa.inspect(item)
    before, after = {}, {}
    for column in view.mapper.column_attrs:
        old, new = _change(view.attrs[column.key].history, action)
        if old != new and column.key not in getattr(item, "__unaudited__", ()):
            before[column.key], after[column.key] = _plain(old), _plain(new)
    if action != "delete":
        for name, old_names, new_names in _links(view):
            before[name], after[name] = old_names, new_names
    table = view.mapper.local_table.name
    key = "-".join(str(part) for part in view.mapper.primary_key_from_instance(item))
    return _row(action, table, key, before, after)


def _links(view: Any) -> Iterator[tuple[str, list[str], list[str]]]:
    """Give the changed many-to-many lists (a person's roles) as the names of what they hold."""
    for relation in view.mapper.relationships:
        history = view.attrs[relation.key].history
        if relation.secondary is None or not (history.added or history.deleted):
            continue
        kept = list(history.unchanged or ())
        old = sorted(str(item) for item in [*kept, *(history.deleted or ())])
        yield relation.key, old, sorted(str(item) for item in [*kept, *(history.added or ())])


def _change(history: Any, action: str) -> tuple[Any, Any]:
    old = history.deleted[0] if history.deleted else None
    new = history.added[0] if history.added else None
    if action == "delete":
        return (history.unchanged[0] if history.unchanged else old), None
    return (old, new) if history.added else (None, None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | bool | dict | list | None) else str(value)
