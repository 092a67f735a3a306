"""The list of back orders through HTTP: groups, filters, cues, one next action a row."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from erp_core.db import db, now
from erp_core.testing.people import Person
from plugins.inventory.models import Product
from tests.plugins.backorders.market import arrive, set_to, statements
from tests.plugins.backorders.views_trade import (
    LIST,
    chips,
    cue,
    groups,
    menu_titles,
    next_act,
    order,
    rows,
    send_and_receive,
    trade,
    words,
)

__all__ = ["trade"]


@pytest.mark.feature("F043", "F044", "F050")
def test_back_orders_stand_in_the_menu_and_are_grouped_by_supplier(act, admin, trade) -> None:
    market = trade.market
    order_id, _ = order(act, trade, (market.mug, 7), (market.kettle, 2))
    order(act, trade, (market.mug, 3))
    page = admin.page("/")
    assert "Back orders 3" in menu_titles(page)
    assert f'href="{LIST}"' in page
    page = admin.page(LIST)
    assert "Stock control" in page
    assert groups(page) == [
        "Harbor & Finch 1 line · 2 units · €25.00 · lead time 12 days Add 1 to purchase order",
        "Nordlicht Supply 2 lines · 10 units · €125.00 · lead time 5 days Add 2 to purchase order",
    ]
    shown = list(rows(page).values())
    assert f'<a href="/sales/order/{order_id}/">SO-1001</a>' in shown[0]
    for text in ("BO-2", "SO-1001", "Petra Novák", "Goose-neck kettle", "HF-228", "New"):
        assert text in words(shown[0])
    assert "SO-1001" in admin.page(f"/sales/order/{order_id}/")


def test_the_oldest_stands_first_in_its_group_and_old_ones_are_marked(act, admin, trade) -> None:
    today = now().date()
    for days in (1, 34, 6):
        order(act, trade, (trade.market.mug, 1), ordered_on=today - timedelta(days=days))
    found = rows(admin.page(LIST))
    assert list(found) == [2, 3, 1]
    assert [("peg-role-missing" in row.partition(" d</span>")[0]) for row in found.values()] == [
        True,
        False,
        False,
    ]
    assert "34 d" in words(found[2])


@pytest.fixture
def mixed(act: Any, trade: Any) -> Any:
    """Two suppliers, two stores, three statuses: BO-1 and 2 new, 3 on order, 4 with stock."""
    market = trade.market
    order(act, trade, (market.mug, 7))
    order(act, trade, (market.kettle, 2), warehouse_id=market.north)
    order(act, trade, (market.spare, 4))
    order(act, trade, (market.kettle, 3))
    act(lambda: arrive(market.kettle, market.porto, 3))
    return trade


def on_order(admin: Person, pk: int, supplier: int) -> None:
    data = {"offer": f"purchasing.order|new:{supplier}", "qty": "4"}
    assert admin.post(f"{LIST}{pk}/request", data).status_code == 302


@pytest.mark.feature("F045", "F046", "F047", "F048", "F097", "F111")
def test_chips_suppliers_stores_and_search_narrow_the_list(act, admin, mixed) -> None:
    on_order(admin, 3, mixed.nord)
    page = admin.page(LIST)
    assert chips(page) == {
        "All open": 4,
        "New": 2,
        "On order": 1,
        "Stock available": 1,
        "Fulfilled": 0,
    }
    acts = {pk: next_act(row) for pk, row in rows(page).items()}
    assert acts == {
        2: "Request stock",
        4: "Fulfil order",
        1: "Request stock",
        3: "View PO-1001",
    }
    for query, expected in {
        "status=new": [2, 1],
        "status=on_order": [3],
        "status=stock_available": [4],
        "status=fulfilled": [],
        f"supplier={mixed.nord}": [1, 3],
        f"supplier={mixed.nord}&supplier={mixed.harbor}": [2, 4, 1, 3],
        f"store={mixed.market.north}": [2],
        f"store={mixed.market.porto}&store={mixed.market.north}": [2, 4, 1, 3],
        "search=kettle": [2, 4],
        "search=so-1003": [3],
        "search=PETRA": [2, 4, 1, 3],
        "search=BO-1": [1],
        "search=HF-311&status=new": [],
        "search=%25": [],
    }.items():
        assert list(rows(admin.page(f"{LIST}?{query}"))) == expected, query


def test_counts_follow_the_other_filters_and_addresses_keep_them(act, admin, mixed) -> None:
    page = admin.page(f"{LIST}?supplier={mixed.harbor}&status=new&page_size=20")
    assert chips(page) == {
        "All open": 2,
        "New": 1,
        "On order": 0,
        "Stock available": 1,
        "Fulfilled": 0,
    }
    assert f"{LIST}?supplier={mixed.harbor}&amp;status=stock_available&amp;page_size=20" in page
    assert f'href="{LIST}export/csv/?supplier={mixed.harbor}&amp;status=new' in page


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "supplier=abc",
        "supplier=99999999999999999999999",
        "store=-1",
        "page=99999999999999999999",
        "page_size=x",
        "search=" + "x" * 500,
        "search=%00",
        "supplier=&store=",
        "sort=99",
    ],
)
def test_an_address_that_makes_no_sense_still_shows_a_page(admin, trade, query) -> None:
    assert admin.get(f"{LIST}?{query}").status_code == 200


@pytest.mark.feature("F030", "F032", "F033", "F034", "F035")
def test_the_quantity_says_in_colour_icon_and_words_why_it_waits(act, admin, trade) -> None:
    market = trade.market
    order(act, trade, (market.mug, 7))
    order(act, trade, (market.kettle, 5))
    order(act, trade, (market.spare, 4))
    assert cue(rows(admin.page(LIST))[1]) == ("missing", "alert-circle", "7 missing, none on order")
    act(lambda: arrive(market.mug, market.north, 3))
    found = cue(rows(admin.page(LIST))[1])
    assert found == ("other", "arrows-exchange", "3 free at North: request a transfer")
    act(lambda: arrive(market.kettle, market.porto, 2))
    row = rows(admin.page(LIST))[2]
    assert cue(row) == ("ok", "circle-check", "2 of 5 available here")
    assert "Stock available 2 of 5" in words(row)
    on_order(admin, 3, trade.nord)
    assert cue(rows(admin.page(LIST))[3]) == ("wait", "truck-delivery", "4 on order")


@pytest.mark.feature("F031")
def test_without_highlighting_missing_units_are_grey_and_keep_icon_and_words(
    act, admin, trade
) -> None:
    order_id, _ = order(act, trade, (trade.market.mug, 7))
    act(lambda: set_to("highlight_backorders", False))
    for page in (rows(admin.page(LIST))[1], admin.page(f"/sales/order/{order_id}/")):
        assert cue(page) == ("done", "alert-circle", "7 missing, none on order")


@pytest.mark.feature("F097", "F100", "F071")
def test_a_receipt_turns_on_order_into_stock_available(act, admin, trade) -> None:
    order(act, trade, (trade.market.mug, 4))
    on_order(admin, 1, trade.nord)
    row = rows(admin.page(LIST))[1]
    assert "On order" in words(row)
    assert 'href="/purchasing/order/1/"' in row
    assert "PO-1001" in admin.page("/purchasing/order/1/")
    act(lambda: send_and_receive("PO-1001"))
    row = rows(admin.page(LIST))[1]
    assert "Stock available" in words(row)
    assert next_act(row) == "Fulfil order"
    assert "Request additional stock" in words(row)


@pytest.mark.feature("F051")
def test_a_row_opens_to_stock_queue_and_history(act, admin, trade) -> None:
    market = trade.market
    act(lambda: arrive(market.mug, market.porto, 3))
    act(lambda: arrive(market.mug, market.vendor, 40))
    order(act, trade, (market.mug, 8))
    order(act, trade, (market.mug, 2))
    text = words(admin.page(f"{LIST}2/expand"))
    assert "Porto 3 3 0" in text
    assert "Vendor (not counted) 40 0 40" in text
    assert "This line is 2nd of 2 ; 5 units are ahead of it" in text
    assert "SO-1002 confirmed" in text
    assert "Marked short" in text
    on_order(admin, 2, trade.nord)
    assert "2 units requested: PO-1001" in words(admin.page(f"{LIST}2/expand"))
    page = words(admin.page(f"{LIST}2/"))
    assert "BO-2" in page
    assert "This line is 2nd of 2" in page


def test_an_unknown_back_order_is_not_found(admin, trade) -> None:
    for url in (
        f"{LIST}99/",
        f"{LIST}99/expand",
        f"{LIST}99999999999999999999/",
        f"{LIST}99/fulfil",
    ):
        answer = admin.get(url)
        assert answer.status_code == 404, url


def test_a_file_holds_what_the_address_asks_for_and_no_formula(act, admin, mixed) -> None:
    answer = admin.get(f"{LIST}export/csv/?supplier={mixed.harbor}&status=new")
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    named = dict(zip(table[0], table[1], strict=True))
    assert len(table) == 2
    assert named["Supplier"] == "Harbor & Finch"
    assert (named["Back order"], named["Order"], named["SKU"]) == ("BO-2", "SO-1002", "HF-228")
    assert (named["Short"], named["Status"], named["Location"]) == ("2", "New", "North")
    workbook = admin.get(f"{LIST}export/xlsx/")
    assert workbook.data.startswith(b"PK")


def test_an_empty_list_tells_good_news_from_a_filter(act, admin, trade) -> None:
    assert "No back orders yet" in admin.page(LIST)
    assert "Nothing matches these filters" in admin.page(f"{LIST}?search=nobody")


def test_a_page_takes_as_many_statements_for_five_rows_as_for_fifty(
    app: Any, act: Any, admin: Person, trade: Any
) -> None:
    def more(number: int) -> list[int]:
        lines = [(trade.market.mug, 3), (trade.market.kettle, 2)]
        return [order(act, trade, lines[i % 2])[0] for i in range(number)]

    def cost() -> tuple[int, int, int]:
        found = []
        for url in (LIST, f"{LIST}export/csv/", f"{LIST}1/expand"):
            with statements(app) as seen:
                admin.page(url)
            found.append(len(seen))
        return found[0], found[1], found[2]

    more(5)
    on_order(admin, 1, trade.nord)
    few = cost()
    more(45)
    assert len(rows(admin.page(LIST))) == 50
    assert cost() == few


def test_rows_beyond_a_page_go_on_under_their_supplier(act, admin, trade) -> None:
    for _ in range(21):
        order(act, trade, (trade.market.mug, 1))
    page = admin.page(f"{LIST}?page_size=20&page=1")
    assert list(rows(page)) == [21]
    assert groups(page)[0].startswith("Nordlicht Supply 21 lines")


def test_products_without_supplier_form_a_group_that_cannot_be_ordered(act, admin, trade) -> None:
    def lonely() -> int:
        product = Product(sku="X-1", name="Odd part")
        db.session.add(product)
        db.session.flush()
        return product.id

    order(act, trade, (act(lonely), 2))
    page = admin.page(LIST)
    assert groups(page) == ["No supplier 1 line · 2 units · €0.00"]
    assert list(rows(admin.page(f"{LIST}?supplier=0"))) == [1]
    assert "No supplier sells X-1" in admin.page(f"{LIST}1/request")


def test_a_viewer_sees_everything_and_changes_nothing(app, act, trade) -> None:
    order(act, trade, (trade.market.mug, 2))
    viewer = Person(app, "viewer")
    page = viewer.page(LIST)
    row = rows(page)[1]
    assert next_act(row) == ""
    assert "Request" not in words(row)
    assert "Recalculate now" not in page
    assert 'name="rowid"' not in page
    for url in (f"{LIST}1/request", f"{LIST}request", f"{LIST}1/fulfil", f"{LIST}refresh"):
        answer = viewer.post(url)
        assert answer.status_code == 403, url
