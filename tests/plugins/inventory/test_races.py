"""Eight hands in one shelf: exactly what is there is taken, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, is_sqlite, retrying, transaction
from erp_core.errors import ErpError
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.models import StockBalance
from plugins.inventory.services import adjust, stock, transfers
from plugins.inventory.services.verify import StockVerifier
from tests.plugins.inventory import yard
from tests.plugins.inventory.yard import Yard

THREADS, TRIES, UNITS = 8, 50, 200
Act = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def shelf(stocked: Yard, act: Act) -> Yard:
    act(lambda: adjust.open_balances(stocked.main, {stocked.mug: UNITS}))
    return stocked


def all_at_once(app: Flask, work: Callable[[int], bool]) -> int:
    """Run `work` 50 times in each of 8 threads, each try as a request would; count successes."""

    def one(number: int) -> int:
        return sum(_try(app, work, number * TRIES + turn) for turn in range(TRIES))

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(one, range(THREADS)))


def _try(app: Flask, work: Callable[[int], bool], number: int) -> bool:
    def unit() -> bool:
        with transaction():
            return work(number)

    with app.app_context():
        try:
            return retrying(unit, attempts=60)
        except ErpError:
            return False


def test_eight_threads_take_exactly_what_is_there(app: Flask, shelf: Yard, act: Act) -> None:
    def take(number: int) -> bool:
        out = Move(shelf.mug, shelf.main, -1, MoveKind.SHIPMENT)
        stock.post([out], stock.Source("test.race", number))
        return True

    assert all_at_once(app, take) == UNITS
    assert act(lambda: yard.lying(shelf.mug)) == {}
    assert len(act(lambda: yard.rows(shelf.mug))) == UNITS + 1
    assert act(lambda: list(StockVerifier().differences())) == []


def test_without_the_guard_the_same_threads_oversell(app: Flask, shelf: Yard, act: Act) -> None:
    mine = sa.select(StockBalance.on_hand).filter_by(product_id=shelf.mug, warehouse_id=shelf.main)
    set_to = sa.update(StockBalance).filter_by(product_id=shelf.mug, warehouse_id=shelf.main)

    def take_carelessly(_number: int) -> bool:
        seen = db.session.scalar(mine) or 0
        if seen < 1:
            return False
        db.session.execute(sa.text("SELECT 1"))  # whoever looks first may still write last
        db.session.execute(
            set_to.values(on_hand=seen - 1).execution_options(synchronize_session=False)
        )
        return True

    taken = all_at_once(app, take_carelessly)
    if act(is_sqlite):
        assert taken == UNITS  # BEGIN IMMEDIATE lets one writer in at a time
    else:
        assert taken > UNITS


def test_a_transfer_leaves_once_however_often_it_is_sent(app: Flask, shelf: Yard, act: Act) -> None:
    def requested() -> int:
        lines = ((shelf.mug, 30),)
        made = transfers.create(transfers.NewTransfer(shelf.main, shelf.shop, lines))
        return transfers.request(made.id).id

    key = act(requested)
    all_at_once(app, lambda _number: bool(transfers.dispatch(key)))
    assert act(lambda: yard.lying(shelf.mug)) == {shelf.main: UNITS - 30}
    all_at_once(app, lambda _number: bool(transfers.receive(key)))
    assert act(lambda: yard.lying(shelf.mug)) == {shelf.main: UNITS - 30, shelf.shop: 30}
    assert act(lambda: list(StockVerifier().differences())) == []


def test_transfers_both_ways_never_lock_each_other_out(app: Flask, shelf: Yard, act: Act) -> None:
    act(lambda: adjust.open_balances(shelf.shop, {shelf.mug: UNITS}))

    def both_ways(number: int) -> bool:
        a, b = (shelf.main, shelf.shop)[:: 1 if number % 2 else -1]
        moves = [
            Move(shelf.mug, a, -1, MoveKind.TRANSFER_OUT),
            Move(shelf.mug, b, 1, MoveKind.TRANSFER_IN),
        ]
        stock.post(moves, stock.Source("test.race", number))
        return True

    assert all_at_once(app, both_ways) == THREADS * TRIES
    assert sum(act(lambda: yard.lying(shelf.mug)).values()) == 2 * UNITS
