"""Stock detail through HTTP: the default filter, wide figures, filters, bulk request, files."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from plugins.sales.services import orders
from tests.plugins.backorders.market import arrive, set_to, statements
from tests.plugins.backorders.views_trade import (
    HTMX,
    bought,
    cue,
    menu_titles,
    order,
    rows,
    trade,
    words,
)

__all__ = ["trade"]
STOCK = "/backorders/stock_detail/"


@pytest.mark.feature("F049", "F050", "F051")
def test_it_opens_with_every_item_on_back_order_and_wide_stock_figures(act, admin, trade) -> None:
    market = trade.market
    act(lambda: arrive(market.mug, market.north, 4))
    order_id, _ = order(act, trade, (market.mug, 7), (market.kettle, 2))
    assert "Stock detail" in menu_titles(admin.page("/"))
    shown = rows(admin.page(STOCK))
    assert len(shown) == 2
    mug = next(row for row in shown.values() if "HF-310" in row)
    assert f'href="/sales/order/{order_id}/"' in mug
    assert cue(mug)[0] == "other"
    assert "4 at North" in mug
    wide = {"On hand here", "Allocated", "Free here", "Free elsewhere", "Incoming", "Expected"}
    assert wide <= set(titles(admin.page(STOCK)))
    act(lambda: set_to("enable_backorder_workflow", False))
    assert "Stock detail" not in menu_titles(admin.page("/"))
    assert not rows(admin.page(STOCK))


@pytest.mark.feature("F052")
def test_advanced_filters_narrow_it_and_closed_items_show_on_request(act, admin, trade) -> None:
    market = trade.market
    order_id, (mug, kettle) = order(act, trade, (market.mug, 7), (market.kettle, 2))
    act(lambda: arrive(market.kettle, market.porto, 2))
    assert set(rows(admin.page(f"{STOCK}?items=new"))) == {mug}
    assert set(rows(admin.page(f"{STOCK}?items=stock_available"))) == {kettle}
    assert set(rows(admin.page(f"{STOCK}?search=kettle"))) == {kettle}
    assert set(rows(admin.page(f"{STOCK}?items=nonsense&page=9.after.x&sort=-1"))) == {mug, kettle}
    act(lambda: orders.cancel([order_id]))
    assert not rows(admin.page(STOCK))
    assert set(rows(admin.page(f"{STOCK}?items=all"))) == {mug, kettle}


@pytest.mark.feature("F054", "F074")
def test_chosen_items_become_purchase_orders_and_lead_back(act, admin, trade) -> None:
    _, ids = order(act, trade, (trade.market.mug, 7), (trade.market.kettle, 2))
    assert 'hx-get="/backorders/backorder/request?back=stock"' in admin.page(STOCK)
    query = "&".join(f"rowid={key}" for key in ids)
    dialog = admin.page(f"/backorders/backorder/request?back=stock&{query}", headers=HTMX)
    form = {"rowid": [str(key) for key in ids]} | typed(dialog)
    answer = admin.post("/backorders/backorder/request?back=stock", data=form, headers=HTMX)
    assert answer.headers["HX-Redirect"] == STOCK
    assert sorted((code, lines) for _, code, *_, lines in bought(act)) == [
        ("HARB", [("HF-228", 2)]),
        ("NORD", [("HF-310", 7)]),
    ]


def titles(page: str) -> list[str]:
    """Return the words of the columns' headings, in the order shown."""
    head = page.partition("<thead")[2].partition("</thead>")[0]
    cells = [words(cell) for cell in re.findall(r"<th [^>]*>(.*?)</th>", head, re.S)]
    return [cell for cell in cells if cell not in ("", "Action")]


def typed(dialog: str) -> dict[str, str]:
    """Read what a dialog proposes: quantities and the chosen offers."""
    found = dict(re.findall(r'name="(qty-\d+)"[^>]*value="(\d+)"', dialog))
    for tag in re.findall(r"<input[^>]*type=\"radio\"[^>]*checked[^>]*>", dialog):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        assert name is not None
        assert value is not None
        found[name[1]] = value[1]
    return found


def test_a_file_holds_numbers_and_a_page_costs_the_same_for_more_rows(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    text = admin.get(f"{STOCK}export/csv/").data.decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["Product"], line["BackOrderQty"], line["Free here"]) == ("HF-310", "7", "0")
    with statements(admin.app) as few:
        admin.page(STOCK)
    for _ in range(6):
        order(act, trade, (trade.market.mug, 1), (trade.market.kettle, 1))
    with statements(admin.app) as many:
        admin.page(STOCK)
    assert len(few) == len(many)


@pytest.mark.feature("F053")
def test_columns_are_chosen_ordered_and_saved_with_the_filters(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 7))
    page = admin.page(f"{STOCK}?columns=since&columns=short_qty&columns=nonsense&sort=6&desc=1")
    assert titles(page) == ["Order", "Waits since", "BackOrderQty"]
    state = "columns=since&columns=short_qty&items=new"
    form: dict[str, Any] = {"screen": "backorders.stock_detail", "name": "Mine", "state": state}
    answer = admin.post("/core/views/", data=form, headers=HTMX)
    url = answer.headers["HX-Redirect"]
    assert url == f"{STOCK}?{state}&view=1-mine"
    page = admin.page(url)
    assert "<span>Mine</span>" in page
    assert f'href="{url.replace("&", "&amp;")}" aria-current="true"' in page
