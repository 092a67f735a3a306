"""Scratch databases with a book of orders, and the application on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import book
from benchmarks.meter import Meter
from erp_core.app import Erp, create_app
from erp_core.cli.data import initialise
from erp_core.config import Config
from erp_core.db import db
from erp_core.testing.databases import PostgresDatabase, SqliteDatabase

SECRET = "a secret for benchmarks only, long enough to pass"
ENGINES = ("sqlite", "postgresql")
SERVER_SETTINGS = {"max_parallel_workers_per_gather": "0", "jit": "off", "work_mem": "'256MB'"}
"""For the scratch database alone: the CPU of parallel workers would escape the meter."""


@dataclass(frozen=True, slots=True)
class Place:
    """An application on a filled database, and the meter for it."""

    app: Erp
    engine: str
    lines: int
    url: str
    meter: Meter


def build(url: str) -> Erp:
    """Make the application on a database."""
    app = create_app(Config(database_url=url, secret_key=SECRET))
    app.testing = True
    return app


@contextmanager
def filled(engine: str, lines: int, skus: int = book.SKUS) -> Iterator[Place]:
    """Give a database with that many open order lines; it is dropped afterwards."""
    with _database(engine) as (url, meter):
        app = build(url)
        with app.app_context():
            initialise()
            book.fill(lines, skus)
        try:
            yield Place(app, engine, lines, url, meter)
        finally:
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


@contextmanager
def _database(engine: str) -> Iterator[tuple[str, Meter]]:
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="pegboard-bench-") as folder:
            yield SqliteDatabase(Path(folder) / "book.sqlite3").url, Meter()
        return
    database = PostgresDatabase()
    admin = sa.create_engine(database.server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            for name, value in SERVER_SETTINGS.items():
                connection.exec_driver_sql(f"ALTER DATABASE {database.name} SET {name} = {value}")
            yield database.url, Meter(connection, database.name)
    finally:
        admin.dispose()
        database.drop()
