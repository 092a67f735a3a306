"""Random histories through the public services equal a model in plain Python, on both engines.

`make prove` takes 10,000 steps on each database with each of 5 seeds; ERP_PROVE_STEPS sets another
number of steps. The smoke in the suite takes some dozen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from erp_core.testing.databases import Database
from plugins.backorders.services import balances
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.queue import Spot
from tests.prove.machine import Business

STEPS = int(os.environ.get("ERP_PROVE_STEPS", "10000"))
LENGTH, LEAST = 80, 100
RULES = (
    "receive", "order", "confirm", "prioritise", "relocate", "pin", "unpin", "force", "release",
    "ship", "cancel_units", "cancel", "grow", "split", "adjust", "transfer", "arrive", "toggle",
    "workflow", "restart",
)  # fmt: skip


@pytest.fixture
def business(app: Flask, database: Database) -> Iterator[type[Business]]:
    Business.app, Business.database, Business.hits = app, database, Counter()
    yield Business
    database.reset()


def run(machine: type[Business], steps: int, length: int, number: int) -> int:
    """Take so many steps in histories of that length; returns how many commands went through."""
    chosen = settings(
        max_examples=max(1, steps // length),
        stateful_step_count=length,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(machine), settings=chosen)
    return sum(machine.hits.values())


def test_a_short_history_equals_the_model(business: type[Business]) -> None:
    assert run(business, steps=24, length=24, number=2) >= 12, business.hits


def test_a_wrong_decision_is_found(
    business: type[Business], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: forget what is free, and the model says so."""
    fair = balances.write

    def unfair(figures: Iterable[tuple[Spot, Figures]]) -> None:
        fair((spot, replace(found, free=0)) for spot, found in figures)

    monkeypatch.setattr(balances, "write", unfair)
    with pytest.raises(AssertionError):
        run(business, steps=60, length=15, number=1)


@pytest.mark.prove
@pytest.mark.timeout(0)
@pytest.mark.parametrize("number", range(1, 6))
def test_ten_thousand_steps_equal_the_model(business: type[Business], number: int) -> None:
    turn = number
    while (left := STEPS - sum(business.hits.values())) > 0:
        run(business, left, LENGTH, turn)
        turn += 100
    print(f"\nseed {number}: {dict(business.hits.most_common())}")
    least = LEAST * STEPS // 10_000
    rare = {name: business.hits[name] for name in RULES if business.hits[name] < least}
    assert not rare, rare
