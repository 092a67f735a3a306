"""Many clients on one hot product: nothing oversold, nobody overtaken, no deadlock shown.

`make prove`: 16 processes on PostgreSQL, 8 on SQLite, for 10 minutes (ERP_PROVE_SECONDS sets
another time). Each guard has a control: without it the same clients must do harm.
"""

from __future__ import annotations

import os
import time
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from erp_core.testing.statements import listening
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Act, Market
from tests.prove import crew
from tests.prove.crew import MIXED, Answers, Shift

SECONDS = float(os.environ.get("ERP_PROVE_SECONDS", "600"))
CLIENTS = {"postgresql": 16, "sqlite": 8}


@pytest.fixture
def market(act: Act) -> Market:
    opened: Market = act(m.open_market)
    act(lambda: m.arrive_all({opened.mug: 40, opened.kettle: 5, opened.spare: 5}, opened.porto))
    return opened


def engine(app: Flask) -> str:
    with app.app_context():
        return str(db.engine.dialect.name)


def assert_orderly(app: Flask, answers: Answers) -> None:
    """Everybody was served, nobody saw a fault, and the books are right."""
    assert not answers.faults, answers.faults[:5]
    assert answers.done["confirm_hot"] > 0, answers.done
    assert answers.done["receive"] > 0, answers.done
    assert not crew.wrong(app)


def test_clients_at_once_leave_everything_right(app: Flask, market: Market) -> None:
    assert_orderly(app, crew.rush(app, Shift(market, MIXED, count=9), 4))


def unlocked(
    _connection: object, _cursor: object, statement: str, parameters: object, *_more: object
) -> tuple[str, object]:
    """Take the lock from the balance rows on PostgreSQL, the early write lock on SQLite."""
    if "FROM backorders_balance" in statement and "FOR UPDATE" in statement:
        time.sleep(0.01)
        return statement.replace("FOR UPDATE", ""), parameters
    return statement.replace("BEGIN IMMEDIATE", "BEGIN"), parameters


def careless(app: Flask) -> AbstractContextManager[None]:
    return listening(app, "before_cursor_execute", unlocked, retval=True)


def test_without_the_locks_the_same_clients_do_harm(app: Flask, market: Market) -> None:
    turns = (crew.confirm_hot, crew.confirm_hot, crew.receive)
    answers = crew.rush(app, Shift(market, turns, count=10, setup=careless), 6)
    assert answers.faults or crew.wrong(app), answers.done


def test_without_lock_guard_and_constraint_units_are_sold_twice(app: Flask, market: Market) -> None:
    """SQLite has one writer whatever the guards do, so there the constraint alone is shown."""
    with app.app_context():
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text("UPDATE backorders_balance SET free = counted + 1"))
        db.session.rollback()
    if engine(app) == "sqlite":
        return
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE backorders_balance DROP CONSTRAINT ck_backorders_balance_free"
        )
        connection.exec_driver_sql(
            "ALTER TABLE inventory_balance DROP CONSTRAINT ck_inventory_balance_on_hand"
        )
    answers = crew.rush(app, Shift(market, (crew.confirm_hot,), count=10, setup=careless), 6)
    found = crew.wrong(app)
    assert any("given" in one or "I4" in one or "I2" in one for one in found), (answers, found[:5])


@pytest.mark.prove
@pytest.mark.timeout(0)
def test_ten_minutes_of_rush_leave_everything_right(app: Flask, market: Market) -> None:
    answers = crew.rush(app, Shift(market, MIXED, SECONDS), CLIENTS[engine(app)])
    print(f"\n{engine(app)}: {dict(answers.done)}, {len(answers.faults)} faults")
    assert_orderly(app, answers)
