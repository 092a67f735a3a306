"""Lists that do not grow: work per page at one size of the book and at six times that size.

Work is what the database does, not what a clock says: steps of SQLite's machine, rows that
PostgreSQL's plan touches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from erp_core.db import db, is_sqlite
from plugins.backorders.models import Backorder, OrderState
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.views.order_grid import OrderGrid
from tests.plugins.backorders.market import DAY, Market, open_market

CAP = 150
SMALL, GREAT = 1_500, 9_000
PARTIAL = "/sales/order/?backorder=partial"
STEPS = 100


def fill(market: Market, first: int, last: int) -> None:
    """Write orders of one line; every third is a partial back order."""
    keys = range(first, last + 1)
    short = [key for key in keys if key % 3 == 0]
    order = {"company_id": market.company, "customer_id": market.customer, "ordered_on": DAY}
    order |= {"warehouse_id": market.porto, "status": "confirmed"}
    item = {"product_id": market.mug, "warehouse_id": market.porto, "short_qty": 1}
    insert(SalesOrder, [{"id": k, "number": f"SO-{k}", "sequence": k, **order} for k in keys])
    line = {"position": 1, "product_id": market.mug, "ordered_qty": 2}
    insert(SalesOrderLine, [{"id": key, "order_id": key, **line} for key in keys])
    insert(OrderState, [{"order_id": key, "order_class": "partial"} for key in short])
    insert(Backorder, [{"line_id": key, "order_id": key, **item} for key in short])


def insert(model: Any, rows: list[dict[str, Any]]) -> None:
    db.session.connection().execute(sa.insert(model.__table__), rows)


def settle() -> None:
    """Let the engine count its rows, as it does by itself in time."""
    db.session.execute(sa.text("ANALYZE"))


@contextmanager
def work(app: Flask) -> Iterator[Callable[[], int]]:
    """Measure what the SELECTs over big tables cost the database meanwhile."""
    spent: list[int] = []
    with app.app_context():
        engine, sqlite = db.engine, is_sqlite()

    def before(conn: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if sqlite:
            conn.connection.dbapi_connection.set_progress_handler(lambda: spent.append(1), STEPS)
        elif statement.startswith("SELECT") and "sales_order" in statement:
            spent.append(_touched(conn, statement, parameters))

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield lambda: sum(spent)
    finally:
        event.remove(engine, "before_cursor_execute", before)


def _touched(conn: Any, statement: str, parameters: Any) -> int:
    with conn.connection.dbapi_connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, parameters)
        return _rows(cursor.fetchone()[0][0]["Plan"])


def _rows(node: dict[str, Any]) -> int:
    lost = sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    own = (node["Actual Rows"] + lost) * node["Actual Loops"]
    return int(own) + sum(_rows(child) for child in node.get("Plans", ()))


def last_of(page: str) -> str:
    """Return the address of the last page."""
    found = re.search(r'href="([^"]*)" aria-label="Last page"', page)
    assert found, "no last page"
    return found[1].replace("&amp;", "&")


@pytest.fixture
def capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count to a small cap, so that a small book is already beyond it."""
    monkeypatch.setattr(OrderGrid, "count_cap", CAP)


def costs(app: Flask, admin: Any) -> dict[str, int]:
    """Measure the pages that a long book could make slow."""
    found = {}
    last = last_of(admin.page(PARTIAL))
    for name, url in (
        ("all", "/sales/order/"),
        ("partial", PARTIAL),
        ("last", last),
        ("by day", "/sales/order/?sort=1"),
        ("by location", "/sales/order/?sort=3"),
    ):
        with work(app) as spent:
            admin.page(url)
        found[name] = spent()
    return found


def test_manage_orders_costs_the_same_for_a_book_of_six_times_the_size(
    act, admin, app, capped
) -> None:
    market = act(open_market)
    act(lambda: fill(market, 1, SMALL))
    act(settle)
    small = costs(app, admin)
    act(lambda: fill(market, SMALL + 1, GREAT))
    act(settle)
    great = costs(app, admin)
    grown = {name: (small[name], great[name]) for name in small if great[name] > 1.6 * small[name]}
    assert not grown


def test_the_measure_finds_a_list_that_grows(act, admin, app, capped, monkeypatch) -> None:
    """The control: counted without a cap, the same page costs six times as much."""
    market = act(open_market)
    act(lambda: fill(market, 1, SMALL))
    with work(app) as spent:
        admin.page(f"{PARTIAL}&count=exact")
    before = spent()
    act(lambda: fill(market, SMALL + 1, GREAT))
    with work(app) as spent:
        page = admin.page(f"{PARTIAL}&count=exact")
    assert spent() > 2 * before
    assert "of 3,000 rows" in page


def test_pages_go_on_by_key_to_the_end_and_back(act, admin, app, capped) -> None:
    market = act(open_market)
    act(lambda: fill(market, 1, SMALL))
    seen: list[int] = []
    url = f"{PARTIAL}&sort=1"
    first = page = admin.page(url)
    assert f"1 to 50 of {CAP}+ rows" in page
    while True:
        seen += [int(key) for key in re.findall(r'<tr id="row-(\d+)"', page)]
        found = re.search(r'href="([^"]*)" aria-label="Next page"', page)
        if not found:
            break
        page = admin.page(found[1].replace("&amp;", "&"))
    assert seen == list(range(3, SMALL + 1, 3))
    page = admin.page(last_of(first))
    assert [int(key) for key in re.findall(r'<tr id="row-(\d+)"', page)] == seen[-50:]
    assert "Last page of" in page
    back = re.search(r'href="([^"]*)" aria-label="Previous page"', page)
    assert back
    page = admin.page(back[1].replace("&amp;", "&"))
    assert [int(key) for key in re.findall(r'<tr id="row-(\d+)"', page)] == seen[-100:-50]


@pytest.mark.parametrize(
    "page", ["7.after.nonsense", "-3", "999999999", "1.before.", "x", "9" * 40]
)
def test_a_place_that_is_not_there_shows_a_page(act, admin, app, capped, page) -> None:
    market = act(open_market)
    act(lambda: fill(market, 1, 60))
    assert '<tr id="row-' in admin.page(f"/sales/order/?page={page}")
