"""erp verify finds what somebody changed behind the product's back, and refresh repairs it."""

from __future__ import annotations

import json
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from plugins.backorders.domain.record import Record
from plugins.backorders.models import Backorder
from plugins.backorders.services import records, refresh
from plugins.backorders.services.verify import QueueVerifier
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Act, Market


def setting() -> Market:
    """One product short, one order covered, one partly; a peg would make no difference."""
    market = m.open_market()
    m.arrive(market.mug, market.porto, 5)
    for qty in (4, 3, 2):
        m.ordered(market, (market.mug, qty))
    return market


CORRUPTIONS = {
    "counted units": (
        "UPDATE backorders_balance SET counted = counted + 7, free = free + 7",
        {"I2": "counted units of HF-310 at Porto", "I4": "free units of HF-310 at Porto"},
    ),
    "waiting units": (
        "UPDATE backorders_balance SET backordered = 99",
        {"I4": "back-ordered units of HF-310 at Porto"},
    ),
    "unfair allocation": (
        "UPDATE backorders_queue SET allocated_qty = open_qty - allocated_qty, "
        "backordered_qty = allocated_qty WHERE allocated_qty IN (0, 1)",
        {"I5": "allocated units of line 1 of SO-1002 (HF-310)"},
    ),
    "stock nobody gets": (
        "UPDATE backorders_queue SET allocated_qty = 0, backordered_qty = open_qty",
        {"I6": "allocated units of line 1 of SO-1001 (HF-310)"},
    ),
    "a line that left the queue": (
        "DELETE FROM backorders_queue WHERE open_qty = 2",
        {"I3": "open units in the queue of line 1 of SO-1003 (HF-310)"},
    ),
    "open units": (
        "UPDATE backorders_queue SET open_qty = 4, backordered_qty = 4 WHERE open_qty = 2",
        {"I3": "open units in the queue of line 1 of SO-1003 (HF-310)"},
    ),
    "order class": (
        "UPDATE backorders_order SET order_class = 'full'",
        {"vi": "back-order class of SO-1001"},
    ),
    "record": (
        "UPDATE backorders_backorder SET short_qty = short_qty + 1",
        {"vi": "missing units of BO-1"},
    ),
    "status": ("UPDATE backorders_backorder SET status = 'on_order'", {"vi": "status of BO-1"}),
    "requested": (
        "UPDATE backorders_backorder SET requested_qty = 2, status = 'on_order' WHERE id = 1",
        {"iv": "requested units of line 1 of SO-1002 (HF-310)"},
    ),
    "a lost record": (
        "DELETE FROM backorders_backorder WHERE id = 1",
        {"vi": "back order of line 1 of SO-1002 (HF-310)"},
    ),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corrupted_figure_is_named_and_repaired(ctx: Flask, name: str) -> None:
    setting()
    assert not list(QueueVerifier().differences())
    statement, expected = CORRUPTIONS[name]
    db.session.execute(sa.text(statement))
    found = list(QueueVerifier().differences())
    for rule, where in expected.items():
        assert any(d.rule == rule and d.where == where for d in found), found
    assert refresh.refresh().rows > 0
    left = list(QueueVerifier().differences())
    assert not left, left
    assert refresh.refresh().rows == 0


def test_the_database_reads_a_status_as_the_rules_do(ctx: Flask) -> None:
    setting()
    row = db.session.get_one(Backorder, 1)
    for figures in product((0, 1), repeat=4):
        row.short_qty, row.filled_qty, row.fulfilled_qty, row.requested_qty = figures
        db.session.flush()
        seen = db.session.scalar(sa.select(records.status_now()).where(Backorder.id == 1))
        assert seen == Record(*figures).status


def test_the_command_names_a_corrupted_counter_and_exits_with_3(app: Flask, act: Act) -> None:
    act(setting)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["verify"]).exit_code == 0
    act(lambda: db.session.execute(sa.text("UPDATE backorders_balance SET backordered = 99")))
    result = runner.invoke(args=["verify", "--json"])
    assert result.exit_code == 3
    (found,) = json.loads(result.stdout)["differences"]
    assert found == {
        "rule": "I4",
        "where": "back-ordered units of HF-310 at Porto",
        "stored": "99",
        "expected": "4",
    }
    assert "I4 back-ordered units of HF-310 at Porto" in runner.invoke(args=["verify"]).stdout
    repaired = runner.invoke(args=["backorders", "refresh", "--json"])
    assert repaired.exit_code == 0
    assert json.loads(repaired.stdout)["rows"] == 1
    assert runner.invoke(args=["verify"]).exit_code == 0
