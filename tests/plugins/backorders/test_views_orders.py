"""What back orders add to other screens: Manage orders, the order page, products, dashboard."""

from __future__ import annotations

import re
from typing import Any

import pytest

from erp_core.db import db
from erp_core.models import Role
from erp_core.testing.people import Person
from plugins.inventory.models import Product
from plugins.sales.models import SalesOrder
from tests.plugins.backorders.market import arrive, set_to, statements
from tests.plugins.backorders.views_trade import LIST, cue, menu_titles, order, rows, trade, words

__all__ = ["trade"]
ORDERS = "/sales/order/"
MARKS = {"none": "", "partial": "Partial", "full": "Full"}


@pytest.fixture
def three(act: Any, trade: Any) -> Any:
    """Order 1 is covered, order 2 partly, order 3 not at all."""
    market = trade.market
    act(lambda: arrive(market.mug, market.porto, 10))
    order(act, trade, (market.mug, 4))
    order(act, trade, (market.mug, 8))
    order(act, trade, (market.kettle, 2))
    return trade


def marks(page: str) -> dict[int, str]:
    """Return the word of the mark of each order; empty without one."""
    found = {}
    for key, row in rows(page).items():
        mark = re.search(r"peg-pill-text[^>]*>(.*?)</span>", row, re.S)
        found[key] = words(mark[1]) if mark else ""
    return found


def columns(page: str) -> list[str]:
    return [words(head) for head in re.findall(r"<th[^>]*>(.*?)</th>", page, re.S)]


@pytest.mark.feature("F036", "F057")
def test_manage_orders_marks_back_orders_and_filters_by_class(admin, three) -> None:
    page = admin.page(ORDERS)
    assert marks(page) == {3: "Full", 2: "Partial", 1: ""}
    assert "#package-off" in rows(page)[3]
    assert "Back order" in columns(page)
    for value, expected in {"full": [3], "partial": [2], "none": [1], "": [3, 2, 1]}.items():
        assert list(rows(admin.page(f"{ORDERS}?backorder={value}"))) == expected, value
    for words_ in ("Full BackOrder", "Partial BackOrder", "No BackOrder"):
        assert words_ in page


@pytest.mark.feature("F030", "F037")
def test_the_order_page_has_the_back_ordered_quantity_of_each_line(admin, act, three) -> None:
    page = admin.page(f"{ORDERS}3/")
    assert "BackOrderedQty" in columns(page)
    assert cue(page) == ("missing", "alert-circle", "2 missing, none on order")
    assert "1 line on back order, 2 units short." in words(page)
    assert f'href="{LIST}2/"' in page
    covered = admin.page(f"{ORDERS}1/")
    assert "BackOrderedQty" in columns(covered)
    assert "on back order" not in covered


