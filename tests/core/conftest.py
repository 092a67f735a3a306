"""Fixtures: the toy application on both databases, and folders for plugins written on the fly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from erp_core.app import Erp
from erp_core.cli.data import initialise
from erp_core.db import db, transaction
from erp_core.testing.databases import Database, PostgresDatabase, SqliteDatabase
from erp_core.testing.people import Person
from tests.core.boot import boot, namespace_kept

Result = TypeVar("Result")
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session", params=ENGINES)
def toy_database(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Database]:
    place: Database
    if request.param == "sqlite":
        place = SqliteDatabase(tmp_path_factory.mktemp("toys") / "toys.sqlite3")
    else:
        place = PostgresDatabase()
    yield place
    place.drop()


@pytest.fixture(scope="session")
def toy_built(toy_database: Database) -> Iterator[Erp]:
    app = boot(toy_database.url)
    with app.app_context():
        initialise()
        db.session.remove()
        db.engine.dispose()
    toy_database.keep_as_template()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def toy_app(toy_built: Erp, toy_database: Database) -> Iterator[Erp]:
    """The application with two toy plugins and nothing but one company in its database."""
    toy_database.reset()
    yield toy_built
    with toy_built.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def toy_act(toy_app: Erp) -> Callable[[Callable[[], Any]], Any]:
    """Run a function as an edge does: own context, own transaction, committed."""

    def run(work: Callable[[], Result]) -> Result:
        with toy_app.app_context(), transaction():
            return work()

    return run


@pytest.fixture
def toy_ctx(toy_app: Erp) -> Iterator[Erp]:
    with toy_app.app_context():
        yield toy_app
        db.session.rollback()


@pytest.fixture
def toy_admin(toy_app: Erp) -> Person:
    return Person(toy_app, "admin")


@pytest.fixture
def plugin_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for plugins written by the test; what was imported from it is forgotten."""
    known = set(sys.modules)
    with namespace_kept():
        yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("plugins.") and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]
