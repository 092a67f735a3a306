"""Fixtures: `app` on a fresh database (SQLite and PostgreSQL in turn), `ctx`, `act`, `admin`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask

from erp_core.app import Erp, create_app
from erp_core.cli.data import initialise
from erp_core.config import Config
from erp_core.db import db, transaction
from erp_core.testing.databases import (
    Database,
    PostgresDatabase,
    SqliteDatabase,
    postgres_answers,
)
from erp_core.testing.people import Person
from erp_core.testing.people import admin as make_admin

SECRET = "a secret for tests only, long enough to pass the check"  # noqa: S105
Result = TypeVar("Result")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Database]:
    """Give a database engine; PostgreSQL is skipped with one line where no server answers."""
    place: Database
    if request.param == "sqlite":
        place = SqliteDatabase(Path(tmp_path_factory.mktemp("sqlite")) / "test.sqlite3")
    elif postgres_answers():
        place = PostgresDatabase()
    elif os.environ.get("ERP_TEST_STRICT"):
        pytest.fail("No PostgreSQL answers; ERP_TEST_STRICT does not allow this skip.")
    else:
        pytest.skip("no PostgreSQL at ERP_TEST_POSTGRES or 127.0.0.1:5432")
    yield place
    place.drop()


@pytest.fixture(scope="session")
def built_app(database: Database) -> Iterator[Erp]:
    """Build the application once for each database and keep its empty state as a template."""
    app = create_app(Config(database_url=database.url, secret_key=SECRET))
    app.testing = True
    with app.app_context():
        initialise()
        db.session.remove()
        db.engine.dispose()
    database.keep_as_template()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(built_app: Erp, database: Database) -> Iterator[Erp]:
    """Give the application with an empty, current database (one company)."""
    database.reset()
    yield built_app
    with built_app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def ctx(app: Flask) -> Iterator[Flask]:
    """Enter the application, for tests of services (not together with clients)."""
    with app.app_context():
        yield app
        db.session.rollback()


@pytest.fixture
def act(app: Flask) -> Callable[[Callable[[], Result]], Result]:
    """Run a function as an edge does: own context, own transaction, committed."""

    def run(work: Callable[[], Result]) -> Result:
        with app.app_context(), transaction():
            return work()

    return run


@pytest.fixture
def admin(app: Flask) -> Person:
    """Give somebody signed in who may do everything."""
    return make_admin(app)
