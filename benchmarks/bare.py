"""The bare inserts of an order: the same rows as the services write, prepared outside the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from psycopg.types.json import Json

from erp_core.db import db, is_sqlite
from erp_core.models import AuditRow
from plugins.backorders.domain.keys import alloc_key
from plugins.backorders.models import Backorder, BalanceRow, OrderState, QueueRow
from plugins.sales.models import SalesOrder, SalesOrderLine

FAR = 2_000_000_000
"""Keys from here on belong to nobody."""

Row = dict[str, Any]
TABLES = tuple(
    model.__table__
    for model in (SalesOrder, SalesOrderLine, QueueRow, OrderState, Backorder, AuditRow)
)


@dataclass(slots=True)
class Template:
    """The rows that one order left behind, by table, and the balances that it moved."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    balances: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values())) + len(self.balances)


def template(order_id: int) -> Template:
    """Read what one order left behind."""
    with db.engine.connect() as connection:
        found = Template()
        lines = _rows(connection, SalesOrderLine.__table__, order_id=order_id)
        keys = [str(line["id"]) for line in lines]
        found.rows = {
            "sales_order": _rows(connection, SalesOrder.__table__, id=order_id),
            "sales_order_line": lines,
            "core_audit": _audited(connection, {"sales_order": [str(order_id)],
                                                "sales_order_line": keys}),
        }  # fmt: skip
        for model in (QueueRow, OrderState, Backorder):
            table = model.__table__
            found.rows[table.name] = _rows(connection, table, order_id=order_id)
        spots = {(row["product_id"], row["pool"]) for row in found.rows["backorders_queue"]}
        query = sa.select(BalanceRow.free, BalanceRow.backordered)
        for product, pool in sorted(spots):
            row = connection.execute(query.filter_by(product_id=product, pool=pool)).one()
            found.balances.append((*row, product, pool))
    return found


def _rows(connection: sa.Connection, table: sa.Table, **key: int) -> list[Row]:
    query = sa.text(f"SELECT * FROM {table.name} WHERE {next(iter(key))} = :key")
    return [
        dict(row) for row in connection.execute(query, {"key": next(iter(key.values()))}).mappings()
    ]


def _audited(connection: sa.Connection, keys: Mapping[str, list[str]]) -> list[Row]:
    query = sa.text("SELECT * FROM core_audit WHERE subject = :subject AND subject_id = :key")
    return [
        dict(row)
        for subject, found in keys.items()
        for key in found
        for row in connection.execute(query, {"subject": subject, "key": key}).mappings()
    ]


class Inserts:
    """Writes copies of a template, each in one transaction of one statement a table."""

    def __init__(self, of: Template) -> None:
        self.of = of
        self.made = 0

    def stage(self) -> dict[str, list[Row]]:
        """Return the next copy: rows with keys of their own."""
        self.made += 1
        shift = FAR + self.made * 1000
        order = shift
        lines = {row["id"]: shift + at for at, row in enumerate(self.of.rows["sales_order_line"])}
        staged = {name: [dict(row) for row in rows] for name, rows in self.of.rows.items()}
        for name, rows in staged.items():
            for at, row in enumerate(rows):
                self._move(name, row, order, lines, shift + at)
        return staged

    def _move(self, name: str, row: Row, order: int, lines: Mapping[int, int], key: int) -> None:
        if "order_id" in row:
            row["order_id"] = order
        if "line_id" in row:
            row["line_id"] = lines[row["line_id"]]
        if "id" in row:
            row["id"] = lines[row["id"]] if name == "sales_order_line" else key
        if name == "sales_order":
            row["number"] = f"BARE-{order}"
        if name == "backorders_queue":
            row["alloc_key"] = alloc_key(0, 100_000_000 + self.made, key % 1000 + 1)
        for column in ("before", "after"):
            if isinstance(row.get(column), dict):
                row[column] = Json(row[column])

    def write(self, staged: Mapping[str, list[Row]]) -> None:
        """Insert the copy and commit; this is what the clock sees."""
        with db.engine.begin() as connection:
            cursor = connection.connection.dbapi_connection.cursor()
            for table in TABLES:
                rows = staged[table.name]
                if rows:
                    cursor.executemany(
                        _insert(table.name, rows[0]), [tuple(r.values()) for r in rows]
                    )
            mark = "?" if is_sqlite() else "%s"
            cursor.executemany(
                f"UPDATE backorders_balance SET free = {mark}, backordered = {mark} "
                f"WHERE product_id = {mark} AND pool = {mark}",
                self.of.balances,
            )

    def forget(self, staged: Mapping[str, list[Row]]) -> None:
        """Delete the copy again, outside the clock; the audit log keeps what it has."""
        with db.engine.begin() as connection:
            for table in reversed(TABLES[:-1]):
                name = "order_id" if "order_id" in table.c else "id"
                for row in staged[table.name]:
                    text = sa.text(f"DELETE FROM {table.name} WHERE {name} = :key")
                    connection.execute(text, {"key": row[name]})


def _insert(table: str, row: Row) -> str:
    mark = "?" if is_sqlite() else "%s"
    names = ", ".join(f'"{name}"' for name in row)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join([mark] * len(row))})"
