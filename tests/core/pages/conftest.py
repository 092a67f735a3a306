"""The application with two plugins that have no tables, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from erp_core.app import Erp
from erp_core.cli.data import initialise
from erp_core.db import db, transaction
from erp_core.models import Company
from erp_core.testing.databases import Database, PostgresDatabase, SqliteDatabase
from erp_core.testing.people import Person
from tests.core.boot import FOREIGN, boot

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def build(url: str, **options: Any) -> Erp:
    """Build the application with the lamps, their shades and nothing else."""
    paths = (str(FOREIGN / "pages"),)
    return boot(url, plugins=("lamp", "shade"), plugin_paths=paths, **options)


@pytest.fixture(scope="session", params=ENGINES)
def pages_database(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Database]:
    place: Database
    if request.param == "sqlite":
        place = SqliteDatabase(Path(tmp_path_factory.mktemp("pages")) / "pages.sqlite3")
    else:
        place = PostgresDatabase()
    yield place
    place.drop()


@pytest.fixture(scope="session")
def pages_built(pages_database: Database) -> Iterator[Erp]:
    app = build(
        pages_database.url,
        locked=frozenset({"lamp.maker"}),
        defaults={"lamp": {"maker": "Tungsten Ltd", "watts": 60}},
    )
    with app.app_context():
        initialise()
        with transaction():
            db.session.add(Company(code="NORTH", name="North branch", currency="EUR"))
        db.session.remove()
        db.engine.dispose()
    pages_database.keep_as_template()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def lamp_app(pages_built: Erp, pages_database: Database) -> Iterator[Erp]:
    """The application with lamps and shades, two companies and no other rows."""
    pages_database.reset()
    yield pages_built
    with pages_built.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def lamp_act(lamp_app: Erp) -> Callable[[Callable[[], Any]], Any]:
    """Run a function as an edge does."""

    def run(work: Callable[[], Any]) -> Any:
        with lamp_app.app_context(), transaction():
            return work()

    return run


@pytest.fixture
def boss(lamp_app: Erp) -> Person:
    return Person(lamp_app, "admin")


@pytest.fixture
def viewer(lamp_app: Erp) -> Person:
    return Person(lamp_app, "viewer")