@pytest.mark.feature("F038", "F146")
def test_the_expanded_row_shows_back_ordered_and_available_while_the_workflow_is_on(
    admin, act, three
) -> None:
    detail = admin.page(f"{ORDERS}2/expand")
    shown = columns(detail)
    assert "Back-ordered" in shown
    assert "Available" in shown
    cells = [words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", detail, re.S)]
    assert cells[shown.index("Available") - shown.index("Back-ordered") + _at(cells)] == "6"
    assert cue(detail) == ("missing", "alert-circle", "2 missing, none on order")
    act(lambda: set_to("enable_backorder_workflow", False))
    shown = columns(admin.page(f"{ORDERS}2/expand"))
    assert "Back-ordered" not in shown
    assert "Available" not in shown


def _at(cells: list[str]) -> int:
    return next(place for place, cell in enumerate(cells) if "missing" in cell)


@pytest.mark.feature("F147", "F148")
def test_hiding_the_column_takes_icon_and_quantity_away_but_not_the_expanded_figures(
    admin, act, three
) -> None:
    act(lambda: set_to("hide_backorder_column", True))
    page = admin.page(ORDERS)
    assert "Back order" not in columns(page)
    assert set(marks(page).values()) == {""}
    assert "BackOrderedQty" not in columns(admin.page(f"{ORDERS}3/"))
    assert "Back-ordered" in columns(admin.page(f"{ORDERS}3/expand"))
    assert list(rows(admin.page(f"{ORDERS}?backorder=full"))) == [3]
    act(lambda: set_to("hide_backorder_column", False))
    assert marks(admin.page(ORDERS))[3] == "Full"


@pytest.mark.feature("F149", "F150")
def test_orders_made_while_marking_is_stopped_carry_no_mark_until_it_goes_on(
    admin, act, three
) -> None:
    act(lambda: set_to("stop_marking_on_create", True))
    order(act, three, (three.market.kettle, 5))
    page = admin.page(ORDERS)
    assert "Back order" not in columns(page)
    assert "BackOrderedQty" not in columns(admin.page(f"{ORDERS}4/"))
    assert list(rows(admin.page(f"{ORDERS}?backorder=full"))) == [3]
    assert 4 in rows(admin.page(f"{ORDERS}?backorder=none"))
    assert "5" in words(rows(admin.page(LIST))[3])
    act(lambda: set_to("stop_marking_on_create", False))
    assert marks(admin.page(ORDERS)) == {4: "Full", 3: "Full", 2: "Partial", 1: ""}


@pytest.mark.feature("F060", "F152")
def test_stock_only_in_a_dropship_warehouse_leaves_the_order_among_full_back_orders(
    admin, act, trade
) -> None:
    market = trade.market
    act(lambda: arrive(market.kettle, market.vendor, 50))
    order(act, trade, (market.kettle, 2))
    assert list(rows(admin.page(f"{ORDERS}?backorder=full"))) == [1]
    act(lambda: set_to("ignore_dropship", False))
    assert list(rows(admin.page(f"{ORDERS}?backorder=full"))) == []
    assert list(rows(admin.page(f"{ORDERS}?backorder=none"))) == [1]


@pytest.mark.feature("F151")
def test_replacement_stock_can_keep_an_order_unmarked(admin, act, trade) -> None:
    market = trade.market
    act(lambda: arrive(market.spare, market.porto, 5))
    order(act, trade, (market.mug, 4))
    assert marks(admin.page(ORDERS)) == {1: "Full"}
    act(lambda: set_to("consider_replacement", True))
    assert marks(admin.page(ORDERS)) == {1: ""}
    assert rows(admin.page(LIST)) == {}


@pytest.mark.feature("F145")
def test_switching_the_workflow_off_takes_every_trace_away_at_the_next_request(
    admin, act, three
) -> None:
    assert any(title.startswith("Back orders") for title in menu_titles(admin.page("/")))
    act(lambda: set_to("enable_backorder_workflow", False))
    home = admin.page("/")
    assert not any(title.startswith("Back orders") for title in menu_titles(home))
    assert "Waiting longest" not in home
    page = admin.page(LIST)
    assert "The back-order workflow is switched off." in page
    assert 'href="/core/settings/?plugin=backorders"' in page
    assert "BO-1" not in page
    orders = admin.page(ORDERS)
    assert "Back order" not in columns(orders)
    assert "Full BackOrder" not in orders
    assert "BackOrderedQty" not in columns(admin.page(f"{ORDERS}3/"))
    assert "Waiting customers" not in admin.page(f"/inventory/product/{three.market.kettle}/")
    for url in (f"{LIST}1/request", f"{LIST}1/fulfil", f"{LIST}1/expand"):
        assert admin.get(url).status_code == 409, url
    assert admin.post(f"{LIST}1/request", {"qty": "1"}).status_code == 409
    act(lambda: set_to("enable_backorder_workflow", True))
    assert list(rows(admin.page(LIST))) == [2, 1]


def test_a_product_says_who_waits_for_it(admin, act, three) -> None:
    page = words(admin.page(f"/inventory/product/{three.market.mug}/"))
    assert "Waiting customers" in page
    assert "BO-1" in page
    assert "Petra Novák" in page
    other = admin.page(f"/inventory/product/{three.market.spare}/")
    assert "Waiting customers" not in other


def test_the_dashboard_counts_and_names_who_waits_longest(admin, act, three) -> None:
    page = words(admin.page("/"))
    assert "Open lines 2 2 without supply" in page
    assert "Units short 4 of 2 products" in page
    assert "Waiting longest" in page
    assert "2 missing, none on order" in page


def test_who_may_not_see_back_orders_finds_none_of_it_elsewhere(app, act, three) -> None:
    act(lambda: db.session.add(Role(name="counter", permissions=["sales.view"])))
    seller = Person(app, "counter")
    page = seller.page(ORDERS)
    assert "Back order" not in columns(page)
    assert seller.get(LIST).status_code == 403


def test_marks_and_figures_take_as_many_statements_for_five_orders_as_for_fifty(
    app, act, admin, trade
) -> None:
    def cost() -> tuple[int, int]:
        found = []
        for url in (ORDERS, "/"):
            with statements(app) as seen:
                admin.page(url)
            found.append(len(seen))
        return found[0], found[1]

    def more(number: int) -> None:
        for _ in range(number):
            order(act, trade, (trade.market.mug, 3))

    more(5)
    few = cost()
    more(45)
    assert cost() == few


def test_an_order_of_fifty_short_lines_costs_what_one_of_two_costs(app, act, admin, trade) -> None:
    mug, kettle = trade.market.mug, trade.market.kettle
    few, _ = order(act, trade, (mug, 1), (kettle, 1))
    many, _ = order(act, trade, *([(mug, 1), (kettle, 1)] * 25))

    def cost(key: int) -> tuple[int, int]:
        found = []
        for url in (f"{ORDERS}{key}/", f"{ORDERS}{key}/expand"):
            with statements(app) as seen:
                admin.page(url)
            found.append(len(seen))
        return found[0], found[1]

    assert cost(few) == cost(many)


@pytest.mark.feature("F106")
def test_a_line_added_to_an_order_is_checked_at_once(act: Any, admin: Person, three: Any) -> None:
    assert marks(admin.page(ORDERS))[1] == MARKS["none"]
    sku = act(lambda: db.session.get_one(Product, three.market.kettle).sku)
    new = {"product": sku, "qty": "3", "price": "", "discount": "", "version": version(act, 1)}
    answer = admin.post(f"{ORDERS}1/lines/new", new)
    assert answer.status_code == 302, answer.text[:400]
    assert marks(admin.page(ORDERS))[1] == MARKS["partial"]
    assert len(rows(admin.page(LIST))) == 3


def version(act: Any, pk: int) -> str:
    return str(act(lambda: db.session.get_one(SalesOrder, pk).version))
