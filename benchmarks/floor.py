"""The floor of a full pass: read the needed columns bare, write exactly the changed rows bare.

Before a measured pass the figures are copied; afterwards the differences say which rows changed,
and the floor writes the old values of the same rows, found by their primary keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, is_sqlite


@dataclass(frozen=True, slots=True)
class Figures:
    """A table that a full pass keeps right: its key and the columns it may write."""

    table: str
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def columns(self) -> str:
        return ", ".join((*self.key, *self.values))

    def same(self, one: str, other: str) -> str:
        return " AND ".join(f"{one}.{name} = {other}.{name}" for name in self.key)


KEPT = (
    Figures(
        "backorders_queue",
        ("product_id", "pool", "alloc_key"),
        ("allocated_qty", "substitutable_qty", "backordered_qty"),
    ),
    Figures("backorders_balance", ("product_id", "pool"), ("counted", "free", "backordered")),
    Figures("backorders_order", ("order_id",), ("order_class", "episode")),
    Figures("backorders_backorder", ("id",), ("short_qty", "filled_qty", "status", "closed_at")),
)
OPEN = "('confirmed', 'approved', 'on_hold', 'partially_fulfilled')"
LINES = f"""
SELECT l.id, l.order_id, l.product_id, l.ordered_qty - l.shipped_qty - l.cancelled_qty,
  o.priority, o.sequence
FROM sales_order_line l JOIN sales_order o ON o.id = l.order_id WHERE o.status IN {OPEN}
"""
QUEUE = """
SELECT product_id, pool, alloc_key, line_id, order_id, open_qty, allocated_qty, backordered_qty
FROM backorders_queue
"""
CLASSES = "SELECT order_id, order_class FROM backorders_order"
STOCK = """
SELECT product_id, sum(on_hand) FROM inventory_balance WHERE warehouse_id IN (1, 2, 3)
GROUP BY product_id
"""


def remember() -> None:
    """Copy the figures as they stand."""
    with db.engine.begin() as connection:
        for kept in KEPT:
            _make(connection, f"bench_old_{kept.table}", f"SELECT {kept.columns} FROM {kept.table}")


def _make(connection: sa.Connection, name: str, query: str) -> None:
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE TABLE {name} AS {query}")


@dataclass(frozen=True, slots=True)
class Changed:
    """What a pass changed: rows by table, with their old and their new values."""

    old: dict[str, list[tuple[Any, ...]]]
    new: dict[str, list[tuple[Any, ...]]]

    def count(self, table: str) -> int:
        return len(self.old[table])


def changed() -> Changed:
    """Compare with what was remembered."""
    old: dict[str, list[tuple[Any, ...]]] = {}
    new: dict[str, list[tuple[Any, ...]]] = {}
    with db.engine.begin() as connection:
        for kept in KEPT:
            rows = _differing(connection, kept)
            size = len(kept.key)
            width = len(kept.values)
            old[kept.table] = [row[: size + width] for row in rows]
            new[kept.table] = [row[:size] + row[size + width :] for row in rows]
    return Changed(old, new)


def _differing(connection: sa.Connection, kept: Figures) -> list[tuple[Any, ...]]:
    """Let the engine join by hash or by its own index: the key has the same order on both sides."""
    fields = [f"o.{name}" for name in (*kept.key, *kept.values)]
    fields += [f"n.{name}" for name in kept.values]
    unlike = " OR ".join(f"o.{name} IS NOT n.{name}" for name in kept.values)
    if not is_sqlite():
        unlike = unlike.replace(" IS NOT ", " IS DISTINCT FROM ")
    keys = ", ".join(f"o.{name}" for name in kept.key)
    query = (
        f"SELECT {', '.join(fields)} FROM bench_old_{kept.table} o JOIN {kept.table} n "
        f"ON {kept.same('o', 'n')} WHERE {unlike} ORDER BY {keys}"
    )
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def stage(rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Bring the rows to the server, outside the clock; SQLite takes them from memory."""
    if is_sqlite():
        return
    with db.engine.begin() as connection:
        for kept in KEPT:
            name = f"bench_new_{kept.table}"
            query = f"SELECT {kept.columns} FROM {kept.table} LIMIT 0"
            _make(connection, name, query)
            cursor = connection.connection.dbapi_connection.cursor()
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows[kept.table]:
                    copy.write_row(row)
            connection.exec_driver_sql(f"ANALYZE {name}")


def read(*queries: str) -> None:
    """Fetch everything into this process, as tuples."""
    with db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        cursor = raw.cursor() if is_sqlite() else raw.cursor(binary=True)
        for query in queries:
            cursor.execute(query)
            cursor.fetchall()


def write(rows: dict[str, list[tuple[Any, ...]]], tables: Sequence[Figures] = KEPT) -> None:
    """Write the staged rows in one transaction."""
    with db.engine.begin() as connection:
        for kept in tables:
            if is_sqlite():
                _step(connection, kept, rows[kept.table])
            elif rows[kept.table]:
                connection.exec_driver_sql(_joined(kept))


def _step(connection: sa.Connection, kept: Figures, rows: list[tuple[Any, ...]]) -> None:
    size = len(kept.key)
    values = ", ".join(f"{name} = ?{size + at}" for at, name in enumerate(kept.values, start=1))
    found = " AND ".join(f"{name} = ?{at}" for at, name in enumerate(kept.key, start=1))
    text = f"UPDATE {kept.table} SET {values} WHERE {found}"
    connection.connection.dbapi_connection.executemany(text, rows)


def _joined(kept: Figures) -> str:
    values = ", ".join(f"{name} = new.{name}" for name in kept.values)
    return (
        f"UPDATE {kept.table} SET {values} FROM bench_new_{kept.table} new "
        f"WHERE {kept.same(kept.table, 'new')}"
    )
