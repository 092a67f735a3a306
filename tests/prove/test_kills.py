"""SIGKILL at any moment: no torn document, and whatever was acknowledged is there.

`make prove` kills 200 clients on each database (ERP_PROVE_KILLS sets another number).
"""

from __future__ import annotations

import os
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, reading
from plugins.sales.models import SalesOrder
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Act, Market
from tests.prove import crew
from tests.prove.crew import Shift

KILLS = int(os.environ.get("ERP_PROVE_KILLS", "200"))
TURNS = (crew.confirm, crew.confirm_hot, crew.receive, crew.refresh)
LONGEST = 0.25
"""Seconds from a client's first answer to its end."""


def killed(app: Flask, act: Act, kills: int) -> int:
    """Kill so many clients at random moments; returns how many orders were acknowledged."""
    market: Market = act(m.open_market)
    random, told = Random(5), list[int]()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    for seed in range(kills):
        shift = Shift(market, TURNS)
        answers = crew.kill_after(app, shift, seed, random.uniform(0, LONGEST))
        assert not answers.faults, answers.faults
        told += answers.orders
        assert not crew.wrong(app), f"after kill {seed}"
        assert lost(app, told) == [], f"after kill {seed}"
    return len(told)


def lost(app: Flask, told: list[int]) -> list[int]:
    """Return acknowledged orders that are not there, or have not both their lines and their place.

    A torn document would be an order without lines, or one without its place in the queue.
    """
    with app.app_context(), reading():
        rows = db.session.scalars(
            sa.select(SalesOrder).where(SalesOrder.status != "draft", SalesOrder.sequence > 0)
        )
        whole = {order.id for order in rows if order.lines}
        everything = set(db.session.scalars(sa.select(SalesOrder.id)))
        db.session.rollback()
    return sorted({*told, *everything} - whole)


def test_a_few_kills_tear_nothing(app: Flask, act: Act) -> None:
    killed(app, act, 4)


def test_an_answer_before_the_commit_would_be_found(app: Flask, act: Act) -> None:
    """The negative control: an order that was told and never committed counts as lost."""
    market: Market = act(m.open_market)
    with app.app_context():
        never = m.ordered(market, (market.mug, 1)).id
        db.session.rollback()
    assert lost(app, [never]) == [never]


@pytest.mark.prove
@pytest.mark.timeout(0)
def test_two_hundred_kills_tear_nothing(app: Flask, act: Act) -> None:
    told = killed(app, act, KILLS)
    print(f"\n{KILLS} kills, {told} acknowledged orders, none lost")
    assert told >= KILLS / 4
