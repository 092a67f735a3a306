"""Force, fill and release on an order's page: ticks, quantities, who held it back, children."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from erp_core.testing.people import Person
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders
from tests.plugins.backorders.market import arrive, figures, set_to, statements
from tests.plugins.backorders.views_trade import HTMX, order, trade, words

__all__ = ["trade"]


def url(order_id: int, act: str) -> str:
    return f"/backorders/order/{order_id}/{act}"


def typed(page: str) -> dict[str, str]:
    """Return what a dialog's form would send: ticks, quantities, reason and what was seen."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if 'type="checkbox"' not in tag or " checked" in tag:
            found[name[1] if name else ""] = value[1] if value else ""
    found.pop("csrf_token", None)
    return found


def send(who: Person, address: str, **changes: str) -> Any:
    """Open a dialog as htmx does, change some fields (empty ticks leave out), and send it."""
    form = {**typed(who.page(address, headers=HTMX)), **changes}
    sent = {name: text for name, text in form.items() if text or not name.startswith("tick-")}
    return who.post(address, sent, headers=HTMX)


def lines(act: Any, order_id: int) -> list[int]:
    found: list[int] = act(
        lambda: [line.id for line in db.session.get_one(SalesOrder, order_id).lines]
    )
    return found


@pytest.mark.feature("F007", "F008", "F009", "F010", "F011")
def test_forcing_holds_the_ticked_units_back_and_the_line_says_by_whom(act, admin, trade) -> None:
    market = trade.market
    act(lambda: arrive(market.mug, market.porto, 5))
    act(lambda: arrive(market.kettle, market.porto, 5))
    order_id, _ = order(act, trade, (market.mug, 4), (market.kettle, 2))
    page = admin.page(f"/sales/order/{order_id}/")
    assert url(order_id, "force") in page
    assert url(order_id, "fill") not in page
    mug, kettle = lines(act, order_id)
    dialog = typed(admin.page(url(order_id, "force"), headers=HTMX))
    assert (dialog[f"tick-{mug}"], dialog[f"qty-{mug}"], dialog[f"qty-{kettle}"]) == ("1", "4", "2")
    answer = send(admin, url(order_id, "force"), **{f"qty-{mug}": "3", f"tick-{kettle}": ""})
    assert answer.status_code == 204, answer.text
    assert answer.headers["HX-Redirect"] == f"/sales/order/{order_id}/"
    assert act(lambda: figures(order_id)) == [(1, 0, 3), (2, 0, 0)]
    page = words(admin.page(f"/sales/order/{order_id}/"))
    assert f"held back by {admin.email}" in page
    assert "3 units of SO-1001 are held back." in page


def test_a_wrong_quantity_or_no_line_gets_a_sentence_and_keeps_what_was_typed(
    act, admin, trade
) -> None:
    order_id, _ = order(act, trade, (trade.market.mug, 4))
    (mug,) = lines(act, order_id)
    answer = send(admin, url(order_id, "force"), **{f"qty-{mug}": "5", "reason": "for the fair"})
    assert answer.status_code == 422
    assert "Whole number from 0 to 4." in answer.text
    assert typed(answer.text)[f"qty-{mug}"] == "5"
    assert typed(answer.text)["reason"] == "for the fair"
    answer = send(admin, url(order_id, "force"), **{f"tick-{mug}": ""})
    assert answer.status_code == 422
    assert "tick at least one line" in answer.text
    answer = send(admin, url(order_id, "force"), reason=" ")
    assert "Say why; the reason stays with the order line." in answer.text
    assert act(lambda: figures(order_id)) == [(0, 0, 4)]


def filling_by_hand(act: Any, trade: Any, stock: int, *wanted: int) -> list[int]:
    """Orders for mugs that wait, then stock that people give out."""
    act(lambda: set_to("auto_allocate_on_receipt", False))
    made = [order(act, trade, (trade.market.mug, qty))[0] for qty in wanted]
    act(lambda: arrive(trade.market.mug, trade.market.porto, stock))
    return made


@pytest.mark.feature("F041", "F110", "F116", "F117", "F118", "F119", "F120")
def test_filling_proposes_what_stock_allows_and_the_line_reads_filled(act, admin, trade) -> None:
    first, second = filling_by_hand(act, trade, 6, 4, 5)
    assert url(first, "fill") in admin.page(f"/sales/order/{first}/")
    (late,) = lines(act, second)
    page = admin.page(url(second, "fill"), headers=HTMX)
    assert "Needed" in page
    assert typed(page)[f"qty-{late}"] == "5"
    assert send(admin, url(second, "fill"), **{f"qty-{late}": "3"}).status_code == 204
    (early,) = lines(act, first)
    assert typed(admin.page(url(first, "fill"), headers=HTMX))[f"qty-{early}"] == "3"
    answer = send(admin, url(first, "fill"), **{f"qty-{early}": "4"})
    assert answer.status_code == 422
    assert "3 lie free" in words(answer.text)
    act(lambda: arrive(trade.market.mug, trade.market.porto, 1))
    assert send(admin, url(first, "fill")).status_code == 204
    assert "backorder filled" in words(admin.page(f"/sales/order/{first}/"))
    assert "backorder filled" not in words(admin.page(f"/sales/order/{second}/"))
    assert act(lambda: [figures(first), figures(second)]) == [[(4, 0, 0)], [(3, 0, 2)]]


