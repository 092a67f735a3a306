"""The rules when products and warehouses change, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from erp_core.db import Model, db
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from plugins.inventory.domain.places import LOCATIONS, Place, serving_problem
from plugins.inventory.domain.replacements import cycle
from plugins.inventory.events import ProductsChanged, WarehousesChanged
from plugins.inventory.models import Product, StockBalance, Warehouse

PRODUCT_COUNTS = ("tracked", "replacement_id", "custom_made")
"""What of a product matters to counting: a change of it is announced."""

WAREHOUSE_COUNTS = ("kind", "serves_id", "company_id", "active")

USES = {
    "inventory_move": "stock movement",
    "inventory_transfer_line": "transfer line",
    "inventory_product": "product that it replaces",
}
"""What rows of a table are called, where the table's own name is no good word."""


def save_product(product: Product) -> None:
    """Keep a new or changed product and announce what matters to counting.

    Raises ErpError when its replacements would form a circle (F154).
    """
    if product not in db.session:
        db.session.add(product)
    changed = _changed(product, PRODUCT_COUNTS)
    with db.session.no_autoflush:
        _check_replacement(product)
    db.session.flush()
    if changed:
        publish(ProductsChanged((product.id,)))


def _check_replacement(product: Product) -> None:
    replacement = product.replacement or (
        db.session.get(Product, product.replacement_id) if product.replacement_id else None
    )
    if replacement is None or product.id is None:
        return
    query = sa.select(Product.id, Product.replacement_id).where(Product.replacement_id.is_not(None))
    known = {key: target for key, target in db.session.execute(query)}
    circle = cycle(product.id, replacement.id, known)
    if circle:
        skus = sa.select(Product.id, Product.sku).where(Product.id.in_(circle))
        names = {key: sku for key, sku in db.session.execute(skus)}
        path = " → ".join(names[step] for step in circle)
        raise ErpError(f"Replacements would go in a circle: {path}. Choose another one.")


def _changed(row: Product | Warehouse, fields: tuple[str, ...]) -> bool:
    """Say whether a row is new or one of the fields has another value than stored."""
    view: Any = sa.inspect(row)
    names = [*fields, *(name.removesuffix("_id") for name in fields if name.endswith("_id"))]
    return not view.persistent or any(view.attrs[name].history.has_changes() for name in names)


def save_warehouse(warehouse: Warehouse) -> None:
    """Keep a new or changed warehouse and announce what matters to counting.

    Raises ErpError when it serves what it may not, when the default is archived or turned into
    another kind, and when one that holds stock is archived.
    """
    if warehouse not in db.session:
        db.session.add(warehouse)
    changed = _changed(warehouse, WAREHOUSE_COUNTS)
    with db.session.no_autoflush:
        _check_serves(warehouse)
        _check_default(warehouse)
        _check_archived(warehouse)
    db.session.flush()
    if changed:
        publish(WarehousesChanged((warehouse.id,)))


def _check_serves(warehouse: Warehouse) -> None:
    serves = warehouse.serves or (
        db.session.get(Warehouse, warehouse.serves_id) if warehouse.serves_id else None
    )
    problem = serving_problem(_place(warehouse), _place(serves) if serves else None)
    if problem:
        raise ErpError(problem)
    if warehouse.id and warehouse.kind not in LOCATIONS:
        query = sa.select(Warehouse.name).filter_by(serves_id=warehouse.id)
        served_by = db.session.scalar(query.limit(1))
        if served_by:
            raise ErpError(f"{served_by} serves this location; it must stay a store or warehouse.")


def _place(warehouse: Warehouse) -> Place:
    company = warehouse.company.id if warehouse.company else warehouse.company_id
    return Place(warehouse.name, warehouse.kind, company)


def _check_default(warehouse: Warehouse) -> None:
    if not warehouse.is_default:
        return
    view: Any = sa.inspect(warehouse)
    moved = view.attrs.company_id.history.has_changes() or view.attrs.company.history.has_changes()
    if not warehouse.active or warehouse.kind not in LOCATIONS or (view.persistent and moved):
        raise ErpError(
            f"{warehouse.name} is the default of its company; make another one the default first."
        )


def _check_archived(warehouse: Warehouse) -> None:
    if warehouse.active or not warehouse.id:
        return
    query = sa.select(sa.func.coalesce(sa.func.sum(StockBalance.on_hand), 0))
    held = db.session.scalar(query.filter_by(warehouse_id=warehouse.id))
    if held:
        raise ErpError(
            f"{warehouse.name} still holds {held:,} units; transfer or adjust them before you "
            "archive it."
        )


def uses(product: Product) -> dict[str, int]:
    """Count the rows of every plugin that name a product: words -> how many. Empty: unused."""
    counts = [
        sa.select(sa.literal(table.name), sa.func.count()).where(column == product.id)
        for table, column in _references()
    ]
    rows = db.session.execute(sa.union_all(*counts))
    found: dict[str, int] = {}
    for name, count in rows:
        if count:
            found[name] = found.get(name, 0) + count
    return {_words(name, count): count for name, count in sorted(found.items())}


def _references() -> Iterator[tuple[sa.Table, Any]]:
    """Every column that points to a product from a row of its own.

    A column of a primary key makes a row about the product (a balance), which is no use of it.
    """
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            about = key.parent.primary_key
            if key.column.table.name == Product.__tablename__ and not about:
                yield table, key.parent


def _words(table: str, count: int) -> str:
    words = USES.get(table, table.replace("_", " "))
    if count == 1:
        return words
    first, *rest = words.split(" ")
    return f"{first}s {' '.join(rest)}" if "that" in rest else f"{words}s"


def refusal(product: Product) -> str:
    """Say why a product cannot be deleted; empty when nothing refers to it."""
    found = [f"{count:,} {words}" for words, count in uses(product).items()]
    if not found:
        return ""
    *most, last = found
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{product.sku} is used in {listed}; archive it instead."


def delete_product(product: Product) -> None:
    """Remove a product that nothing refers to.

    Raises ConflictError that says how often it is used; such a product can only be archived.
    """
    problem = refusal(product)
    if problem:
        raise ConflictError(problem)
    db.session.execute(sa.delete(StockBalance).where(StockBalance.product_id == product.id))
    db.session.delete(product)
    db.session.flush()


def set_active(product: Product, active: bool) -> None:
    """Archive a product, or bring it back; archived ones stay in every document."""
    product.active = active
    save_product(product)
