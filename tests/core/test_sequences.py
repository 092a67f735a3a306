"""Document numbers: unique and rising under concurrency, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from erp_core.app import Erp
from erp_core.db import db, next_value, transaction

THREADS, DRAWS = 8, 25


def draw(app: Erp) -> list[int]:
    numbers = []
    with app.app_context():
        for _ in range(DRAWS):
            with transaction():
                numbers.append(next_value("toy_gadget"))
    return numbers


def test_eight_threads_never_draw_the_same_number(toy_app: Erp) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = list(pool.map(lambda _: draw(toy_app), range(THREADS)))
    numbers = [number for one in drawn for number in one]
    assert len(set(numbers)) == THREADS * DRAWS
    assert all(one == sorted(one) for one in drawn)


def test_each_name_counts_for_itself_and_starts_at_one(toy_ctx: Erp) -> None:
    assert [next_value("toy_gadget") for _ in range(3)] == [1, 2, 3]
    db.session.rollback()
    assert next_value("toy_gadget") >= 1
