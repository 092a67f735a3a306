"""Products and warehouses: finding them, and the rules when they change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError, NotFoundError
from erp_core.events import publish
from erp_core.models import Company
from plugins.inventory.domain.places import LOCATIONS, Place, serving_problem
from plugins.inventory.domain.replacements import cycle
from plugins.inventory.events import ProductsChanged, WarehousesChanged
from plugins.inventory.models import Product, StockBalance, Warehouse, WarehouseKind
from plugins.inventory.services.upsert import chunks

MAIN_NAME, MAIN_CODE = "Main warehouse", "MAIN"
PRODUCT_COUNTS = ("tracked", "replacement_id", "custom_made")
"""What of a product matters to counting: a change of it is announced."""

WAREHOUSE_COUNTS = ("kind", "serves_id", "company_id", "active")


def find_skus(skus: Collection[str]) -> dict[str, Product]:
    """Return the products with these SKUs, by SKU; unknown ones are left out."""
    found: dict[str, Product] = {}
    for part in chunks(sorted(set(skus))):
        query = sa.select(Product).where(Product.sku.in_(part))
        found |= {product.sku: product for product in db.session.scalars(query)}
    return found


def find_code(text: str) -> Product:
    """Return the product with this SKU or barcode; a SKU goes first.

    Raises NotFoundError, or ErpError when several products share the barcode.
    """
    clean = text.strip()
    query = sa.select(Product).where(sa.or_(Product.sku == clean, Product.barcode == clean))
    found = list(db.session.scalars(query.order_by(Product.sku).limit(5)))
    exact = [product for product in found if product.sku == clean] or found
    if len(exact) == 1:
        return exact[0]
    if not exact:
        raise NotFoundError(f"No product has the SKU or barcode “{clean[:64]}”.")
    skus = ", ".join(product.sku for product in exact)
    raise ErpError(f"Several products have the barcode “{clean[:64]}”: {skus}. Enter the SKU.")


def warehouses() -> list[Warehouse]:
    """Return the warehouses in use, by name."""
    query = sa.select(Warehouse).where(Warehouse.active.is_(True))
    return list(db.session.scalars(query.order_by(Warehouse.name, Warehouse.id)))


def default_warehouse(company_id: int) -> Warehouse:
    """Return a company's default warehouse; the first time it is made (F165)."""
    query = sa.select(Warehouse).filter_by(company_id=company_id, is_default=True)
    return db.session.scalar(query) or ensure_default_warehouse(company_id)


def ensure_default_warehouse(company_id: int) -> Warehouse:
    """Make sure that a company has one default warehouse: "Main warehouse", to be renamed."""
    company = db.session.get(Company, company_id)
    if company is None:
        raise NotFoundError("This company does not exist (any more).")
    mine = sa.select(Warehouse).filter_by(company_id=company_id, active=True)
    candidates = mine.where(Warehouse.kind.in_(sorted(LOCATIONS)))
    best = candidates.order_by(Warehouse.is_default.desc(), Warehouse.id).limit(1)
    found = db.session.scalar(best)
    if found is None:
        found = Warehouse(
            company_id=company_id,
            code=_free_code(company.code),
            name=MAIN_NAME,
            kind=WarehouseKind.WAREHOUSE,
        )
        save_warehouse(found)
    if not found.is_default:
        found.is_default = True
        db.session.flush()
    return found


def _free_code(company_code: str) -> str:
    taken = db.session.scalar(sa.select(Warehouse.id).filter_by(code=MAIN_CODE))
    return MAIN_CODE if taken is None else f"{MAIN_CODE}-{company_code}"[:16]


def companies_without_default() -> list[int]:
    """List the companies that have no default warehouse yet."""
    has = sa.select(Warehouse.company_id).where(Warehouse.is_default.is_(True))
    return list(db.session.scalars(sa.select(Company.id).where(Company.id.not_in(has))))


def make_default(warehouse_id: int) -> Warehouse:
    """Make a warehouse the one default of its company.

    Raises ErpError for an archived one and for one that is no store or warehouse.
    """
    chosen = db.session.get(Warehouse, warehouse_id)
    if chosen is None:
        raise NotFoundError("This warehouse does not exist (any more).")
    if not chosen.active or chosen.kind not in LOCATIONS:
        raise ErpError(f"{chosen.name} cannot be the default; choose an active store or warehouse.")
    query = sa.select(Warehouse).filter_by(company_id=chosen.company_id, is_default=True)
    for other in db.session.scalars(query):
        other.is_default = False
    db.session.flush()  # one default at a time: the index would refuse two
    chosen.is_default = True
    db.session.flush()
    return chosen


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
