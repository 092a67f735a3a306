"""Writes the demo's places, suppliers, products and customers; answers their keys by code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from erp_core.companies import first_company
from erp_core.db import db
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services import catalogue
from plugins.purchasing.models import Supplier, SupplierProduct
from plugins.sales.models import Customer
from plugins.samples.demo.business import ARTICLES, BUYERS, MAKERS, PLACES, Article, Buyer, Maker

Row = TypeVar("Row", Supplier, Product, Customer, Warehouse)


@dataclass(frozen=True, slots=True)
class Masters:
    """Keys by code, for the documents that follow."""

    company: int
    places: dict[str, int]
    makers: dict[str, int]
    articles: dict[str, int]
    buyers: dict[str, int]


def write() -> Masters:
    """Write all master data of the demo business into an empty database."""
    company = first_company()
    if company is None:
        raise LookupError("`erp init` creates the first company")
    company.name = "Pegboard Outfitters"
    places = _places(company.id)
    makers = _added({maker.code: _maker(maker) for maker in MAKERS})
    articles = _articles(makers)
    buyers = _added({buyer.code: _buyer(buyer) for buyer in BUYERS})
    return Masters(company.id, places, makers, articles, buyers)


def _added(rows: Mapping[str, Row]) -> dict[str, int]:
    db.session.add_all(rows.values())
    db.session.flush()
    return {code: row.id for code, row in rows.items()}


def _places(company_id: int) -> dict[str, int]:
    """Rename the warehouse that every company starts with; add the others."""
    first = catalogue.default_warehouse(company_id)
    rows = {"CENTRAL": first}
    for place in PLACES:
        row = rows.setdefault(place.code, Warehouse(company_id=company_id))
        row.code, row.name, row.kind, row.city = place.code, place.name, place.kind, place.city
    keys = _added(rows)
    for place in PLACES:
        if place.serves:
            rows[place.code].serves_id = keys[place.serves]
    db.session.flush()
    return keys


def _maker(maker: Maker) -> Supplier:
    return Supplier(
        code=maker.code,
        name=maker.name,
        contact=maker.contact,
        email=maker.email,
        city=maker.city,
        lead_time_days=maker.lead_time_days,
    )


def _articles(makers: dict[str, int]) -> dict[str, int]:
    rows = {article.sku: _article(article) for article in ARTICLES}
    keys = _added(rows)
    for article in ARTICLES:
        rows[article.sku].replacement_id = keys.get(article.replacement)
    stocked = [article for article in ARTICLES if article.tracked]
    db.session.add_all(_offer(article, makers, keys) for article in stocked)
    db.session.flush()
    return keys


def _article(article: Article) -> Product:
    return Product(
        sku=article.sku,
        name=article.name,
        tracked=article.tracked,
        custom_made=article.custom,
        sale_price_minor=article.price,
        cost_minor=article.cost,
        reorder_point=article.multiple * 2,
    )


def _offer(article: Article, makers: dict[str, int], keys: dict[str, int]) -> SupplierProduct:
    return SupplierProduct(
        supplier_id=makers[article.supplier],
        product_id=keys[article.sku],
        supplier_sku=article.sku,
        price_minor=article.cost,
        multiple_qty=article.multiple,
        minimum_qty=article.multiple,
        preferred=True,
    )


def _buyer(buyer: Buyer) -> Customer:
    return Customer(
        code=buyer.code,
        name=buyer.name,
        company_name=buyer.company,
        email=buyer.email,
        city=buyer.city,
        country=buyer.country,
        street="12 Market Street",
        postcode="1000",
    )
