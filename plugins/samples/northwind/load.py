"""Write the Northwind tables as our documents: all of it or nothing, and only what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.imports import ImportReport
from erp_core.models import Company
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.services import adjust, catalogue
from plugins.purchasing.models import PurchaseOrder, Supplier, SupplierProduct
from plugins.purchasing.services import orders as purchases
from plugins.sales.models import Customer, SalesOrder
from plugins.sales.services import orders as sales
from plugins.samples.northwind.files import Northwind, Rows

PREFIX = "northwind:"


@dataclass(frozen=True, slots=True)
class Ids:
    """Our keys behind the files' own, and whether each was there before."""

    by_file: dict[str, int]
    fresh: frozenset[str]

    def report(self) -> ImportReport:
        """Count what was created and what was left as it was."""
        return ImportReport(created=len(self.fresh), unchanged=len(self.by_file) - len(self.fresh))


def load(data: Northwind) -> dict[str, ImportReport]:
    """Write what is not there yet; open orders are confirmed by date, then by their number.

    Runs in the caller's transaction. Twice is the same as once: what was imported is known by its
    external id.
    """
    warehouse = catalogue.default_warehouse(_company().id)
    suppliers = _master(Supplier, data.suppliers, _supplier)
    customers = _master(Customer, data.customers, _customer)
    products = _master(Product, data.products, _product)
    _offers(data.products, suppliers, products)
    _opening(data.products, products, warehouse)
    bought = _purchases(data.products, suppliers, products, warehouse)
    orders = _orders(data, customers, products, warehouse)
    _discontinue(data.products, products)
    return {
        "suppliers": suppliers.report(),
        "customers": customers.report(),
        "products": products.report(),
        "purchase_orders": bought,
        "orders": orders,
    }


def _company() -> Company:
    return db.session.scalars(sa.select(Company).order_by(Company.id).limit(1)).one()


def _master(model: type[Any], rows: Rows, build: Any) -> Ids:
    """Add the rows whose external id is not known yet."""
    known = _known(model)
    fresh = {str(row["id"]): build(row) for row in rows if str(row["id"]) not in known}
    for key, item in fresh.items():
        item.external_id = PREFIX + key
    db.session.add_all(fresh.values())
    db.session.flush()
    return Ids({**known, **{key: item.id for key, item in fresh.items()}}, frozenset(fresh))


def _known(model: type[Any]) -> dict[str, int]:
    query = sa.select(model.external_id, model.id).where(model.external_id.startswith(PREFIX))
    return {text.removeprefix(PREFIX): key for text, key in db.session.execute(query)}


def _address(row: dict[str, Any]) -> dict[str, str]:
    return {key: row[key] for key in ("street", "city", "region", "postcode", "country", "phone")}


def _supplier(row: dict[str, Any]) -> Supplier:
    contact = row["contact"]
    return Supplier(code=f"NW{row['id']}", name=row["name"], contact=contact, **_address(row))


def _customer(row: dict[str, Any]) -> Customer:
    name = row["contact"] or row["name"]
    return Customer(code=row["id"], name=name, company_name=row["name"], **_address(row))


def _product(row: dict[str, Any]) -> Product:
    return Product(
        sku=row["id"],
        name=row["name"],
        sale_price_minor=row["price"],
        reorder_point=row["reorder_point"],
    )


def _offers(rows: Rows, suppliers: Ids, products: Ids) -> None:
    db.session.add_all(
        SupplierProduct(
            supplier_id=suppliers.by_file[row["supplier"]],
            product_id=products.by_file[row["id"]],
            supplier_sku=row["id"],
            preferred=True,
        )
        for row in rows
        if row["id"] in products.fresh
    )
    db.session.flush()


def _opening(rows: Rows, products: Ids, warehouse: Warehouse) -> None:
    on_hand = {
        products.by_file[row["id"]]: row["on_hand"]
        for row in rows
        if row["id"] in products.fresh and row["on_hand"]
    }
    if on_hand:
        adjust.open_balances(warehouse.id, on_hand)


def _discontinue(rows: Rows, products: Ids) -> None:
    """Archive what is sold no more, after its last orders are in."""
    gone = [
        products.by_file[r["id"]] for r in rows if r["discontinued"] and r["id"] in products.fresh
    ]
    for product in db.session.scalars(sa.select(Product).where(Product.id.in_(gone))):
        product.active = False
    db.session.flush()


def _purchases(rows: Rows, suppliers: Ids, products: Ids, place: Warehouse) -> ImportReport:
    """Make one sent purchase order for each supplier whose products are on order."""
    wanted: dict[str, list[purchases.NewPurchaseLine]] = {}
    for row in rows:
        if row["on_order"]:
            line = purchases.NewPurchaseLine(products.by_file[row["id"]], row["on_order"])
            wanted.setdefault(row["supplier"], []).append(line)
    known = _known(PurchaseOrder)
    fresh = [
        purchases.NewPurchase(
            supplier_id=suppliers.by_file[supplier],
            warehouse_id=place.id,
            lines=tuple(lines),
            external_id=PREFIX + supplier,
        )
        for supplier, lines in wanted.items()
        if supplier not in known
    ]
    for order in purchases.create(fresh) if fresh else []:
        purchases.mark_sent(order.id)
    return ImportReport(created=len(fresh), unchanged=len(wanted) - len(fresh))


def _orders(data: Northwind, customers: Ids, products: Ids, warehouse: Warehouse) -> ImportReport:
    lines: dict[str, list[sales.NewLine]] = {}
    for row in data.lines:
        line = sales.NewLine(
            products.by_file[row["product"]], row["qty"], row["price"], row["discount_bp"]
        )
        lines.setdefault(str(row["order"]), []).append(line)
    known = _known(SalesOrder)
    rows = sorted(data.orders, key=lambda row: (row["ordered_on"], row["id"]))
    fresh = [
        _order(row, customers, warehouse, tuple(lines[str(row["id"])]))
        for row in rows
        if str(row["id"]) not in known
    ]
    made = sales.create(fresh) if fresh else []
    opened = [order.id for order, new in zip(made, fresh, strict=True) if new.shipped_on is None]
    if opened:
        sales.confirm(opened)
    return ImportReport(created=len(fresh), unchanged=len(rows) - len(fresh))


def _order(
    row: dict[str, Any], customers: Ids, warehouse: Warehouse, lines: tuple[sales.NewLine, ...]
) -> sales.NewOrder:
    shipped: date | None = row["shipped_on"]
    keys = ("ship_name", "ship_street", "ship_city", "ship_region", "ship_postcode")
    return sales.NewOrder(
        customer_id=customers.by_file[row["customer"]],
        warehouse_id=warehouse.id,
        lines=lines,
        ordered_on=row["ordered_on"],
        required_on=row["required_on"],
        shipped_on=shipped,
        external_id=f"{PREFIX}{row['id']}",
        ship_country=row["ship_country"],
        **{key: row[key] for key in keys},
    )
