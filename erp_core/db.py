"""The database: declarative base, engine settings, the unit of work and document sequences.

Services add and flush; only an edge (request, job, command) commits, and it does so here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry

from erp_core.errors import ConflictError

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
ATTEMPTS = 5
_reading: ContextVar[bool] = ContextVar("reading", default=False)
Result = TypeVar("Result")


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A timezone-aware UTC instant on every engine."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back an aware time, also from engines that forget the zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """Base of every table. `__audited__ = True` writes each change to the audit log."""

    __audited__: ClassVar[bool] = False
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            dict[str, Any]: sa.JSON,
            list[str]: sa.JSON,
            int: sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        },
    )


db = SQLAlchemy(model_class=Model)


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def is_sqlite() -> bool:
    """Say whether the current application runs on the embedded engine."""
    return db.engine.dialect.name == "sqlite"


def database_seconds() -> sa.ColumnElement[float]:
    """Return the database's own clock: leases compare one clock, not many."""
    if is_sqlite():
        return sa.literal_column("(julianday('now') - 2440587.5) * 86400.0", sa.Float)
    return sa.literal_column("extract(epoch from clock_timestamp())", sa.Float)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """WAL, foreign keys, full sync, and our own BEGIN (the driver's is deferred)."""
    if type(connection).__module__.partition(".")[0] != "sqlite3":
        return
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at the start: a read that upgrades later fails at once when busy."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


@contextmanager
def reading() -> Iterator[None]:
    """Run read-only work without taking SQLite's write lock."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or nothing of it. Only edges call this."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def retrying(work: Callable[[], Result], *, attempts: int = ATTEMPTS) -> Result:
    """Run `work` again when the database asks for it (deadlock, busy, serialization).

    Raises ConflictError ("nothing was changed") when it stays busy after `attempts` tries.
    """
    for attempt in range(attempts):
        try:
            return work()
        except DBAPIError as error:
            db.session.rollback()
            if not is_transient(error):
                raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter
    raise ConflictError("The database is busy; nothing was changed. Please try again.")


def is_transient(error: DBAPIError) -> bool:
    """Say whether the same statement may succeed when the whole transaction is run again."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in {"40001", "40P01", "55P03"}
    return any(word in str(error.orig) for word in ("database is locked", "table is locked"))


def next_value(name: str) -> int:
    """Draw the next number of a sequence; unique and rising, gaps are possible."""
    return next_values(name, 1)[0]


def next_values(name: str, count: int) -> list[int]:
    """Draw `count` numbers of a sequence with one statement, rising.

    PostgreSQL uses a real sequence (`erp_seq_NAME`), SQLite a counter row.
    """
    if not is_sqlite():
        drawn = sa.func.nextval(f"erp_seq_{name}")
        rows = sa.select(drawn).select_from(sa.func.generate_series(1, count))
        return sorted(int(value) for value in db.session.scalars(rows))
    counter = sa.text(
        "INSERT INTO core_sequence (name, value) VALUES (:name, :count) "
        "ON CONFLICT (name) DO UPDATE SET value = value + :count RETURNING value"
    )
    last = int(db.session.execute(counter, {"name": name, "count": count}).scalar_one())
    return list(range(last - count + 1, last + 1))
