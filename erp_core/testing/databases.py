"""Fresh databases for tests: a template is built once, each test gets a copy."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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
        self._do(f"CREATE DATABASE {self.name}")

    @property
    def url(self) -> str:
        """Return the address for SQLAlchemy."""
        return self.server.rpartition("/")[0] + f"/{self.name}"

    def _do(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def keep_as_template(self) -> None:
        """Copy the database on the server."""
        self._do(f"CREATE DATABASE {self.name}_t TEMPLATE {self.name}")

    def reset(self) -> None:
        """Replace the database by a copy of the template."""
        self._do(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self._do(f"CREATE DATABASE {self.name} TEMPLATE {self.name}_t")

    def drop(self) -> None:
        """Remove both."""
        for name in (self.name, f"{self.name}_t"):
            self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._admin.dispose()


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
