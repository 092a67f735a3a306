"""Fresh databases for tests: a template is built once, each test gets a copy."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


class Database(Protocol):
    """A place that can hold a template and be reset to it."""

    @property
    def url(self) -> str:
        """Return the address for SQLAlchemy."""
        ...

    def keep_as_template(self) -> None:
        """Remember the present content."""
        ...

    def reset(self) -> None:
        """Go back to the template."""
        ...

    def drop(self) -> None:
        """Remove everything."""
        ...


@dataclass(slots=True)
class SqliteDatabase:
    """A file; the template is a copy beside it."""

    path: Path

    @property
    def url(self) -> str:
        """Return the address for SQLAlchemy."""
        return f"sqlite:///{self.path}"

    def keep_as_template(self) -> None:
        """Copy the file, write-ahead log folded in."""
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            connection.connection.dbapi_connection.execute(  # type: ignore[union-attr]
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )
        engine.dispose()
        shutil.copy(self.path, f"{self.path}.template")

    def reset(self) -> None:
        """Put the copy back."""
        for ending in ("-wal", "-shm"):
            Path(f"{self.path}{ending}").unlink(missing_ok=True)
        shutil.copy(f"{self.path}.template", self.path)

    def drop(self) -> None:
        """Remove the files."""
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()


class PostgresDatabase:
    """A database on the test server; the template is a second one."""

    def __init__(self) -> None:
        self.server = os.environ.get("ERP_TEST_POSTGRES", SERVER)
        self.name = f"erp_test_{os.getpid()}_{secrets.token_hex(3)}"
        self._admin = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        self._engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        self._kept: Content | None = None
        self._do(f"CREATE DATABASE {self.name}")
        self._hurry()

    @property
    def url(self) -> str:
        """Return the address for SQLAlchemy."""
        return self.server.rpartition("/")[0] + f"/{self.name}"

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def keep_as_template(self) -> None:
        """Copy the database on the server, and remember rows, counters and the schema's shape."""
        self._do(f"CREATE DATABASE {self.name}_t TEMPLATE {self.name}")
        with self._connect() as connection:
            self._kept = Content.of(connection)

    def reset(self) -> None:
        """Put rows and counters back; a changed schema or a lock needs a new copy (slower)."""
        try:
            with self._connect() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 500")
                if self._kept is not None and self._kept.put_back(connection):
                    return
        except sa.exc.DBAPIError:
            pass  # somebody still holds a lock, or the database is gone: take a new copy
        self._do(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self._do(f"CREATE DATABASE {self.name} TEMPLATE {self.name}_t")
        self._hurry()

    def _hurry(self) -> None:
        """Let commits not wait for the disk: no test takes the server's power away."""
        self._do(f"ALTER DATABASE {self.name} SET synchronous_commit = off")

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def drop(self) -> None:
        """Remove both."""
        for name in (self.name, f"{self.name}_t"):
            self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._admin.dispose()


@dataclass(frozen=True, slots=True)
class Content:
    """The rows, counters and shape of a PostgreSQL database, to put back what a test changed."""

    shape: str
    tables: tuple[sa.Table, ...]
    rows: dict[str, list[dict[str, Any]]]
    counters: dict[str, int | None]

    @classmethod
    def of(cls, connection: sa.Connection) -> Content:
        """Read everything."""
        metadata = sa.MetaData()
        metadata.reflect(connection, views=False)
        tables = tuple(metadata.sorted_tables)
        found = {
            t.name: [dict(r) for r in connection.execute(t.select()).mappings()] for t in tables
        }
        return cls(_shape(connection), tables, found, _counters(connection))

    def put_back(self, connection: sa.Connection) -> bool:
        """Write the same rows again; False when the schema is another one by now."""
        if _shape(connection) != self.shape:
            return False
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        names = [connection.dialect.identifier_preparer.quote(t.name) for t in self.tables]
        connection.exec_driver_sql(f"DELETE FROM {'; DELETE FROM '.join(names)}")  # noqa: S608
        for table in self.tables:
            if self.rows[table.name]:
                connection.execute(table.insert(), self.rows[table.name])
        for name, value in _counters(connection).items():
            if value != self.counters[name]:
                _set_counter(connection, name, self.counters[name])
        return True


def _shape(connection: sa.Connection) -> str:
    """Return a fingerprint of tables, columns, constraints, triggers and functions.

    Every change of one of them is a new version of its row in the system tables, or takes one away.
    """
    parts = (
        f"SELECT '{table}', count(*), sum(c.xmin::text::bigint) FROM {table} c {scope}"  # noqa: S608
        for table, scope in _DESCRIBED.items()
    )
    return str(connection.exec_driver_sql(" UNION ALL ".join(parts)).all())


_INSIDE = "(SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
_DESCRIBED = {
    "pg_class": "WHERE relnamespace = 'public'::regnamespace",
    "pg_attribute": f"WHERE attrelid IN {_INSIDE}",
    "pg_constraint": "WHERE connamespace = 'public'::regnamespace",
    "pg_trigger": f"WHERE tgrelid IN {_INSIDE}",
    "pg_proc": "WHERE pronamespace = 'public'::regnamespace",
}


def _counters(connection: sa.Connection) -> dict[str, int | None]:
    query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
    return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def _set_counter(connection: sa.Connection, name: str, value: int | None) -> None:
    call = sa.func.setval(name, value or 1, value is not None)
    connection.execute(sa.select(call))


def postgres_answers() -> bool:
    """Say whether the test server can be reached."""
    engine = sa.create_engine(os.environ.get("ERP_TEST_POSTGRES", SERVER))
    try:
        with engine.connect():
            return True
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()
