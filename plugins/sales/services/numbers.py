"""Numbers and keys for many new documents at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa

from erp_core.db import db, is_sqlite, next_values

FIRST = 1000
"""Documents count from 1001 on."""


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
