"""Write many rows with one statement, on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from erp_core.db import Model, db, is_sqlite
from plugins.inventory.services.upsert import insert as upserting

CHUNK = 20_000
"""Rows in one statement: bounded, so that no statement runs into the server's time limit."""

FEW = 200
"""Rows that SQLite takes as one SELECT each in a statement."""

Row = Mapping[str, Any]


@contextmanager
def whole_tables() -> Iterator[None]:
    """Let PostgreSQL join whole tables meanwhile, whatever its statistics say.

    A queue that was empty when it was last analysed would be searched row by row while it fills.
    """
    if is_sqlite():
        yield
        return
    db.session.execute(sa.text("SET LOCAL enable_nestloop = off"))
    yield
    db.session.execute(sa.text("SET LOCAL enable_nestloop = on"))


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Insert rows; nothing when there are none."""
    if rows:
        db.session.connection().execute(sa.insert(_table(model)), [dict(row) for row in rows])


def insert_missing(model: type[Model], rows: Sequence[Row]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        statement = upserting(model).on_conflict_do_nothing()
        db.session.connection().execute(statement, [dict(row) for row in rows])


def update(model: type[Model], key: Sequence[str], rows: Sequence[Row]) -> None:
    """Set the other columns of the rows that `key` finds; every row names the same columns."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        if is_sqlite():
            _update_one_by_one(_table(model), key, part)
        else:
            _update_joined(_table(model), key, part)


def _table(model: type[Model]) -> sa.Table:
    table = model.__table__
    assert isinstance(table, sa.Table)
    return table


def _update_one_by_one(table: sa.Table, key: Sequence[str], rows: Sequence[Row]) -> None:
    """SQLite: the statement is prepared once and stepped for each row."""
    found = [table.c[name] == sa.bindparam(f"key_{name}", type_=table.c[name].type) for name in key]
    others = [name for name in rows[0] if name not in key]
    values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in others}
    renamed = [
        {(f"key_{name}" if name in key else f"new_{name}"): row[name] for name in row}
        for row in rows
    ]
    db.session.connection().execute(sa.update(table).where(*found).values(values), renamed)


def _update_joined(table: sa.Table, key: Sequence[str], rows: Sequence[Row]) -> None:
    """PostgreSQL: one array for each column, joined as a table."""
    names = list(rows[0])
    arrays = [
        sa.cast(sa.literal([row[name] for row in rows], ARRAY(table.c[name].type)), ARRAY(_kind(c)))
        for name in names
        for c in [table.c[name]]
    ]
    columns = [sa.column(name, table.c[name].type) for name in names]
    new = sa.func.unnest(*arrays).table_valued(*columns, name="new").render_derived()
    statement = sa.update(table).values({n: new.c[n] for n in names if n not in key})
    found = [table.c[name] == new.c[name] for name in key]
    db.session.connection().execute(statement.where(*found))


def _kind(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    kind = column.type
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


def stream(query: sa.Select[*tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query of integers, never all at once.

    SQLite hands over plain tuples by itself; a row object for each would cost more than the read.
    """
    if is_sqlite():
        result = db.session.connection().execute(query)
        yield from cast("Iterator[tuple[Any, ...]]", result.cursor)
        result.close()
        return
    found = db.session.connection().execute(query, execution_options={"yield_per": CHUNK})
    for part in found.partitions():
        yield from cast("Sequence[tuple[Any, ...]]", part)


def pairs(rows: Iterable[tuple[int, int]], columns: tuple[str, str], name: str) -> sa.CTE:
    """Return pairs of numbers as a table."""
    listed = list(rows)
    if is_sqlite():
        return _pairs_on_sqlite(listed, columns, name).cte(name)
    sides = zip(*listed, strict=True) if listed else ((), ())
    arrays = [sa.literal(list(side), ARRAY(sa.BigInteger)) for side in sides]
    found = sa.func.unnest(*arrays).table_valued(*columns, name=f"{name}_pairs").render_derived()
    return sa.select(*(found.c[column] for column in columns)).cte(name)


def _pairs_on_sqlite(
    rows: Sequence[tuple[int, int]], columns: tuple[str, str], name: str
) -> sa.Select[*tuple[Any, ...]]:
    """A few are written out: a JSON list would be parsed again for each row that is looked up."""
    if 0 < len(rows) <= FEW:
        parts: list[sa.Select[*tuple[Any, ...]]] = [
            sa.select(
                *(sa.literal_column(str(n)).label(c) for n, c in zip(row, columns, strict=True))
            )
            for row in rows
        ]
        return sa.select(sa.union_all(*parts).subquery(f"{name}_pairs"))
    value = sa.func.json_each(sa.literal(json.dumps(rows)))
    pair = value.table_valued("value", name=f"{name}_pairs").c.value
    extracted = [sa.func.json_extract(pair, f"$[{place}]") for place in (0, 1)]
    return sa.select(*(part.label(c) for part, c in zip(extracted, columns, strict=True)))
