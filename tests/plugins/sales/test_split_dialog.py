"""Splitting an order in its dialog, as a browser does."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from erp_core.db import db
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders, payments
from tests.plugins.sales.shop import confirmed, open_shop

DIALOG = "/sales/order/2/split"


def two_orders():
    shop = open_shop(mugs=7)
    confirmed(shop, (shop.mug, 4))
    confirmed(shop, (shop.mug, 5))
    confirmed(shop, (shop.mug, 2))
    return shop


def back_order_mark(page, number):
    row = page[page.index(f">{number}<") :]
    found = re.search(r"peg-pill-text[^>]*>.*?</svg>(\w+)<", row[: row.index("</tr>")], re.S)
    return found and found[1]


@pytest.mark.feature("F105")
def test_splitting_frees_the_covered_part_and_counts_every_order_again(act, admin):
    act(two_orders)
    before = admin.page("/sales/order/")
    marks = [back_order_mark(before, f"SO-100{n}") for n in (1, 2, 3)]
    assert marks == [None, "Partial", "Full"]
    dialog = admin.page(DIALOG)
    assert "Split SO-1002" in dialog
    assert 'value="2"' in dialog  # the two units that wait are proposed
    version = re.search(r'name="version" value="(\d+)"', dialog)[1]
    line = re.search(r'name="(qty-\d+)"', dialog)[1]
    answer = admin.post(DIALOG, {"version": version, line: "2"})
    assert (answer.status_code, answer.location) == (302, "/sales/order/2/")
    page = admin.page("/sales/order/2/")
    assert re.search(r'Split into</small><a href="/sales/order/4/">SO-1004', page)
    child = admin.page("/sales/order/4/")
    assert re.search(r'Split from</small><a href="/sales/order/2/">SO-1002', child)
    after = admin.page("/sales/order/")
    marks = [back_order_mark(after, f"SO-100{n}") for n in (1, 2, 3, 4)]
    assert marks == [None, None, "Full", "Full"]
    # A second click sends the old version: nothing is split a second time.
    assert admin.post(DIALOG, {"version": version, line: "2"}).status_code == 409
    assert act(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(SalesOrder))) == 4


def test_wrong_units_come_back_marked_with_everything_typed(act, admin):
    act(two_orders)
    dialog = admin.page(DIALOG)
    line = re.search(r'name="(qty-\d+)"', dialog)[1]
    sent = {"version": re.search(r'name="version" value="(\d+)"', dialog)[1]}
    for typed, sentence in (("9", "Whole number from 0 to 5"), ("5", "leave at least one unit")):
        answer = admin.post(DIALOG, {**sent, line: typed})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'value="{typed}"' in answer.text


def test_money_paid_too_much_goes_along_when_ticked(act, admin):
    act(two_orders)
    act(lambda: payments.record(2, "Card", 6250).id)
    dialog = admin.page(DIALOG)
    assert "€62.50 paid" in dialog
    line = re.search(r'name="(qty-\d+)"', dialog)[1]
    sent = {"version": re.search(r'name="version" value="(\d+)"', dialog)[1], "carry": "1"}
    admin.post(DIALOG, {**sent, line: "2"})
    assert "Carried over" in admin.page("/sales/order/4/")
    assert act(lambda: db.session.get(SalesOrder, 4).paid_minor) == 2500


def test_an_approved_order_offers_no_split(act, admin):
    act(two_orders)
    act(lambda: len(orders.approve([2])))
    assert "Split…" not in admin.page("/sales/order/2/")
    assert admin.get(DIALOG).status_code == 409
