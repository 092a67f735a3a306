"""Draw many document numbers with one statement; `erp_core.db.next_value` draws one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from erp_core.db import db, is_sqlite

FIRST = 1000
"""Documents count from 1001 on."""


def next_values(sequence: str, count: int) -> list[int]:
    """Draw `count` numbers of a sequence, rising; gaps are possible."""
    if is_sqlite():
        counter = sa.text(
            "INSERT INTO core_sequence (name, value) VALUES (:name, :count) "
            "ON CONFLICT (name) DO UPDATE SET value = value + :count RETURNING value"
        )
        facts = {"name": sequence, "count": count}
        last = int(db.session.execute(counter, facts).scalar_one())
        return list(range(last - count + 1, last + 1))
    drawn = sa.func.nextval(f"erp_seq_{sequence}")
    rows = sa.select(drawn).select_from(sa.func.generate_series(1, count))
    return sorted(int(value) for value in db.session.scalars(rows))


def document_numbers(prefix: str, sequence: str, count: int) -> list[str]:
    """Return the next numbers of a kind of document: SO-1001, SO-1002 and so on."""
    return [f"{prefix}-{FIRST + value}" for value in next_values(sequence, count)]


class Numbered(Protocol):
    """A new row with an integer key."""

    id: sa.orm.Mapped[int]


def give_ids(rows: Sequence[Numbered]) -> None:
    """Let many new rows of one table be written with one statement.

    SQLite cannot return the keys of many rows at once; its one writer counts on by itself.
    """
    if not rows or not is_sqlite():
        return
    model = type(rows[0])
    last = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(model.id), 0))) or 0
    for key, row in enumerate(rows, start=last + 1):
        row.id = key  # type: ignore[assignment]
