"""Bring many rows into a table as fast as each engine can; models say what the rest holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from erp_core.db import Model, is_sqlite

PART = 20_000
MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def load(
    connection: sa.Connection, model: type[Model], names: Sequence[str], rows: Iterable[tuple]
) -> None:
    """Append rows of plain values; columns that are not named get their model's default."""
    table = model.__table__
    fixed = _fixed(table, names)
    columns = ", ".join([*names, *fixed])
    tail = tuple(fixed.values())
    if is_sqlite():
        marks = ", ".join("?" * (len(names) + len(tail)))
        raw = connection.connection.dbapi_connection
        raw.executemany(
            f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", (row + tail for row in rows)
        )
        return
    cursor = connection.connection.dbapi_connection.cursor()
    with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for text in _texts(rows, tail):
            copy.write(text)


def _fixed(table: sa.Table, names: Sequence[str]) -> dict[str, Any]:
    """Return a value for each column that may not be empty and has a default in its model."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name in names or column.nullable or column.default is None:
            continue
        value = column.default.arg if column.default.is_scalar else MOMENT
        found[column.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value if isinstance(value, int) else str(value)


def _texts(rows: Iterable[tuple], tail: tuple) -> Iterator[str]:
    source = iter(rows)
    end = "".join(f"\t{value}" for value in tail) + "\n"
    while part := list(islice(source, PART)):
        yield "".join("\t".join(map(str, row)) + end for row in part)
