"""The full path proves what is right on the server; what follows a line there follows the rules."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db
from plugins.backorders.domain import record as rules
from plugins.backorders.domain.record import Figures, Record
from plugins.backorders.models import Backorder
from plugins.backorders.services import bulk, differing, proof, records, refresh
from plugins.backorders.services.layout import layout
from tests.plugins.backorders import market as m
from tests.plugins.backorders.market import Market


def test_the_database_lets_a_record_follow_as_the_rules_do(market: Market) -> None:
    """Every small change of a line, beside every small record: the same quantities and status."""
    order = m.ordered(market, (market.mug, 9))
    row = db.session.get_one(Backorder, 1)
    line = order.lines[0].id
    for filled, had, lacked, allocated, backordered in product(
        (0, 2), (0, 1, 3), (0, 3), (0, 2, 3), (0, 1)
    ):
        db.session.execute(sa.delete(Backorder).where(Backorder.id != row.id))
        before = Record(short=lacked, filled=min(filled, had), fulfilled=1)
        row.short_qty, row.filled_qty, row.fulfilled_qty = before.short, before.filled, 1
        row.status, row.closed_at = "new", None
        db.session.flush()
        found = (line, order.id, market.mug, market.porto, 1, allocated, 0, backordered)
        differing.keep([(*found, had, 0, lacked)])
        differing.follow(layout())
        seen = db.session.get_one(Backorder, 1, populate_existing=True)
        ought = rules.follow(before, Figures(had, lacked), Figures(allocated, backordered))
        quantities = Record(seen.short_qty, seen.filled_qty, seen.fulfilled_qty)
        assert (quantities, seen.status) == (ought, ought.status)
        assert (seen.closed_at is None) == bool(ought.wanted)


SWAPS = {
    "open units": "open_qty = CASE line_id WHEN {a} THEN 5 ELSE 3 END, "
    "backordered_qty = CASE line_id WHEN {a} THEN 5 ELSE 3 END - allocated_qty",
    "places": "alloc_key = alloc_key + CASE line_id WHEN {a} THEN 7 ELSE -7 END",
}


@pytest.mark.parametrize("name", SWAPS)
def test_a_fingerprint_tells_two_swapped_lines_apart(market: Market, name: str) -> None:
    """Sums alone would not: what one line lost, the other has."""
    one, _other = m.ordered(market, (market.mug, 3)), m.ordered(market, (market.mug, 5))
    plan = layout()
    assert proof.demanded(plan) == proof.book(plan).queue
    change = SWAPS[name].format(a=one.lines[0].id)
    db.session.execute(sa.text(f"UPDATE backorders_queue SET {change}"))
    assert proof.demanded(plan) != proof.book(plan).queue
    assert refresh.refresh().rows > 0
    assert proof.demanded(plan) == proof.book(plan).queue


def test_a_pass_that_finds_nothing_reads_no_lines(app: Flask, market: Market) -> None:
    m.arrive(market.mug, market.porto, 5)
    for _ in range(3):
        m.ordered(market, (market.mug, 3))
    with m.statements(app) as seen:
        assert refresh.refresh() == refresh.Outcome(lines=3)
    assert not [text for text in seen if "ORDER BY backorders_queue.product_id" in text]
    db.session.execute(sa.text("UPDATE inventory_balance SET on_hand = on_hand + 2"))
    with m.statements(app) as seen:
        assert refresh.refresh().rows > 0
    assert [text for text in seen if "ORDER BY backorders_queue.product_id" in text]


def test_a_stream_loses_no_row(market: Market) -> None:
    orders = [m.ordered(market, (market.mug, 1)).id for _ in range(7)]
    query = sa.select(records.QUEUE.c.order_id).order_by(records.QUEUE.c.alloc_key)
    assert [row[0] for row in bulk.stream(query)] == orders


def test_a_pass_in_parts_gives_what_one_in_whole_does(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "BATCH_LINES", 1)
    for item in (market.mug, market.kettle, market.spare):
        m.ordered(market, (item, 3))
        m.ordered(market, (item, 2))
    db.session.flush()
    m.arrive_all(dict.fromkeys((market.mug, market.kettle, market.spare), 4), market.porto)
    db.session.execute(sa.text("UPDATE inventory_balance SET on_hand = 5"))
    steps = list(refresh.steps())
    assert len(steps) == (0 if db.engine.dialect.name == "sqlite" else 3)
    assert refresh.refresh().rows == 0
    for item in (market.mug, market.kettle, market.spare):
        assert m.balance(item, market.porto) == (5, 0, 0)
