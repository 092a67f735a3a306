"""A small business to test with: two locations, a dropshipper, broken goods, a few products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask

from erp_core.companies import first_company
from erp_core.db import db
from erp_core.testing.statements import statements as noted
from plugins.inventory.models import Product, StockMove, Warehouse
from plugins.inventory.services import adjust, catalogue, editing, stock


@dataclass(frozen=True)
class Yard:
    company: int
    main: int
    shop: int
    dropship: int
    broken: int
    lamp: int
    mug: int
    service: int


def build() -> Yard:
    """Make everything through the services; the lamp has 10 units at Main, 4 at the shop."""
    company = first_company()
    assert company is not None
    main = catalogue.default_warehouse(company.id)
    shop = _place(company.id, "SHOP", "Shop", "store")
    drop = _place(company.id, "DROP", "Nordlicht", "dropship", serves_id=main.id)
    broken = _place(company.id, "BAD", "Broken goods", "defective")
    lamp = _product("LAMP", "Trail lamp", barcode="4006381333931", sale_price_minor=1250)
    mug = _product("MUG", "Stoneware mug")
    service = _product("HELP", "Installation", tracked=False)
    adjust.open_balances(main.id, {lamp.id: 10})
    adjust.open_balances(shop.id, {lamp.id: 4})
    places = (main.id, shop.id, drop.id, broken.id)
    return Yard(company.id, *places, lamp.id, mug.id, service.id)


def _place(company: int, code: str, name: str, kind: str, **more: Any) -> Warehouse:
    place = Warehouse(company_id=company, code=code, name=name, kind=kind, **more)
    editing.save_warehouse(place)
    return place


def _product(sku: str, name: str, **more: Any) -> Product:
    product = Product(sku=sku, name=name, **more)
    editing.save_product(product)
    return product


def lying(product: int) -> dict[int, int]:
    """Return on hand by warehouse, without empty places."""
    return {place: units for (_p, place), units in stock.on_hand([product]).items()}


def rows(product: int) -> list[tuple[str, int]]:
    """Return kind and units of each ledger row, oldest first."""
    query = sa.select(StockMove.kind, StockMove.qty).filter_by(product_id=product)
    return [(kind, units) for kind, units in db.session.execute(query.order_by(StockMove.id))]


def statements(app: Flask, work: Callable[[], object]) -> int:
    """Count the statements that a piece of work sends to the database."""
    with noted(app) as seen:
        work()
    return len(seen)
