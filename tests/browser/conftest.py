"""A small shop behind a real server, and people in real Chromium windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from erp_core.access import ADMIN, create_user
from erp_core.app import create_app
from erp_core.config import Config
from erp_core.db import db, transaction
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services import adjust, catalogue
from plugins.purchasing.models import Supplier, SupplierProduct
from plugins.sales.models import Customer
from plugins.sales.services import orders as sales
from tests.scenarios.conftest import database, northwind, postgres, site  # noqa: F401
from tests.scenarios.site import Site

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
SECRET = "scenario secret that is long enough for the check"


@dataclass(slots=True)
class Shop:
    """A served Pegboard with one lamp in demand, and the numbers of its two orders."""

    site: Site
    base: str
    first: str
    second: str


@pytest.fixture
def shop(site: Site) -> Shop:  # noqa: F811 - the fixture of the scenarios
    """Serve a shop: 3 lamps in stock, 5 ordered first and 4 later, 6 at an outlet."""
    app = create_app(Config(database_url=site.url, secret_key=SECRET))
    with app.app_context():
        with transaction():
            create_user(EMAIL, PASSWORD, [ADMIN])
            numbers = _stock_and_orders()
        db.session.remove()
        db.engine.dispose()
    return Shop(site, site.serve(), *numbers)


def _stock_and_orders() -> tuple[str, str]:
    store = catalogue.default_warehouse(1)
    store.name = "Lyon store"
    outlet = Warehouse(company_id=1, code="OUT", name="Porto outlet", kind="store")
    drop = Warehouse(company_id=1, code="DROP", name="Maker's stock", kind="dropship")
    lamp = Product(sku="LAMP", name="Trail lamp", sale_price_minor=4990)
    spare = Product(sku="LAMP-2", name="Trail lamp, new model", sale_price_minor=5990)
    maker = Supplier(code="NORD", name="Nordlicht Supply", email="orders@nordlicht.example")
    people = [Customer(code=c, name=n) for c, n in (("C1", "Petra Novák"), ("C2", "Jin Park"))]
    db.session.add_all([outlet, drop, lamp, spare, maker, *people])
    db.session.flush()
    drop.serves_id, lamp.replacement_id = store.id, spare.id
    sold = {"supplier_id": maker.id, "product_id": lamp.id, "price_minor": 2650}
    db.session.add(SupplierProduct(preferred=True, **sold))
    adjust.open_balances(store.id, {lamp.id: 3, spare.id: 2})
    adjust.open_balances(outlet.id, {lamp.id: 6})
    adjust.open_balances(drop.id, {lamp.id: 10})
    made = sales.create([_order(people[0], store, lamp, 5), _order(people[1], store, lamp, 4)])
    sales.confirm([order.id for order in made])
    return made[0].number, made[1].number


def _order(customer: Customer, store: Warehouse, lamp: Product, qty: int) -> Any:
    line = sales.NewLine(lamp.id, qty, lamp.sale_price_minor)
    return sales.NewOrder(customer.id, store.id, (line,), date(2026, 11, 20))


def sign_in(page: Page, base: str, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Sign in as a person does."""
    page.goto(f"{base}/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[type=submit]").first.click()
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture
def window(browser: Browser, shop: Shop, tmp_path: Path) -> Iterator[Page]:
    """Give a window in which somebody has signed in; page errors fail the test."""
    context: BrowserContext = browser.new_context(viewport={"width": 1440, "height": 900})
    yield from _watched(context, shop)


@pytest.fixture
def other_window(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Give a second session of its own."""
    yield from _watched(browser.new_context(), shop)


def _watched(context: BrowserContext, shop: Shop) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_default_timeout(15_000)
    sign_in(page, shop.base)
    yield page
    context.close()
    assert not faults, faults