@pytest.mark.feature("F121")
def test_filling_an_approved_order_makes_a_child_order_of_the_filled_units(
    act, admin, trade
) -> None:
    (parent,) = filling_by_hand(act, trade, 3, 5)
    act(lambda: orders.approve([parent])[0].id)
    assert "so what you fill goes to a new order" in admin.page(url(parent, "fill"), headers=HTMX)
    answer = send(admin, url(parent, "fill"))
    children = sa.select(SalesOrder.id).filter_by(parent_id=parent)
    (child,) = act(lambda: list(db.session.scalars(children)))
    assert answer.headers["HX-Redirect"] == f"/sales/order/{child}/"
    assert act(lambda: [figures(parent), figures(child)]) == [[(0, 0, 2)], [(3, 0, 0)]]
    page = words(admin.page(f"/sales/order/{child}/"))
    assert "3 units of SO-1001 filled and moved to the new order SO-1002." in page
    assert "backorder filled" in page


@pytest.mark.feature("F116")
def test_of_two_who_fill_at_once_one_wins_and_the_other_sees_the_figures_now(
    act, app, admin, trade
) -> None:
    (order_id,) = filling_by_hand(act, trade, 6, 8)
    other = Person(app, "clerk")
    (line,) = lines(act, order_id)
    seen = {who: typed(who.page(url(order_id, "fill"), headers=HTMX)) for who in (admin, other)}
    assert admin.post(url(order_id, "fill"), seen[admin] | {f"qty-{line}": "4"}).status_code == 302
    answer = other.post(url(order_id, "fill"), seen[other] | {f"qty-{line}": "2"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Somebody changed this order or its stock meanwhile" in answer.text
    assert typed(answer.text)[f"qty-{line}"] == "2"
    assert act(lambda: figures(order_id)) == [(4, 0, 4)]
    assert other.post(url(order_id, "fill"), typed(answer.text)).status_code == 302
    assert act(lambda: figures(order_id)) == [(6, 0, 2)]


@pytest.mark.feature("F114", "F115")
def test_releasing_gives_held_units_free_and_offers_to_ship(act, admin, trade) -> None:
    market = trade.market
    act(lambda: arrive(market.mug, market.porto, 5))
    order_id, _ = order(act, trade, (market.mug, 4))
    assert "Release back orders" not in admin.page(f"/sales/order/{order_id}/")
    send(admin, url(order_id, "force"))
    assert act(lambda: figures(order_id)) == [(0, 0, 4)]
    assert "Release back orders" in admin.page(f"/sales/order/{order_id}/")
    answer = send(admin, url(order_id, "release"))
    assert answer.status_code == 200
    assert "4 units of SO-1001 released. 4 units can leave now." in words(answer.text)
    assert f'hx-get="/sales/order/{order_id}/ship"' in answer.text
    assert act(lambda: figures(order_id)) == [(4, 0, 0)]


def test_each_act_asks_for_its_permission_and_the_workflow(act, app, admin, trade) -> None:
    order_id, _ = order(act, trade, (trade.market.mug, 4))
    buyer = Person(app, "buyer")
    assert "Force back orders" not in buyer.page(f"/sales/order/{order_id}/")
    for name in ("force", "fill", "release"):
        assert buyer.get(url(order_id, name)).status_code == 403
    assert admin.get(url(999, "fill")).status_code == 404
    act(lambda: set_to("enable_backorder_workflow", False))
    assert "Force back orders" not in admin.page(f"/sales/order/{order_id}/")
    assert admin.get(url(order_id, "force")).status_code == 409


def test_buttons_and_dialog_cost_a_constant_number_of_statements(act, app, admin, trade) -> None:
    market = trade.market
    small, _ = order(act, trade, (market.mug, 4))
    large, _ = order(act, trade, *[(key, 2) for key in (market.mug, market.kettle, market.spare)])
    counts = []
    for order_id in (small, large):
        admin.page(f"/sales/order/{order_id}/")
        with statements(app) as seen:
            admin.page(f"/sales/order/{order_id}/")
            admin.page(url(order_id, "fill"), headers=HTMX)
        counts.append(len(seen))
    assert counts[0] == counts[1]
