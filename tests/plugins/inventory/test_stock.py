"""The ledger and its balances: one writer, never below 0, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import Owned, registry
from plugins.inventory.events import Move, MoveKind, StockMoved
from plugins.inventory.models import Product, StockBalance, StockMove
from plugins.inventory.services import adjust, editing, stock
from plugins.inventory.services.verify import StockVerifier
from tests.plugins.inventory import yard
from tests.plugins.inventory.yard import Yard

SOURCE = stock.Source("test.paper", 1)
Act = Callable[[Callable[[], Any]], Any]


def move(product: int, place: int, units: int, line: int = 0) -> Move:
    return Move(product, place, units, MoveKind.ADJUSTMENT, line)


@contextmanager
def listening(app: Flask, handler: Callable[[Any], None], event: type[Any]) -> Iterator[None]:
    """Let the test hear an event, after everybody else."""
    with app.app_context():
        handlers = registry().handlers[event]
    handlers.append(Owned("inventory", handler))
    try:
        yield
    finally:
        handlers.pop()


def test_a_post_moves_balances_and_announces_every_row_once(ctx: Flask, place: Yard) -> None:
    heard: list[StockMoved] = []
    moves = [move(place.lamp, place.main, -3), move(place.mug, place.shop, 5, 1)]
    with listening(ctx, heard.append, StockMoved):
        stock.post(moves, SOURCE, "why")
    assert [event.moves for event in heard] == [tuple(moves)]
    assert yard.lying(place.lamp) == {place.main: 7, place.shop: 4}
    assert yard.lying(place.mug) == {place.shop: 5}
    row = db.session.scalars(sa.select(StockMove).order_by(StockMove.id.desc()).limit(1)).one()
    assert (row.qty, row.reason, row.source, row.source_id, row.source_line) == (
        5,
        "why",
        "test.paper",
        1,
        1,
    )
    assert list(StockVerifier().differences()) == []


def test_two_lines_of_one_product_are_checked_together(place: Yard) -> None:
    moves = [move(place.lamp, place.main, -6, 1), move(place.lamp, place.main, -6, 2)]
    with pytest.raises(ErpError, match="LAMP at Main warehouse: 10 on hand, 12 asked for"):
        stock.post(moves, SOURCE)
    assert yard.lying(place.lamp)[place.main] == 10


def test_what_comes_in_with_the_same_post_may_go_out_again(place: Yard) -> None:
    stock.post([move(place.mug, place.main, 9, 1), move(place.mug, place.main, -9, 2)], SOURCE)
    assert yard.lying(place.mug) == {}
    assert yard.rows(place.mug) == [("adjustment", 9), ("adjustment", -9)]


def test_untracked_products_are_left_out(ctx: Flask, place: Yard) -> None:
    heard: list[StockMoved] = []
    with listening(ctx, heard.append, StockMoved):
        stock.post([move(place.service, place.main, -5)], SOURCE)
    assert (heard, yard.rows(place.service)) == ([], [])


def test_a_document_is_posted_once(place: Yard) -> None:
    stock.post([move(place.lamp, place.main, -1)], SOURCE)
    with pytest.raises(IntegrityError):
        stock.post([move(place.lamp, place.main, -1)], SOURCE)


@pytest.mark.parametrize("units", [0, 1_000_001, -1_000_001])
def test_a_movement_stays_within_the_limits(units: int, place: Yard) -> None:
    with pytest.raises(ErpError, match="Whole number from 1 to 1,000,000"):
        stock.post([move(place.lamp, place.main, units)], SOURCE)


def test_ledger_rows_cannot_be_changed_or_deleted(place: Yard) -> None:
    for statement in (
        sa.update(StockMove).values(qty=99),
        sa.delete(StockMove),
    ):
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(statement)


def test_the_database_refuses_a_negative_balance(place: Yard) -> None:
    statement = sa.update(StockBalance).values(on_hand=StockBalance.on_hand - 11)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(statement)


def test_a_failing_listener_leaves_neither_row_nor_balance(
    app: Flask, act: Act, stocked: Yard
) -> None:
    def crash(_event: StockMoved) -> None:
        raise RuntimeError("a fault elsewhere")

    with listening(app, crash, StockMoved), pytest.raises(RuntimeError):
        act(lambda: adjust.adjust(stocked.main, {stocked.lamp: -4}, "broken"))
    assert act(lambda: yard.lying(stocked.lamp)) == {stocked.main: 10, stocked.shop: 4}
    assert act(lambda: yard.rows(stocked.lamp)) == [("opening", 10), ("opening", 4)]
    act(lambda: adjust.adjust(stocked.main, {stocked.lamp: -4}, "broken"))
    assert act(lambda: yard.lying(stocked.lamp))[stocked.main] == 6


def test_posting_many_costs_as_much_as_posting_few(ctx: Flask, place: Yard) -> None:
    def made(numbers: range) -> list[int]:
        rows = [Product(sku=f"Q{n}", name="part") for n in numbers]
        for row in rows:
            editing.save_product(row)
        return [row.id for row in rows]

    few, many = made(range(5)), made(range(5, 205))
    costs = [
        yard.statements(
            ctx,
            lambda ids=ids, n=n: stock.post(  # type: ignore[misc]
                [move(key, place.main, 2) for key in ids], stock.Source("test.paper", n)
            ),
        )
        for n, ids in enumerate((few, many), start=5)
    ]
    assert costs[0] == costs[1], costs


def test_sqlite_finds_pairs_of_product_and_place_through_the_index(place: Yard) -> None:
    """For a list of pairs alone it would read every balance there is."""
    engine = db.engine.dialect
    if engine.name != "sqlite":
        return
    query = stock._balances_of([(place.lamp, place.main), (place.mug, place.shop)])
    text = query.compile(dialect=engine, compile_kwargs={"literal_binds": True})
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
    steps = [row[3] for row in plan]
    assert any("SEARCH inventory_balance" in step for step in steps), steps
    assert not any("SCAN inventory_balance" in step for step in steps), steps


def test_verify_names_a_balance_that_is_not_the_sum_of_its_ledger(place: Yard) -> None:
    db.session.execute(sa.update(StockBalance).values(on_hand=StockBalance.on_hand + 1))
    found = {(d.rule, d.where, d.stored, d.expected) for d in StockVerifier().differences()}
    assert found == {
        ("I1", "on hand of LAMP at MAIN", "11", "10"),
        ("I1", "on hand of LAMP at SHOP", "5", "4"),
    }


def test_a_count_is_taken_from_the_balance_as_it_is(place: Yard) -> None:
    assert adjust.count(place.main, {place.lamp: 10}, "same") is None
    made = adjust.count(place.main, {place.lamp: 8, place.mug: 2}, "counted")
    assert made is not None
    assert made.number == "AD-1003"
    assert yard.lying(place.lamp)[place.main] == 8
    assert yard.lying(place.mug) == {place.main: 2}
    for wrong in (-1, 1_000_001):
        with pytest.raises(ErpError, match="whole number from 0 to 1,000,000"):
            adjust.count(place.main, {place.lamp: wrong}, "counted")


def test_free_leaves_out_broken_goods(place: Yard) -> None:
    adjust.adjust(place.broken, {place.lamp: 3}, "broken")
    assert stock.on_hand([place.lamp])[place.lamp, place.broken] == 3
    assert (place.lamp, place.broken) not in stock.free([place.lamp])
    keys = [(place.lamp, place.main), (place.lamp, place.broken), (place.mug, place.main)]
    assert stock.takeable(keys) == dict(zip(keys, (10, 3, 0), strict=True))
