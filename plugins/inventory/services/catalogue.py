"""Finding products and warehouses; the default warehouse of a company."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from erp_core.companies import CompanyAdded
from erp_core.db import db
from erp_core.errors import ErpError, NotFoundError
from erp_core.models import Company
from plugins.inventory.domain.places import LOCATIONS
from plugins.inventory.models import Product, Warehouse, WarehouseKind
from plugins.inventory.services.editing import save_warehouse
from plugins.inventory.services.upsert import chunks

MAIN_NAME, MAIN_CODE = "Main warehouse", "MAIN"


def find_skus(skus: Collection[str]) -> dict[str, Product]:
    """Return the products with these SKUs, by SKU; unknown ones are left out."""
    found: dict[str, Product] = {}
    for part in chunks(sorted(set(skus))):
        query = sa.select(Product).where(Product.sku.in_(part))
        found |= {product.sku: product for product in db.session.scalars(query)}
    return found


def find_codes(codes: Collection[str]) -> dict[str, list[Product]]:
    """Return the products with these SKUs or barcodes, by what was asked; a SKU goes first.

    A barcode that several products share gives all of them; an unknown code is left out.
    """
    found: dict[str, list[Product]] = {}
    for part in chunks(sorted(set(codes))):
        query = sa.select(Product).where(sa.or_(Product.sku.in_(part), Product.barcode.in_(part)))
        rows = list(db.session.scalars(query.order_by(Product.sku)))
        for product in rows:
            if product.barcode is not None:
                found.setdefault(product.barcode, []).append(product)
        found |= {product.sku: [product] for product in rows}
    return {code: found[code] for code in codes if code in found}


def find_code(text: str) -> Product:
    """Return the product with this SKU or barcode; a SKU goes first.

    Raises NotFoundError, or ErpError when several products share the barcode.
    """
    clean = text.strip()
    found = find_codes([clean]).get(clean, [])
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(f"No product has the SKU or barcode “{clean[:64]}”.")
    skus = ", ".join(product.sku for product in found[:5])
    raise ErpError(f"Several products have the barcode “{clean[:64]}”: {skus}. Enter the SKU.")


def warehouses() -> list[Warehouse]:
    """Return the warehouses in use, by name."""
    query = sa.select(Warehouse).where(Warehouse.active.is_(True))
    return list(db.session.scalars(query.order_by(Warehouse.name, Warehouse.id)))


def default_warehouse(company_id: int) -> Warehouse:
    """Return a company's default warehouse; the first time it is made (F165)."""
    return find_default(company_id) or ensure_default_warehouse(company_id)


def find_default(company_id: int) -> Warehouse | None:
    """Return a company's default warehouse if there is one."""
    query = sa.select(Warehouse).filter_by(company_id=company_id, is_default=True)
    return db.session.scalar(query)


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


def companies() -> list[Company]:
    """Return the companies that a warehouse can belong to, the first one first."""
    return list(db.session.scalars(sa.select(Company).order_by(Company.id)))


def welcome(added: CompanyAdded) -> None:
    """Give a new company its warehouse (F165)."""
    ensure_default_warehouse(added.company_id)


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
