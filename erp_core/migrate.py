"""One Alembic history and one version table for the core and for each plugin.

Run in loading order; a plugin that is gone leaves the histories of the others untouched.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from erp_core.db import Model, db
from erp_core.errors import ErpError
from erp_core.registry import CORE, registry

HOME = Path(__file__).parent / "migrations"
LOCK = 7_030_417_201


@dataclass(frozen=True, slots=True)
class History:
    """An owner of tables and the folder of its revisions."""

    owner: str
    folder: Path


def histories() -> list[History]:
    """Return the core's history and those of all installed plugins, in loading order."""
    plugins = [History(item.name, item.folder / "migrations") for item in registry().plugins]
    return [
        History(CORE, HOME / "versions"),
        *[item for item in plugins if any(item.folder.glob("[0-9]*.py"))],
    ]


def history(owner: str) -> History:
    """Return one owner's history; its folder may still be empty."""
    if owner == CORE:
        return History(CORE, HOME / "versions")
    return History(owner, registry().found(owner).folder / "migrations")


def upgrade(owner: str | None = None, target: str = "head") -> list[str]:
    """Bring every history (or one) to `target`; returns the owners that changed.

    Raises PluginError for an owner that is not installed.
    """
    if owner is not None:
        history(owner)
    changed = []
    with _connection() as connection:
        for item in histories():
            if owner in (None, item.owner) and _current(connection, item) != _head(item):
                command.upgrade(_config(item, connection), target)
                connection.commit()
                changed.append(item.owner)
    return changed


def downgrade(owner: str, target: str = "base") -> None:
    """Take one owner's tables back; `base` removes them with their data."""
    with _connection() as connection:
        command.downgrade(_config(history(owner), connection), target)
        connection.commit()


def revision(owner: str, message: str) -> Path:
    """Write a new revision with the differences between models and tables of one owner."""
    item = history(owner)
    item.folder.mkdir(exist_ok=True)
    number = len(list(item.folder.glob("[0-9]*.py"))) + 1
    with _connection() as connection:
        config = _config(item, connection)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        script: Any = command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=f"{number:04d}",
            version_path=str(item.folder),
        )
    return Path(script.path)


def current() -> dict[str, str | None]:
    """Return the revision each owner's tables are at (None: not created)."""
    with _connection() as connection:
        return {item.owner: _current(connection, item) for item in histories()}


def pending() -> list[str]:
    """Name the owners whose tables are not at their newest revision.

    Raises ErpError when the database is newer than this program.
    """
    at = current()
    behind = []
    for item in histories():
        known = {script.revision for script in _scripts(item).walk_revisions()}
        if at[item.owner] is not None and at[item.owner] not in known:
            raise ErpError(
                f"The tables of {item.owner} are at revision {at[item.owner]}, which this program "
                f"does not know (it knows up to {_head(item)}). Use the newer program."
            )
        if at[item.owner] != _head(item):
            behind.append(item.owner)
    return behind


def owner_of_table(name: str) -> str:
    """Name who owns a table: the longest plugin name that prefixes it."""
    owners = [item.name for item in registry().plugins if name.startswith(f"{item.name}_")]
    return max(owners, key=len, default=CORE if name.startswith("core_") else "")


@contextmanager
def _connection() -> Iterator[sa.Connection]:
    """Open a connection for schema work: one at a time, SQLite's foreign keys off meanwhile.

    What the session has read so far is let go: its transaction would hold SQLite's write lock.
    """
    db.session.rollback()
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw: Any = connection.connection.dbapi_connection
        if sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        else:
            _wait_for_others(connection)
        try:
            yield connection
        finally:
            connection.rollback()
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")
            else:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))
                connection.exec_driver_sql("RESET lock_timeout; RESET statement_timeout")
                connection.commit()


def _wait_for_others(connection: sa.Connection) -> None:
    """Take the lock for schema work, which may last longer than a request is allowed to."""
    connection.exec_driver_sql("SET lock_timeout = 0; SET statement_timeout = 0")
    connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK)))
    connection.commit()


def _config(item: History, connection: sa.Connection | None = None) -> AlembicConfig:
    config = AlembicConfig(stdout=sys.stderr)
    config.set_main_option("script_location", str(HOME))
    config.set_main_option("version_locations", str(item.folder))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(
        owner=item.owner,
        connection=connection,
        include_name=lambda name, kind, parents: _mine(item.owner, name, kind),
        include_object=lambda obj, name, kind, reflected, other: _mine(item.owner, name, kind),
    )
    return config


def _mine(owner: str, name: str | None, kind: str) -> bool:
    return kind != "table" or owner_of_table(name or "") == owner


def _scripts(item: History) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(item))


def _head(item: History) -> str | None:
    return _scripts(item).get_current_head()


def _current(connection: sa.Connection, item: History) -> str | None:
    options = {"version_table": f"erp_version_{item.owner}"}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def differences(owner: str) -> list[Any]:
    """Return what autogenerate would change for one owner; empty when models equal tables."""
    with _connection() as connection:
        options = dict(_config(history(owner)).attributes)
        options.pop("connection")
        options.pop("owner")
        context = MigrationContext.configure(connection, opts={**options, "compare_type": True})
        return list(compare_metadata(context, Model.metadata))


def create_sequence(op: Any, name: str) -> None:
    """In a migration: create the sequence that `next_value(name)` draws from."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE SEQUENCE erp_seq_{name}")


def drop_sequence(op: Any, name: str) -> None:
    """In a migration: drop the sequence of `next_value(name)`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP SEQUENCE erp_seq_{name}")


def append_only(op: Any, table: str) -> None:
    """In a migration: make the database refuse UPDATE and DELETE on a table."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def drop_append_only(op: Any, table: str) -> None:
    """In a migration: undo `append_only` (before dropping the table)."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(f"DROP FUNCTION {table}_append_only()")
