"""The market with suppliers and prices, and readers of the pages that a browser gets."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.models import Backorder
from plugins.inventory.models import Product
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services import receiving
from tests.plugins.backorders.market import Market, open_market, ordered

LIST = "/backorders/backorder/"
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Trade:
    """The market and its suppliers: Nordlicht sells mugs, Harbor sells kettles."""

    market: Market
    nord: int
    harbor: int


def open_trade() -> Trade:
    """Open the market, give it prices and suppliers."""
    market = open_market()
    nord = Supplier(code="NORD", name="Nordlicht Supply", email="o@nord.example", lead_time_days=5)
    harbor = Supplier(code="HARB", name="Harbor & Finch", email="o@h.example", lead_time_days=12)
    db.session.add_all([nord, harbor])
    db.session.flush()
    for key, supplier in ((market.mug, nord), (market.spare, nord), (market.kettle, harbor)):
        product = db.session.get_one(Product, key)
        product.sale_price_minor = 1250
        row = SupplierProduct(supplier=supplier, product=product, price_minor=700, preferred=True)
        db.session.add(row)
    db.session.flush()
    return Trade(market, nord.id, harbor.id)


@pytest.fixture
def trade(act: Any) -> Trade:
    """Give the trade, committed."""
    found: Trade = act(open_trade)
    return found


def order(act: Any, trade: Trade, *lines: tuple[int, int], **more: Any) -> tuple[int, list[int]]:
    """Confirm one order; returns its id and the ids of the back orders it opened."""

    def run() -> tuple[int, list[int]]:
        key = ordered(trade.market, *lines, **more).id
        ids = sa.select(Backorder.id).filter_by(order_id=key).order_by(Backorder.id)
        return key, list(db.session.scalars(ids))

    found: tuple[int, list[int]] = act(run)
    return found


def figures(act: Any, pk: int) -> tuple[str, int, int, int, int]:
    """Read status, short, filled, fulfilled and requested units of a back order."""

    def run() -> tuple[str, int, int, int, int]:
        row = db.session.get_one(Backorder, pk)
        return row.status, row.short_qty, row.filled_qty, row.fulfilled_qty, row.requested_qty

    found: tuple[str, int, int, int, int] = act(run)
    return found


def bought(act: Any) -> list[tuple[str, str, int, bool, str, list[tuple[str, int]]]]:
    """Read purchase orders: number, supplier, place, to the customer, address, (SKU, units)."""

    def run() -> list[tuple[str, str, int, bool, str, list[tuple[str, int]]]]:
        rows = db.session.scalars(sa.select(PurchaseOrder).order_by(PurchaseOrder.id))
        return [
            (
                one.number,
                one.supplier.code,
                one.warehouse_id,
                one.ship_to_customer,
                one.ship_to,
                [(line.product.sku, line.ordered_qty) for line in one.lines],
            )
            for one in rows
        ]

    found: list[tuple[str, str, int, bool, str, list[tuple[str, int]]]] = act(run)
    return found


def send_and_receive(number: str) -> None:
    """Mark a purchase order as sent and receive all of it."""
    key = db.session.scalars(sa.select(PurchaseOrder.id).filter_by(number=number)).one()
    purchases.mark_sent(key)
    receiving.receive(key)


def words(text: str) -> str:
    """Return what a person reads: tags taken away, blanks folded."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def rows(page: str) -> dict[int, str]:
    """Return the HTML of each row of the list by its back order, in the order shown."""
    return {
        int(key): row for key, row in re.findall(r'<tr id="row-(\d+)".*?>(.*?)</tr>', page, re.S)
    }


def groups(page: str) -> list[str]:
    """Return the words of each group's heading."""
    found = re.findall(r'<tr class="peg-group" id="group-\d+">(.*?)</tr>', page, re.S)
    return [words(row) for row in found]


def chips(page: str) -> dict[str, int]:
    """Return the count of each status chip."""
    found = re.findall(
        r'<a class="peg-chip".*?>(.*?)<span class="peg-chip-count">(\d+)</span>', page, re.S
    )
    return {words(title): int(count) for title, count in found}


def cue(row: str) -> tuple[str, str, str]:
    """Return role, icon and words of the first pill of some HTML."""
    found = re.search(r'peg-pill-(\w+)" data-tip="([^"]*)".*?#([\w-]+)"', row, re.S)
    assert found, row
    return found[1], found[3], html.unescape(found[2])


def next_act(row: str) -> str:
    """Return the words of a row's one next action; empty without one."""
    found = re.search(r"<(?:a|button)[^>]*data-next[^>]*>(.*?)</(?:a|button)>", row, re.S)
    return words(found[1]) if found else ""


def toast(answer: Any) -> dict[str, Any]:
    """Return the toast that an answer asks for."""
    found: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return found


def menu_titles(page: str) -> list[str]:
    """Return the entries of the side bar."""
    nav = page.partition('<nav class="peg-side"')[2].partition("</nav>")[0]
    return [words(item) for item in re.findall(r"<li><a .*?</a>", nav, re.S)]
