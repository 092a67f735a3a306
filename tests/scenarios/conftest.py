"""Scenarios run real processes on a database of their own, on each engine in turn."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.environment import POSTGRES
from tests.scenarios.site import NORTHWIND, Site


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/pegboard.sqlite3"
    else:
        yield from _postgres()


@pytest.fixture
def postgres() -> Iterator[str]:
    """Give the address of an empty PostgreSQL database."""
    yield from _postgres()


def _postgres() -> Iterator[str]:
    server = make_url(POSTGRES).set(drivername="postgresql")
    name = f"erp_scenario_{secrets.token_hex(4)}"
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}")
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
        link.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(database: str, tmp_path: Path) -> Iterator[Site]:
    """Give a Pegboard with its tables on each engine in turn."""
    yield from _site(tmp_path, database)


@pytest.fixture
def shared_site(postgres: str, tmp_path: Path) -> Iterator[Site]:
    """Give a Pegboard on PostgreSQL, for several processes at once."""
    yield from _site(tmp_path, postgres)


def _site(folder: Path, url: str) -> Iterator[Site]:
    place = Site(folder, url)
    place.run("init")
    yield place
    place.stop()


@pytest.fixture
def northwind() -> Path:
    """Give the folder of the Northwind tables, which lies beside the project."""
    if not NORTHWIND.is_dir():
        pytest.skip("the Northwind tables (../shared/data/northwind) are not here")
    return NORTHWIND
